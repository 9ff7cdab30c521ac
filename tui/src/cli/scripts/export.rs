//! `export`: whole conversations as a file, oldest entry first.
//!
//! One conversation is held at a time. A file appears whole or not at all.

pub(super) mod form;
mod sink;
#[cfg(test)]
mod tests;

use self::form::{Form, Scene};
use self::sink::Sink;
use super::contact::person;
use super::{Desk, Json, ScriptError, find};
use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;
use smsdesk_common::api::agents::Agents;
use smsdesk_common::api::conversations::{EntryPage, PAGE_MAX};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::AgentId;
use smsdesk_common::record::Record;
use std::collections::{HashMap, HashSet, hash_map};
use std::path::PathBuf;

/// The most entries of one conversation: years of a customer who writes every hour.
const ENTRIES_MAX: usize = 200_000;

/// How often the list of conversations is read at most: a desk so busy that each look finds a new
/// one has to stop somewhere.
const LOOKS_MAX: usize = 5;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// Markdown.
    Md,
    /// The records as they are, one a line.
    Json,
    /// A table.
    Csv,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArguments {
    /// An id, the beginning of one, or the customer's number.
    #[arg(required_unless_present = "all")]
    conversation: Option<String>,
    /// Every conversation.
    #[arg(long, conflicts_with = "conversation")]
    all: bool,
    /// In which form; --json means json.
    #[arg(long, short, value_enum)]
    format: Option<Format>,
    /// The file to write, whole or not at all; without it, to stdout.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes conversations.
pub(super) async fn run(desk: &mut Desk, arguments: ExportArguments) -> Result<(), ScriptError> {
    let conversations = match arguments.conversation {
        Some(name) => find::conversations(desk, &[name]).await?,
        None => all(desk).await?,
    };
    let form = match (arguments.format, desk.output.form()) {
        (Some(Format::Text), _) | (None, Json::No) => Form::Text,
        (Some(Format::Md), _) => Form::Markdown,
        (Some(Format::Json), _) | (None, Json::Yes) => Form::Json,
        (Some(Format::Csv), _) => Form::Csv,
    };
    let mut scene = Scene {
        zone: TimeZone::system(),
        home: desk.region,
        names: names(desk).await?,
        people: HashMap::new(),
    };
    let mut sink = Sink::open(arguments.output)?;
    sink.write(form.head())?;
    for conversation in conversations {
        let contact = conversation.contact;
        if let hash_map::Entry::Vacant(place) = scene.people.entry(contact) {
            let person = person(desk, &contact.to_string()).await?;
            place.insert(person.and_then(|it| it.name));
        }
        let entries = entries(desk, &conversation).await?;
        sink.write(&form.conversation(&conversation, &entries, &scene)?)?;
    }
    sink.finish()
}

/// Every conversation, each once. The pages begin with what was touched last, so that one that is
/// touched while they are read moves to where nobody looks any more: they are read until there is
/// nothing new.
async fn all(desk: &Desk) -> Result<Vec<Conversation>, ScriptError> {
    let mut found = Vec::new();
    let mut known = HashSet::new();
    for _ in 0..LOOKS_MAX {
        let before = found.len();
        let all = find::every(desk).await?.into_iter();
        found.extend(all.filter(|conversation| known.insert(conversation.id)));
        if found.len() == before {
            break;
        }
    }
    Ok(found)
}

/// Everything of a conversation, oldest first.
async fn entries(desk: &Desk, conversation: &Conversation) -> Result<Vec<Entry>, ScriptError> {
    let id = conversation.id;
    let mut entries: Vec<Entry> = Vec::new();
    let mut before = None;
    loop {
        let from = before.map_or_else(String::new, |before| format!("&before={before}"));
        let path = format!("/v1/conversations/{id}/entries?limit={PAGE_MAX}{from}");
        let page: EntryPage = desk.api.get(&path).await?;
        for record in page.entries {
            if let Record::Entry(entry) = record {
                entries.push(*entry);
            }
        }
        before = page.next_before;
        if before.is_none() {
            break;
        }
        if entries.len() > ENTRIES_MAX {
            let words = format!("conversation {id} has more than {ENTRIES_MAX} entries");
            return Err(ScriptError::Failed(words));
        }
    }
    entries.sort_by_key(|entry| (entry.at, entry.position));
    Ok(entries)
}

async fn names(desk: &Desk) -> Result<HashMap<AgentId, String>, ScriptError> {
    let agents: Agents = desk.api.get("/v1/agents").await?;
    let named = agents.agents.into_iter().filter_map(|record| match record {
        Record::Agent(agent) => Some((agent.id, agent.name)),
        _ => None,
    });
    Ok(named.collect())
}

//! `search`: what was said, by the language of filters.

use super::{Desk, Quiet, ScriptError};
use clap::Args;
use form_urlencoded::byte_serialize;
use jiff::tz::TimeZone;
use smsdesk_common::api::conversations::PAGE_MAX;
use smsdesk_common::api::search::{SearchHit, SearchPage};
use smsdesk_common::entry::Author;
use smsdesk_common::filter::Filter;
use smsdesk_common::record::Record;
use std::collections::HashSet;
use std::io::{IsTerminal as _, Write as _};

#[derive(Debug, Args)]
pub(in crate::cli) struct SearchArguments {
    /// Words and conditions, in quotes: 'plumber from:maria after:2026-11-01 -done'
    #[arg(required = true)]
    query: Vec<String>,
    /// The most texts to find.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    #[command(flatten)]
    quiet: Quiet,
}

/// What is printed of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Columns,
    /// The conversation's id, once, so that another command takes it.
    Ids,
    Json,
}

/// Finds texts and notes, newest first.
pub(super) async fn run(desk: &mut Desk, arguments: SearchArguments) -> Result<(), ScriptError> {
    let text = arguments.query.join(" ");
    let wrong = |error: String| ScriptError::Usage(format!("`{text}`: {error}"));
    let filter = Filter::parse(&text).map_err(|error| wrong(error.to_string()))?;
    if filter.is_nothing() {
        return Err(wrong("expected words or conditions".to_owned()));
    }
    let piped = arguments.quiet.quiet || !std::io::stdout().is_terminal();
    let form = match (desk.output.is_json(), piped) {
        (true, _) => Form::Json,
        (false, true) => Form::Ids,
        (false, false) => Form::Columns,
    };
    let (mut left, mut before, mut seen) = (arguments.limit, None, HashSet::new());
    let mut unindexed = None;
    while left > 0 {
        let page = page(desk, &text, left.min(PAGE_MAX), before).await?;
        for hit in &page.hits {
            print(desk, hit, form, &mut seen)?;
            left = left.saturating_sub(1);
        }
        unindexed = page.unindexed;
        before = page.next_before;
        if before.is_none() {
            break;
        }
    }
    if unindexed.is_some() && before.is_none() {
        let words = "smsdesk: the relay is still making its index: older texts are not found yet";
        // Nobody reads errors: then there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "{words}");
    }
    Ok(())
}

async fn page(
    desk: &Desk,
    text: &str,
    limit: u32,
    before: Option<smsdesk_common::ids::Seq>,
) -> Result<SearchPage, ScriptError> {
    let query: String = byte_serialize(text.as_bytes()).collect();
    let mut path = format!("/v1/search?q={query}&limit={limit}");
    if let Some(zone) = TimeZone::system().iana_name() {
        path.extend(["&tz="].into_iter().chain(byte_serialize(zone.as_bytes())));
    }
    if let Some(before) = before {
        path.push_str(&format!("&before={before}"));
    }
    Ok(desk.api.get(&path).await?)
}

fn print(
    desk: &mut Desk,
    hit: &SearchHit,
    form: Form,
    seen: &mut HashSet<smsdesk_common::ids::ConversationId>,
) -> Result<(), ScriptError> {
    let Record::Entry(entry) = &hit.entry else {
        return Ok(());
    };
    match form {
        Form::Json => desk.output.json(hit),
        Form::Ids if seen.insert(entry.conversation) => {
            desk.output.texts(&[&entry.conversation.to_string()])
        }
        Form::Ids => Ok(()),
        Form::Columns => {
            let number = hit.address.display(Some(desk.region)).to_string();
            let name = hit.name.as_deref().filter(|name| !name.trim().is_empty());
            let who = match &entry.author {
                Author::Contact => "",
                Author::Agent(_) => "us:",
                Author::Automation(cause) => cause.words(),
            };
            let (at, id) = (entry.at.to_rfc3339(), entry.conversation.to_string());
            let name = name.unwrap_or(&number);
            desk.output.texts(&[&at, &id, name, who, &entry.body])
        }
    }
}

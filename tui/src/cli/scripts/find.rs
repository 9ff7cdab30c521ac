//! Conversations as scripts name them: an id, the beginning of one, or the customer's number.

use super::{Desk, ScriptError};
use smsdesk_common::api::conversations::{ConversationPage, PAGE_MAX};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::phone::{Address, Region};
use smsdesk_common::record::Record;
use std::io::{BufRead as _, IsTerminal as _};

/// The most pages that are looked through: 100,000 conversations. More want ids.
const PAGES_MAX: usize = 200;
/// The most ids that are taken from stdin: a run of them takes minutes.
const STDIN_IDS_MAX: usize = 10_000;
/// The shortest beginning of an id: shorter ones would soon mean several.
const PREFIX_CHARACTERS_MIN: usize = 6;

/// A conversation as it was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// By its whole id.
    Id(uuid::Uuid),
    /// By the beginning of its id.
    Prefix(String),
    /// By the address of the customer.
    Address(Address),
}

impl Name {
    /// Reads a name; a number may leave its country out where it is `region`.
    pub(super) fn parse(text: &str, region: Region) -> Result<Self, ScriptError> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let hex = |c: char| c.is_ascii_hexdigit() || c == '-';
        // A plus marks a number; ids of this age begin with a zero, numbers at home do not.
        let like_id = text.starts_with('0') || text.contains(|c: char| c.is_ascii_alphabetic());
        if like_id && text.len() >= PREFIX_CHARACTERS_MIN && text.chars().all(hex) {
            return Ok(Self::Prefix(text.to_ascii_lowercase()));
        }
        Address::parse_dialable(text, Some(region))
            .map(Self::Address)
            .map_err(|_| {
                ScriptError::Usage(format!(
                    "`{text}`: expected a conversation's id, at least its first \
                     {PREFIX_CHARACTERS_MIN} characters, or a number such as +12394267058"
                ))
            })
    }

    fn fits(&self, conversation: &Conversation) -> bool {
        match self {
            Self::Id(id) => conversation.id.0 == *id,
            Self::Prefix(prefix) => conversation.id.to_string().starts_with(prefix),
            Self::Address(address) => conversation.address == *address,
        }
    }
}

/// The names in the arguments, else those on stdin, one a line.
pub(super) fn names(given: Vec<String>) -> Result<Vec<String>, ScriptError> {
    if !given.is_empty() && given != ["-"] {
        return Ok(given);
    }
    if given.is_empty() && std::io::stdin().is_terminal() {
        let expected = "expected conversations: ids or numbers, or - to type them, one a line";
        return Err(ScriptError::Usage(expected.to_owned()));
    }
    let mut names = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| ScriptError::Failed(format!("stdin: {error}")))?;
        let name = line.trim();
        if name.is_empty() {
            continue;
        }
        if names.len() >= STDIN_IDS_MAX {
            let most = format!("stdin: expected at most {STDIN_IDS_MAX} ids");
            return Err(ScriptError::Usage(most));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// The conversations of these names, in their order. Nothing is done where one of them is unclear.
pub(super) async fn conversations(
    desk: &Desk,
    names: &[String],
) -> Result<Vec<Conversation>, ScriptError> {
    let parsed: Vec<Name> = names
        .iter()
        .map(|name| Name::parse(name, desk.region))
        .collect::<Result<_, _>>()?;
    let is_id = |name: &Name| matches!(name, Name::Id(_));
    let all = if parsed.iter().all(is_id) {
        Vec::new()
    } else {
        every(desk).await?
    };
    let mut found = Vec::new();
    for (text, name) in names.iter().zip(&parsed) {
        found.push(match name {
            Name::Id(id) => one(desk, &id.to_string()).await?,
            _ => only(text, name, &all)?,
        });
    }
    Ok(found)
}

fn only(text: &str, name: &Name, all: &[Conversation]) -> Result<Conversation, ScriptError> {
    let mut fit = all.iter().filter(|conversation| name.fits(conversation));
    match (fit.next(), fit.count()) {
        (Some(only), 0) => Ok(only.clone()),
        (Some(_), more) => Err(ScriptError::Usage(format!(
            "`{text}` means {} conversations: give more of the id",
            more + 1
        ))),
        (None, _) => Err(ScriptError::Refused(format!(
            "`{text}`: there is no such conversation"
        ))),
    }
}

async fn one(desk: &Desk, id: &str) -> Result<Conversation, ScriptError> {
    conversation(desk.api.get(&format!("/v1/conversations/{id}")).await?)
}

/// The conversation that an answer holds.
pub(super) fn conversation(record: Record) -> Result<Conversation, ScriptError> {
    match record {
        Record::Conversation(conversation) => Ok(*conversation),
        _ => Err(ScriptError::Failed(
            "the relay answered with another record than a conversation".to_owned(),
        )),
    }
}

/// Every conversation; one that is touched meanwhile may be missing or stand there twice.
pub(super) async fn every(desk: &Desk) -> Result<Vec<Conversation>, ScriptError> {
    let mut all = Vec::new();
    let mut cursor = None;
    for _ in 0..PAGES_MAX {
        let page = page(desk, "view=all", PAGE_MAX, cursor.as_deref()).await?;
        for record in page.conversations {
            all.push(conversation(record)?);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
    let words = "there are too many conversations to search: give whole ids";
    Err(ScriptError::Usage(words.to_owned()))
}

/// A page of conversations.
pub(super) async fn page(
    desk: &Desk,
    filter: &str,
    limit: u32,
    cursor: Option<&str>,
) -> Result<ConversationPage, ScriptError> {
    let cursor = cursor.map_or(String::new(), |cursor| format!("&cursor={cursor}"));
    let path = format!("/v1/conversations?{filter}&limit={limit}{cursor}");
    Ok(desk.api.get(&path).await?)
}

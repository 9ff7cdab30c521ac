//! The forms of an export. Words of strangers come as [`SafeText`] in all but JSON, which keeps them
//! exactly and escapes what a terminal could take for an order.

pub(in crate::cli::scripts) mod csv;
mod json;
mod markdown;
mod text;

use super::super::ScriptError;
use jiff::tz::TimeZone;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind};
use smsdesk_common::ids::{AgentId, ContactId};
use smsdesk_common::phone::Region;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::status::explain;
use smsdesk_common::time::Timestamp;
use std::collections::HashMap;

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Markdown,
    Json,
    Csv,
}

/// What the words of an export depend on beside the records.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// Where the times are told from.
    pub(super) zone: TimeZone,
    /// Whose numbers are shown in national writing.
    pub(super) home: Region,
    /// The colleagues' names.
    pub(super) names: HashMap<AgentId, String>,
    /// The customers' names, of those who have one.
    pub(super) people: HashMap<ContactId, Option<String>>,
}

impl Form {
    /// What stands before all conversations.
    pub(super) const fn head(self) -> &'static str {
        match self {
            Self::Csv => csv::HEAD,
            Self::Text | Self::Markdown | Self::Json => "",
        }
    }

    /// A conversation with its entries, oldest first.
    pub(super) fn conversation(
        self,
        conversation: &Conversation,
        entries: &[Entry],
        scene: &Scene,
    ) -> Result<String, ScriptError> {
        Ok(match self {
            Self::Text => text::write(conversation, entries, scene),
            Self::Markdown => markdown::write(conversation, entries, scene),
            Self::Csv => csv::write(conversation, entries, scene),
            Self::Json => json::write(conversation, entries)?,
        })
    }
}

impl Scene {
    /// A time with its zone: `2026-11-20 13:16:02 -05:00`.
    fn time(&self, at: Timestamp) -> String {
        let local = at.to_jiff().to_zoned(self.zone.clone());
        local.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    }

    /// Who made an entry.
    fn author(&self, entry: &Entry) -> SafeText {
        match &entry.author {
            Author::Contact => SafeText::line("customer"),
            Author::Agent(id) => {
                SafeText::line(self.names.get(id).map_or("a colleague", String::as_str))
            }
            Author::Automation(cause) => SafeText::line(cause.words()),
        }
    }

    /// What the customer is called; none where nobody has said.
    fn name(&self, conversation: &Conversation) -> Option<SafeText> {
        let name = self.people.get(&conversation.contact)?.as_deref()?;
        Some(SafeText::line(name))
    }

    /// The customer's name, where there is one, and number.
    fn who(&self, conversation: &Conversation) -> String {
        let number = self.number(conversation);
        let name = self.name(conversation);
        name.map_or(number.clone(), |name| {
            format!("{} · {number}", name.as_str())
        })
    }

    /// The customer's number as people here write it.
    fn number(&self, conversation: &Conversation) -> String {
        conversation.address.display(Some(self.home)).to_string()
    }
}

/// What an entry is, where that is not a text; and how far a text has come.
fn marks(entry: &Entry) -> Vec<String> {
    let mut marks = Vec::new();
    match entry.entry_kind {
        EntryKind::Note => marks.push("private note".to_owned()),
        EntryKind::Call => marks.push("call".to_owned()),
        EntryKind::Message | EntryKind::Activity => {}
    }
    if entry.direction == Direction::Outbound
        && let Some(status) = entry.status
    {
        marks.push(status.as_str().to_owned());
    }
    if let Some(error) = &entry.error {
        let own = SafeText::line(&error.text).into_string();
        let words = explain(error.code).map_or(own, str::to_owned);
        marks.push(match words.is_empty() {
            true => format!("error {}", error.code),
            false => format!("error {}: {words}", error.code),
        });
    }
    if !entry.media.is_empty() {
        let types = entry.media.iter().map(|it| it.content_type.as_str());
        let types = types.collect::<Vec<_>>().join(", ");
        marks.push(SafeText::line(&format!("attached: {types}")).into_string());
    }
    marks
}

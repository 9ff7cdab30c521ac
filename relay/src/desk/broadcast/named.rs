//! Whom a request means: as the list names them, whoever that is.

use super::plan::Around;
use crate::desk::{DeskError, search};
use crate::store::sql::Reads;
use crate::store::{StoreError, contacts, conversations};
use serde_json::{Map, Value};
use smsdesk_common::broadcast::RECIPIENTS_MAX;
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::filter::{Filter, fold};
use smsdesk_common::ids::{ContactId, ConversationId};
use smsdesk_common::phone::Address;

/// How many are read at once.
const PIECE: u32 = 500;
/// How much is kept of what stands in a list for a recipient, in characters.
const GIVEN_CHARACTERS_MAX: usize = 80;

/// Where the recipients come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// They were named.
    List(Vec<Value>),
    /// Everybody with a label.
    Label(String),
    /// Every conversation that a filter means.
    Filter(Filter),
}

/// A recipient as the list names them.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    pub(super) given: String,
    pub(super) number: Option<String>,
    pub(super) contact: Option<ContactId>,
    pub(super) conversation: Option<ConversationId>,
    pub(super) variables: Option<Map<String, Value>>,
    pub(super) wrong: Option<&'static str>,
}

fn short(text: &str) -> String {
    text.chars().take(GIVEN_CHARACTERS_MAX).collect()
}

impl Named {
    fn read(value: &Value) -> Self {
        match value {
            Value::String(text) => Self {
                given: short(text),
                number: Some(text.clone()),
                ..Self::default()
            },
            // A number that lost its quotes on the way is still one.
            Value::Number(number) => Self {
                given: number.to_string(),
                number: Some(number.to_string()),
                ..Self::default()
            },
            Value::Object(fields) => Self::of(fields),
            other => Self {
                given: short(&other.to_string()),
                wrong: Some("expected a number or an object"),
                ..Self::default()
            },
        }
    }

    fn of(fields: &Map<String, Value>) -> Self {
        let text = |name: &str| match fields.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let (to, contact, conversation) = (text("to"), text("contact"), text("conversation"));
        let given = to.as_ref().or(contact.as_ref()).or(conversation.as_ref());
        let mut named = Self {
            given: given.map_or_else(String::new, |given| short(given)),
            contact: contact.as_deref().and_then(|id| id.parse().ok()),
            conversation: conversation.as_deref().and_then(|id| id.parse().ok()),
            variables: fields.get("variables").and_then(Value::as_object).cloned(),
            ..Self::default()
        };
        named.wrong = match (&to, &contact, &conversation) {
            (Some(_), None, None) => None,
            (None, Some(_), None) if named.contact.is_some() => None,
            (None, None, Some(_)) if named.conversation.is_some() => None,
            (None, Some(_), None) | (None, None, Some(_)) => Some("expected a UUID"),
            _ => Some("expected exactly one of `to`, `contact` and `conversation`"),
        };
        named.number = to;
        named
    }

    fn conversation(conversation: &Conversation) -> Self {
        Self {
            given: conversation.address.as_str().to_owned(),
            conversation: Some(conversation.id),
            ..Self::default()
        }
    }
}

/// Everybody whom a request means, in the order of its list.
pub(super) fn named(
    reads: &mut dyn Reads,
    source: &Source,
    around: &Around,
) -> Result<Vec<Named>, DeskError> {
    match source {
        Source::List(list) => Ok(list.iter().map(Named::read).collect()),
        Source::Filter(filter) => Ok(meant(reads, filter, around)?),
        Source::Label(label) => {
            let quoted = label.replace('\\', "\\\\").replace('"', "\\\"");
            let filter = Filter::parse(&format!("label:\"{quoted}\""))
                .map_err(|error| super::recipients_invalid(format!("`label`: {error}")))?;
            let mut found = meant(reads, &filter, around)?;
            labelled(reads, label, &mut found)?;
            Ok(found)
        }
    }
}

/// One more than is allowed is enough to refuse them all.
fn meant(
    reads: &mut dyn Reads,
    filter: &Filter,
    around: &Around,
) -> Result<Vec<Named>, StoreError> {
    let every = conversations::Filter::default();
    let (mut found, mut below) = (Vec::new(), None);
    loop {
        let part = search::conversations(reads, (filter, &every), &around.from, below, 500)?;
        found.extend(part.found.iter().map(Named::conversation));
        below = part.below;
        if below.is_none() || found.len() > RECIPIENTS_MAX {
            return Ok(found);
        }
    }
}

fn labelled(reads: &mut dyn Reads, label: &str, found: &mut Vec<Named>) -> Result<(), StoreError> {
    let (wanted, mut below) = (fold(label), None);
    loop {
        let part = contacts::page(reads, below, PIECE)?;
        let Some(last) = part.last() else {
            return Ok(());
        };
        below = Some(last.seq);
        let theirs = |it: &&Contact| it.labels.iter().any(|label| fold(label) == wanted);
        found.extend(part.iter().filter(theirs).map(|contact| {
            Named {
                given: contact
                    .addresses
                    .first()
                    .map_or("", Address::as_str)
                    .to_owned(),
                contact: Some(contact.id),
                ..Named::default()
            }
        }));
        if found.len() > RECIPIENTS_MAX {
            return Ok(());
        }
    }
}

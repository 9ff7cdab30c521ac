//! One thing in a conversation's timeline.

use crate::activity::Activity;
pub use crate::cause::{Cause, TriggerKind};
use crate::ids::{AgentId, ConversationId, EntryId, Seq};
use crate::insight::{AiGenerated, Insight, lenient};
use crate::media::Media;
use crate::status::{DeliveryError, DeliveryStatus};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

macro_rules! named_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// The name in JSON and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Reads [`Self::as_str`]'s names.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

pub(crate) use named_enum;

named_enum! {
    /// What an entry is.
    EntryKind {
        /// A text to or from the customer.
        Message = "message",
        /// Words among colleagues; never sent.
        Note = "note",
        /// A phone call.
        Call = "call",
        /// Something that was done: "closed by Ana".
        Activity = "activity",
    }
}

named_enum! {
    /// Which way an entry went.
    Direction {
        /// From the customer.
        Inbound = "inbound",
        /// To the customer.
        Outbound = "outbound",
        /// Among ourselves.
        Internal = "internal",
    }
}

named_enum! {
    /// How the relay came to know of an entry.
    Origin {
        /// A signed webhook.
        Webhook = "webhook",
        /// The provider's own list, after a webhook was missed.
        Backfill = "backfill",
        /// A request of a client.
        Api = "api",
    }
}

/// Who made an entry. In JSON `contact`, `agent:UUID` or `automation:CAUSE`; see [`Cause`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Author {
    /// The customer.
    Contact,
    /// A colleague, or an integration acting for one.
    Agent(AgentId),
    /// A rule, a schedule or a trigger.
    Automation(Cause),
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contact => f.write_str("contact"),
            Self::Agent(id) => write!(f, "agent:{id}"),
            Self::Automation(cause) => write!(f, "automation:{cause}"),
        }
    }
}

/// A text that names no author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected contact, agent:UUID or automation:CAUSE")]
pub struct AuthorError;

impl FromStr for Author {
    type Err = AuthorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "contact" => Ok(Self::Contact),
            Some(("agent", id)) => id.parse().map(Self::Agent).map_err(|_| AuthorError),
            Some(("automation", cause)) => Ok(Self::Automation(Cause::named(cause))),
            _ => Err(AuthorError),
        }
    }
}

impl Serialize for Author {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Author {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What a text cost. Known only some time after it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Price {
    /// A decimal number as the provider wrote it; negative where we pay.
    pub amount: String,
    /// ISO 4217 currency.
    pub currency: String,
}

/// One thing in a conversation's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Stays for ever. The terminal chooses it for what it creates.
    pub id: EntryId,
    /// The commit that last touched this record.
    pub seq: Seq,
    /// Where it belongs.
    pub conversation: ConversationId,
    /// The commit that created it: its lasting order among entries, and what "seen up to" means.
    pub position: Seq,
    /// Message, note, call or activity.
    pub entry_kind: EntryKind,
    /// Which way it went.
    pub direction: Direction,
    /// Who made it.
    pub author: Author,
    /// How the relay came to know of it.
    pub origin: Origin,
    /// The words, exactly as they came; remote text.
    pub body: String,
    /// Attachments in order.
    #[serde(default)]
    pub media: Vec<Media>,
    /// How far delivery has come; none for what is not sent.
    #[serde(default)]
    pub status: Option<DeliveryStatus>,
    /// Why delivery failed.
    #[serde(default)]
    pub error: Option<DeliveryError>,
    /// The provider's id of the message (Twilio: MessageSid).
    #[serde(default)]
    pub sid: Option<String>,
    /// How many SMS segments it takes.
    #[serde(default)]
    pub segments: Option<u32>,
    /// What it cost, once known.
    #[serde(default)]
    pub price: Option<Price>,
    /// When the relay took it, by the relay's clock.
    pub at: Timestamp,
    /// When the provider first said that it is on its way.
    #[serde(default)]
    pub sent_at: Option<Timestamp>,
    /// When the provider first said that it arrived.
    #[serde(default)]
    pub delivered_at: Option<Timestamp>,
    /// What was done, where it is an activity; [`Self::body`] says it in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activity: Vec<Activity>,
    /// Whom a note calls by `@name`; see [`crate::mention::mentions`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<AgentId>,
    /// When it goes out or was to go out, where its author gave a time; see [`crate::later`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<Timestamp>,
    /// The zone in which its author thought of that time, as IANA names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Whether a text of the customer that comes before that time cancels it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_on_reply: bool,
    /// Since when it waits for somebody to decide, because it missed its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Timestamp>,
    /// What a customer's text seems to say; none where nothing judges, or did yet.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub insight: Option<Insight>,
    /// What an agent might answer to it; remote text. Only at the newest text of a conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// Set where a machine made the words of a text that went to a customer.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub ai_generated: Option<AiGenerated>,
}

impl Entry {
    /// Whether it is a text that waits for its time.
    pub fn is_timed(&self) -> bool {
        self.status == Some(DeliveryStatus::Scheduled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_reads_back_as_written() {
        let id = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee".parse().unwrap();
        for author in [
            Author::Contact,
            Author::Agent(id),
            Author::Automation(Cause::named("away: night")),
            Author::Automation(Cause::Away),
        ] {
            assert_eq!(author.to_string().parse(), Ok(author));
        }
        assert_eq!("agent:nobody".parse::<Author>(), Err(AuthorError));
        assert_eq!("robot".parse::<Author>(), Err(AuthorError));
    }

    #[test]
    fn the_names_in_the_database_are_the_names_in_json() {
        for kind in [
            EntryKind::Message,
            EntryKind::Note,
            EntryKind::Call,
            EntryKind::Activity,
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(EntryKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Direction::parse("sideways"), None);
    }
}

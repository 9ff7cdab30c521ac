//! `POST /v1/messages/bulk` and `/v1/broadcasts`: one text to many.

use crate::broadcast::{Broadcast, RecipientState};
use crate::described::Of;
use crate::ids::{BroadcastId, ContactId, ConversationId, EntryId, RequestId, Seq, TemplateId};
use crate::phone::Address;
use crate::record::Record;
use crate::status::{DeliveryError, DeliveryStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How many characters of a number [`BulkPlan::segments_by_prefix`] goes by: a plus and as many
/// digits as tables of prices tell apart.
pub const PREFIX_CHARACTERS: usize = 6;
/// How many recipients that cannot be texted a plan shows.
pub const PROBLEMS_MAX: usize = 20;

/// Asks the relay to text many. Answered 202 with [`BroadcastPage`], on a repeat of the id, too;
/// with `dry_run` 200 with [`BulkPlan`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SendBulk {
    /// The broadcast's id, chosen by the sender, so that repeating the request is harmless. Without
    /// it the relay chooses one and a repeat texts everybody again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<BroadcastId>,
    /// What it is called in lists; without it the relay finds a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// To whom: each a number in any usual writing, or an object with exactly one of `to`, `contact`
    /// and `conversation`, and `variables` of its own. Anything else is a recipient that is invalid.
    /// Exactly one of `to`, `label` and `filter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<Value>>,
    /// Everybody with that label: contacts, and conversations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Every conversation that a filter means; see [`crate::filter`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The words, which may have variables; exactly one of `body` and `template`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// A template of the relay, taken as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateId>,
    /// Values by the names of their variables, over those that are known of each contact; a
    /// recipient's own go before them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// Which line of ours texts everybody. Without it each is texted from the line that they last
    /// spoke with, and others from the only one there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Only count: nothing is stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// [`BulkPlan::confirm`] of a dry run: what was counted then is what is texted, or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
}

/// What a broadcast would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BulkPlan {
    /// All that were named or found.
    pub recipients: u32,
    /// Those who would be texted.
    pub reachable: u32,
    /// Those of them whose text would wait for the end of their quiet hours.
    pub quiet: u32,
    /// Those who want no texts.
    pub opted_out: u32,
    /// Those whom an earlier one of the list stands for.
    pub duplicate: u32,
    /// Those that are no number that takes texts, or nobody that is known.
    pub invalid: u32,
    /// Those for whom a variable has no value.
    pub incomplete: u32,
    /// Those that the desk would not text for another reason.
    pub refused: u32,
    /// Names of variables without a value for somebody, and for how many.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, u32>,
    /// How many segments all texts take together.
    pub segments: u64,
    /// The same by the first [`PREFIX_CHARACTERS`] characters of the numbers, for whoever knows
    /// the prices.
    pub segments_by_prefix: BTreeMap<String, u64>,
    /// The text of the first one who would be texted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// The first ones who would not be texted, at most [`PROBLEMS_MAX`].
    pub problems: Vec<BulkRecipient>,
    /// Stands for this very list and these very words; give it as [`SendBulk::confirm`].
    pub confirm: String,
}

/// One recipient and what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BulkRecipient {
    /// Their place in the list, from 1.
    pub n: u32,
    /// As the list named them.
    pub given: String,
    /// Their number, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Who they are, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// What became of them.
    pub state: RecipientState,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Their text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryId>,
    /// The conversation that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// How far it has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<DeliveryStatus>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<DeliveryError>,
}

/// A broadcast and a part of its recipients, in the order of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BroadcastPage {
    /// With its `kind` as in the feed.
    #[schemars(with = "Of<Broadcast>")]
    pub broadcast: Record,
    /// At most as many as were asked for.
    pub recipients: Vec<BulkRecipient>,
    /// Give this as `cursor` for the next page; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Broadcasts, most recently touched first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BroadcastList {
    /// Each with its `kind` as in the feed.
    #[schemars(with = "Vec<Of<Broadcast>>")]
    pub broadcasts: Vec<Record>,
    /// Give this as `cursor` for the next page; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// What is to become of a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BroadcastAction {
    /// Nobody is texted for now.
    Pause,
    /// It goes on.
    Resume,
    /// Nobody is texted any more.
    Cancel,
}

impl BroadcastAction {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }
}

/// `PATCH /v1/broadcasts/{id}`. Answered 200 with the broadcast, on a repeat, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PatchBroadcast {
    /// The request's id, chosen by the client, so that repeating it late is harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RequestId>,
    /// What to do.
    pub action: BroadcastAction,
    /// Only where nobody paused, resumed or canceled it after this position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_seq: Option<Seq>,
}

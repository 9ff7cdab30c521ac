//! `/v1/jobs`: appointments, and where their technicians are.

use super::update::Update;
use crate::described::Of;
use crate::ids::{ContactId, ConversationId, JobId, RequestId, Seq};
use crate::job::{Job, JobStatus};
use crate::record::Record;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A place as it comes in: checked by [`crate::job::Point::new`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coordinates {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// `POST /v1/jobs`. Answered 201 with the record, 200 where the id came before with the same
/// content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MakeJob {
    /// The job's id, chosen by the client, so that repeating the request is harmless. Without it the
    /// relay chooses one and a repeat makes another job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<JobId>,
    /// Who is visited; exactly one of `contact`, `conversation` and `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// Who is visited, by where one writes to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// Who is visited, by their number in any usual writing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Which line of ours; needed only for a new conversation where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Who visits them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician: Option<String>,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Where it is by the clock, as IANA names it; without it where the contact is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Coordinates>,
    /// Where it is, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Values for its texts, as those of `POST /v1/templates/preview`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
}

/// `PATCH /v1/jobs/{id}`; fields that are absent stay as they are. Answered 200 with the job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PatchJob {
    /// Chosen by the client; repeating the request is harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RequestId>,
    /// How far it has come; see [`JobStatus::may_become`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<JobStatus>,
    /// Who visits the customer.
    #[serde(default, skip_serializing_if = "Update::is_keep")]
    pub technician: Update<String>,
    /// When it begins. An end that is not given moves with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Update::is_keep")]
    pub ends_at: Update<Timestamp>,
    /// Where it is by the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Update::is_keep")]
    pub place: Update<Coordinates>,
    /// Where it is, in words.
    #[serde(default, skip_serializing_if = "Update::is_keep")]
    pub address: Update<String>,
    /// In how many minutes the technician arrives, for the text that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta_minutes: Option<f64>,
    /// Values for its texts, beside those that it has; `null` takes one away.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// Only where nobody changed it after this position. Where the technician is, is no change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_seq: Option<Seq>,
}

impl PatchJob {
    /// Whether it names no field to change.
    pub fn is_empty(&self) -> bool {
        let bare = Self {
            id: self.id,
            if_seq: self.if_seq,
            ..Self::default()
        };
        *self == bare
    }
}

/// `POST /v1/jobs/{id}/location`: where the technician is. Answered 200 with [`LocationTaken`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PostLocation {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// When they were there; without it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// In how many minutes they arrive, where that is known better than from distance and speed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta_minutes: Option<f64>,
    /// How fast they are, in metres a second; a negative one is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f64>,
}

/// What became of a location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LocationTaken {
    /// The job as it is by now.
    #[schemars(with = "Of<Job>")]
    pub job: Record,
    /// Whether it was taken.
    pub taken: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `GET /v1/jobs`: a page, the first to begin first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobPage {
    /// Each with its `kind` as in the feed.
    #[schemars(with = "Vec<Of<Job>>")]
    pub jobs: Vec<Record>,
    /// `cursor` of the next page; none on the last one.
    pub next_cursor: Option<String>,
}

/// `POST /v1/triggers/{type}`: another program tells what happened. Answered 201 with the entry, 200
/// where the id came before with the same content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PostTrigger {
    /// Chosen by the client, so that repeating the request is harmless. Without it a repeat sends
    /// again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RequestId>,
    /// Who is told; exactly one of `contact`, `conversation` and `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// Who is told, by where one writes to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// Who is told, by their number in any usual writing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Which line of ours; needed only for a new conversation where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Values of the template's variables, over those that are known of the contact and of the
    /// company.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
}

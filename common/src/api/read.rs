//! `PUT /v1/conversations/{id}/read`: how far the agent has read.

use crate::ids::{RequestId, Seq};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sets the caller's read marker. Answered 200 with the marker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetRead {
    /// Chosen by the client; repeating the request is harmless.
    pub id: RequestId,
    /// [`crate::entry::Entry::position`] of the newest entry that was read.
    pub position: Seq,
    /// How many of the conversation's inbound texts are read.
    pub inbound_read: u32,
}

//! How far an agent has read a conversation.

use crate::ids::{AgentId, ConversationId, Seq};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One agent's place in one conversation. Others see it too ("seen by Bo 13:20").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadMarker {
    /// `AGENT:CONVERSATION`, see [`ReadMarker::key`].
    pub id: String,
    /// The commit that last touched this record.
    pub seq: Seq,
    /// Who has read.
    pub agent: AgentId,
    /// What was read.
    pub conversation: ConversationId,
    /// [`crate::entry::Entry::position`] of the newest entry that was read.
    pub position: Seq,
    /// How many of the conversation's inbound texts were read. Unread is
    /// [`crate::conversation::Conversation::inbound_total`] less this.
    pub inbound_read: u32,
    /// When the agent read it.
    pub at: Timestamp,
}

impl ReadMarker {
    /// The one marker of `agent` in `conversation`.
    pub fn key(agent: AgentId, conversation: ConversationId) -> String {
        format!("{agent}:{conversation}")
    }
}

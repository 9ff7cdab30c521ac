//! A text that the agent's own editor has.

use super::note::Writing;
use smsdesk_common::ids::ConversationId;

/// A text that is in the agent's own editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lent {
    /// To whom it is, or about whom.
    pub conversation: ConversationId,
    /// Which of the two texts there.
    pub writing: Writing,
    /// As it was handed over.
    pub text: String,
}

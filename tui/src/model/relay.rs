//! The relay's side: which version it is, and what it can do.

use super::Model;
use crate::action::Action;
use crate::input::needs::needs;
use serde::{Deserialize, Serialize};
use smsdesk_common::capability::{Capabilities, Capability};

/// In place of what an action does, where the relay cannot do it: as short as a description.
pub const TOO_OLD: &str = "the relay is too old for it";

/// The relay as it introduced itself last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// Its version; empty before it was met.
    pub version: String,
    /// What it can do; everything before it was met.
    pub capabilities: Capabilities,
}

impl Relay {
    /// Why it cannot do that, in words; none where it can.
    pub fn lacks(&self, able: Capability) -> Option<String> {
        if self.capabilities.can(able) {
            return None;
        }
        let (version, what) = (&self.version, able.words());
        Some(format!(
            "the relay ({version}) is too old for {what}; it has to be updated"
        ))
    }
}

impl Model {
    /// Why the relay cannot do what `action` would ask of it, in words; none where it can.
    pub fn lacks(&self, action: Action) -> Option<String> {
        self.relay.lacks(needs(action)?)
    }
}

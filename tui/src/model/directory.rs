//! What the whole desk has in common: who works here, which labels are in use.

use serde::{Deserialize, Serialize};
use smsdesk_common::agent::Agent;
use smsdesk_common::ids::AgentId;
use smsdesk_common::line::Line;

/// The most labels that are read: a team that has more finds its own by typing them.
pub const LABELS_READ_MAX: u32 = 500;

/// As this disk knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Everybody who ever worked here, by name.
    pub agents: Vec<Agent>,
    /// Labels in use, the most used first, at most [`LABELS_READ_MAX`] and those that are on
    /// their way to the relay.
    pub labels: Vec<String>,
    /// Our lines, by address.
    #[serde(default)]
    pub lines: Vec<Line>,
}

impl Directory {
    /// An agent's name, where they are known.
    pub fn name(&self, id: AgentId) -> Option<&str> {
        let agent = self.agents.iter().find(|agent| agent.id == id)?;
        Some(&agent.name)
    }

    /// Those who work here now.
    pub fn active(&self) -> impl Iterator<Item = &Agent> {
        self.agents.iter().filter(|agent| agent.active)
    }
}

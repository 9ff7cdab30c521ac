//! `GET /v1/agents`: who works here.

use crate::agent::Agent;
use crate::described::Of;
use crate::ids::AgentId;
use crate::record::Record;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everybody who works or worked here. A desk has tens of agents, so there are no pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Agents {
    /// By name, each with its `kind` as in the feed.
    #[schemars(with = "Vec<Of<Agent>>")]
    pub agents: Vec<Record>,
    /// Whom the token belongs to.
    pub me: AgentId,
}

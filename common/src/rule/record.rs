//! A rule as a record: what the team wrote, and how often it was meant.

use super::definition::Definition;
use crate::ids::{AgentId, RuleId, Seq};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule of the team's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Stays the same as long as there is a rule of that name.
    pub id: RuleId,
    /// The commit that last touched this record.
    pub seq: Seq,
    /// Its place in the text, counted from 0.
    pub place: u32,
    /// Its part of the text, with the remarks above it.
    pub source: String,
    /// What that says.
    pub says: Definition,
    /// How many texts it meant.
    #[serde(default)]
    pub hits: u32,
    /// When the last one came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit_at: Option<Timestamp>,
    /// The commit that last changed the text of all rules; hits do not count.
    pub edited_seq: Seq,
    /// When that was.
    pub edited_at: Timestamp,
    /// Who did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<AgentId>,
}

/// The text of all rules.
pub fn text_of(rules: &[Rule]) -> String {
    let mut rules: Vec<&Rule> = rules.iter().collect();
    rules.sort_by_key(|rule| rule.place);
    rules.iter().map(|rule| rule.source.as_str()).collect()
}

//! `GET /v1/labels`: by what conversations are sorted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every label that stands on a conversation, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Labels {
    /// A label is there as long as a conversation has it.
    pub labels: Vec<LabelCount>,
}

/// A label and what has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabelCount {
    /// The label.
    pub name: String,
    /// On how many conversations it stands.
    pub conversations: u64,
    /// How many of these are open.
    pub open: u64,
}

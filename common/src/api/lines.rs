//! `GET /v1/lines`: our own addresses.

use crate::described::Of;
use crate::line::Line;
use crate::record::Record;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every line that is or was ours, by address. A desk has a few, so there are no pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lines {
    /// Each with its `kind` as in the feed.
    #[schemars(with = "Vec<Of<Line>>")]
    pub lines: Vec<Record>,
}

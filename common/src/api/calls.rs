//! `GET /v1/calls`: who called one of our lines.

use crate::described::Of;
use crate::entry::Entry;
use crate::ids::Seq;
use crate::record::Record;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Calls, newest first. Each is an entry of its conversation, of the kind `call`, whose body says in
/// words what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallPage {
    /// The calls, each with its `kind` as in the feed.
    #[schemars(with = "Vec<Of<Entry>>")]
    pub calls: Vec<Record>,
    /// Give this as `before` for the next page; none at the end.
    pub next_before: Option<Seq>,
}

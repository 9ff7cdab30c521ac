//! `GET /v1/search`: entries that a filter means, for scripts.

use crate::described::Of;
use crate::entry::Entry;
use crate::ids::Seq;
use crate::phone::Address;
use crate::record::Record;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An entry that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SearchHit {
    /// The entry, with its `kind` as in the feed.
    #[schemars(with = "Of<Entry>")]
    pub entry: Record,
    /// The customer's name; remote text.
    pub name: Option<String>,
    /// The customer's address.
    pub address: Address,
    /// The address of ours.
    pub line: Address,
}

/// Entries, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SearchPage {
    /// At most as many as were asked for; fewer, or none, do not mean that there are no more.
    pub hits: Vec<SearchHit>,
    /// Give this as `before` to look on; none where nothing is left.
    pub next_before: Option<Seq>,
    /// Entries at or below this position are not indexed yet and are not found; none where every
    /// one is.
    pub unindexed: Option<Seq>,
}

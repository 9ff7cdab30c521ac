//! `GET /v1/changes`: the feed by pages, forwards and backwards.

use crate::feed::{Change, Digest};
use crate::ids::{Epoch, Seq};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The page size where the caller names none.
pub const PAGE_DEFAULT: usize = 500;
/// The largest page: about a megabyte before compression.
pub const PAGE_MAX: usize = 2_000;

/// A part of the feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangesPage {
    /// The life of the database that the positions belong to.
    pub epoch: Epoch,
    /// The newest position at the moment of reading.
    pub head: Seq,
    /// The page holds every change in `(low, high]`.
    pub low: Seq,
    /// See `low`.
    pub high: Seq,
    /// How many changes there are at or below `low`: what is left to fetch backwards.
    pub remaining: u64,
    /// Over all live changes at the moment of reading.
    pub digest: Digest,
    /// With `before` newest first, with `after` oldest first.
    pub changes: Vec<Change>,
}

//! Search over everything that is on this disk.
//!
//! Owns the index: what stands in it, what it is asked, and the thread that asks. The index is
//! written by the disk's thread, in the same commit as the records; it is read by a thread and
//! connections of its own, so that neither a key nor a part of the feed ever waits for a search.

mod ask;
mod find;
mod index;
mod judge;
mod people;
#[cfg(test)]
mod tests;
mod thread;

pub(super) use index::{
    Merged, fingerprint, index_newest, index_people, is_crowded, merge_some, tally, tune,
};
pub(super) use thread::{Files, Searcher};

/// How many entries are indexed at once while nothing else is to be done: a few milliseconds, for
/// that is how long whoever comes next waits.
pub(super) const CHUNK_ENTRIES: usize = 100;

//! The newest part of the feed in memory, serialised once for every session.
//!
//! The ring is the store's own `changes` between two positions, as they were in **one** state of
//! the database: every live change in `(floor, head]`, as of `head`. A growth is read in one
//! snapshot, whole or not at all; a line whose record has moved on is taken out when the newer one
//! comes in, as the store does it. So a page of the ring cannot be told from a page that was read
//! from the store at `head`.
//!
//! Why a client that follows ends with the store's records, whatever the order of commits, reads
//! and evictions:
//!
//! 1. Say that a client is *complete up to p* when it holds the newest line of every record that
//!    is not touched after p. A page `(from, to]` of a state S with S ≥ `to` takes a client that is
//!    complete up to `from` to complete up to `to`: a record that is not touched after `to` has its
//!    newest line at or below `from`, where the client has it, or in `(from, to]`, where every
//!    state from `to` on has it too. A line that is missing or old belongs to a record that is
//!    touched after `to`, and comes with that.
//! 2. A client that is complete up to `head` and was given nothing of a state beyond `head` holds
//!    exactly the live changes of that state. So `caught_up` may carry the digest of a state only
//!    where no page of a later one went before it. Within a session that is kept by reading the
//!    ring only where it is at least as new as all that the session has seen ([`Ring::page`] wants
//!    to know), and head and digest come out of the ring together with the page.
//!
//! Nothing is in the ring that is not durable: it is filled by readers of the database alone.

use crate::stream::session::Page;
use smsdesk_common::feed::{BATCH_BYTES_MAX, BATCH_CHANGES_MAX, Digest};
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Kind;
use std::collections::{BTreeMap, HashMap};

/// Bytes of changes that are kept: some five thousand, which is several seconds of the fastest
/// growth. Whoever is further behind reads the store.
pub const RING_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of batches that are kept beside them until the next growth: those of the few positions at
/// which most sessions stand.
pub const BATCHES_BYTES_MAX: usize = 2 * 1024 * 1024;
/// What a line costs beside its text, in bytes: two keys and their places in a tree and a table.
const LINE_BYTES: usize = 256;

/// One change, serialised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its position.
    pub seq: Seq,
    /// What the record is.
    pub kind: Kind,
    /// The record's id within its kind.
    pub id: String,
    /// The change as it travels.
    pub json: String,
}

impl Line {
    const fn cost(&self) -> usize {
        self.json.len() + 2 * self.id.len() + LINE_BYTES
    }
}

/// Every live change in `(from, head]`, as of `head`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Where the ring stood.
    pub from: Seq,
    /// Where it stands afterwards.
    pub head: Seq,
    /// Over all live changes up to `head`.
    pub digest: Digest,
    /// The changes, oldest first; none where there are more than anybody wants to keep.
    pub lines: Option<Vec<Line>>,
}

/// See the module. `T` is the text of a batch, which many sessions share.
#[derive(Debug)]
pub struct Ring<T> {
    floor: Seq,
    head: Seq,
    digest: Digest,
    lines: BTreeMap<Seq, Line>,
    places: HashMap<(Kind, String), Seq>,
    bytes: usize,
    bytes_max: usize,
    batches: HashMap<Seq, (Page, Option<T>)>,
    batches_bytes: usize,
}

impl<T: Clone + From<String>> Ring<T> {
    /// A ring that stands at `head` and keeps nothing yet.
    pub fn new(head: Seq, digest: Digest, bytes_max: usize) -> Self {
        Self {
            floor: head,
            head,
            digest,
            lines: BTreeMap::new(),
            places: HashMap::new(),
            bytes: 0,
            bytes_max,
            batches: HashMap::new(),
            batches_bytes: 0,
        }
    }

    /// How far it reaches.
    pub const fn head(&self) -> Seq {
        self.head
    }

    /// Takes in what was read after [`Self::head`]. What does not join, or was too much, makes the
    /// ring begin anew where the growth ends.
    pub fn grow(&mut self, growth: Growth) {
        self.batches.clear();
        self.batches_bytes = 0;
        let joins = growth.from == self.head;
        match growth.lines {
            Some(lines) if joins => lines.into_iter().for_each(|line| self.put(line)),
            _ => *self = Self::new(growth.head, growth.digest, self.bytes_max),
        }
        (self.head, self.digest) = (growth.head, growth.digest);
        while self.bytes > self.bytes_max {
            let Some((seq, line)) = self.lines.pop_first() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(line.cost());
            self.floor = seq;
            self.places.remove(&(line.kind, line.id));
        }
    }

    fn put(&mut self, line: Line) {
        let key = (line.kind, line.id.clone());
        if let Some(old) = self.places.insert(key, line.seq)
            && let Some(old) = self.lines.remove(&old)
        {
            self.bytes = self.bytes.saturating_sub(old.cost());
        }
        self.bytes = self.bytes.saturating_add(line.cost());
        self.lines.insert(line.seq, line);
    }

    /// The page after a position, with the text of its batch where there is something to send; none
    /// where the ring does not reach back so far, or is older than the state `seen`.
    pub fn page(&mut self, after: Seq, limit: usize, seen: Seq) -> Option<(Page, Option<T>)> {
        if after < self.floor || after > self.head || self.head < seen {
            return None;
        }
        if let Some((page, text)) = self.batches.get(&after)
            && page.changes <= limit
        {
            return Some((*page, text.clone()));
        }
        let (page, text) = self.assemble(after, limit);
        if self.batches_bytes + page.bytes <= BATCHES_BYTES_MAX {
            self.batches_bytes += page.bytes;
            self.batches.insert(after, (page, text.clone()));
        }
        Some((page, text))
    }

    fn assemble(&self, after: Seq, limit: usize) -> (Page, Option<T>) {
        let mut lines = self.lines.range(after.next()..).map(|(_, line)| line);
        let batch = Batch::gather(&mut lines, limit);
        let to = batch.end(after, true, self.head);
        let text = (to > after).then(|| batch.text(after, to));
        let page = Page {
            to,
            changes: batch.len(),
            bytes: text.as_ref().map_or(0, String::len),
            head: self.head,
            digest: self.digest,
        };
        (page, text.map(T::from))
    }
}

/// The changes of one batch.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    lines: Vec<&'a str>,
    bytes: usize,
    last: Option<Seq>,
    /// Whether all that there was went in.
    complete: bool,
}

impl<'a> Batch<'a> {
    /// Takes as many as one batch may hold, and at least one.
    pub fn gather(lines: &mut impl Iterator<Item = &'a Line>, limit: usize) -> Self {
        let mut batch = Self {
            complete: true,
            ..Self::default()
        };
        let limit = limit.min(BATCH_CHANGES_MAX);
        for line in lines {
            let bytes = batch.bytes + line.json.len() + 1;
            let full = batch.lines.len() == limit || bytes > BATCH_BYTES_MAX;
            if full && !batch.lines.is_empty() {
                batch.complete = false;
                break;
            }
            batch.bytes = bytes;
            batch.last = Some(line.seq);
            batch.lines.push(&line.json);
        }
        batch
    }

    /// How many changes it has.
    pub const fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Where it ends, if it begins after `after`: at the `head`, where the lines that it was given
    /// were `all` and all of them went in.
    pub fn end(&self, after: Seq, all: bool, head: Seq) -> Seq {
        if all && self.complete {
            head
        } else {
            self.last.unwrap_or(after)
        }
    }

    /// The `batch` frame that carries them.
    pub fn text(&self, from: Seq, to: Seq) -> String {
        let mut text = format!(r#"{{"type":"batch","from":{from},"to":{to},"changes":["#);
        text.reserve(self.bytes + 2);
        for (n, line) in self.lines.iter().enumerate() {
            if n > 0 {
                text.push(',');
            }
            text.push_str(line);
        }
        text.push_str("]}");
        text
    }
}

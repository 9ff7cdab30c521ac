//! What listings without an index of their own hold: views of one's own, narrowed ones, other
//! orders.
//!
//! A pick is found once by a look at all conversations and then kept right one by one: whoever
//! changes records says which conversations they touched, and everything that this device adds to
//! the records is compared at each look. A pick is only places and numbers, so that a part of it
//! is read as fast as that of a view with an index.

use super::super::applied::Touched;
use super::super::drafts;
use super::super::error::CacheError;
use super::super::overlay::Overlay;
use super::super::records;
use super::condition::condition;
use super::key::{self, Named};
use super::moved::Row;
use super::{Found, Look, Shelves, number_of, row};
use crate::model::listing::{SAVED_VIEWS_MAX, Sorting};
use rusqlite::params_from_iter;
use smsdesk_common::filter::{Filter, fold};
use smsdesk_common::ids::{AgentId, ConversationId};
use smsdesk_common::time::Timestamp;
use std::collections::BTreeSet;

/// How many picks are kept: those of the saved views, and a few for what was typed last.
const PICKS_MAX: usize = SAVED_VIEWS_MAX + 3;

/// How many changed conversations are looked at one by one; for more, all are looked at at once,
/// which then takes no longer.
const CHANGED_MAX: usize = 2_000;

/// How long what waits may be believed where a filter asks for how long, in milliseconds: spans are
/// told in minutes.
const TIMELY_MS: i64 = 15_000;

/// How long a number in the header may be out of date while the history comes in, in milliseconds.
const COUNT_MS: i64 = 2_000;

/// Conversations and their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) filter: Filter,
    pub(super) sorting: Sorting,
}

/// What was found for it.
#[derive(Debug)]
struct Pick {
    wanted: Wanted,
    /// In their order.
    rows: Vec<Row>,
    as_of: Timestamp,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Current,
    /// To be found anew.
    Stale,
}

/// The picks, the one that was used last at the end.
#[derive(Debug, Default)]
pub(in crate::cache) struct Picks {
    kept: Vec<Pick>,
    /// Conversations whose records changed since the last look.
    changed: BTreeSet<ConversationId>,
    /// Conversations that this device had added something to at the last look.
    added: BTreeSet<ConversationId>,
    me: Option<AgentId>,
}

/// Whether the records are all here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum History {
    /// A number must be right.
    Whole,
    /// The rest is coming in: a number may be a little out of date.
    Partial,
}

impl Picks {
    /// Notes what a commit of records has touched.
    pub(in crate::cache) fn touch(&mut self, touched: &Touched) {
        match touched.told_apart() {
            Some(conversations) => self.changed.extend(conversations),
            None => self.expire(),
        }
        if self.changed.len() > CHANGED_MAX {
            self.expire();
        }
    }

    /// Forgets everything: the records are others.
    pub(in crate::cache) fn forget(&mut self) {
        *self = Self::default();
    }

    fn expire(&mut self) {
        self.changed.clear();
        for pick in &mut self.kept {
            pick.state = State::Stale;
        }
    }

    /// Looks at every conversation that may stand elsewhere since the last look.
    pub(super) fn catch_up(
        &mut self,
        shelves: Shelves<'_>,
        overlay: &Overlay,
        look: &Look,
    ) -> Result<(), CacheError> {
        if self.me != look.from.me {
            self.me = look.from.me;
            self.expire();
        }
        let mut added: BTreeSet<ConversationId> = overlay.conversations().collect();
        added.extend(drafts::conversations(shelves.outbox)?);
        if self.kept.is_empty() {
            self.changed.clear();
            self.added = added;
            return Ok(());
        }
        let mut changed = std::mem::take(&mut self.changed);
        changed.extend(self.added.union(&added));
        self.added = added;
        if changed.len() > CHANGED_MAX {
            self.expire();
            return Ok(());
        }
        let now = look.from.now;
        for pick in &mut self.kept {
            let age = now.millis_since(pick.as_of);
            if pick.wanted.filter.depends_on_time() && !(0..TIMELY_MS).contains(&age) {
                pick.state = State::Stale;
            }
        }
        let current = |pick: &&mut Pick| pick.state == State::Current;
        correct(
            self.kept.iter_mut().filter(current),
            &changed,
            (shelves, overlay, look),
        )
    }

    /// The rows of a pick, found anew where they are not known or not right any more. Only after
    /// [`Self::catch_up`].
    pub(super) fn rows(
        &mut self,
        shelves: Shelves<'_>,
        overlay: &Overlay,
        look: &Look,
        wanted: &Wanted,
    ) -> Result<&[Row], CacheError> {
        let kept = self.kept.iter().position(|pick| pick.wanted == *wanted);
        let pick = match kept.map(|at| self.kept.remove(at)) {
            Some(pick) if pick.state == State::Current => pick,
            _ => self.find(shelves, overlay, look, wanted)?,
        };
        if self.kept.len() >= PICKS_MAX {
            self.kept.remove(0);
        }
        self.kept.push(pick);
        Ok(self.kept.last().map_or(&[], |pick| &pick.rows))
    }

    /// How many a pick holds. Only after [`Self::catch_up`].
    pub(super) fn count(
        &mut self,
        shelves: Shelves<'_>,
        overlay: &Overlay,
        look: &Look,
        wanted: &Wanted,
        history: History,
    ) -> Result<u32, CacheError> {
        let recent = |pick: &&Pick| {
            let age = look.from.now.millis_since(pick.as_of);
            history == History::Partial && (0..COUNT_MS).contains(&age)
        };
        let known = self.kept.iter().find(|pick| pick.wanted == *wanted);
        let count = match known.filter(recent) {
            Some(pick) => pick.rows.len(),
            None => self.rows(shelves, overlay, look, wanted)?.len(),
        };
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Looks at all conversations.
    fn find(
        &self,
        shelves: Shelves<'_>,
        overlay: &Overlay,
        look: &Look,
        wanted: &Wanted,
    ) -> Result<Pick, CacheError> {
        let mut pick = Pick {
            wanted: wanted.clone(),
            rows: recorded(shelves, look, wanted)?,
            as_of: look.from.now,
            state: State::Current,
        };
        correct([&mut pick], &self.added, (shelves, overlay, look))?;
        Ok(pick)
    }
}

/// The rows as the records have them.
fn recorded(shelves: Shelves<'_>, look: &Look, wanted: &Wanted) -> Result<Vec<Row>, CacheError> {
    let condition = condition(shelves.records, &wanted.filter, &look.from)?;
    let named = wanted.sorting == Sorting::Name;
    let (names, join) = match (named, condition.asks_words) {
        (true, _) => ("words.name, words.number", WORDS),
        (false, true) => ("'', ''", WORDS),
        (false, false) => ("'', ''", ""),
    };
    let mut statement = shelves.records.prepare(&format!(
        "SELECT own.n, own.place, {names} FROM conversation AS own {join} WHERE {}",
        condition.sql
    ))?;
    let mut found = statement.query(params_from_iter(condition.values))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        let place = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        let named = Named {
            name: text(2)?,
            number: text(3)?,
        };
        rows.push(Row {
            place: key::key(wanted.sorting, place, named),
            n: row.get(0)?,
        });
    }
    rows.sort_unstable();
    Ok(rows)
}

const WORDS: &str = "JOIN conversation_words AS words ON words.n = own.n";

/// Puts some conversations into picks, or out of them, as they are on this device.
fn correct<'p>(
    picks: impl IntoIterator<Item = &'p mut Pick>,
    conversations: &BTreeSet<ConversationId>,
    (shelves, overlay, look): (Shelves<'_>, &Overlay, &Look),
) -> Result<(), CacheError> {
    if conversations.is_empty() {
        return Ok(());
    }
    let mut numbers = Vec::with_capacity(conversations.len());
    let mut found = Vec::with_capacity(conversations.len());
    // One that is not here (any more) has no number; then only its id tells which row it had.
    let mut missing = BTreeSet::new();
    for conversation in conversations {
        match number_of(shelves.records, *conversation)? {
            Some(n) => {
                numbers.push(n);
                found.push((n, row(shelves, n, look.from.me, overlay)?));
            }
            None => {
                missing.insert(*conversation.0.as_bytes());
            }
        }
    }
    numbers.sort_unstable();
    let is_missing = |row: &Row| {
        let id = row.place.last_chunk::<16>();
        !missing.is_empty() && id.is_some_and(|id| missing.contains(id))
    };
    for pick in picks {
        pick.rows
            .retain(|row| numbers.binary_search(&row.n).is_err() && !is_missing(row));
        for (n, found) in &found {
            if pick.wanted.filter.matches(&found.facts(), &look.from) {
                pick.put(*n, found);
            }
        }
    }
    Ok(())
}

impl Pick {
    fn put(&mut self, n: i64, found: &Found) {
        let conversation = &found.row.conversation;
        let named = Named {
            name: &fold(found.row.name.as_deref().unwrap_or_default()),
            number: &fold(conversation.address.as_str()),
        };
        let place = records::place(conversation);
        let row = Row {
            place: key::key(self.wanted.sorting, &place, named),
            n,
        };
        let at = self.rows.partition_point(|other| *other < row);
        self.rows.insert(at, row);
    }
}

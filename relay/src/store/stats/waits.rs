//! Timelines gone through for who waited how long, each from where something was touched to where
//! it is again as it was known.

use super::{Dirty, Touched, touch};
use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, params};
use smsdesk_common::activity::Activity;
use smsdesk_common::entry::{Direction, EntryKind};
use smsdesk_common::ids::{ConversationId, Seq};
use smsdesk_common::stats::{Begins, Moment, Place, Stretch, Wait, Walk, said};
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;

/// Entries that are read at once.
const PAGE: u32 = 500;
/// After how many entries in one look the rest is left for the next one: a look must not take long,
/// and what is stored at once keeps the writer for some milliseconds.
const ENTRIES_MAX: usize = 10_000;

/// How many entries one look may still go through.
#[derive(Debug)]
pub(super) struct Patience(usize);

impl Patience {
    pub(super) const fn new() -> Self {
        Self(ENTRIES_MAX)
    }
}

/// Before everything.
const BEGINNING: Place = Place {
    at: Timestamp::from_millis(i64::MIN),
    position: Seq::ZERO,
};
/// Behind everything.
const END: Place = Place {
    at: Timestamp::from_millis(i64::MAX),
    position: Seq(u64::MAX),
};

/// A part of a timeline, gone through.
#[derive(Debug)]
pub(super) struct Talk {
    conversation: ConversationId,
    /// Where it begins.
    from: Place,
    /// Where it ends, excluded; from there on all is as it was known, or still to do.
    to: Place,
    waits: Vec<Wait>,
    stretches: Vec<Stretch>,
    /// A stretch that goes on at the end, where the part ends before the timeline does.
    goes_on: Option<Place>,
    /// Where the rest begins that is still to be gone through.
    rest: Option<Begins>,
}

/// What was left for the next time.
pub(super) fn left_over(reads: &mut dyn Reads, limit: u32) -> Result<Dirty, StoreError> {
    let mut dirty = Dirty::new();
    let rows = reads.query(
        "SELECT conversation, at, position FROM stat_todo ORDER BY conversation LIMIT ?1",
        params![limit],
    )?;
    for row in &rows {
        let conversation = row.parsed(0)?;
        touch(&mut dirty, conversation, place(row, 1)?);
        // Nothing behind is known to be as it was.
        touch(&mut dirty, conversation, END);
    }
    Ok(dirty)
}

fn place(row: &Row, column: usize) -> Result<Place, StoreError> {
    Ok(Place {
        at: row.time(column)?,
        position: row.seq(column + 1)?,
    })
}

/// Where a walk can begin so that it goes through `touched`, and the stretch that it is in there.
fn beginning(
    reads: &mut dyn Reads,
    conversation: ConversationId,
    touched: Place,
) -> Result<(Place, Walk), StoreError> {
    let row = reads.query_one(
        "SELECT at, position, stretch_at, stretch_position FROM stat_wait \
         WHERE conversation = ?1 AND (at, position) <= (?2, ?3) \
         ORDER BY at DESC, position DESC LIMIT 1",
        params![conversation.0, touched.at, touched.position],
    )?;
    let Some(row) = row else {
        return Ok((BEGINNING, Walk::default()));
    };
    let (from, stretch) = (place(&row, 0)?, place(&row, 2)?);
    let walk = match from == stretch {
        true => Walk::default(),
        false => Walk::within(stretch),
    };
    Ok((from, walk))
}

/// Goes through a timeline from where it was touched.
pub(super) fn walk(
    reads: &mut dyn Reads,
    conversation: ConversationId,
    touched: Touched,
    patience: &mut Patience,
) -> Result<Talk, StoreError> {
    let (from, mut walk) = beginning(reads, conversation, touched.first)?;
    let mut next = from;
    loop {
        let page = page(reads, conversation, next)?;
        for moment in &page {
            if let Some(begins) = walk.begins(moment).filter(|begins| begins.at > from) {
                let as_known = begins.at > touched.last && is_known(reads, conversation, begins)?;
                if as_known || patience.0 == 0 {
                    let rest = (!as_known).then_some(begins);
                    return Ok(part(conversation, from, walk, begins, rest));
                }
            }
            walk.step(moment);
            patience.0 = patience.0.saturating_sub(1);
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => next = behind(last.place),
            _ => break,
        }
    }
    let (waits, stretches) = walk.end();
    Ok(Talk {
        conversation,
        from,
        to: END,
        waits,
        stretches,
        goes_on: None,
        rest: None,
    })
}

fn part(
    conversation: ConversationId,
    from: Place,
    walk: Walk,
    to: Begins,
    rest: Option<Begins>,
) -> Talk {
    let (waits, stretches) = walk.end_before(to);
    Talk {
        conversation,
        from,
        to: to.at,
        waits,
        stretches,
        goes_on: Some(to.stretch),
        rest,
    }
}

fn behind(place: Place) -> Place {
    Place {
        position: place.position.next(),
        ..place
    }
}

/// Whether it is known that somebody begins to wait there, in the same stretch.
fn is_known(
    reads: &mut dyn Reads,
    conversation: ConversationId,
    begins: Begins,
) -> Result<bool, StoreError> {
    let row = reads.query_one(
        "SELECT stretch_at, stretch_position FROM stat_wait \
         WHERE conversation = ?1 AND at = ?2 AND position = ?3",
        params![conversation.0, begins.at.at, begins.at.position],
    )?;
    row.map_or(Ok(false), |row| Ok(place(&row, 0)? == begins.stretch))
}

fn page(
    reads: &mut dyn Reads,
    conversation: ConversationId,
    from: Place,
) -> Result<Vec<Moment>, StoreError> {
    let rows = reads.query(
        "SELECT at, position, entry_kind, direction, author, status, activity FROM entry \
         WHERE conversation = ?1 AND (at, position) >= (?2, ?3) ORDER BY at, position LIMIT ?4",
        params![conversation.0, from.at, from.position, PAGE],
    )?;
    rows.iter().map(moment).collect()
}

fn moment(row: &Row) -> Result<Moment, StoreError> {
    let status = match row.maybe_text(5)? {
        None => None,
        Some(_) => Some(row.named(5, DeliveryStatus::parse)?),
    };
    let activity: Option<Vec<Activity>> = row.maybe_json(6)?;
    Ok(Moment {
        place: place(row, 0)?,
        said: said(
            row.named(2, EntryKind::parse)?,
            row.named(3, Direction::parse)?,
            &row.parsed(4)?,
            status,
            &activity.unwrap_or_default(),
        ),
    })
}

/// Stores a part in place of what was known of it.
pub(super) fn replace(tx: &mut dyn Tx, talk: &Talk) -> Result<(), StoreError> {
    let id = talk.conversation.0;
    let (from, to) = (talk.from, talk.to);
    tx.execute(
        "DELETE FROM stat_wait WHERE conversation = ?1 AND (at, position) >= (?2, ?3) \
         AND (at, position) < (?4, ?5)",
        params![id, from.at, from.position, to.at, to.position],
    )?;
    // What is known of the end of a stretch that goes on stays.
    let kept = talk.goes_on.unwrap_or(END);
    tx.execute(
        "DELETE FROM stat_stretch WHERE conversation = ?1 AND (at, position) >= (?2, ?3) \
         AND (at, position) < (?4, ?5) AND NOT (at = ?6 AND position = ?7)",
        params![
            id,
            from.at,
            from.position,
            to.at,
            to.position,
            kept.at,
            kept.position
        ],
    )?;
    for wait in &talk.waits {
        insert_wait(tx, talk.conversation, wait)?;
    }
    for stretch in &talk.stretches {
        insert_stretch(tx, talk.conversation, stretch)?;
    }
    leave(tx, talk)
}

/// Notes what is still to do. The next walk finds its beginning there.
fn leave(tx: &mut dyn Tx, talk: &Talk) -> Result<(), StoreError> {
    let id = talk.conversation.0;
    if talk.to == END {
        tx.execute("DELETE FROM stat_todo WHERE conversation = ?1", params![id])?;
    }
    let Some(rest) = talk.rest else {
        return Ok(());
    };
    let open = Wait {
        began: rest.at,
        stretch: rest.stretch,
        answered: None,
    };
    insert_wait(tx, talk.conversation, &open)?;
    tx.execute(
        "INSERT INTO stat_todo (conversation, at, position) VALUES (?1, ?2, ?3) \
         ON CONFLICT (conversation) DO UPDATE SET at = excluded.at, position = excluded.position",
        params![id, rest.at.at, rest.at.position],
    )?;
    Ok(())
}

fn insert_wait(tx: &mut dyn Tx, id: ConversationId, wait: &Wait) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO stat_wait (conversation, at, position, stretch_at, stretch_position, \
         answered_at, agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (conversation, at, position) DO UPDATE SET \
         stretch_at = excluded.stretch_at, stretch_position = excluded.stretch_position, \
         answered_at = excluded.answered_at, agent = excluded.agent",
        params![
            id.0,
            wait.began.at,
            wait.began.position,
            wait.stretch.at,
            wait.stretch.position,
            wait.answered.map(|(at, _)| at),
            wait.answered.map(|(_, agent)| agent.0),
        ],
    )?;
    Ok(())
}

fn insert_stretch(
    tx: &mut dyn Tx,
    id: ConversationId,
    stretch: &Stretch,
) -> Result<(), StoreError> {
    let agent = stretch.done.and_then(|(_, agent)| agent);
    tx.execute(
        "INSERT INTO stat_stretch (conversation, at, position, done_at, agent) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (conversation, at, position) DO UPDATE SET \
         done_at = excluded.done_at, agent = excluded.agent",
        params![
            id.0,
            stretch.began.at,
            stretch.began.position,
            stretch.done.map(|(at, _)| at),
            agent.map(|agent| agent.0),
        ],
    )?;
    Ok(())
}

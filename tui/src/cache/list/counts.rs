//! How many: conversations of the built-in views, and texts of a day. Reads tallies only.

use super::super::error::CacheError;
use super::super::sql::count_out;
use crate::model::list::{View, WAITING_MAX};
use rusqlite::{Connection, params};
use smsdesk_common::ids::AgentId;
use smsdesk_common::time::Timestamp;
use std::ops::Range;

/// How long one line of the tally of texts lasts.
const QUARTER_HOUR_MS: i64 = 15 * 60 * 1_000;

/// How many conversations the records have in each view, in the order of [`View::ALL`].
pub(super) fn counts(
    records: &Connection,
    me: Option<AgentId>,
) -> Result<[u32; View::ALL.len()], CacheError> {
    let mut statement =
        records.prepare_cached("SELECT status, owner, flagged, count FROM conversation_tally")?;
    let mut rows = statement.query(())?;
    let mut sums = [0_i64; View::ALL.len()];
    while let Some(row) = rows.next()? {
        let status: String = row.get(0)?;
        let owner: Vec<u8> = row.get(1)?;
        let (flagged, count): (bool, i64) = (row.get(2)?, row.get(3)?);
        let open = status == "open";
        for (view, sum) in View::ALL.iter().zip(&mut sums) {
            let holds = match view {
                View::Inbox => open,
                View::Mine => open && me.is_some_and(|me| owner == me.0.as_bytes()),
                View::Unassigned => open && owner.is_empty(),
                View::All => true,
                View::Snoozed => status == "snoozed",
                View::Done => status == "done",
                View::Flagged => flagged,
                View::Saved(_) => false,
            };
            *sum += if holds { count } else { 0 };
        }
    }
    Ok(sums.map(count_out))
}

/// Texts of a day: (in, out).
pub(super) fn texts(
    records: &Connection,
    day: &Range<Timestamp>,
) -> Result<(u32, u32), CacheError> {
    let quarter = |at: Timestamp| at.as_millis().div_euclid(QUARTER_HOUR_MS);
    let (inbound, outbound): (i64, i64) = records
        .prepare_cached(
            "SELECT coalesce(sum(count) FILTER (WHERE direction = 'inbound'), 0),
                    coalesce(sum(count) FILTER (WHERE direction = 'outbound'), 0)
             FROM text_tally WHERE quarter_hour >= ?1 AND quarter_hour < ?2",
        )?
        .query_row((quarter(day.start), quarter(day.end)), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok((count_out(inbound), count_out(outbound)))
}

/// How many wait for me or for nobody in particular. Those who wait stand before all others, so that
/// both indexes are read from their start and no further than they count.
pub(super) fn waiting(records: &Connection, me: Option<AgentId>) -> Result<u32, CacheError> {
    let mut statement = records.prepare_cached(
        "SELECT count(*) FROM (
             SELECT 1 FROM conversation
             WHERE status = 'open' AND owner = ?1 AND place < x'ffffffffffffffff' LIMIT ?2)",
    )?;
    let mut count =
        |owner: &[u8]| statement.query_row(params![owner, WAITING_MAX], |row| row.get::<_, i64>(0));
    let unowned = count(&[])?;
    let mine = me.map_or(Ok(0), |me| count(me.0.as_bytes()))?;
    Ok(count_out(unowned + mine).min(WAITING_MAX))
}

//! The feed: the `changes` table with each record's content joined in.

use crate::store::sql::{Reads, params};
use crate::store::{
    StoreError, agents, broadcasts, contacts, conversations, entries, jobs, lines, read_markers,
    rules, settings, templates,
};
use smsdesk_common::feed::{BATCH_BYTES_MAX, Change, Content};
use smsdesk_common::ids::Seq;
use smsdesk_common::record::{Kind, Record};

pub use crate::stream::ring::Line;

/// The most bytes of changes in one page that goes backwards. Two thousand usual changes have
/// about one; longer texts make the page shorter.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The newest position.
///
/// # Errors
/// It cannot be read.
pub fn head(reads: &mut dyn Reads) -> Result<Seq, StoreError> {
    match reads.query_one("SELECT MAX(seq) FROM changes", &[])? {
        Some(row) if row.maybe_int(0)?.is_some() => row.seq(0),
        _ => Ok(Seq::ZERO),
    }
}

/// How many live changes there are at or below `seq`.
///
/// # Errors
/// It cannot be read.
pub fn count_up_to(reads: &mut dyn Reads, seq: Seq) -> Result<u64, StoreError> {
    let row = reads.query_one("SELECT COUNT(*) FROM changes WHERE seq <= ?1", params![seq])?;
    row.map_or(Ok(0), |row| row.count(0).map(u64::from))
}

/// Changes as they go on the wire: each already serialised, so that it is serialised once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The changes.
    pub lines: Vec<Line>,
    /// Whether nothing was left out at the far end.
    pub complete: bool,
}

/// The oldest changes in `(after, ∞)`, ascending, as many as fit one batch.
///
/// # Errors
/// They cannot be read.
pub fn after(reads: &mut dyn Reads, after: Seq, limit: usize) -> Result<Page, StoreError> {
    let rows = reads.query(
        "SELECT seq, kind, id, deleted FROM changes WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        params![after, limit_of(limit)],
    )?;
    page(reads, &rows, limit, BATCH_BYTES_MAX)
}

/// The newest changes in `(0, before)`, descending.
///
/// # Errors
/// They cannot be read.
pub fn before(reads: &mut dyn Reads, before: Seq, limit: usize) -> Result<Page, StoreError> {
    let rows = reads.query(
        "SELECT seq, kind, id, deleted FROM changes WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2",
        params![before, limit_of(limit)],
    )?;
    page(reads, &rows, limit, PAGE_BYTES_MAX)
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn page(
    reads: &mut dyn Reads,
    rows: &[crate::store::sql::Row],
    limit: usize,
    bytes_max: usize,
) -> Result<Page, StoreError> {
    let mut page = Page {
        lines: Vec::with_capacity(rows.len()),
        complete: rows.len() < limit,
    };
    let mut bytes = 0;
    for row in rows {
        let (kind, change) = load(reads, row)?;
        let json = serde_json::to_string(&change)
            .map_err(|error| StoreError::Engine(format!("a change cannot be written: {error}")))?;
        bytes += json.len() + 1;
        if bytes > bytes_max && !page.lines.is_empty() {
            page.complete = false;
            break;
        }
        page.lines.push(Line {
            seq: change.seq,
            kind,
            id: change.id,
            json,
        });
    }
    Ok(page)
}

fn load(reads: &mut dyn Reads, row: &crate::store::sql::Row) -> Result<(Kind, Change), StoreError> {
    let (seq, kind, id) = (row.seq(0)?, row.named(1, Kind::parse)?, row.text(2)?);
    let change = if row.flag(3)? {
        Some(Change {
            kind: kind.as_str().to_owned(),
            id: id.to_owned(),
            seq,
            content: Content::Deleted,
        })
    } else {
        record(reads, kind, id)?.map(Change::of)
    };
    let change = change.ok_or_else(|| StoreError::Drift {
        kind: kind.as_str(),
        id: id.to_owned(),
        held: seq.0,
    })?;
    Ok((kind, change))
}

fn record(reads: &mut dyn Reads, kind: Kind, id: &str) -> Result<Option<Record>, StoreError> {
    let bad = |_| StoreError::column(2, "expected a UUID");
    Ok(match kind {
        Kind::Agent => agents::find(reads, id.parse().map_err(bad)?)?.map(Record::Agent),
        Kind::Broadcast => broadcasts::find(reads, id.parse().map_err(bad)?)?
            .map(|broadcast| Record::Broadcast(Box::new(broadcast))),
        Kind::Contact => contacts::find(reads, id.parse().map_err(bad)?)?
            .map(|contact| Record::Contact(Box::new(contact))),
        Kind::Conversation => conversations::find(reads, id.parse().map_err(bad)?)?
            .map(|conversation| Record::Conversation(Box::new(conversation))),
        Kind::Entry => entries::find(reads, id.parse().map_err(bad)?)?
            .map(|entry| Record::Entry(Box::new(entry))),
        Kind::Job => {
            jobs::find(reads, id.parse().map_err(bad)?)?.map(|job| Record::Job(Box::new(job)))
        }
        Kind::Line => lines::find(reads, id)?.map(Record::Line),
        Kind::ReadMarker => read_markers::find(reads, id)?.map(Record::ReadMarker),
        Kind::Rule => {
            rules::find(reads, id.parse().map_err(bad)?)?.map(|rule| Record::Rule(Box::new(rule)))
        }
        Kind::Setting => settings::find(reads, id)?.map(|it| Record::Setting(Box::new(it))),
        Kind::Template => templates::find(reads, id.parse().map_err(bad)?)?
            .map(|template| Record::Template(Box::new(template))),
    })
}

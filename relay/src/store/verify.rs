//! Walks a database and says what does not fit. It changes nothing.
//!
//! Everything is looked at in one unchanging state, beside a running relay too. The log cannot begin
//! anew as long as that lasts, so a look is given up when the log has grown too long meanwhile.

mod checks;

use crate::store::audit::{Anchor, Followed};
use crate::store::engine::open::{known_version, open_reader, open_source, schema_version};
use crate::store::engine::sqlite::{in_snapshot, translate};
use crate::store::sql::{Reads, Row, Value, params};
use crate::store::{OpenError, StoreError, audit, beside, feed, meta};
use rusqlite::Connection;
use serde::Serialize;
use smsdesk_common::feed::Digest;
use smsdesk_common::ids::Seq;
use std::path::Path;

/// Findings of one kind that are told one by one; of the others only their number is.
pub const FINDINGS_MAX: usize = 100;
/// The log's size at which a look is given up, in bytes: the disk is not to be filled by it.
pub(crate) const LOG_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Steps of the engine between two looks at the log's size: some ten milliseconds.
const STEPS: i32 = 200_000;
/// Changes that are read at a time.
const CHUNK: u32 = 5_000;
/// Changes that are read as terminals get them at a time.
const PAGE: usize = 500;

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check that found it, by its lasting name.
    pub check: &'static str,
    /// What is wrong, in a sentence. Names ids, never what they stand for.
    pub words: String,
}

/// What a walk came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What does not fit; of each kind at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// Kinds of which there is more.
    pub shortened: Vec<&'static str>,
    /// The newest position.
    pub head: u64,
    /// Over all live changes, computed anew, as in the protocol.
    pub digest: String,
    /// Live changes.
    pub changes: u64,
    /// Whether everything was looked at. Of an older schema only the file and the feed are.
    pub complete: bool,
}

impl Report {
    /// Whether everything fits.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether the file itself or the feed is wrong: terminals that get such a feed end up wrong.
    pub fn is_unsound(&self) -> bool {
        let basic = |finding: &Finding| checks::BASIC.contains(&finding.check);
        self.findings.iter().any(basic)
    }

    fn add(&mut self, check: &'static str, words: String) {
        self.findings.push(Finding { check, words });
    }
}

/// Walks the database at `path`, whether a relay works on it or not.
///
/// # Errors
/// It cannot be opened or read, or more was written meanwhile than the log may hold.
pub fn verify(path: &Path) -> Result<Report, OpenError> {
    let conn = open_for_long(path)?;
    let complete = schema_version(&conn, path)? == known_version();
    in_snapshot(&conn, |reads| walk(reads, complete)).map_err(|error| failed(path, &error))
}

/// Walks a backup at `path`, and leaves the file as it is.
///
/// # Errors
/// It cannot be opened or read.
pub fn verify_backup(path: &Path) -> Result<Report, OpenError> {
    let conn = open_source(path)?;
    let complete = schema_version(&conn, path)? == known_version();
    in_snapshot(&conn, |reads| walk(reads, complete)).map_err(|error| failed(path, &error))
}

/// Follows the audit of the database at `path`, and past what was noted of it elsewhere.
///
/// # Errors
/// It cannot be opened or read, or more was written meanwhile than the log may hold.
pub fn verify_audit(path: &Path, anchors: &[Anchor]) -> Result<Followed, OpenError> {
    let conn = open_for_long(path)?;
    in_snapshot(&conn, |reads| audit::follow(reads, anchors)).map_err(|error| failed(path, &error))
}

/// The walk itself.
///
/// # Errors
/// The database cannot be read.
pub(crate) fn walk(reads: &mut dyn Reads, complete: bool) -> Result<Report, StoreError> {
    let mut report = Report {
        complete,
        ..Report::default()
    };
    checks::file(reads, &mut report)?;
    digest(reads, &mut report)?;
    let all = checks::FEED.iter().chain(checks::REST);
    for check in all.take(if complete {
        usize::MAX
    } else {
        checks::FEED.len()
    }) {
        checks::run(reads, check, &mut report)?;
    }
    readable(reads, &mut report)?;
    if complete && let Some(fault) = audit::follow(reads, &[])?.fault {
        report.add("audit", fault);
    }
    Ok(report)
}

/// Opens a connection for a look without a limit of time, which ends when the log grows too long.
pub(crate) fn open_for_long(path: &Path) -> Result<Connection, OpenError> {
    let mut conn = open_reader(path)?;
    let log = beside(path, "-wal");
    let too_long = move || std::fs::metadata(&log).is_ok_and(|log| log.len() > LOG_BYTES_MAX);
    conn.progress_handler(STEPS, Some(too_long))
        .map_err(|error| failed(path, &translate(&error)))?;
    Ok(conn)
}

pub(crate) fn failed(path: &Path, error: &StoreError) -> OpenError {
    let message = match error {
        StoreError::Unavailable(why) => {
            format!("{why} (too much is written meanwhile: make a backup, and verify that)")
        }
        error => error.to_string(),
    };
    OpenError::Engine {
        path: path.display().to_string(),
        message,
        trouble: error.trouble(),
    }
}

/// Every live change in a few rows at a time.
fn digest(reads: &mut dyn Reads, report: &mut Report) -> Result<(), StoreError> {
    let (mut computed, mut after) = (Digest::EMPTY, Seq::ZERO);
    loop {
        let rows = reads.query(
            "SELECT seq, kind, id FROM changes WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            params![after, CHUNK],
        )?;
        for row in &rows {
            after = row.seq(0)?;
            computed.add(row.text(1)?, row.text(2)?, after);
            report.changes += 1;
        }
        if rows.is_empty() {
            break;
        }
    }
    let kept = meta::digest(reads)?;
    if kept != computed {
        let words = format!("the digest is kept as {kept}, and the feed's is {computed}");
        report.add("digest", words);
    }
    report.head = feed::head(reads)?.0;
    report.digest = computed.to_string();
    Ok(())
}

/// Reads each record as a terminal would get it.
fn readable(reads: &mut dyn Reads, report: &mut Report) -> Result<(), StoreError> {
    let (mut after, mut found) = (Seq::ZERO, 0);
    loop {
        let page = match feed::after(reads, after, PAGE) {
            Ok(page) => page,
            Err(error) if error.is_temporary() => return Err(error),
            Err(_) => feed::Page::default(),
        };
        // A record that is not where the feed has it may lead back.
        let last = page.lines.last().map(|line| line.seq);
        if let Some(last) = last.filter(|last| *last > after) {
            after = last;
            continue;
        }
        let Some((next, words)) = first_unreadable(reads, after)? else {
            return Ok(());
        };
        after = next;
        if let Some(words) = words {
            found += 1;
            if found > FINDINGS_MAX {
                report.shortened.push("unreadable");
                return Ok(());
            }
            report.add("unreadable", words);
        }
    }
}

/// The next change after `after`, with words where it cannot be read and no other check says so.
fn first_unreadable(
    reads: &mut dyn Reads,
    after: Seq,
) -> Result<Option<(Seq, Option<String>)>, StoreError> {
    let row = reads.query_one(
        "SELECT seq, kind, id FROM changes WHERE seq > ?1 ORDER BY seq LIMIT 1",
        params![after],
    )?;
    let Some(row) = row else { return Ok(None) };
    let seq = row.seq(0)?;
    let words = match feed::after(reads, after, 1) {
        Ok(_) | Err(StoreError::Drift { .. }) => None,
        Err(error) if error.is_temporary() => return Err(error),
        Err(error) => Some(format!(
            "{} {} cannot be read: {error}",
            row.text(1)?,
            row.text(2)?
        )),
    };
    Ok(Some((seq, words)))
}

/// A value in a sentence.
fn word(row: &Row, column: usize) -> String {
    match row.0.get(column) {
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Null) | None => "nothing".to_owned(),
        Some(Value::Blob(_)) => "bytes".to_owned(),
    }
}

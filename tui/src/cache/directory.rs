//! Reads what the whole desk has in common.

use super::error::{CacheError, stored_record};
use super::list::Shelves;
use super::outbox;
use crate::model::directory::{Directory, LABELS_READ_MAX};
use smsdesk_common::agent::Agent;
use smsdesk_common::line::Line;

/// Everybody who ever worked here, and the labels in use.
pub(super) fn directory(shelves: Shelves<'_>) -> Result<Directory, CacheError> {
    let mut agents: Vec<Agent> = Vec::new();
    let mut statement = shelves.records.prepare_cached(
        "SELECT record.body FROM agent AS own JOIN records AS record ON record.n = own.n
         ORDER BY own.name",
    )?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        agents.push(stored_record(&row.get::<_, String>(0)?)?);
    }
    let mut statement = shelves.records.prepare_cached(
        "SELECT label FROM label_tally WHERE count > 0 ORDER BY count DESC, label LIMIT ?1",
    )?;
    let labels = statement.query_map([LABELS_READ_MAX], |row| row.get(0))?;
    let mut labels: Vec<String> = labels.collect::<Result<_, _>>()?;
    for (_, patch) in outbox::patches(shelves.records, shelves.outbox)? {
        for label in patch.labels.unwrap_or_default() {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
    }
    let lines = lines(shelves)?;
    Ok(Directory {
        agents,
        labels,
        lines,
    })
}

/// Our lines. They are few and read as they are.
fn lines(shelves: Shelves<'_>) -> Result<Vec<Line>, CacheError> {
    let mut statement = shelves.records.prepare_cached(
        "SELECT body FROM records WHERE kind = 'line' AND deleted = 0 ORDER BY id",
    )?;
    let mut rows = statement.query(())?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        // One of a later version is not sent from.
        lines.extend(stored_record(&row.get::<_, String>(0)?));
    }
    Ok(lines)
}

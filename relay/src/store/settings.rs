//! What is set while the relay runs, and what became of it.

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, Value, params};
use serde_json::Map;
use smsdesk_common::api::settings::SettingChange;
use smsdesk_common::ids::{AgentId, Seq};
use smsdesk_common::record::Kind;
use smsdesk_common::settings::{Edit, ID, Setting, Settings};
use smsdesk_common::time::Timestamp;

/// What holds now.
///
/// # Errors
/// The database cannot be read.
pub fn load(reads: &mut dyn Reads) -> Result<Settings, StoreError> {
    Ok(Settings::of(&document(reads)?))
}

/// Whether nothing goes out at all.
///
/// # Errors
/// The database cannot be read.
pub fn sends_paused(reads: &mut dyn Reads) -> Result<bool, StoreError> {
    let set = document(reads)?;
    let paused = set.get("sends").and_then(|sends| sends.get("paused"));
    Ok(paused == Some(&serde_json::Value::Bool(true)))
}

/// What is set, without what holds where nothing is.
///
/// # Errors
/// The database cannot be read.
pub fn document(reads: &mut dyn Reads) -> Result<Map<String, serde_json::Value>, StoreError> {
    let row = reads.query_one("SELECT document FROM setting WHERE id = ?1", params![ID])?;
    row.map_or_else(|| Ok(Map::new()), |row| row.json(0))
}

/// The record; none where nobody ever set anything.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: &str) -> Result<Option<Setting>, StoreError> {
    let row = reads.query_one(
        "SELECT seq, document, edited_at, edited_by FROM setting WHERE id = ?1",
        params![id],
    )?;
    let setting = |row: Row| {
        Ok(Setting {
            id: id.to_owned(),
            seq: row.seq(0)?,
            edited_at: Some(row.time(2)?),
            edited_by: row.maybe_parsed(3)?,
            settings: Settings::of(&row.json(1)?),
        })
    };
    row.map(setting).transpose()
}

/// Keeps what is set, and who set what; says where the record stands now.
///
/// # Errors
/// The database cannot be written.
pub fn keep(
    tx: &mut dyn Tx,
    document: &Map<String, serde_json::Value>,
    by: Option<AgentId>,
    edits: &[Edit],
) -> Result<Seq, StoreError> {
    let held = find(tx, ID)?.map(|setting| setting.seq);
    let now = tx.now();
    let seq = tx.advance(Kind::Setting, ID, held)?;
    let by = by.map(|agent| agent.0);
    tx.execute(
        "INSERT INTO setting (id, seq, document, edited_at, edited_by) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, \
         document = excluded.document, edited_at = excluded.edited_at, \
         edited_by = excluded.edited_by",
        params![ID, seq, json(document)?, now, by],
    )?;
    for edit in edits {
        tx.execute(
            "INSERT INTO setting_history (seq, field, at, agent, was, value) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![seq, &edit.path, now, by, json(&edit.from)?, json(&edit.to)?],
        )?;
    }
    Ok(seq)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Engine(error.to_string()))
}

/// Where a page of the history ends: a commit, and a field of it.
pub type Place = (Seq, String);

/// What was set before a place, the newest first.
///
/// # Errors
/// The database cannot be read.
pub fn history(
    reads: &mut dyn Reads,
    before: Option<Place>,
    limit: u32,
) -> Result<Vec<SettingChange>, StoreError> {
    let (seq, field) = before.map_or((Value::Int(i64::MAX), String::new()), |(seq, field)| {
        (Value::from(seq), field)
    });
    let rows = reads.query(
        "SELECT setting_history.seq, at, agent, agent.name, field, was, value \
         FROM setting_history LEFT JOIN agent ON agent.id = setting_history.agent \
         WHERE setting_history.seq < ?1 OR (setting_history.seq = ?1 AND field > ?2) \
         ORDER BY setting_history.seq DESC, field LIMIT ?3",
        &[seq, field.into(), limit.into()],
    )?;
    let change = |row: &Row| {
        Ok(SettingChange {
            seq: row.seq(0)?,
            at: row.time(1)?,
            by: row.maybe_parsed(2)?,
            name: row.maybe_text(3)?,
            field: row.text(4)?.to_owned(),
            from: row.json(5)?,
            to: row.json(6)?,
        })
    };
    rows.iter().map(change).collect()
}

/// When a field was last set to what it is; none where it never was.
///
/// # Errors
/// The database cannot be read.
pub fn since(reads: &mut dyn Reads, field: &str) -> Result<Option<Timestamp>, StoreError> {
    let row = reads.query_one(
        "SELECT MAX(at) FROM setting_history WHERE field = ?1",
        params![field],
    )?;
    row.map_or(Ok(None), |row| row.maybe_time(0))
}

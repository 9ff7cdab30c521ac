//! Which labels a conversation has, so that those in use can be told without reading them all.

use rusqlite::{Transaction, params};

/// Writes the labels of the conversation with record `n` in place of what was there.
pub(super) fn write(tx: &Transaction<'_>, n: i64, labels: &[String]) -> rusqlite::Result<()> {
    let held: Vec<String> = tx
        .prepare_cached("SELECT label FROM label WHERE n = ?1 ORDER BY label")?
        .query_map([n], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if held == labels {
        return Ok(());
    }
    remove(tx, n)?;
    let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO label (n, label) VALUES (?1, ?2)")?;
    for label in labels {
        insert.execute(params![n, label])?;
    }
    Ok(())
}

/// The conversation is gone.
pub(super) fn remove(tx: &Transaction<'_>, n: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM label WHERE n = ?1")?
        .execute([n])?;
    Ok(())
}

//! What the picker of templates lists, apart from their words: those of one are read when it is
//! looked at.

use rusqlite::{Transaction, params};
use smsdesk_common::template::Template;

/// Writes or replaces the row of record `n`.
pub(super) fn write(tx: &Transaction<'_>, n: i64, template: &Template) -> rusqlite::Result<()> {
    let owner = template.owner.map(|agent| agent.0.into_bytes());
    tx.prepare_cached(
        "INSERT INTO template (n, id, owner, name, shortcut, folder, uses)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (n) DO UPDATE SET id = excluded.id, owner = excluded.owner,
             name = excluded.name, shortcut = excluded.shortcut, folder = excluded.folder,
             uses = excluded.uses",
    )?
    .execute(params![
        n,
        template.id.0.as_bytes(),
        owner.as_ref().map_or(&[][..], |bytes| &bytes[..]),
        template.name,
        template.shortcut,
        template.folder,
        template.uses,
    ])?;
    Ok(())
}

/// The template is gone.
pub(super) fn remove(tx: &Transaction<'_>, n: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM template WHERE n = ?1")?
        .execute([n])?;
    Ok(())
}

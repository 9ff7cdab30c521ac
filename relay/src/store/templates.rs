//! Templates, and what became of them.

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, Value, params};
use smsdesk_common::filter::fold;
use smsdesk_common::ids::{AgentId, Seq, TemplateId};
use smsdesk_common::record::Kind;
use smsdesk_common::template::Template;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, seq, name, key, shortcut, folder, owner, body, translations, uses, \
             used_at, edited_seq, edited_at, edited_by, created_at FROM template ",
            $rest
        )
    };
}

fn template(row: &Row) -> Result<Template, StoreError> {
    Ok(Template {
        id: row.parsed(0)?,
        seq: row.seq(1)?,
        name: row.text(2)?.to_owned(),
        key: row.maybe_text(3)?,
        shortcut: row.maybe_text(4)?,
        folder: row.maybe_text(5)?,
        owner: match row.text(6)? {
            "" => None,
            _ => Some(row.parsed(6)?),
        },
        body: row.text(7)?.to_owned(),
        translations: row.json(8)?,
        uses: row.count(9)?,
        used_at: row.maybe_time(10)?,
        edited_seq: row.seq(11)?,
        edited_at: row.time(12)?,
        edited_by: row.maybe_parsed(13)?,
        created_at: row.time(14)?,
    })
}

fn owner(owner: Option<AgentId>) -> String {
    owner.map(|owner| owner.to_string()).unwrap_or_default()
}

/// One template.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: TemplateId) -> Result<Option<Template>, StoreError> {
    let row = reads.query_one(select!("WHERE id = ?1"), params![id.0])?;
    row.map(|row| template(&row)).transpose()
}

/// What automation knows by `key`.
///
/// # Errors
/// The database cannot be read.
pub fn by_key(reads: &mut dyn Reads, key: &str) -> Result<Option<Template>, StoreError> {
    let row = reads.query_one(select!("WHERE key = ?1"), params![key])?;
    row.map(|row| template(&row)).transpose()
}

/// Those that `agent` can choose from by `name`, which may be a short name or a key: their own
/// before the team's, and names before short ones.
///
/// # Errors
/// The database cannot be read.
pub fn by_name(
    reads: &mut dyn Reads,
    agent: AgentId,
    name: &str,
) -> Result<Vec<Template>, StoreError> {
    let rows = reads.query(
        select!(
            "WHERE owner IN ('', ?1) AND (folded = ?2 OR shortcut_folded = ?2 OR key = ?2) \
             ORDER BY folded <> ?2, owner = '', shortcut_folded <> ?2, id"
        ),
        params![agent.to_string(), fold(name)],
    )?;
    rows.iter().map(template).collect()
}

/// Those that `agent` can choose from and that were last touched below a position, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    reads: &mut dyn Reads,
    agent: AgentId,
    below: Option<Seq>,
    limit: u32,
) -> Result<Vec<Template>, StoreError> {
    let below = below.map_or(Value::Int(i64::MAX), Value::from);
    let rows = reads.query(
        select!("WHERE owner IN ('', ?1) AND seq < ?2 ORDER BY seq DESC LIMIT ?3"),
        &[agent.to_string().into(), below, limit.into()],
    )?;
    rows.iter().map(template).collect()
}

/// How many there are.
///
/// # Errors
/// The database cannot be read.
pub fn count(reads: &mut dyn Reads) -> Result<u32, StoreError> {
    let row = reads.query_one("SELECT COUNT(*) FROM template", &[])?;
    row.map_or(Ok(0), |row| row.count(0))
}

/// Which other template of the same owner has the name, or the short name, of this one.
///
/// # Errors
/// The database cannot be read.
pub fn namesake(reads: &mut dyn Reads, wanted: &Template) -> Result<Option<Template>, StoreError> {
    let shortcut = wanted.shortcut.as_deref().map(fold);
    let row = reads.query_one(
        select!("WHERE owner = ?1 AND id <> ?2 AND (folded = ?3 OR shortcut_folded = ?4)"),
        params![
            owner(wanted.owner),
            wanted.id.0,
            fold(&wanted.name),
            shortcut
        ],
    )?;
    row.map(|row| template(&row)).transpose()
}

/// Where the tombstone of a template stands.
fn tombstone(reads: &mut dyn Reads, id: TemplateId) -> Result<Option<Seq>, StoreError> {
    let row = reads.query_one(
        "SELECT seq FROM changes WHERE kind = 'template' AND id = ?1 AND deleted <> 0",
        params![id.to_string()],
    )?;
    row.map(|row| row.seq(0)).transpose()
}

/// Stores a new template; its position is claimed here. One that was deleted comes back.
///
/// # Errors
/// The id or the name is taken, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, mut template: Template) -> Result<Template, StoreError> {
    let held = tombstone(tx, template.id)?;
    template.seq = tx.advance(Kind::Template, &template.id.to_string(), held)?;
    template.edited_seq = template.seq;
    tx.execute(
        "INSERT INTO template (id, seq, name, folded, key, shortcut, shortcut_folded, folder, \
         owner, body, translations, uses, used_at, edited_seq, edited_at, edited_by, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?2, ?14, ?15, ?16)",
        params![
            template.id.0,
            template.seq,
            &template.name,
            fold(&template.name),
            template.key.clone(),
            template.shortcut.clone(),
            template.shortcut.as_deref().map(fold),
            template.folder.clone(),
            owner(template.owner),
            &template.body,
            json(&template.translations)?,
            template.uses,
            template.used_at,
            template.edited_at,
            template.edited_by.map(|agent| agent.0),
            template.created_at,
        ],
    )?;
    Ok(template)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Engine(error.to_string()))
}

/// Stores what an edit made of a template at a new position.
///
/// # Errors
/// The name is taken, or the database cannot be written.
pub fn update(tx: &mut dyn Tx, template: &mut Template) -> Result<(), StoreError> {
    let held = Some(template.seq);
    template.seq = tx.advance(Kind::Template, &template.id.to_string(), held)?;
    template.edited_seq = template.seq;
    tx.execute(
        "UPDATE template SET seq = ?2, name = ?3, folded = ?4, shortcut = ?5, \
         shortcut_folded = ?6, folder = ?7, owner = ?8, body = ?9, translations = ?10, \
         edited_seq = ?2, edited_at = ?11, edited_by = ?12 WHERE id = ?1",
        params![
            template.id.0,
            template.seq,
            &template.name,
            fold(&template.name),
            template.shortcut.clone(),
            template.shortcut.as_deref().map(fold),
            template.folder.clone(),
            owner(template.owner),
            &template.body,
            json(&template.translations)?,
            template.edited_at,
            template.edited_by.map(|agent| agent.0),
        ],
    )?;
    Ok(())
}

/// Counts a text that was made from a template; one that is gone by now is no fault.
///
/// # Errors
/// The database cannot be written.
pub fn count_use(tx: &mut dyn Tx, id: TemplateId) -> Result<(), StoreError> {
    let Some(held) = find(tx, id)? else {
        return Ok(());
    };
    let now = tx.now();
    let seq = tx.advance(Kind::Template, &id.to_string(), Some(held.seq))?;
    tx.execute(
        "UPDATE template SET seq = ?2, uses = uses + 1, used_at = ?3 WHERE id = ?1",
        params![id.0, seq, now],
    )?;
    Ok(())
}

/// Removes a template; its tombstone stays.
///
/// # Errors
/// The database cannot be written.
pub fn remove(tx: &mut dyn Tx, template: &Template) -> Result<Seq, StoreError> {
    let seq = tx.retire(Kind::Template, &template.id.to_string(), template.seq)?;
    tx.execute("DELETE FROM template WHERE id = ?1", params![template.id.0])?;
    Ok(seq)
}

/// Something that was done to a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// Who did it.
    pub agent: AgentId,
    /// `made`, `edited` or `deleted`.
    pub did: String,
    /// What it was called then.
    pub name: String,
    /// The fields that an edit changed.
    pub fields: Vec<String>,
    /// The commit that did it.
    pub seq: Seq,
}

/// Keeps what was done to a template.
///
/// # Errors
/// The database cannot be written.
pub fn tell(tx: &mut dyn Tx, id: TemplateId, deed: &Deed) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO template_history (template, at, seq, agent, did, name, fields) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            id.0,
            now,
            deed.seq,
            deed.agent.0,
            &deed.did,
            &deed.name,
            json(&deed.fields)?,
        ],
    )?;
    Ok(())
}

/// What was done to a template, oldest first.
///
/// # Errors
/// The database cannot be read.
pub fn history(reads: &mut dyn Reads, id: TemplateId) -> Result<Vec<Deed>, StoreError> {
    let rows = reads.query(
        "SELECT agent, did, name, fields, seq FROM template_history WHERE template = ?1 \
         ORDER BY seq",
        params![id.0],
    )?;
    let deed = |row: &Row| {
        Ok(Deed {
            agent: row.parsed(0)?,
            did: row.text(1)?.to_owned(),
            name: row.text(2)?.to_owned(),
            fields: row.json(3)?,
            seq: row.seq(4)?,
        })
    };
    rows.iter().map(deed).collect()
}

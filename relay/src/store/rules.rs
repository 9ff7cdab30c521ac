//! Rules, what became of them, and every text of them that held.

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, params};
use smsdesk_common::filter::fold;
use smsdesk_common::ids::{AgentId, RuleId, Seq};
use smsdesk_common::record::Kind;
use smsdesk_common::rule::Rule;
use smsdesk_common::time::Timestamp;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, seq, place, source, says, hits, hit_at, edited_seq, edited_at, edited_by \
             FROM rule ",
            $rest
        )
    };
}

fn rule(row: &Row) -> Result<Rule, StoreError> {
    Ok(Rule {
        id: row.parsed(0)?,
        seq: row.seq(1)?,
        place: row.count(2)?,
        source: row.text(3)?.to_owned(),
        says: row.json(4)?,
        hits: row.count(5)?,
        hit_at: row.maybe_time(6)?,
        edited_seq: row.seq(7)?,
        edited_at: row.time(8)?,
        edited_by: row.maybe_parsed(9)?,
    })
}

/// One rule.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: RuleId) -> Result<Option<Rule>, StoreError> {
    let row = reads.query_one(select!("WHERE id = ?1"), params![id.0])?;
    row.map(|row| rule(&row)).transpose()
}

/// Every rule, in the order of the text.
///
/// # Errors
/// The database cannot be read.
pub fn all(reads: &mut dyn Reads) -> Result<Vec<Rule>, StoreError> {
    let rows = reads.query(select!("ORDER BY place"), &[])?;
    rows.iter().map(rule).collect()
}

fn says(rule: &Rule) -> Result<String, StoreError> {
    serde_json::to_string(&rule.says).map_err(|error| StoreError::Engine(error.to_string()))
}

/// The first record of an edit says where the edit is.
const fn hold_edit(rule: &mut Rule) {
    if rule.edited_seq.0 == 0 {
        rule.edited_seq = rule.seq;
    }
}

/// Stores a new rule; its position is claimed here, and is that of the edit where it has none.
///
/// # Errors
/// The id or the name is taken, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, rule: &mut Rule) -> Result<(), StoreError> {
    rule.seq = tx.advance(Kind::Rule, &rule.id.to_string(), None)?;
    hold_edit(rule);
    tx.execute(
        "INSERT INTO rule (id, seq, place, name, folded, source, says, hits, hit_at, edited_seq, \
         edited_at, edited_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            rule.id.0,
            rule.seq,
            rule.place,
            &rule.says.name,
            fold(&rule.says.name),
            &rule.source,
            says(rule)?,
            rule.hits,
            rule.hit_at,
            rule.edited_seq,
            rule.edited_at,
            rule.edited_by.map(|agent| agent.0),
        ],
    )?;
    Ok(())
}

/// Stores what an edit made of a rule at a new position, which is that of the edit where it has none.
///
/// # Errors
/// The name is taken, or the database cannot be written.
pub fn update(tx: &mut dyn Tx, rule: &mut Rule) -> Result<(), StoreError> {
    rule.seq = tx.advance(Kind::Rule, &rule.id.to_string(), Some(rule.seq))?;
    hold_edit(rule);
    tx.execute(
        "UPDATE rule SET seq = ?2, place = ?3, name = ?4, folded = ?5, source = ?6, says = ?7, \
         edited_seq = ?8, edited_at = ?9, edited_by = ?10 WHERE id = ?1",
        params![
            rule.id.0,
            rule.seq,
            rule.place,
            &rule.says.name,
            fold(&rule.says.name),
            &rule.source,
            says(rule)?,
            rule.edited_seq,
            rule.edited_at,
            rule.edited_by.map(|agent| agent.0),
        ],
    )?;
    Ok(())
}

/// Counts a text that a rule meant.
///
/// # Errors
/// The database cannot be written.
pub fn count_hit(tx: &mut dyn Tx, rule: &Rule) -> Result<(), StoreError> {
    let now = tx.now();
    let seq = tx.advance(Kind::Rule, &rule.id.to_string(), Some(rule.seq))?;
    tx.execute(
        "UPDATE rule SET seq = ?2, hits = hits + 1, hit_at = ?3 WHERE id = ?1",
        params![rule.id.0, seq, now],
    )?;
    Ok(())
}

/// Removes a rule; its tombstone stays.
///
/// # Errors
/// The database cannot be written.
pub fn remove(tx: &mut dyn Tx, rule: &Rule) -> Result<Seq, StoreError> {
    let seq = tx.retire(Kind::Rule, &rule.id.to_string(), rule.seq)?;
    tx.execute("DELETE FROM rule WHERE id = ?1", params![rule.id.0])?;
    Ok(seq)
}

/// A text of rules that held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// The commit that made it hold.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who wrote it; nobody for the operator.
    pub agent: Option<AgentId>,
    /// All of it.
    pub text: String,
}

fn edition(row: &Row) -> Result<Edition, StoreError> {
    Ok(Edition {
        seq: row.seq(0)?,
        at: row.time(1)?,
        agent: row.maybe_parsed(2)?,
        text: row.text(3)?.to_owned(),
    })
}

/// The texts that held, the newest first.
///
/// # Errors
/// The database cannot be read.
pub fn editions(reads: &mut dyn Reads, limit: u32) -> Result<Vec<Edition>, StoreError> {
    let rows = reads.query(
        "SELECT seq, at, agent, text FROM rule_history ORDER BY seq DESC LIMIT ?1",
        params![limit],
    )?;
    rows.iter().map(edition).collect()
}

/// Keeps a text that holds from now on.
///
/// # Errors
/// The database cannot be written.
pub fn tell(tx: &mut dyn Tx, edition: &Edition) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO rule_history (seq, at, agent, text) VALUES (?1, ?2, ?3, ?4)",
        params![
            edition.seq,
            edition.at,
            edition.agent.map(|agent| agent.0),
            &edition.text
        ],
    )?;
    Ok(())
}

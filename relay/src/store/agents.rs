//! Agents.

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, params};
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::ids::AgentId;
use smsdesk_common::record::Kind;

fn agent(row: &Row) -> Result<Agent, StoreError> {
    Ok(Agent {
        id: row.parsed(0)?,
        seq: row.seq(1)?,
        name: row.text(2)?.to_owned(),
        role: row.parsed::<Role>(3)?,
        active: row.flag(4)?,
    })
}

/// One agent.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: AgentId) -> Result<Option<Agent>, StoreError> {
    reads
        .query_one(
            "SELECT id, seq, name, role, active FROM agent WHERE id = ?1",
            params![id.0],
        )?
        .map(|row| agent(&row))
        .transpose()
}

/// The agent of that name.
///
/// # Errors
/// The database cannot be read.
pub fn by_name(reads: &mut dyn Reads, name: &str) -> Result<Option<Agent>, StoreError> {
    reads
        .query_one(
            "SELECT id, seq, name, role, active FROM agent WHERE name = ?1",
            params![name],
        )?
        .map(|row| agent(&row))
        .transpose()
}

/// Every agent, by name.
///
/// # Errors
/// The database cannot be read.
pub fn all(reads: &mut dyn Reads) -> Result<Vec<Agent>, StoreError> {
    reads
        .query(
            "SELECT id, seq, name, role, active FROM agent ORDER BY name",
            &[],
        )?
        .iter()
        .map(agent)
        .collect()
}

/// Stores a new agent; its position is claimed here.
///
/// # Errors
/// The name is taken, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, mut agent: Agent) -> Result<Agent, StoreError> {
    agent.seq = tx.advance(Kind::Agent, &agent.id.to_string(), None)?;
    tx.execute(
        "INSERT INTO agent (id, seq, name, role, active) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            agent.id.0,
            agent.seq,
            &agent.name,
            agent.role.as_str(),
            agent.active
        ],
    )?;
    Ok(agent)
}

/// Stores what changed of an agent at a new position.
///
/// # Errors
/// The database cannot be written.
pub fn update(tx: &mut dyn Tx, agent: &mut Agent) -> Result<(), StoreError> {
    agent.seq = tx.advance(Kind::Agent, &agent.id.to_string(), Some(agent.seq))?;
    tx.execute(
        "UPDATE agent SET seq = ?2, name = ?3, role = ?4, active = ?5 WHERE id = ?1",
        params![
            agent.id.0,
            agent.seq,
            &agent.name,
            agent.role.as_str(),
            agent.active
        ],
    )?;
    Ok(())
}

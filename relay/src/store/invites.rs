//! Invites: each turns into one token, once, within a day.

use crate::store::StoreError;
use crate::store::sql::{Tx, params};
use smsdesk_common::ids::AgentId;
use smsdesk_common::time::Timestamp;

/// Stores a new invite.
///
/// # Errors
/// The database cannot be written.
pub fn insert(
    tx: &mut dyn Tx,
    hash: &[u8],
    agent: AgentId,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO invite (hash, agent, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
        params![hash, agent.0, now, expires_at],
    )?;
    Ok(())
}

/// Uses up the invite whose code has that hash; none where it is unknown, used or expired.
///
/// # Errors
/// The database cannot be written.
pub fn redeem(tx: &mut dyn Tx, hash: &[u8]) -> Result<Option<AgentId>, StoreError> {
    let now = tx.now();
    tx.query_one(
        "UPDATE invite SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2 \
         RETURNING agent",
        params![hash, now],
    )?
    .map(|row| row.parsed(0))
    .transpose()
}

/// Makes the invite whose code has that hash worthless, where there is one.
///
/// # Errors
/// The database cannot be written.
pub fn void(tx: &mut dyn Tx, hash: &[u8]) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "UPDATE invite SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL",
        params![hash, now],
    )?;
    Ok(())
}

/// Makes every unused invite of an agent worthless.
///
/// # Errors
/// The database cannot be written.
pub fn expire_all_of(tx: &mut dyn Tx, agent: AgentId) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "UPDATE invite SET expires_at = ?2 WHERE agent = ?1 AND used_at IS NULL",
        params![agent.0, now],
    )?;
    Ok(())
}

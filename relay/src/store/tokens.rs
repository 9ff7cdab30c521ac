//! Access tokens, of which only the SHA-256 is kept.

use crate::store::StoreError;
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::ids::{AgentId, DeviceId, TokenId};
use smsdesk_common::time::Timestamp;
use std::collections::HashSet;

/// What is known of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Names it without its secret.
    pub id: TokenId,
    /// Who acts with it.
    pub agent: AgentId,
    /// Since when it is no longer accepted.
    pub revoked_at: Option<Timestamp>,
}

/// The token whose secret has that hash.
///
/// # Errors
/// The database cannot be read.
pub fn by_hash(reads: &mut dyn Reads, hash: &[u8]) -> Result<Option<Token>, StoreError> {
    reads
        .query_one(
            "SELECT id, agent, revoked_at FROM token WHERE hash = ?1",
            params![hash],
        )?
        .map(|row| {
            Ok(Token {
                id: row.parsed(0)?,
                agent: row.parsed(1)?,
                revoked_at: row.maybe_time(2)?,
            })
        })
        .transpose()
}

/// Whether a token is accepted still.
///
/// # Errors
/// The database cannot be read.
pub fn is_accepted(reads: &mut dyn Reads, id: TokenId) -> Result<bool, StoreError> {
    let found = reads.query_one(
        "SELECT 1 FROM token WHERE id = ?1 AND revoked_at IS NULL",
        params![id.0],
    )?;
    Ok(found.is_some())
}

/// Every token that is no longer accepted.
///
/// # Errors
/// The database cannot be read.
pub fn revoked(reads: &mut dyn Reads) -> Result<HashSet<TokenId>, StoreError> {
    reads
        .query("SELECT id FROM token WHERE revoked_at IS NOT NULL", &[])?
        .iter()
        .map(|row| row.parsed(0))
        .collect()
}

/// Stores a new token.
///
/// # Errors
/// The database cannot be written.
pub fn insert(
    tx: &mut dyn Tx,
    id: TokenId,
    agent: AgentId,
    device: DeviceId,
    hash: &[u8],
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO token (id, agent, device, hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id.0, agent.0, device.0, hash, now],
    )?;
    Ok(())
}

/// Revokes every token of an agent; says how many.
///
/// # Errors
/// The database cannot be written.
pub fn revoke_all_of(tx: &mut dyn Tx, agent: AgentId) -> Result<usize, StoreError> {
    let now = tx.now();
    tx.execute(
        "UPDATE token SET revoked_at = ?2 WHERE agent = ?1 AND revoked_at IS NULL",
        params![agent.0, now],
    )
}

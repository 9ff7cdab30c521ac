//! Access tokens, of which only the SHA-256 is kept.

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, params};
use smsdesk_common::agent::Role;
use smsdesk_common::api::tokens::Token as Known;
use smsdesk_common::ids::{AgentId, DeviceId, TokenId};
use smsdesk_common::scope::Scopes;
use smsdesk_common::time::Timestamp;
use std::collections::HashSet;

/// What is known of a token when it is presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Names it without its secret.
    pub id: TokenId,
    /// Who acts with it.
    pub agent: AgentId,
    /// What a program may do by it; nothing for people.
    pub scopes: Scopes,
    /// Until when it is accepted.
    pub expires_at: Option<Timestamp>,
    /// Since when it is no longer accepted.
    pub revoked_at: Option<Timestamp>,
    /// Whether its holder is to remove their copy of the records.
    pub wipe: bool,
}

fn scopes(row: &Row, column: usize) -> Result<Scopes, StoreError> {
    Ok(row.maybe_parsed(column)?.unwrap_or_default())
}

/// The token whose secret has that hash.
///
/// # Errors
/// The database cannot be read.
pub fn by_hash(reads: &mut dyn Reads, hash: &[u8]) -> Result<Option<Token>, StoreError> {
    reads
        .query_one(
            "SELECT id, agent, scopes, expires_at, revoked_at, wipe FROM token WHERE hash = ?1",
            params![hash],
        )?
        .map(|row| {
            Ok(Token {
                id: row.parsed(0)?,
                agent: row.parsed(1)?,
                scopes: scopes(&row, 2)?,
                expires_at: row.maybe_time(3)?,
                revoked_at: row.maybe_time(4)?,
                wipe: row.flag(5)?,
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

/// Whether the holder of a token is to remove their copy of the records.
///
/// # Errors
/// The database cannot be read.
pub fn is_to_wipe(reads: &mut dyn Reads, id: TokenId) -> Result<bool, StoreError> {
    let found = reads.query_one(
        "SELECT 1 FROM token WHERE id = ?1 AND revoked_at IS NOT NULL AND wipe = 1",
        params![id.0],
    )?;
    Ok(found.is_some())
}

/// Stores a new token of a device.
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
        "INSERT INTO token (id, agent, device, hash, created_at, used_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        params![id.0, agent.0, device.0, hash, now],
    )?;
    Ok(())
}

/// Stores a new token of a program, which has no device but itself.
///
/// # Errors
/// The database cannot be written.
pub fn insert_scoped(
    tx: &mut dyn Tx,
    (id, agent): (TokenId, AgentId),
    hash: &[u8],
    scopes: &Scopes,
    expires_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO token (id, agent, device, hash, created_at, scopes, expires_at) \
         VALUES (?1, ?2, ?1, ?3, ?4, ?5, ?6)",
        params![id.0, agent.0, hash, now, scopes.to_string(), expires_at],
    )?;
    Ok(())
}

/// What becomes of the copies of the records that the holders of revoked tokens have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Copies {
    /// They stay where they are.
    #[default]
    Stay,
    /// Whoever presents the token is told to remove theirs.
    Wipe,
}

/// Revokes every token of an agent; says how many. One that was revoked before is told to wipe, too.
///
/// # Errors
/// The database cannot be written.
pub fn revoke_all_of(tx: &mut dyn Tx, agent: AgentId, copies: Copies) -> Result<usize, StoreError> {
    let now = tx.now();
    if copies == Copies::Wipe {
        tx.execute(
            "UPDATE token SET wipe = 1 WHERE agent = ?1",
            params![agent.0],
        )?;
    }
    tx.execute(
        "UPDATE token SET revoked_at = ?2 WHERE agent = ?1 AND revoked_at IS NULL",
        params![agent.0, now],
    )
}

/// Revokes one token, and says whether it was accepted until now.
///
/// # Errors
/// The database cannot be written.
pub fn revoke(tx: &mut dyn Tx, id: TokenId, copies: Copies) -> Result<bool, StoreError> {
    let now = tx.now();
    if copies == Copies::Wipe {
        tx.execute("UPDATE token SET wipe = 1 WHERE id = ?1", params![id.0])?;
    }
    let revoked = tx.execute(
        "UPDATE token SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
        params![id.0, now],
    )?;
    Ok(revoked > 0)
}

/// Whether an agent has a token that is accepted.
///
/// # Errors
/// The database cannot be read.
pub fn has_any(reads: &mut dyn Reads, agent: AgentId) -> Result<bool, StoreError> {
    let found = reads.query_one(
        "SELECT 1 FROM token WHERE agent = ?1 AND revoked_at IS NULL LIMIT 1",
        params![agent.0],
    )?;
    Ok(found.is_some())
}

/// The tokens whose time is over and which nobody has revoked yet, the first to end first.
///
/// # Errors
/// The database cannot be read.
pub fn expiring(
    reads: &mut dyn Reads,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<TokenId>, StoreError> {
    reads
        .query(
            "SELECT id FROM token WHERE expires_at <= ?1 AND revoked_at IS NULL \
             ORDER BY expires_at, id LIMIT ?2",
            params![until, limit],
        )?
        .iter()
        .map(|row| row.parsed(0))
        .collect()
}

/// When the next token ends.
///
/// # Errors
/// The database cannot be read.
pub fn next_to_expire(reads: &mut dyn Reads) -> Result<Option<Timestamp>, StoreError> {
    let row = reads.query_one(
        "SELECT MIN(expires_at) FROM token WHERE revoked_at IS NULL",
        &[],
    )?;
    row.map_or(Ok(None), |row| row.maybe_time(0))
}

/// Keeps when a token was used last.
///
/// # Errors
/// The database cannot be written.
pub fn used(tx: &mut dyn Tx, id: TokenId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE token SET used_at = ?2 WHERE id = ?1 AND (used_at IS NULL OR used_at < ?2)",
        params![id.0, at],
    )?;
    Ok(())
}

/// One token.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: TokenId) -> Result<Option<Known>, StoreError> {
    Ok(all(reads)?.into_iter().find(|token| token.id == id))
}

/// Every token with its agent, by the agent's name and the token's age.
///
/// # Errors
/// The database cannot be read.
pub fn all(reads: &mut dyn Reads) -> Result<Vec<Known>, StoreError> {
    reads
        .query(
            "SELECT token.id, agent.id, agent.name, agent.role, token.device, token.scopes, \
             token.created_at, token.used_at, token.expires_at, token.revoked_at, token.wipe \
             FROM token JOIN agent ON agent.id = token.agent \
             ORDER BY agent.name, token.created_at, token.id",
            &[],
        )?
        .iter()
        .map(known)
        .collect()
}

fn known(row: &Row) -> Result<Known, StoreError> {
    let role: Role = row.parsed(3)?;
    let device: DeviceId = row.parsed(4)?;
    Ok(Known {
        id: row.parsed(0)?,
        agent: row.parsed(1)?,
        name: row.text(2)?.to_owned(),
        role,
        device: (role != Role::Integration).then_some(device),
        scopes: scopes(row, 5)?,
        created_at: row.time(6)?,
        used_at: row.maybe_time(7)?,
        expires_at: row.maybe_time(8)?,
        revoked_at: row.maybe_time(9)?,
        wipe: row.flag(10)?,
    })
}

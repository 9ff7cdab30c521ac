//! Who this device is, and whose it is.

use super::error::CacheError;
use super::sql::parsed;
use crate::model::absence::LastSeen;
use rusqlite::{Connection, OptionalExtension as _};
use smsdesk_common::agent::Agent;
use smsdesk_common::ids::DeviceId;
use uuid::Uuid;

const DEVICE: &str = "device";
const ME: &str = "me";
const COMPANY: &str = "company";
const SEEN: &str = "seen";
const WRONG_COPIES: &str = "wrong_copies";
const SWEEP_DUE: &str = "sweep_due";
const TOKEN: &str = "token";

/// The id of this installation; `candidate` becomes it where it has none.
pub(super) fn device(connection: &Connection, candidate: Uuid) -> Result<DeviceId, CacheError> {
    connection.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        (DEVICE, candidate.to_string()),
    )?;
    let text = read(connection, DEVICE)?.unwrap_or_default();
    parsed(&text, "the device id").map_err(CacheError::Outbox)
}

/// Who the token belongs to, as the relay last said.
pub(super) fn me(connection: &Connection) -> Result<Option<Agent>, CacheError> {
    Ok(read(connection, ME)?
        .map(|text| serde_json::from_str(&text))
        .transpose()?)
}

/// Keeps who the token belongs to.
pub(super) fn remember_me(connection: &Connection, agent: &Agent) -> Result<(), CacheError> {
    if me(connection)?.as_ref() == Some(agent) {
        return Ok(());
    }
    write(connection, ME, &serde_json::to_string(agent)?)
}

/// Whether the copy of the records has to be made anew, because it had rows of somebody who was
/// erased.
pub(super) fn is_sweep_due(connection: &Connection) -> Result<bool, CacheError> {
    Ok(read(connection, SWEEP_DUE)?.is_some_and(|due| due == "yes"))
}

/// Notes that it has to be, or that it was.
pub(super) fn set_sweep_due(connection: &Connection, due: bool) -> Result<(), CacheError> {
    write(connection, SWEEP_DUE, if due { "yes" } else { "no" })
}

/// How the company signs its texts, as the relay last said.
pub(super) fn company(connection: &Connection) -> Result<Option<String>, CacheError> {
    Ok(read(connection, COMPANY)?.filter(|company| !company.is_empty()))
}

/// Keeps how the company signs its texts.
pub(super) fn remember_company(
    connection: &Connection,
    named: Option<&str>,
) -> Result<(), CacheError> {
    if company(connection)?.as_deref() == named {
        return Ok(());
    }
    write(connection, COMPANY, named.unwrap_or_default())
}

/// When somebody was at the keys last; none before the first time, or where it cannot be read.
pub(super) fn seen(connection: &Connection) -> Result<Option<LastSeen>, CacheError> {
    Ok(read(connection, SEEN)?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Keeps when somebody was at the keys.
pub(super) fn remember_seen(connection: &Connection, seen: LastSeen) -> Result<(), CacheError> {
    write(connection, SEEN, &serde_json::to_string(&seen)?)
}

/// The device's token, where it is kept here.
pub(super) fn token(connection: &Connection) -> Result<Option<String>, CacheError> {
    read(connection, TOKEN)
}

/// Keeps the device's token.
pub(super) fn keep_token(connection: &Connection, token: &str) -> Result<(), CacheError> {
    write(connection, TOKEN, token)
}

/// Forgets the device's token.
pub(super) fn forget_token(connection: &Connection) -> Result<(), CacheError> {
    connection.execute("DELETE FROM meta WHERE name = ?1", [TOKEN])?;
    Ok(())
}

/// Counts that a copy of the records turned out to be wrong. Returns how often so far.
pub(super) fn count_wrong_copy(connection: &Connection) -> Result<u32, CacheError> {
    let before: u32 = read(connection, WRONG_COPIES)?
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let count = before.saturating_add(1);
    write(connection, WRONG_COPIES, &count.to_string())?;
    Ok(count)
}

fn read(connection: &Connection, name: &str) -> Result<Option<String>, CacheError> {
    Ok(connection
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

fn write(connection: &Connection, name: &str, value: &str) -> Result<(), CacheError> {
    connection.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )?;
    Ok(())
}

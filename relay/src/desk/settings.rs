//! Somebody sets what holds while the relay runs: one transaction with the request's id, the record
//! and a line of history for each field.

use crate::desk::DeskError;
use crate::store::StoreError;
use crate::store::requests::{self, Done};
use crate::store::sql::{Reads, Tx};
use crate::store::{lines, outbox, settings};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::settings::PutSettings;
use smsdesk_common::ids::AgentId;
use smsdesk_common::record::Record;
use smsdesk_common::settings::{self as rules, ID, Setting};

/// The switch that stops everything.
pub const PAUSED: &str = "sends.paused";

/// Who sets something.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// An agent; they need the role.
    Agent(&'a Agent),
    /// Whoever runs the relay.
    Operator,
}

impl By<'_> {
    fn agent(self) -> Option<AgentId> {
        match self {
            Self::Agent(agent) => Some(agent.id),
            Self::Operator => None,
        }
    }
}

/// The record as it is.
///
/// # Errors
/// The database cannot be read.
pub fn record(reads: &mut dyn Reads) -> Result<Setting, StoreError> {
    Ok(settings::find(reads, ID)?.unwrap_or_else(Setting::untouched))
}

/// Sets what a request names. The same request again, even a late one, does nothing and gives the
/// record as it is by now; what holds already leaves no trace but the request's id.
///
/// # Errors
/// The role does not allow it, a field does not exist or cannot be so, somebody set something that
/// the sender asked to be told of, the id was used for something else, or the database cannot be
/// written. Nothing is changed then.
pub fn put(tx: &mut dyn Tx, by: By<'_>, put: &PutSettings) -> Result<Setting, DeskError> {
    if matches!(by, By::Agent(agent) if agent.role != Role::Admin) {
        let detail = "only an admin may change settings";
        return Err(DeskError::refused(ErrorCode::Forbidden, detail));
    }
    let request = put.id.map_or_else(|| tx.new_id(), |id| id.0);
    let body_hash = hash(by, put)?;
    if let Some(done) = requests::find(tx, request)? {
        if done.body_hash != body_hash {
            let detail = format!("`id` {request} was used for something else; choose a new one");
            return Err(DeskError::refused(ErrorCode::IdReused, detail));
        }
        return Ok(record(tx)?);
    }
    let held = record(tx)?;
    if put.if_seq.is_some_and(|known| known < held.seq) {
        return Err(DeskError::Conflict {
            code: ErrorCode::SettingsChanged,
            detail: format!(
                "`if_seq`: the settings were changed at {}; nothing was changed",
                held.seq
            ),
            current: Box::new(Record::Setting(Box::new(held))),
        });
    }
    let mut document = settings::document(tx)?;
    let edits = rules::edit(&mut document, &put.patch)
        .map_err(|why| DeskError::refused(ErrorCode::SettingsInvalid, why))?;
    if edits
        .iter()
        .any(|edit| edit.path == PAUSED && edit.to == Value::Bool(false))
    {
        forgive(tx)?;
    }
    // The record comes into being with the first request, so that the request has a subject.
    if !edits.is_empty() || held.edited_at.is_none() {
        settings::keep(tx, &document, by.agent(), &edits)?;
    }
    let subject = ID.to_owned();
    requests::insert(tx, request, &Done { body_hash, subject })?;
    Ok(record(tx)?)
}

/// Everything goes on: what waited meanwhile has not waited for too long.
fn forgive(tx: &mut dyn Tx) -> Result<(), StoreError> {
    let Some(since) = settings::since(tx, PAUSED)? else {
        return Ok(());
    };
    for line in lines::all(tx)? {
        // One that the provider refuses is forgiven once it does no more.
        if line.paused.is_none() {
            outbox::forgive_pause(tx, &line.id, since)?;
        }
    }
    Ok(())
}

/// Pauses everything that goes out, or lets it go on.
///
/// # Errors
/// As [`put`].
pub fn pause(tx: &mut dyn Tx, by: By<'_>, paused: bool) -> Result<Setting, DeskError> {
    let patch = rules::patch_of(PAUSED, Value::Bool(paused));
    let wanted = PutSettings {
        patch,
        ..PutSettings::default()
    };
    put(tx, by, &wanted)
}

/// What makes two requests the same: who sets what.
fn hash(by: By<'_>, put: &PutSettings) -> Result<Vec<u8>, StoreError> {
    let body = serde_json::to_vec(&(&put.patch, put.if_seq))
        .map_err(|error| StoreError::Engine(error.to_string()))?;
    let mut hasher = Sha256::new();
    hasher.update(b"settings\0");
    hasher.update(by.agent().map_or([0; 16], |agent| agent.0.into_bytes()));
    hasher.update(body);
    Ok(hasher.finalize().to_vec())
}

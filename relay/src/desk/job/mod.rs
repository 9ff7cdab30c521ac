//! Appointments: an agent or another program makes, changes and deletes them, tells where the
//! technician is, and the customer is told what concerns them.
//!
//! One transaction each: the request's id, the record, an entry that tells colleagues who did what,
//! and the text to the customer, if there is one.

mod edit;
mod rounds;
mod tell;
mod whereabouts;

pub use edit::patch;
pub use rounds::{follow, remind, replan};
pub use whereabouts::{Taken, locate};

use crate::automation::schedule;
use crate::automation::values::Values;
use crate::desk::notice::{Whom, contact_of};
use crate::desk::{DeskError, template};
use crate::store::requests::Done;
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, jobs, requests};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::jobs::{Coordinates, MakeJob};
use smsdesk_common::cause::TriggerKind;
use smsdesk_common::ids::{AgentId, EntryId, JobId, Seq};
use smsdesk_common::job::{Job, JobChange, JobStatus, Point, unfit, unfit_start};
use smsdesk_common::phone::Region;
use smsdesk_common::record::Record;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What became of a new job.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// It is stored.
    Now(Job),
    /// It was stored before, by the same request; as it is by now.
    Before(Job),
}

/// Makes a job and tells the customer. The same request again, even a late one, does nothing and
/// gives the job.
///
/// # Errors
/// It cannot be kept, nobody or several people are meant, the id was used for something else, or the
/// database cannot be written. Nothing is stored then.
pub fn make(
    tx: &mut dyn Tx,
    agent: &Agent,
    values: &Values,
    home: Region,
    make: &MakeJob,
) -> Result<Made, DeskError> {
    let id = make.id.unwrap_or_else(|| JobId(tx.new_id()));
    let body_hash = hash("make", agent.id, id, make)?;
    if came_before(tx, id.0, &body_hash)? {
        return known(tx, id).map(Made::Before);
    }
    if jobs::find(tx, id)?.is_some() {
        return Err(id_reused(id.0));
    }
    let mut job = draft(tx, agent, home, id, make)?;
    job.remind_at = schedule::plan(&job, &values.rules, tx.now());
    let told = EntryId(tx.new_id());
    tell::say(tx, Some((agent, told)), &job, vec![JobChange::Made])?;
    tell::owed(tx, &mut job, values, None)?;
    let job = jobs::insert(tx, job)?;
    note(tx, id.0, body_hash, id)?;
    Ok(Made::Now(job))
}

/// A job as it was asked for, checked.
fn draft(
    tx: &mut dyn Tx,
    agent: &Agent,
    home: Region,
    id: JobId,
    make: &MakeJob,
) -> Result<Job, DeskError> {
    let now = tx.now();
    if let Some(why) = unfit_start(make.starts_at, now) {
        return Err(invalid(why));
    }
    let place = make.place.map(|place| point("place", place)).transpose()?;
    let variables = template::given(&make.variables)?;
    let whom = Whom {
        contact: make.contact,
        conversation: make.conversation,
        to: make.to.as_deref(),
        line: make.line.as_deref(),
        home,
    };
    let conversation = whom.conversation(tx)?;
    let contact = contact_of(tx, &conversation)?;
    let zone = make.zone.clone().or(contact.time_zone).ok_or_else(|| {
        invalid(
            "`zone`: expected an IANA name such as America/New_York, for the contact has no time \
             zone",
        )
    })?;
    let job = Job {
        id,
        seq: Seq::ZERO,
        contact: conversation.contact,
        conversation: conversation.id,
        technician: trimmed(make.technician.as_deref()),
        starts_at: make.starts_at,
        ends_at: make.ends_at,
        zone,
        place,
        address: trimmed(make.address.as_deref()),
        status: JobStatus::Assigned,
        location: None,
        remind_at: None,
        notices: BTreeMap::new(),
        variables,
        edited_seq: Seq::ZERO,
        edited_by: Some(agent.id),
        created_at: now,
    };
    match unfit(&job) {
        Some(why) => Err(invalid(why)),
        None => Ok(job),
    }
}

/// Deletes a job; its tombstone stays, and what it was about to tell is not told. One that is
/// deleted already is no error.
///
/// # Errors
/// There never was such a job, it was changed after `if_seq`, or the database cannot be written.
/// Nothing is stored then.
pub fn delete(
    tx: &mut dyn Tx,
    agent: &Agent,
    id: JobId,
    if_seq: Option<Seq>,
) -> Result<(), DeskError> {
    if jobs::is_deleted(tx, id)? {
        return Ok(());
    }
    let mut held = known(tx, id)?;
    check_seq(&held, if_seq)?;
    tell::take_back(tx, &mut held, &TriggerKind::ALL)?;
    let told = EntryId(tx.new_id());
    tell::say(tx, Some((agent, told)), &held, vec![JobChange::Deleted])?;
    jobs::remove(tx, &held)?;
    Ok(())
}

/// One job.
///
/// # Errors
/// There is none, or the database cannot be read.
pub fn known(reads: &mut dyn Reads, id: JobId) -> Result<Job, DeskError> {
    jobs::find(reads, id)?.ok_or_else(|| {
        DeskError::refused(ErrorCode::JobUnknown, format!("job {id} does not exist"))
    })
}

fn check_seq(held: &Job, if_seq: Option<Seq>) -> Result<(), DeskError> {
    match if_seq {
        Some(known) if known < held.edited_seq => Err(conflict(
            ErrorCode::JobChanged,
            format!(
                "`if_seq`: the job was changed at {}; nothing was changed",
                held.edited_seq
            ),
            held,
        )),
        _ => Ok(()),
    }
}

fn conflict(code: ErrorCode, detail: String, current: &Job) -> DeskError {
    DeskError::Conflict {
        code,
        detail,
        current: Box::new(Record::Job(Box::new(current.clone()))),
    }
}

fn invalid(detail: impl Into<String>) -> DeskError {
    DeskError::refused(ErrorCode::JobInvalid, detail)
}

fn point(field: &str, at: Coordinates) -> Result<Point, DeskError> {
    Point::new(at.lat, at.lon).map_err(|why| invalid(format!("`{field}`, {why}")))
}

/// Words that somebody typed; blank ones are none.
fn trimmed(text: Option<&str>) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.map(str::to_owned)
}

/// What makes two requests the same: who asks what of which job.
fn hash(
    what: &str,
    agent: AgentId,
    job: JobId,
    body: &impl Serialize,
) -> Result<Vec<u8>, StoreError> {
    let body = serde_json::to_vec(body).map_err(|error| StoreError::Engine(error.to_string()))?;
    let mut hasher = Sha256::new();
    hasher.update(b"job\0");
    hasher.update(what.as_bytes());
    hasher.update(agent.0.as_bytes());
    hasher.update(job.0.as_bytes());
    hasher.update(body);
    Ok(hasher.finalize().to_vec())
}

/// Whether the request came before; a refusal where its id was used for something else.
fn came_before(tx: &mut dyn Tx, request: Uuid, body_hash: &[u8]) -> Result<bool, DeskError> {
    match requests::find(tx, request)? {
        Some(done) if done.body_hash == body_hash => Ok(true),
        Some(_) => Err(id_reused(request)),
        None => Ok(false),
    }
}

fn id_reused(id: Uuid) -> DeskError {
    DeskError::refused(
        ErrorCode::IdReused,
        format!("`id` {id} was used for something else; choose a new one"),
    )
}

fn note(tx: &mut dyn Tx, request: Uuid, body_hash: Vec<u8>, job: JobId) -> Result<(), StoreError> {
    let subject = job.to_string();
    requests::insert(tx, request, &Done { body_hash, subject })
}

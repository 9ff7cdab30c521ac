//! A job is changed.

use super::{
    came_before, check_seq, conflict, hash, id_reused, invalid, known, note, point, tell, trimmed,
};
use crate::automation::schedule;
use crate::automation::values::Values;
use crate::desk::{DeskError, template};
use crate::store::jobs::{self, Touch};
use crate::store::sql::Tx;
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::jobs::PatchJob;
use smsdesk_common::api::update::Update;
use smsdesk_common::cause::TriggerKind;
use smsdesk_common::ids::{EntryId, JobId, RequestId};
use smsdesk_common::job::{Job, JobChange, JobStatus, unfit, unfit_start};

/// Those texts that name the time of a job.
const OF_ITS_TIME: [TriggerKind; 2] = [TriggerKind::Scheduled, TriggerKind::Reminder];

/// Carries a patch out and tells the customer what it means. The same request again, even a late
/// one, does nothing and gives the job as it is by now; a patch that changes nothing leaves no trace
/// but its id.
///
/// # Errors
/// A refusal that names the field and what was expected; there is no such job, it was changed in a
/// way that the sender asked to be told of, or it cannot become that; the id was used for something
/// else; or the database cannot be written. Nothing is stored then.
pub fn patch(
    tx: &mut dyn Tx,
    agent: &Agent,
    values: &Values,
    id: JobId,
    patch: &PatchJob,
) -> Result<Job, DeskError> {
    if patch.is_empty() {
        return Err(DeskError::refused(
            ErrorCode::PatchEmpty,
            "expected at least one of `status`, `technician`, `starts_at`, `ends_at`, `zone`, \
             `place`, `address`, `eta_minutes`, `variables`",
        ));
    }
    let request = patch.id.unwrap_or_else(|| RequestId(tx.new_id()));
    let body_hash = hash("patch", agent.id, id, patch)?;
    if came_before(tx, request.0, &body_hash)? {
        return known(tx, id);
    }
    let told = EntryId(request.0);
    if tell::is_taken(tx, told)? {
        return Err(id_reused(request.0));
    }
    let eta = super::whereabouts::eta("eta_minutes", patch.eta_minutes)?;
    let held = known(tx, id)?;
    check_seq(&held, patch.if_seq)?;
    let mut job = held.clone();
    apply(tx, patch, &mut job)?;
    let did = differences(&held, &job);
    tell::say(tx, Some((agent, told)), &job, did.clone())?;
    follow_up(tx, &held, &mut job, values)?;
    tell::owed(tx, &mut job, values, eta)?;
    if !did.is_empty() {
        job.edited_by = Some(agent.id);
        jobs::update(tx, &mut job, Touch::Edit)?;
    } else if job != held {
        jobs::update(tx, &mut job, Touch::Aside)?;
    }
    note(tx, request.0, body_hash, id)?;
    Ok(job)
}

/// The fields of a patch go into the job, checked.
fn apply(tx: &mut dyn Tx, patch: &PatchJob, job: &mut Job) -> Result<(), DeskError> {
    let was_over = job.status.is_over();
    if let Some(to) = patch.status {
        if !job.status.may_become(to) {
            return Err(refused(job, to));
        }
        job.status = to;
    }
    if let Some(starts_at) = patch.starts_at.filter(|at| *at != job.starts_at) {
        if let Some(why) = unfit_start(starts_at, tx.now()) {
            return Err(invalid(why));
        }
        if was_over {
            let what = job.status.words();
            let detail = format!("`starts_at`: the job is {what}; nothing was changed");
            return Err(conflict(ErrorCode::JobStatusRefused, detail, job));
        }
        let moved_ms = starts_at.millis_since(job.starts_at);
        job.ends_at = job.ends_at.map(|end| end.plus_millis(moved_ms));
        job.starts_at = starts_at;
    }
    patch.ends_at.apply(&mut job.ends_at);
    if let Some(zone) = &patch.zone {
        job.zone.clone_from(zone);
    }
    match patch.place {
        Update::Keep => {}
        Update::Clear => job.place = None,
        Update::Set(place) => job.place = Some(point("place", place)?),
    }
    let words = |update: &Update<String>, field: &mut Option<String>| {
        update.clone().apply(field);
        *field = trimmed(field.as_deref());
    };
    words(&patch.technician, &mut job.technician);
    words(&patch.address, &mut job.address);
    for (name, _) in patch.variables.iter().filter(|(_, value)| value.is_null()) {
        job.variables.remove(name);
    }
    job.variables = std::mem::take(&mut job.variables).with(template::given(&patch.variables)?);
    match unfit(job) {
        Some(why) => Err(invalid(why)),
        None => Ok(()),
    }
}

fn refused(job: &Job, to: JobStatus) -> DeskError {
    let next: Vec<_> = job
        .status
        .next()
        .into_iter()
        .map(JobStatus::as_str)
        .collect();
    let next = match next.as_slice() {
        [] => "nothing".to_owned(),
        some => some.join(", "),
    };
    let (from, to) = (job.status.as_str(), to.as_str());
    let detail = format!("`status`: from {from} it cannot become {to}; expected {next}");
    conflict(ErrorCode::JobStatusRefused, detail, job)
}

/// What was changed, as the timeline tells it.
fn differences(held: &Job, job: &Job) -> Vec<JobChange> {
    let mut did = Vec::new();
    if held.starts_at != job.starts_at {
        did.push(JobChange::Moved {
            from: held.starts_at,
        });
    }
    if held.technician != job.technician {
        did.push(JobChange::Technician {
            from: held.technician.clone(),
        });
    }
    if held.status != job.status {
        did.push(JobChange::Status {
            from: held.status,
            to: job.status,
        });
    }
    let moved_end = held.ends_at.map(|end| end.millis_since(held.starts_at))
        != job.ends_at.map(|end| end.millis_since(job.starts_at));
    let fields: Vec<String> = [
        ("end", moved_end),
        ("zone", held.zone != job.zone),
        ("place", held.place != job.place),
        ("address", held.address != job.address),
        ("values", held.variables != job.variables),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(name, _)| name.to_owned())
    .collect();
    if !fields.is_empty() {
        did.push(JobChange::Fields { fields });
    }
    did
}

/// What a change means for what was to be told: nothing of a job that was canceled, and nothing of a
/// time that holds no more.
fn follow_up(tx: &mut dyn Tx, held: &Job, job: &mut Job, values: &Values) -> Result<(), DeskError> {
    if job.status == JobStatus::Canceled {
        tell::take_back(tx, job, &TriggerKind::ALL)?;
    }
    let is_moved = (held.starts_at, &held.zone) != (job.starts_at, &job.zone);
    if is_moved {
        tell::take_back(tx, job, &OF_ITS_TIME)?;
    }
    if is_moved || held.status != job.status {
        job.remind_at = schedule::plan(job, &values.rules, tx.now());
    }
    Ok(())
}

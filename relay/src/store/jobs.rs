//! Appointments.

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, Value, params};
use smsdesk_common::cause::TriggerKind;
use smsdesk_common::ids::{ContactId, JobId, Seq};
use smsdesk_common::job::{Job, JobStatus, Notice, Withheld};
use smsdesk_common::record::Kind;
use smsdesk_common::time::Timestamp;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, seq, contact, conversation, technician, starts_at, ends_at, zone, place, \
             address, status, location, remind_at, notices, variables, edited_seq, edited_by, \
             created_at FROM job ",
            $rest
        )
    };
}

fn job(row: &Row) -> Result<Job, StoreError> {
    Ok(Job {
        id: row.parsed(0)?,
        seq: row.seq(1)?,
        contact: row.parsed(2)?,
        conversation: row.parsed(3)?,
        technician: row.maybe_text(4)?,
        starts_at: row.time(5)?,
        ends_at: row.maybe_time(6)?,
        zone: row.text(7)?.to_owned(),
        place: row.maybe_json(8)?,
        address: row.maybe_text(9)?,
        status: row.named(10, JobStatus::parse)?,
        location: row.maybe_json(11)?,
        remind_at: row.maybe_time(12)?,
        notices: row.json(13)?,
        variables: row.json(14)?,
        edited_seq: row.seq(15)?,
        edited_by: row.maybe_parsed(16)?,
        created_at: row.time(17)?,
    })
}

/// One job.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: JobId) -> Result<Option<Job>, StoreError> {
    let row = reads.query_one(select!("WHERE id = ?1"), params![id.0])?;
    row.map(|row| job(&row)).transpose()
}

/// A place in the order in which jobs begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it begins.
    pub starts_at: Timestamp,
    /// Of two at one time either may be first, but always the same one.
    pub id: JobId,
}

/// Which jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose; everybody's without it.
    pub contact: Option<ContactId>,
    /// How far they have come.
    pub status: Option<JobStatus>,
    /// Whether only those are meant that are not over.
    pub open: bool,
    /// The first time at which they may begin.
    pub from: Option<Timestamp>,
    /// The time before which they begin.
    pub until: Option<Timestamp>,
}

/// Jobs behind a place, the first to begin first.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    reads: &mut dyn Reads,
    behind: Option<Place>,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Job>, StoreError> {
    let first = filter.from.map_or(i64::MIN, Timestamp::as_millis);
    let last = filter.until.map_or(i64::MAX, Timestamp::as_millis);
    let (at, id) = behind.map_or((i64::MIN, String::new()), |place| {
        (place.starts_at.as_millis(), place.id.to_string())
    });
    let rows = reads.query(
        select!(
            "WHERE (starts_at, id) > (?1, ?2) AND starts_at >= ?3 AND starts_at < ?4 \
             AND (?5 IS NULL OR contact = ?5) AND (?6 IS NULL OR status = ?6) \
             AND (?7 = 0 OR status IN ('assigned', 'enroute', 'on_site')) \
             ORDER BY starts_at, id LIMIT ?8"
        ),
        &[
            Value::Int(at),
            id.into(),
            Value::Int(first),
            Value::Int(last),
            filter.contact.map(|it| it.0).into(),
            filter.status.map(JobStatus::as_str).into(),
            filter.open.into(),
            limit.into(),
        ],
    )?;
    rows.iter().map(job).collect()
}

/// Every job of a contact.
///
/// # Errors
/// The database cannot be read.
pub fn of_contact(reads: &mut dyn Reads, contact: ContactId) -> Result<Vec<Job>, StoreError> {
    let rows = reads.query(
        select!("WHERE contact = ?1 ORDER BY starts_at, id"),
        params![contact.0],
    )?;
    rows.iter().map(job).collect()
}

/// When the next customer is to be reminded; none where none is.
///
/// # Errors
/// The database cannot be read.
pub fn next_reminder(reads: &mut dyn Reads) -> Result<Option<Timestamp>, StoreError> {
    let row = reads.query_one(
        "SELECT MIN(remind_at) FROM job WHERE remind_at IS NOT NULL",
        &[],
    )?;
    row.map_or(Ok(None), |row| row.maybe_time(0))
}

/// Whose reminder has come at `now`, at most `limit`, the earliest first.
///
/// # Errors
/// The database cannot be read.
pub fn to_remind(
    reads: &mut dyn Reads,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Job>, StoreError> {
    let rows = reads.query(
        select!("WHERE remind_at IS NOT NULL AND remind_at <= ?1 ORDER BY remind_at, id LIMIT ?2"),
        params![now, limit],
    )?;
    rows.iter().map(job).collect()
}

/// Those that have not begun at `now` and are not over.
///
/// # Errors
/// The database cannot be read.
pub fn ahead(reads: &mut dyn Reads, now: Timestamp) -> Result<Vec<Job>, StoreError> {
    let rows = reads.query(
        select!("WHERE starts_at > ?1 AND status = 'assigned' ORDER BY starts_at, id"),
        params![now],
    )?;
    rows.iter().map(job).collect()
}

/// Whether there was a job of that id, which is deleted.
///
/// # Errors
/// The database cannot be read.
pub fn is_deleted(reads: &mut dyn Reads, id: JobId) -> Result<bool, StoreError> {
    let row = reads.query_one(
        "SELECT seq FROM changes WHERE kind = 'job' AND id = ?1 AND deleted <> 0",
        params![id.to_string()],
    )?;
    Ok(row.is_some())
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Engine(error.to_string()))
}

/// Stores a new job; its position is claimed here.
///
/// # Errors
/// The id is taken, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, mut job: Job) -> Result<Job, StoreError> {
    job.seq = tx.advance(Kind::Job, &job.id.to_string(), None)?;
    job.edited_seq = job.seq;
    tx.execute(
        "INSERT INTO job (id, seq, contact, conversation, technician, starts_at, ends_at, zone, \
         place, address, status, location, remind_at, notices, variables, edited_seq, edited_by, \
         created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, \
         ?2, ?16, ?17)",
        params![
            job.id.0,
            job.seq,
            job.contact.0,
            job.conversation.0,
            job.technician.clone(),
            job.starts_at,
            job.ends_at,
            &job.zone,
            job.place.map(|it| json(&it)).transpose()?,
            job.address.clone(),
            job.status.as_str(),
            job.location.map(|it| json(&it)).transpose()?,
            job.remind_at,
            json(&job.notices)?,
            json(&job.variables)?,
            job.edited_by.map(|agent| agent.0),
            job.created_at,
        ],
    )?;
    Ok(job)
}

/// Whether an update is a change that others may not have seen, or only something beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Somebody changed what the job is.
    Edit,
    /// Where the technician is, what the customer was told.
    Aside,
}

/// Stores what became of a job at a new position.
///
/// # Errors
/// The database cannot be written.
pub fn update(tx: &mut dyn Tx, job: &mut Job, touch: Touch) -> Result<(), StoreError> {
    job.seq = tx.advance(Kind::Job, &job.id.to_string(), Some(job.seq))?;
    if touch == Touch::Edit {
        job.edited_seq = job.seq;
    }
    let edited: Seq = job.edited_seq;
    tx.execute(
        "UPDATE job SET seq = ?2, contact = ?3, technician = ?4, starts_at = ?5, ends_at = ?6, \
         zone = ?7, place = ?8, address = ?9, status = ?10, location = ?11, remind_at = ?12, \
         notices = ?13, variables = ?14, edited_seq = ?15, edited_by = ?16 WHERE id = ?1",
        params![
            job.id.0,
            job.seq,
            job.contact.0,
            job.technician.clone(),
            job.starts_at,
            job.ends_at,
            &job.zone,
            job.place.map(|it| json(&it)).transpose()?,
            job.address.clone(),
            job.status.as_str(),
            job.location.map(|it| json(&it)).transpose()?,
            job.remind_at,
            json(&job.notices)?,
            json(&job.variables)?,
            edited,
            job.edited_by.map(|agent| agent.0),
        ],
    )?;
    Ok(())
}

/// Gives up the reminders whose time has come, where nobody knows whether they went out.
///
/// # Errors
/// The database cannot be written.
pub fn give_up_reminders(tx: &mut dyn Tx) -> Result<(), StoreError> {
    let at = tx.now();
    for mut job in to_remind(tx, at, u32::MAX)? {
        job.remind_at = None;
        let why = Withheld::Restored;
        let notice = Notice::Withheld { at, why };
        job.notices.insert(TriggerKind::Reminder, notice);
        update(tx, &mut job, Touch::Aside)?;
    }
    Ok(())
}

/// Removes a job; its tombstone stays.
///
/// # Errors
/// The database cannot be written.
pub fn remove(tx: &mut dyn Tx, job: &Job) -> Result<Seq, StoreError> {
    let seq = tx.retire(Kind::Job, &job.id.to_string(), job.seq)?;
    tx.execute("DELETE FROM job WHERE id = ?1", params![job.id.0])?;
    Ok(seq)
}

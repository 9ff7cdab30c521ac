//! `/v1/jobs`, what hangs below it, and `/v1/triggers`.

use crate::automation::values;
use crate::desk::job::{self, Made};
use crate::desk::send::Sent;
use crate::desk::trigger;
use crate::http::access::{Body, Caller, Writer, id};
use crate::http::conversations::{limit, parameter};
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::jobs::{self, Filter, Place};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::jobs::{
    JobPage, LocationTaken, MakeJob, PatchJob, PostLocation, PostTrigger,
};
use smsdesk_common::ids::{ContactId, JobId, Seq};
use smsdesk_common::job::{Job, JobStatus};
use smsdesk_common::record::Record;
use smsdesk_common::time::Timestamp;
use std::str::FromStr;
use std::sync::Arc;

fn record(job: Job) -> Record {
    Record::Job(Box::new(job))
}

/// A job may have a text for the customer, at once or at its time.
fn ring(relay: &Relay) {
    relay.outbox_bell.notify_one();
    relay.timed_bell.notify_one();
    relay.job_bell.notify_one();
}

/// A place in the order of jobs, as a cursor: `1795460400000_UUID`.
struct Cursor(Place);

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, id) = text.split_once('_').ok_or(())?;
        Ok(Self(Place {
            starts_at: Timestamp::from_millis(at.parse().map_err(|_| ())?),
            id: id.parse().map_err(|_| ())?,
        }))
    }
}

/// A time in a query.
struct Time(Timestamp);

impl FromStr for Time {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Timestamp::parse_rfc3339(text).map(Self).map_err(|_| ())
    }
}

fn filter(query: Option<&str>) -> Result<Filter, ApiError> {
    let expected = "a time such as 2026-11-20T13:16:00Z";
    let mut filter = Filter {
        contact: parameter::<ContactId>(query, "contact", "a UUID")?,
        from: parameter::<Time>(query, "from", expected)?.map(|time| time.0),
        until: parameter::<Time>(query, "until", expected)?.map(|time| time.0),
        ..Filter::default()
    };
    match parameter::<String>(query, "status", "text")?.as_deref() {
        None => {}
        Some("open") => filter.open = true,
        Some(name) => {
            let status = JobStatus::parse(name).ok_or_else(|| {
                let names = JobStatus::ALL.map(JobStatus::as_str).join(", ");
                let detail = format!("`status`: expected open or one of {names}");
                ApiError::new(ErrorCode::ParameterInvalid, detail)
            })?;
            filter.status = Some(status);
        }
    }
    Ok(filter)
}

/// A page, the first to begin first.
pub(crate) async fn page(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<JobPage>, ApiError> {
    let query = query.as_deref();
    let behind = parameter::<Cursor>(query, "cursor", "`next_cursor` of the page before")?;
    let behind = behind.map(|cursor| cursor.0);
    let (filter, limit) = (filter(query)?, limit(query)?);
    let found = relay
        .store
        .read(move |reads| jobs::page(reads, behind, &filter, limit));
    let found = found.await?;
    let full = found.len() == limit as usize;
    let cursor = |last: &Job| format!("{}_{}", last.starts_at.as_millis(), last.id);
    Ok(Json(JobPage {
        next_cursor: found.last().filter(|_| full).map(cursor),
        jobs: found.into_iter().map(record).collect(),
    }))
}

/// One job.
pub(crate) async fn one(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    Path(wanted): Path<String>,
) -> Result<Json<Record>, ApiError> {
    let wanted: JobId = id(&wanted)?;
    let found = relay.store.read(move |reads| job::known(reads, wanted));
    Ok(Json(record(found.await?)))
}

/// Makes a job and answers with it.
pub(crate) async fn make(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Body(make): Body<MakeJob>,
) -> Result<(StatusCode, Json<Record>), ApiError> {
    let (company, home) = (relay.live().company.clone(), relay.live().default_region);
    let made = relay.store.write(move |tx| {
        let values = values::load(tx, company.as_deref())?;
        job::make(tx, &agent, &values, home, &make)
    });
    let (status, made) = match made.await? {
        Made::Now(job) => (StatusCode::CREATED, job),
        Made::Before(job) => (StatusCode::OK, job),
    };
    ring(&relay);
    Ok((status, Json(record(made))))
}

/// Changes a job and answers with it.
pub(crate) async fn patch(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(wanted): Path<String>,
    Body(patch): Body<PatchJob>,
) -> Result<Json<Record>, ApiError> {
    let (wanted, company) = (id(&wanted)?, relay.live().company.clone());
    let patched = relay.store.write(move |tx| {
        let values = values::load(tx, company.as_deref())?;
        job::patch(tx, &agent, &values, wanted, &patch)
    });
    let patched = patched.await?;
    ring(&relay);
    Ok(Json(record(patched)))
}

/// Deletes a job.
pub(crate) async fn delete(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(wanted): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, ApiError> {
    let wanted = id(&wanted)?;
    let if_seq = parameter(query.as_deref(), "if_seq", "a position")?.map(Seq);
    relay
        .store
        .write(move |tx| job::delete(tx, &agent, wanted, if_seq))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes where a technician is.
pub(crate) async fn locate(
    State(relay): State<Arc<Relay>>,
    Writer(_): Writer,
    Path(wanted): Path<String>,
    Body(post): Body<PostLocation>,
) -> Result<Json<LocationTaken>, ApiError> {
    let (wanted, company) = (id(&wanted)?, relay.live().company.clone());
    let taken = relay.store.write(move |tx| {
        let values = values::load(tx, company.as_deref())?;
        job::locate(tx, &values, wanted, &post)
    });
    let taken = taken.await?;
    ring(&relay);
    Ok(Json(LocationTaken {
        job: record(taken.job),
        taken: taken.ignored.is_none(),
        reason: taken.ignored.map(|why| why.to_string()),
    }))
}

/// Tells a customer what happened.
pub(crate) async fn fire(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(name): Path<String>,
    Body(post): Body<PostTrigger>,
) -> Result<(StatusCode, Json<Record>), ApiError> {
    let kind = trigger::named(&name)?;
    let (company, home) = (relay.live().company.clone(), relay.live().default_region);
    let fired = relay.store.write(move |tx| {
        let values = values::load(tx, company.as_deref())?;
        trigger::fire(tx, &agent, kind, &values, home, &post)
    });
    let (status, entry) = match fired.await? {
        Sent::Now(entry) => (StatusCode::CREATED, entry),
        Sent::Before(entry) => (StatusCode::OK, entry),
    };
    ring(&relay);
    Ok((status, Json(Record::Entry(Box::new(entry)))))
}

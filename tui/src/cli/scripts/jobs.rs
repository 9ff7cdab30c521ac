//! `jobs`: appointments from scripts.

use super::contact::person;
use super::{Desk, Quiet, ScriptError, template, timed};
use crate::clock;
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use smsdesk_common::api::conversations::PAGE_MAX;
use smsdesk_common::api::jobs::{
    Coordinates, JobPage, LocationTaken, MakeJob, PatchJob, PostLocation,
};
use smsdesk_common::api::update::Update;
use smsdesk_common::ids::{JobId, RequestId};
use smsdesk_common::job::{Job, JobStatus, told};
use smsdesk_common::record::Record;
use smsdesk_common::safe_text::SafeText;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum JobsCommand {
    /// List jobs, the first to begin first.
    List {
        /// Only those that are not over.
        #[arg(long)]
        open: bool,
        #[command(flatten)]
        quiet: Quiet,
    },
    /// Make a job, tell the customer, and print its id.
    Make(MakeArguments),
    /// Change a job, and tell the customer what it means.
    Set(SetArguments),
    /// Tell where the technician is.
    Location(LocationArguments),
    /// Delete jobs.
    Rm {
        /// Ids.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<JobId>,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MakeArguments {
    /// Whom: a number in any usual writing.
    to: String,
    /// When: 18:00, "tomorrow 9", "mon 8:30", or RFC 3339.
    at: String,
    /// Which line of ours, where there are several.
    #[arg(long)]
    line: Option<String>,
    /// The job's id, a UUID: the same id again makes nothing again.
    #[arg(long)]
    id: Option<uuid::Uuid>,
    /// Where it is by the clock, such as America/New_York; without it that of the contact, or here.
    #[arg(long)]
    zone: Option<String>,
    #[command(flatten)]
    details: Details,
    #[command(flatten)]
    quiet: Quiet,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SetArguments {
    /// The job's id.
    id: JobId,
    /// How far it has come: assigned, enroute, on_site, complete or canceled.
    #[arg(long, value_parser = status)]
    status: Option<JobStatus>,
    /// Another time.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// In how many minutes the technician arrives.
    #[arg(long, value_name = "MINUTES")]
    eta: Option<f64>,
    #[command(flatten)]
    details: Details,
    #[command(flatten)]
    quiet: Quiet,
}

#[derive(Debug, Args)]
struct Details {
    /// Who visits the customer.
    #[arg(long)]
    technician: Option<String>,
    /// When it ends.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Where it is, in words.
    #[arg(long)]
    address: Option<String>,
    /// Where it is: degrees north and east.
    #[arg(long, value_name = "LAT,LON", value_parser = place, allow_hyphen_values = true)]
    place: Option<Coordinates>,
    #[command(flatten)]
    values: template::Values,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct LocationArguments {
    /// The job's id.
    id: JobId,
    /// Where: degrees north and east.
    #[arg(value_name = "LAT,LON", value_parser = place, allow_hyphen_values = true)]
    place: Coordinates,
    /// In how many minutes they arrive.
    #[arg(long, value_name = "MINUTES")]
    eta: Option<f64>,
    /// How fast they are, in metres a second.
    #[arg(long, value_name = "MPS")]
    speed: Option<f64>,
}

fn status(text: &str) -> Result<JobStatus, String> {
    JobStatus::parse(text).ok_or_else(|| {
        let names = JobStatus::ALL.map(JobStatus::as_str).join(", ");
        format!("expected one of {names}")
    })
}

/// `26.142,-81.795`.
fn place(text: &str) -> Result<Coordinates, String> {
    let expected = || "expected LAT,LON, such as 26.142,-81.795".to_owned();
    let (lat, lon) = text.split_once(',').ok_or_else(expected)?;
    let degrees = |text: &str| text.trim().parse::<f64>().map_err(|_| expected());
    Ok(Coordinates {
        lat: degrees(lat)?,
        lon: degrees(lon)?,
    })
}

/// Does what a command says.
pub(super) async fn run(desk: &mut Desk, command: JobsCommand) -> Result<(), ScriptError> {
    match command {
        JobsCommand::List { open, quiet } => list(desk, open, quiet).await,
        JobsCommand::Make(arguments) => make(desk, arguments).await,
        JobsCommand::Set(arguments) => set(desk, arguments).await,
        JobsCommand::Location(arguments) => locate(desk, arguments).await,
        JobsCommand::Rm { ids } => {
            for id in ids {
                desk.api.remove(&format!("/v1/jobs/{id}")).await?;
            }
            Ok(())
        }
    }
}

fn print(desk: &mut Desk, record: &Record, quiet: Quiet) -> Result<(), ScriptError> {
    let Record::Job(job) = record else {
        let says = "the relay answered with something else than a job".to_owned();
        return Err(ScriptError::Failed(says));
    };
    let (id, when) = (job.id.to_string(), when(job));
    let address = job.address.as_deref().unwrap_or("-");
    let columns = [&id, job.status.as_str(), &when, address];
    desk.output.record(record, quiet, &columns)
}

fn when(job: &Job) -> String {
    told(job.starts_at, &job.zone, job.technician.as_deref())
}

async fn list(desk: &mut Desk, open: bool, quiet: Quiet) -> Result<(), ScriptError> {
    let status = if open { "&status=open" } else { "" };
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/jobs?limit={PAGE_MAX}{status}{cursor}");
        let page: JobPage = desk.api.get(&path).await?;
        for record in &page.jobs {
            print(desk, record, quiet)?;
        }
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(()),
        }
    }
}

async fn make(desk: &mut Desk, given: MakeArguments) -> Result<(), ScriptError> {
    let (starts_at, _) = timed::time(&given.at)?;
    let details = given.details;
    let zone = match given.zone {
        Some(zone) => Some(zone),
        None => zone_of(desk, &given.to).await?,
    };
    let until = details.until.as_deref().map(timed::time).transpose()?;
    let job = MakeJob {
        id: Some(JobId(given.id.unwrap_or_else(clock::new_id))),
        contact: None,
        conversation: None,
        to: Some(given.to),
        line: given.line,
        technician: details.technician,
        starts_at,
        ends_at: until.map(|(at, _)| at),
        zone,
        place: details.place,
        address: details.address,
        variables: details.values.object(),
    };
    let made: Record = desk.api.post("/v1/jobs", &job).await?;
    print(desk, &made, given.quiet)
}

/// The zone to send along: none where the contact has one of their own, else the one here.
async fn zone_of(desk: &Desk, to: &str) -> Result<Option<String>, ScriptError> {
    let theirs = person(desk, to).await?;
    if theirs.is_some_and(|contact| contact.time_zone.is_some()) {
        return Ok(None);
    }
    Ok(TimeZone::system().iana_name().map(str::to_owned))
}

async fn set(desk: &mut Desk, given: SetArguments) -> Result<(), ScriptError> {
    let details = given.details;
    let words = |text: Option<String>| match text {
        None => Update::Keep,
        Some(text) if text.is_empty() => Update::Clear,
        Some(text) => Update::Set(text),
    };
    let time = |text: Option<&str>| text.map(timed::time).transpose();
    let until = time(details.until.as_deref())?;
    let patch = PatchJob {
        id: Some(RequestId(clock::new_id())),
        status: given.status,
        technician: words(details.technician),
        starts_at: time(given.at.as_deref())?.map(|(at, _)| at),
        ends_at: until.map_or(Update::Keep, |(at, _)| Update::Set(at)),
        zone: None,
        place: details.place.map_or(Update::Keep, Update::Set),
        address: words(details.address),
        eta_minutes: given.eta,
        variables: details.values.object(),
        if_seq: None,
    };
    let path = format!("/v1/jobs/{}", given.id);
    let changed: Record = desk.api.patch(&path, &patch).await?;
    print(desk, &changed, given.quiet)
}

async fn locate(desk: &mut Desk, given: LocationArguments) -> Result<(), ScriptError> {
    let post = PostLocation {
        lat: given.place.lat,
        lon: given.place.lon,
        at: None,
        eta_minutes: given.eta,
        speed_mps: given.speed,
    };
    let path = format!("/v1/jobs/{}/location", given.id);
    let taken: LocationTaken = desk.api.post(&path, &post).await?;
    let words = match (&taken.reason, &taken.job) {
        (Some(why), _) => format!("not taken: {why}"),
        (None, Record::Job(job)) => {
            let away = job.location.and_then(|it| it.eta_minutes);
            away.map_or_else(
                || "taken".to_owned(),
                |eta| format!("taken: {eta} min away"),
            )
        }
        (None, _) => "taken".to_owned(),
    };
    desk.output.text(&taken, &SafeText::line(&words))
}

//! A job as it is written on a sheet, a line for each thing, and what is asked of the relay for it.

use crate::model::when;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use smsdesk_common::api::update::Update;
use smsdesk_common::ids::{ConversationId, JobId, Seq};
use smsdesk_common::job::{Job, JobStatus, told};
use smsdesk_common::time::Timestamp;

/// The variable of a job that most desks give.
pub const INVOICE_LINK: &str = "invoice_link";
/// The longest way that is told, in minutes: two days, as the relay takes it.
const ETA_MINUTES_MAX: u32 = 2 * 24 * 60;

/// What is asked of the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Write {
    /// Make a job.
    Make {
        /// Under which id; the same at each try, so that a try without an answer makes no second job.
        id: Option<JobId>,
        /// Who is visited.
        conversation: ConversationId,
        /// When it begins.
        starts_at: Timestamp,
        /// Where it is by the clock.
        zone: String,
        /// What else is said of it.
        details: Details,
    },
    /// Change a job.
    Change {
        /// Which.
        job: JobId,
        /// The position that it was read at.
        if_seq: Seq,
        /// When it begins, where that changes.
        starts_at: Option<Timestamp>,
        /// Where it is by the clock, where that changes.
        zone: Option<String>,
        /// How far it has come, where that changes.
        status: Option<JobStatus>,
        /// In how many minutes the technician arrives.
        eta_minutes: Option<u32>,
        /// What else changes.
        details: Details,
    },
}

/// What may be said of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Who visits the customer.
    pub technician: Update<String>,
    /// Where it is, in words.
    pub address: Update<String>,
    /// Where the invoice is.
    pub invoice_link: Update<String>,
}

impl Write {
    /// What was done, in words.
    pub fn done(&self) -> String {
        match self {
            Self::Make {
                starts_at, zone, ..
            } => format!("The job on {} is made", told(*starts_at, zone, None)),
            Self::Change {
                status: Some(JobStatus::Canceled),
                ..
            } => "The job is canceled".to_owned(),
            Self::Change { .. } => "The job is changed".to_owned(),
        }
    }
}

/// What stands on the sheet of a job.
pub fn words(job: &Job) -> String {
    let zone = TimeZone::get(&job.zone).unwrap_or(TimeZone::UTC);
    let there = job.starts_at.to_jiff().to_zoned(zone);
    let link = job.variables.get(INVOICE_LINK).unwrap_or_default();
    format!(
        "time: {}\nzone: {}\ntechnician: {}\naddress: {}\nstatus: {}\neta: \n{INVOICE_LINK}: {link}",
        there.strftime("%Y-%m-%d %H:%M"),
        job.zone,
        job.technician.as_deref().unwrap_or_default(),
        job.address.as_deref().unwrap_or_default(),
        job.status.as_str(),
    )
}

/// What stands on the sheet of a job that is to be made.
pub fn blank(zone: &str) -> String {
    format!("time: \nzone: {zone}\ntechnician: \naddress: \n{INVOICE_LINK}: ")
}

/// The lines of a sheet.
#[derive(Default)]
struct Said<'a> {
    time: Option<&'a str>,
    zone: Option<&'a str>,
    technician: Option<&'a str>,
    address: Option<&'a str>,
    status: Option<&'a str>,
    eta: Option<&'a str>,
    invoice_link: Option<&'a str>,
}

impl<'a> Said<'a> {
    fn read(text: &'a str) -> Result<Self, String> {
        let mut said = Self::default();
        for (line, n) in text.lines().zip(1..) {
            if line.trim().is_empty() {
                continue;
            }
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let place = match name.trim() {
                "time" => &mut said.time,
                "zone" => &mut said.zone,
                "technician" => &mut said.technician,
                "address" => &mut said.address,
                "status" => &mut said.status,
                "eta" => &mut said.eta,
                INVOICE_LINK => &mut said.invoice_link,
                _ => {
                    return Err(format!(
                        "line {n}: expected time, zone, technician, address, status, eta or \
                         {INVOICE_LINK}, a colon and what it is to be"
                    ));
                }
            };
            *place = Some(value.trim());
        }
        Ok(said)
    }

    fn zone(&self) -> Result<Option<(&'a str, TimeZone)>, String> {
        let Some(name) = self.zone.filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let zone = TimeZone::get(name).map_err(|_| {
            format!("zone: there is no {name}, expected one such as America/New_York")
        })?;
        Ok(Some((name, zone)))
    }

    fn details(&self, was: &Said<'_>) -> Details {
        let update = |now: Option<&str>, was: Option<&str>| match now {
            None => Update::Keep,
            Some(now) if now == was.unwrap_or_default() => Update::Keep,
            Some("") => Update::Clear,
            Some(now) => Update::Set(now.to_owned()),
        };
        Details {
            technician: update(self.technician, was.technician),
            address: update(self.address, was.address),
            invoice_link: update(self.invoice_link, was.invoice_link),
        }
    }
}

fn time(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let expected = "time: expected one ahead, such as tomorrow 14:00 or 2026-11-23 14:00";
    when::read(text, now, zone).ok_or_else(|| expected.to_owned())
}

/// The job that a sheet asks for; `here` is the zone where it names none.
///
/// # Errors
/// In words: which line, and what was expected.
pub fn make(
    text: &str,
    (id, conversation): (Option<JobId>, ConversationId),
    (now, here): (Timestamp, &str),
) -> Result<Write, String> {
    let said = Said::read(text)?;
    if said.status.is_some() || said.eta.is_some() {
        return Err("status, eta: a new job is assigned; save it first".to_owned());
    }
    let (zone, by) = match said.zone()? {
        Some((zone, by)) => (zone.to_owned(), by),
        None => (
            here.to_owned(),
            TimeZone::get(here).unwrap_or(TimeZone::UTC),
        ),
    };
    Ok(Write::Make {
        id,
        conversation,
        starts_at: time(said.time.unwrap_or_default(), now, &by)?,
        zone,
        details: said.details(&Said::default()),
    })
}

/// The change that a sheet asks for; none where it says what was there before.
///
/// # Errors
/// In words: which line, and what was expected.
pub fn change(text: &str, job: &Job, now: Timestamp) -> Result<Option<Write>, String> {
    let before = words(job);
    let (said, was) = (Said::read(text)?, Said::read(&before)?);
    let zone = said.zone()?.filter(|(name, _)| *name != job.zone);
    let is_moved = said.time.is_some() && said.time != was.time;
    let starts_at = if is_moved || zone.is_some() {
        let by = match &zone {
            Some((_, zone)) => zone.clone(),
            None => TimeZone::get(&job.zone).unwrap_or(TimeZone::UTC),
        };
        Some(time(said.time.or(was.time).unwrap_or_default(), now, &by)?)
    } else {
        None
    };
    let status = status(said.status, job.status)?;
    let eta_minutes = eta(said.eta)?;
    let details = said.details(&was);
    let zone = zone.map(|(name, _)| name.to_owned());
    let is_same = (starts_at, status, eta_minutes) == (None, None, None)
        && zone.is_none()
        && details == Details::default();
    Ok((!is_same).then_some(Write::Change {
        job: job.id,
        if_seq: job.seq,
        starts_at,
        zone,
        status,
        eta_minutes,
        details,
    }))
}

fn status(said: Option<&str>, was: JobStatus) -> Result<Option<JobStatus>, String> {
    let Some(said) = said.filter(|said| !said.is_empty()) else {
        return Ok(None);
    };
    let wanted = JobStatus::parse(&said.to_lowercase().replace(' ', "_"));
    match wanted.filter(|wanted| was.may_become(*wanted)) {
        Some(wanted) => Ok((wanted != was).then_some(wanted)),
        None => {
            let next: Vec<_> = was.next().into_iter().map(JobStatus::as_str).collect();
            let next = if next.is_empty() {
                "nothing: it is over".to_owned()
            } else {
                next.join(", ")
            };
            Err(format!("status: from {} expected {next}", was.as_str()))
        }
    }
}

fn eta(said: Option<&str>) -> Result<Option<u32>, String> {
    let Some(said) = said.filter(|said| !said.is_empty()) else {
        return Ok(None);
    };
    let minutes = said.trim_end_matches("min").trim().parse().ok();
    let fits = minutes.filter(|minutes| *minutes <= ETA_MINUTES_MAX);
    fits.map(Some)
        .ok_or_else(|| format!("eta: expected minutes, at most {ETA_MINUTES_MAX}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::testing::job;
    use crate::testkit::NOW;
    use uuid::Uuid;

    const HERE: ConversationId = ConversationId(Uuid::from_u128(7));

    fn made(text: &str) -> Result<Write, String> {
        make(text, (None, HERE), (NOW, "Europe/Berlin"))
    }

    #[test]
    fn a_sheet_makes_a_job_at_the_time_there() {
        let text =
            "time: tomorrow 14:00\nzone: America/New_York\n technician : Tom Jones\naddress:\n";
        let Ok(Write::Make {
            starts_at,
            zone,
            details,
            ..
        }) = made(text)
        else {
            panic!("{:?}", made(text));
        };
        let zone_there = TimeZone::get(&zone).unwrap();
        assert_eq!(
            when::read("tomorrow 14:00", NOW, &zone_there),
            Some(starts_at)
        );
        assert_eq!(zone, "America/New_York");
        let technician = Update::Set("Tom Jones".to_owned());
        let only = Details {
            technician,
            ..Details::default()
        };
        assert_eq!(details, only);
        let Ok(Write::Make { zone, .. }) = made("time: tomorrow 9") else {
            panic!("no job");
        };
        assert_eq!(zone, "Europe/Berlin");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_what_was_expected() {
        for (text, why) in [
            ("time: yesterday", "time: expected one ahead"),
            ("", "time: expected one ahead"),
            (
                "time: tomorrow\nzone: Moon/Sea",
                "zone: there is no Moon/Sea",
            ),
            ("time: tomorrow\ntecnician: Tom", "line 2: expected time,"),
            ("time: tomorrow\nstatus: enroute", "status, eta: a new job"),
        ] {
            let found = made(text).unwrap_err();
            assert!(found.starts_with(why), "{text:?}: {found}");
        }
        let held = job(1, 1);
        for (text, why) in [
            ("status: lost", "status: from assigned expected enroute, "),
            ("eta: soon", "eta: expected minutes"),
            ("eta: 2881", "eta: expected minutes"),
        ] {
            let found = change(text, &held, NOW).unwrap_err();
            assert!(found.starts_with(why), "{text:?}: {found}");
        }
    }

    #[test]
    fn only_what_was_changed_is_asked_for() {
        let held = Job {
            technician: Some("Tom".to_owned()),
            address: Some("12 Palm Street".to_owned()),
            ..job(1, 1)
        };
        let before = words(&held);
        assert_eq!(change(&before, &held, NOW), Ok(None));
        assert_eq!(change("", &held, NOW), Ok(None), "a line that is gone");
        let text = before
            .replace("Tom", "Bo")
            .replace("12 Palm Street", "")
            .replace("status: assigned", "status: Canceled");
        let Ok(Some(Write::Change {
            job,
            if_seq,
            starts_at,
            zone,
            status,
            eta_minutes,
            details,
        })) = change(&text, &held, NOW)
        else {
            panic!("no change");
        };
        assert_eq!((job, if_seq), (held.id, held.seq));
        assert_eq!((starts_at, zone, eta_minutes), (None, None, None));
        assert_eq!(status, Some(JobStatus::Canceled));
        assert_eq!(details.technician, Update::Set("Bo".to_owned()));
        assert_eq!(details.address, Update::Clear);
        assert!(details.invoice_link.is_keep());
        let moved = "time: tomorrow 8:30\nstatus: enroute\neta: 25 min";
        let Ok(Some(Write::Change {
            starts_at,
            status,
            eta_minutes,
            ..
        })) = change(moved, &held, NOW)
        else {
            panic!("no change");
        };
        assert!(starts_at.is_some());
        assert_eq!((status, eta_minutes), (Some(JobStatus::Enroute), Some(25)));
    }
}

//! What a job means for the customer at a time: what they are to be told now, when they are
//! reminded, and whether a location is news.
//!
//! Asked again and again, in any order: what was told, or decided not to be told, stands in the job
//! and is never owed again; nor is what comes before it in a visit.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};
use smsdesk_common::cause::TriggerKind;
use smsdesk_common::job::{Job, JobStatus, Located, PAST_MS_MAX, Point};
use smsdesk_common::time::Timestamp;

/// How old a location may be for the customer to be told by it, in milliseconds: a device that was
/// without a network for a while tells of roads that the technician has left.
pub const FRESH_MS: i64 = 10 * 60_000;
/// The longest ETA, in minutes: two days. What is more is a slip of the pen.
pub const ETA_MINUTES_MAX: f64 = 2.0 * 24.0 * 60.0;
/// What a technician drives where no speed is given, in metres a second: 40 km/h, which is usual in
/// towns.
const USUAL_MPS: f64 = 11.0;
/// Slower than this somebody stands, in metres a second: no ETA follows from it.
const MOVING_MPS: f64 = 1.0;
/// The furthest start of a job that stands for an ETA where none is known, in milliseconds.
const START_AS_ETA_MS: i64 = 3 * 60 * 60_000;

const MINUTE_MS: i64 = 60_000;

/// What of it can be configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The hour of the reminder, 0 to 23, by the clock where the job is.
    pub reminder_hour: u8,
    /// How many days before the job it is.
    pub reminder_days: u16,
    /// Who is so near to the job has arrived, in metres.
    pub geofence_m: u32,
    /// Whoever arrives in so many minutes, or fewer, is near.
    pub near_minutes: u32,
}

/// When the customer of a job that begins at `starts_at` is reminded. In the hour that a change of
/// clocks leaves out it is the hour behind it, of an hour that comes twice the first one. None where
/// this machine does not know the zone, or a time lies beyond the calendar.
pub fn reminder_time(starts_at: Timestamp, zone: &str, rules: &Rules) -> Option<Timestamp> {
    let zone = TimeZone::get(zone).ok()?;
    let start: Zoned = starts_at.to_jiff().to_zoned(zone.clone());
    let days = Span::new().try_days(i64::from(rules.reminder_days)).ok()?;
    let day: Date = start.date().checked_sub(days).ok()?;
    let hour = i8::try_from(rules.reminder_hour).ok()?;
    let at = day.at(hour, 0, 0, 0).to_zoned(zone).ok()?;
    Some(Timestamp::from_millis(at.timestamp().as_millisecond()))
}

/// Whether a reminder can still come: not twice, nor once the visit goes on.
pub fn is_remindable(job: &Job) -> bool {
    job.status == JobStatus::Assigned
        && !job.is_settled(TriggerKind::Reminder)
        && !job.is_passed(TriggerKind::Reminder)
}

/// When the customer is to be reminded, seen from `now`: not of what was made, or moved, after that
/// time.
pub fn plan(job: &Job, rules: &Rules, now: Timestamp) -> Option<Timestamp> {
    let at = reminder_time(job.starts_at, &job.zone, rules)?;
    (is_remindable(job) && now < at && at < job.starts_at).then_some(at)
}

/// Whether a reminder that is due still helps: not once the visit should have begun.
pub fn is_reminder_late(job: &Job, now: Timestamp) -> bool {
    now >= job.starts_at
}

/// What the customer is to be told now; none where nothing is new. Reminders are not asked here:
/// they have a time.
pub fn owed(job: &Job, rules: &Rules, now: Timestamp) -> Option<TriggerKind> {
    let now_due = match job.status {
        JobStatus::Assigned => near(job, rules, now).or_else(|| {
            let ahead = now.millis_since(job.starts_at) <= PAST_MS_MAX;
            ahead.then_some(TriggerKind::Scheduled)
        }),
        JobStatus::Enroute => near(job, rules, now).or(Some(TriggerKind::Enroute)),
        JobStatus::OnSite => Some(TriggerKind::Arrived),
        JobStatus::Complete => Some(TriggerKind::Complete),
        JobStatus::Canceled => None,
    };
    now_due.filter(|kind| !job.is_settled(*kind) && !job.is_passed(*kind))
}

/// What follows from where the technician is.
fn near(job: &Job, rules: &Rules, now: Timestamp) -> Option<TriggerKind> {
    let fresh = |it: &&Located| now.millis_since(it.at) <= FRESH_MS;
    let last = job.location.as_ref().filter(fresh)?;
    if last.metres.is_some_and(|metres| metres <= rules.geofence_m) {
        return Some(TriggerKind::Arrived);
    }
    let eta = last.eta_minutes?;
    (eta <= rules.near_minutes).then_some(TriggerKind::FifteenMinutes)
}

/// A location as it was posted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Where.
    pub point: Point,
    /// When.
    pub at: Timestamp,
    /// In how many minutes the technician arrives, where they said so.
    pub eta_minutes: Option<u32>,
    /// How fast they are, in metres a second.
    pub speed_mps: Option<f64>,
}

/// Why a location changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ignored {
    /// Nobody is on the way any more.
    #[error("the job is {}", .0.words())]
    Over(JobStatus),
    /// A later one is known.
    #[error("it is older than the last one, of {}", .0.to_rfc3339())]
    Older(Timestamp),
    /// It came before.
    #[error("it is the last one again")]
    Again,
}

/// Takes a location.
///
/// # Errors
/// It is no news.
pub fn locate(job: &Job, report: Report, now: Timestamp) -> Result<Located, Ignored> {
    if job.status.is_over() {
        return Err(Ignored::Over(job.status));
    }
    // A clock ahead of ours must not make everything that follows old.
    let at = report.at.min(now);
    let metres = job.place.map(|place| place.metres_to(report.point));
    let far = |metres: f64| arrival(metres, report.speed_mps);
    let located = Located {
        point: report.point,
        at,
        eta_minutes: report.eta_minutes.or_else(|| metres.and_then(far)),
        // Half the globe is 20 million metres.
        metres: metres.map(|metres| metres.round() as u32),
    };
    match &job.location {
        Some(last) if *last == located => Err(Ignored::Again),
        Some(last) if at < last.at => Err(Ignored::Older(last.at)),
        _ => Ok(located),
    }
}

/// The minutes that a distance takes, rounded up; none for somebody who stands.
fn arrival(metres: f64, speed_mps: Option<f64>) -> Option<u32> {
    let speed = speed_mps.filter(|it| *it >= 0.0).unwrap_or(USUAL_MPS);
    if speed < MOVING_MPS {
        return None;
    }
    // The slowest way around the globe has fewer minutes than a `u32` holds.
    Some((metres / speed / 60.0).ceil() as u32)
}

/// In how many minutes the technician arrives, as far as anybody can say: by their last location, or
/// by the time of the job where that is near.
pub fn eta(job: &Job, now: Timestamp) -> Option<u32> {
    let fresh = |it: &&Located| now.millis_since(it.at) <= FRESH_MS;
    let told = job.location.as_ref().filter(fresh);
    told.and_then(|it| it.eta_minutes).or_else(|| {
        let left_ms = job.starts_at.millis_since(now);
        let minutes = (0..=START_AS_ETA_MS)
            .contains(&left_ms)
            .then(|| (left_ms + MINUTE_MS - 1) / MINUTE_MS)?;
        u32::try_from(minutes).ok()
    })
}

/// How long a text may wait before it is dropped, in milliseconds; none for as long as any. "About
/// 15 minutes away" is wrong after the quiet hours.
pub fn expiry_ms(job: &Job, notice: TriggerKind, now: Timestamp) -> Option<i64> {
    match notice {
        TriggerKind::Scheduled | TriggerKind::Reminder => {
            Some(job.starts_at.millis_since(now).max(PAST_MS_MAX))
        }
        TriggerKind::Enroute | TriggerKind::FifteenMinutes | TriggerKind::Arrived => Some(FRESH_MS),
        TriggerKind::Complete => None,
    }
}

#[cfg(test)]
mod tests;

//! The time of a job as people read it, where the job is.

use super::Job;
use crate::time::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

/// A time in a zone; in UTC where this machine does not know the zone.
fn there(at: Timestamp, zone: &str) -> Zoned {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    at.to_jiff().to_zoned(zone)
}

/// A job by its time and its technician, as colleagues read it: `Mon 23 Nov 14:00 with Tom`.
pub fn told(at: Timestamp, zone: &str, technician: Option<&str>) -> String {
    let at = there(at, zone).strftime("%a %-d %b %H:%M").to_string();
    match technician {
        Some(technician) => format!("{at} with {technician}"),
        None => at,
    }
}

/// The day, as the customer reads it: `Mon, Nov 23`; `2026-11-23` where they read another language
/// than English, whose words would stand out.
pub fn told_date(job: &Job, language: Option<&str>) -> String {
    let form = if is_english(language) {
        "%a, %b %-d"
    } else {
        "%Y-%m-%d"
    };
    there(job.starts_at, &job.zone).strftime(form).to_string()
}

/// The time of day, as the customer reads it: `2:00 PM`, or `14:00`.
pub fn told_time(job: &Job, language: Option<&str>) -> String {
    let form = if is_english(language) {
        "%-I:%M %p"
    } else {
        "%H:%M"
    };
    there(job.starts_at, &job.zone).strftime(form).to_string()
}

fn is_english(language: Option<&str>) -> bool {
    let primary = language.and_then(|tag| tag.split('-').next());
    primary.is_none_or(|tag| tag.eq_ignore_ascii_case("en"))
}

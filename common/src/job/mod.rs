//! Appointments: somebody visits a customer at a time. The record, its states, and what a job can
//! hold; what its changes mean for the customer is for the relay to decide.

mod deed;
mod notice;
mod point;
mod status;
#[cfg(test)]
mod tests;
mod when;

pub use deed::{JobChange, JobDeed};
pub use notice::{Notice, Withheld};
pub use point::{Point, PointError};
pub use status::JobStatus;
pub use when::{told, told_date, told_time};

use crate::cause::TriggerKind;
use crate::ids::{AgentId, ContactId, ConversationId, JobId, Seq};
use crate::template::Variables;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest name of a technician, in characters: it must fit a line.
pub const TECHNICIAN_CHARACTERS_MAX: usize = 60;
/// The longest address of a place, in characters: five lines of an envelope.
pub const ADDRESS_CHARACTERS_MAX: usize = 300;
/// The most values of its own: texts ask for a handful.
pub const VARIABLES_MAX: usize = 30;
/// How far ahead a job may lie, in days: a year that was mistyped shows.
pub const AHEAD_DAYS_MAX: i64 = 2 * 366;
/// How long a job may take, in days: a month of work, and an end that was mistyped shows.
pub const LASTS_DAYS_MAX: i64 = 31;
/// How far in the past a new job may begin, in milliseconds: one that is entered at the door.
pub const PAST_MS_MAX: i64 = 15 * 60_000;

const DAY_MS: i64 = 86_400_000;

/// Somebody visits a customer at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    /// Stays for ever.
    pub id: JobId,
    /// The commit that last touched this record.
    pub seq: Seq,
    /// Who is visited.
    pub contact: ContactId,
    /// Where its texts go and where it is told of.
    pub conversation: ConversationId,
    /// Who visits them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician: Option<String>,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Where it is by the clock, as IANA names it: the customer is told the time there.
    pub zone: String,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Point>,
    /// Where it is, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// How far it has come.
    pub status: JobStatus,
    /// Where the technician was last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Located>,
    /// When the customer is reminded; none where they are not, or were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Timestamp>,
    /// What the customer was told, or why not. What is here is never told again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notices: BTreeMap<TriggerKind, Notice>,
    /// Values for its texts, such as `invoice_link`.
    #[serde(default, skip_serializing_if = "Variables::is_empty")]
    pub variables: Variables,
    /// The commit that last changed it otherwise than by where the technician is.
    pub edited_seq: Seq,
    /// Who did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<AgentId>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Where a technician was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "JobLocated")]
pub struct Located {
    /// Where.
    pub point: Point,
    /// When.
    pub at: Timestamp,
    /// How many minutes away they were, where that was said or can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta_minutes: Option<u32>,
    /// How many metres away they were, where the place of the job is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metres: Option<u32>,
}

impl Job {
    /// Whether the customer was told this, or it was decided that they are not.
    pub fn is_settled(&self, notice: TriggerKind) -> bool {
        self.notices.get(&notice).is_some_and(Notice::is_settled)
    }

    /// Whether it was decided about a notice that comes after this one in a visit: then this one is
    /// old news.
    pub fn is_passed(&self, notice: TriggerKind) -> bool {
        let mut later = self.notices.iter().filter(|(kind, _)| **kind > notice);
        later.any(|(_, it)| it.is_settled())
    }
}

/// Why a job cannot be kept: the field, and what was expected of it.
#[must_use]
pub fn unfit(job: &Job) -> Option<String> {
    let lines = [
        ("technician", &job.technician, TECHNICIAN_CHARACTERS_MAX),
        ("address", &job.address, ADDRESS_CHARACTERS_MAX),
    ];
    for (field, text, most) in lines {
        if text.as_deref().is_some_and(|text| !is_line(text, most)) {
            return Some(format!(
                "`{field}`: expected 1 to {most} printable characters without spaces at the ends"
            ));
        }
    }
    if crate::later::unfit_zone(&job.zone).is_some() || jiff::tz::TimeZone::get(&job.zone).is_err()
    {
        return Some(
            "`zone`: there is no such zone, expected an IANA name such as America/New_York"
                .to_owned(),
        );
    }
    if job.variables.len() > VARIABLES_MAX {
        return Some(format!("`variables`: expected at most {VARIABLES_MAX}"));
    }
    let lasts_ms = job.ends_at.map_or(0, |end| end.millis_since(job.starts_at));
    (!(0..=LASTS_DAYS_MAX * DAY_MS).contains(&lasts_ms)).then(|| {
        format!("`ends_at`: expected a time within {LASTS_DAYS_MAX} days from `starts_at` on")
    })
}

/// Why a job cannot begin at `starts_at`, seen from `now`.
#[must_use]
pub fn unfit_start(starts_at: Timestamp, now: Timestamp) -> Option<String> {
    match starts_at.millis_since(now) {
        ..0 if now.millis_since(starts_at) > PAST_MS_MAX => {
            Some("`starts_at`: lies in the past, expected a time ahead".to_owned())
        }
        ahead if ahead > AHEAD_DAYS_MAX * DAY_MS => Some(format!(
            "`starts_at`: lies further ahead than {AHEAD_DAYS_MAX} days"
        )),
        _ => None,
    }
}

fn is_line(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

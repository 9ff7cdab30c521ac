//! Every field that can be set, by its path: what it takes, and what it is in a few words. The form
//! in the app, the command line and the relay's checks all go by this table.

use super::{Hours, TimeOfDay};
use crate::later::unfit_zone;
use jiff::tz::TimeZone;
use serde_json::Value;

/// The longest words of a setting, in characters.
pub const WORDS_CHARACTERS_MAX: usize = 60;

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// On or off.
    Switch,
    /// On, off, or as everywhere.
    MaybeSwitch,
    /// A whole number from, to.
    Count(u32, u32),
    /// A time of the day.
    TimeOfDay,
    /// Hours of a week.
    Hours,
    /// The name of a zone.
    Zone,
    /// One of these.
    Choice(&'static [&'static str]),
    /// A few words on one line.
    Words,
}

/// One field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its path; a star stands for any one name.
    pub path: &'static str,
    /// What it takes.
    pub form: Form,
    /// What it is.
    pub words: &'static str,
}

const fn field(path: &'static str, form: Form, words: &'static str) -> Field {
    Field { path, form, words }
}

/// The longest that a text may wait, in minutes: a week later it speaks of another matter.
pub const WAIT_MINUTES_MAX: u32 = 7 * 24 * 60;

/// Every field, in the order in which they are shown.
pub const FIELDS: &[Field] = &[
    field(
        "sends.paused",
        Form::Switch,
        "nothing goes out, texts of agents wait, too",
    ),
    field(
        "automation.enabled",
        Form::Switch,
        "whether anything is sent that nobody typed",
    ),
    field("automation.rules", Form::Switch, "replies to keywords"),
    field(
        "automation.away",
        Form::Switch,
        "the message outside of business hours",
    ),
    field(
        "automation.jobs",
        Form::Switch,
        "texts by what happens to an appointment",
    ),
    field("automation.bulk", Form::Switch, "texts to many"),
    field(
        "automation.triggers.scheduled",
        Form::Switch,
        "trigger: an appointment was made",
    ),
    field(
        "automation.triggers.reminder",
        Form::Switch,
        "trigger: the appointment is soon",
    ),
    field(
        "automation.triggers.enroute",
        Form::Switch,
        "trigger: the technician is under way",
    ),
    field(
        "automation.triggers.15_min",
        Form::Switch,
        "trigger: the technician is nearly there",
    ),
    field(
        "automation.triggers.arrived",
        Form::Switch,
        "trigger: the technician is there",
    ),
    field(
        "automation.triggers.complete",
        Form::Switch,
        "trigger: the work is done",
    ),
    field(
        "automation.wait_minutes",
        Form::Count(1, WAIT_MINUTES_MAX),
        "how many minutes an automatic text may wait before it is dropped",
    ),
    field(
        "quiet.enabled",
        Form::Switch,
        "whether there are quiet hours",
    ),
    field("quiet.start", Form::TimeOfDay, "when quiet hours begin"),
    field("quiet.end", Form::TimeOfDay, "when quiet hours end"),
    field(
        "quiet.zone",
        Form::Zone,
        "the zone of quiet hours; none: that of the contact",
    ),
    field(
        "quiet.policy",
        Form::Choice(&["wait", "expire"]),
        "what becomes of automatic texts in quiet hours",
    ),
    field(
        "quiet.agents",
        Form::Choice(&["ask", "pass"]),
        "what becomes of texts that agents send in quiet hours",
    ),
    field(
        "quiet.replies",
        Form::Choice(&["pass", "wait"]),
        "what becomes of automatic answers in quiet hours",
    ),
    field(
        "caps.contact_day",
        Form::Count(0, 1_000),
        "automatic texts to one contact in one day; 0: no limit",
    ),
    field(
        "caps.line_minute",
        Form::Count(0, 100_000),
        "automatic texts from one line in one minute; 0: no limit",
    ),
    field("lines.*.zone", Form::Zone, "where the line is by the clock"),
    field(
        "lines.*.quiet",
        Form::MaybeSwitch,
        "whether the line has quiet hours",
    ),
    field("lines.*.quiet_start", Form::TimeOfDay, "when they begin"),
    field("lines.*.quiet_end", Form::TimeOfDay, "when they end"),
    field(
        "lines.*.line_minute",
        Form::Count(0, 100_000),
        "automatic texts from it in one minute; 0: no limit",
    ),
    field("company", Form::Words, "how the company signs its texts"),
    field("zone", Form::Zone, "the company's zone"),
    field(
        "business_hours.hours",
        Form::Hours,
        "when somebody is at the desk; none: always",
    ),
    field(
        "business_hours.zone",
        Form::Zone,
        "the zone of the business hours",
    ),
    field(
        "reminder.hour",
        Form::Count(0, 23),
        "the hour at which people are reminded",
    ),
    field(
        "reminder.days_before",
        Form::Count(0, 30),
        "how many days before",
    ),
    field(
        "geofence_m",
        Form::Count(10, 10_000),
        "how near the technician is there, in metres",
    ),
    field(
        "eta_minutes",
        Form::Count(1, 240),
        "how many minutes before the arrival people are told",
    ),
    field(
        "late.sends",
        Form::Choice(&["send", "hold"]),
        "what becomes of timed texts that missed their time",
    ),
    field(
        "late.minutes_max",
        Form::Count(0, 31 * 24 * 60),
        "how many minutes late one may still go out by itself",
    ),
];

impl Field {
    /// Whether it has that path.
    #[must_use]
    pub fn is_at(&self, path: &str) -> bool {
        let (mut mine, mut theirs) = (self.path.split('.'), path.split('.'));
        loop {
            match (mine.next(), theirs.next()) {
                (None, None) => return true,
                (Some(mine), Some(theirs)) if mine == theirs || mine == "*" => {}
                _ => return false,
            }
        }
    }

    /// The field of that path.
    #[must_use]
    pub fn at(path: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.is_at(path))
    }

    /// Whether something lies below that path.
    #[must_use]
    pub fn is_below(path: &str) -> bool {
        FIELDS.iter().any(|field| {
            let mut mine = field.path.split('.');
            let joins = path.split('.').all(|theirs| {
                mine.next()
                    .is_some_and(|mine| mine == theirs || mine == "*")
            });
            joins && mine.next().is_some()
        })
    }
}

impl Form {
    /// What is expected, behind the word "expected".
    #[must_use]
    pub fn expected(self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::MaybeSwitch => "true, false or null".to_owned(),
            Self::Count(least, most) => format!("a whole number from {least} to {most}"),
            Self::TimeOfDay => "a time of the day such as 08:00 or 21:30".to_owned(),
            Self::Hours => {
                "hours of the week such as mon-fri 08:00-17:00, sat 09:00-12:00".to_owned()
            }
            Self::Zone => "the name of a time zone such as America/New_York".to_owned(),
            Self::Choice(names) => {
                let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                format!("one of {}", names.join(", "))
            }
            Self::Words => format!("1 to {WORDS_CHARACTERS_MAX} printable characters"),
        }
    }

    /// Whether a value has this form.
    #[must_use]
    pub fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Switch | Self::MaybeSwitch, value) => value.is_boolean(),
            (Self::Count(least, most), value) => value
                .as_u64()
                .is_some_and(|n| (u64::from(least)..=u64::from(most)).contains(&n)),
            (Self::TimeOfDay, Value::String(text)) => text.parse::<TimeOfDay>().is_ok(),
            (Self::Hours, Value::String(text)) => text.parse::<Hours>().is_ok(),
            (Self::Zone, Value::String(name)) => {
                unfit_zone(name).is_none() && TimeZone::get(name).is_ok()
            }
            (Self::Choice(names), Value::String(name)) => names.contains(&name.as_str()),
            (Self::Words, Value::String(words)) => {
                (1..=WORDS_CHARACTERS_MAX).contains(&words.chars().count())
                    && words.trim() == words
                    && !words.chars().any(char::is_control)
            }
            _ => false,
        }
    }

    /// The value that people mean by `text`; null for what begins anew with what holds where
    /// nothing is set. Whether it is fit is not asked.
    #[must_use]
    pub fn read(self, text: &str) -> Value {
        let text = text.trim();
        match (self, text) {
            (_, "" | "default") => Value::Null,
            (Self::Switch | Self::MaybeSwitch, "on" | "yes" | "true") => Value::Bool(true),
            (Self::Switch | Self::MaybeSwitch, "off" | "no" | "false") => Value::Bool(false),
            (Self::Count(..), digits) => digits
                .parse::<u32>()
                .map_or_else(|_| Value::from(text), Value::from),
            _ => Value::from(text),
        }
    }

    /// A value as people read it; empty for null.
    #[must_use]
    pub fn show(self, value: &Value) -> String {
        match value {
            Value::Null => String::new(),
            Value::Bool(true) => "on".to_owned(),
            Value::Bool(false) => "off".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

//! What can be set while the relay runs: one record, the same for everybody.
//!
//! A part of this house that has something to set adds its fields here, each with a value to begin
//! with and a line in [`fields::FIELDS`]. Fields of a later version are kept as they came.

pub mod caps;
pub mod edit;
pub mod fields;
pub mod hours;
pub mod quiet;
mod schema;

pub use edit::{Edit, edit, patch_of};
pub use fields::{FIELDS, Field, Form};
pub use hours::{Hours, TimeOfDay};
pub use quiet::{QuietHour, quiet};

use crate::cause::{Cause, TriggerKind};
use crate::ids::{AgentId, Seq};
use crate::later::{LatePolicy, LateSends};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The id of the one record.
pub const ID: &str = "settings";

/// The record: everything that is set, and who touched it last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// [`ID`].
    pub id: String,
    /// The commit that last touched this record; zero where nobody ever set anything.
    pub seq: Seq,
    /// When somebody last set something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Who did; none for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<AgentId>,
    /// What holds.
    #[serde(flatten)]
    pub settings: Settings,
}

impl Setting {
    /// What holds where nobody ever set anything.
    #[must_use]
    pub fn untouched() -> Self {
        Self {
            id: ID.to_owned(),
            seq: Seq::ZERO,
            edited_at: None,
            edited_by: None,
            settings: Settings::default(),
        }
    }
}

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// What sends by itself.
    pub automation: Automation,
    /// When nobody is to be texted.
    pub quiet: Quiet,
    /// How many texts nobody typed may go out.
    pub caps: Caps,
    /// What differs from line to line, by the line's address.
    pub lines: BTreeMap<String, LineSettings>,
    /// How the company signs; none for what the relay's configuration says.
    pub company: Option<String>,
    /// The company's zone, for lines without one of their own.
    pub zone: Option<String>,
    /// When somebody is at the desk.
    pub business_hours: BusinessHours,
    /// When people are reminded of an appointment.
    pub reminder: Reminder,
    /// How near a technician is there, in metres.
    pub geofence_m: u32,
    /// How long before the arrival people are told, in minutes.
    pub eta_minutes: u32,
    /// What becomes of timed texts that missed their time.
    pub late: Late,
    /// Whether anything goes out at all.
    pub sends: Sends,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            automation: Automation::default(),
            quiet: Quiet::default(),
            caps: Caps::default(),
            lines: BTreeMap::new(),
            company: None,
            zone: None,
            business_hours: BusinessHours::default(),
            reminder: Reminder::default(),
            // A long drive-way and the error of a phone among houses.
            geofence_m: 150,
            eta_minutes: 15,
            late: Late::default(),
            sends: Sends::default(),
            more: Map::new(),
        }
    }
}

impl Settings {
    /// What is set, over what holds where nothing is. What has not the form that this version
    /// expects is passed over: a setting of a later version must not stop the desk.
    #[must_use]
    pub fn of(set: &Map<String, Value>) -> Self {
        let read = |set: Value| serde_json::from_value::<Self>(set).ok();
        read(Value::Object(set.clone()))
            .or_else(|| read(Value::Object(edit::fit(set))))
            .unwrap_or_default()
    }

    /// What is set for a line, by its address.
    #[must_use]
    pub fn line(&self, line: &str) -> Option<&LineSettings> {
        self.lines.get(line)
    }

    /// Whether there are quiet hours anywhere.
    #[must_use]
    pub fn has_quiet_hours(&self) -> bool {
        self.quiet.enabled || self.lines.values().any(|own| own.quiet == Some(true))
    }

    /// What is done about timed texts that are late, where the relay was started with `standard`.
    #[must_use]
    pub fn late_policy(&self, standard: LatePolicy) -> LatePolicy {
        LatePolicy {
            sends: self.late.sends.unwrap_or(standard.sends),
            max_ms: self
                .late
                .minutes_max
                .map_or(standard.max_ms, |minutes| i64::from(minutes) * 60_000),
        }
    }
}

/// What sends by itself: one switch for all of it, and one each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, and none depends on another"
)]
pub struct Automation {
    /// The master switch: off, nothing goes out that nobody typed.
    pub enabled: bool,
    /// Replies to keywords.
    pub rules: bool,
    /// The message outside of business hours.
    pub away: bool,
    /// Texts by what happens to an appointment.
    pub jobs: bool,
    /// Texts to many.
    pub bulk: bool,
    /// Texts that other programs ask for.
    pub triggers: Triggers,
    /// How long a text that nobody typed may wait before it is of no use, in minutes.
    pub wait_minutes: u32,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Default for Automation {
    fn default() -> Self {
        Self {
            enabled: true,
            rules: true,
            away: true,
            jobs: true,
            bulk: true,
            triggers: Triggers::default(),
            // A night and what the morning holds.
            wait_minutes: 12 * 60,
            more: Map::new(),
        }
    }
}

impl Automation {
    /// Whether the switches allow a text of that cause. What a person is owed by law has none.
    #[must_use]
    pub fn allows(&self, cause: &Cause) -> bool {
        let own = match cause {
            Cause::OptOut => return true,
            Cause::Rule(_) => self.rules,
            Cause::Away => self.away,
            Cause::Job(_) => self.jobs,
            Cause::Broadcast(_) => self.bulk,
            Cause::Trigger(kind) => self.triggers.allows(*kind),
            Cause::Other(_) => true,
        };
        self.enabled && own
    }
}

/// A switch for each type of trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, and none depends on another"
)]
pub struct Triggers {
    /// An appointment was made.
    pub scheduled: bool,
    /// It is soon.
    pub reminder: bool,
    /// Somebody is under way.
    pub enroute: bool,
    /// They are nearly there.
    #[serde(rename = "15_min")]
    pub fifteen_min: bool,
    /// They are there.
    pub arrived: bool,
    /// It is done.
    pub complete: bool,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Default for Triggers {
    fn default() -> Self {
        Self {
            scheduled: true,
            reminder: true,
            enroute: true,
            fifteen_min: true,
            arrived: true,
            complete: true,
            more: Map::new(),
        }
    }
}

impl Triggers {
    /// Whether that trigger may send.
    #[must_use]
    pub const fn allows(&self, kind: TriggerKind) -> bool {
        match kind {
            TriggerKind::Scheduled => self.scheduled,
            TriggerKind::Reminder => self.reminder,
            TriggerKind::Enroute => self.enroute,
            TriggerKind::FifteenMinutes => self.fifteen_min,
            TriggerKind::Arrived => self.arrived,
            TriggerKind::Complete => self.complete,
        }
    }
}

/// When nobody is to be texted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Quiet {
    /// Whether there are such hours.
    pub enabled: bool,
    /// When they begin.
    pub start: TimeOfDay,
    /// When they end; on the next day where that is earlier.
    pub end: TimeOfDay,
    /// The zone that counts; none for the zone of whoever is texted.
    pub zone: Option<String>,
    /// What becomes of a text that nobody typed.
    pub policy: QuietPolicy,
    /// What becomes of a text that an agent typed.
    pub agents: QuietAgents,
    /// What becomes of an answer to what somebody has just written.
    pub replies: QuietReplies,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Default for Quiet {
    fn default() -> Self {
        Self {
            enabled: false,
            // 47 CFR 64.1200(c)(1): no solicitation before 8 or after 21 o'clock, where it is heard.
            start: TimeOfDay::at(21, 0),
            end: TimeOfDay::at(8, 0),
            zone: None,
            policy: QuietPolicy::Wait,
            agents: QuietAgents::Ask,
            replies: QuietReplies::Pass,
            more: Map::new(),
        }
    }
}

/// What becomes in quiet hours of a text that nobody typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuietPolicy {
    /// It waits for their end.
    #[default]
    Wait,
    /// It is dropped.
    Expire,
}

/// What becomes in quiet hours of a text that an agent typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuietAgents {
    /// They are asked.
    #[default]
    Ask,
    /// It goes out.
    Pass,
}

/// What becomes in quiet hours of an answer that nobody typed to what somebody has just written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuietReplies {
    /// It goes out: whoever writes is awake.
    #[default]
    Pass,
    /// It is treated as every text that nobody typed.
    Wait,
}

/// How many texts nobody typed may go out. Zero is no limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Caps {
    /// To one contact in one day.
    pub contact_day: u32,
    /// From one line in one minute.
    pub line_minute: u32,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            // A visit has six texts, and some days have more than one.
            contact_day: 20,
            // The provider's rate of each line holds by itself.
            line_minute: 0,
            more: Map::new(),
        }
    }
}

/// What differs for one line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LineSettings {
    /// Where the line is by the clock.
    pub zone: Option<String>,
    /// Whether it has quiet hours; none for as everywhere.
    pub quiet: Option<bool>,
    /// When they begin; none for as everywhere.
    pub quiet_start: Option<TimeOfDay>,
    /// When they end; none for as everywhere.
    pub quiet_end: Option<TimeOfDay>,
    /// How many texts nobody typed may go out from it in one minute; none for as everywhere.
    pub line_minute: Option<u32>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// When somebody is at the desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BusinessHours {
    /// The hours; none for always.
    pub hours: Option<Hours>,
    /// Their zone; none for the company's.
    pub zone: Option<String>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// When people are reminded of an appointment, where they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Reminder {
    /// The hour of the day.
    pub hour: u8,
    /// How many days before.
    pub days_before: u8,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Default for Reminder {
    fn default() -> Self {
        Self {
            hour: 18,
            days_before: 1,
            more: Map::new(),
        }
    }
}

/// What becomes of timed texts that missed their time; none for what the configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Late {
    /// What happens to them.
    pub sends: Option<LateSends>,
    /// How late one may still go out by itself, in minutes.
    pub minutes_max: Option<u32>,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// Whether anything goes out at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Sends {
    /// Everything waits, texts of agents, too.
    pub paused: bool,
    /// Fields of a later version.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

#[cfg(test)]
mod tests;

//! What automation is set to, as one transaction finds it.

use super::schedule::Rules;
use crate::store::sql::Reads;
use crate::store::{StoreError, settings};
use smsdesk_common::cause::TriggerKind;
use smsdesk_common::settings::{Automation, Settings};

/// What automation is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// How the company signs its texts.
    pub company: Option<String>,
    /// What jobs mean.
    pub rules: Rules,
    /// The switches.
    pub switches: Automation,
}

impl Values {
    /// What `settings` say, where the relay's configuration names the company so.
    pub fn of(settings: Settings, company: Option<&str>) -> Self {
        Self {
            rules: Rules {
                reminder_hour: settings.reminder.hour,
                reminder_days: u16::from(settings.reminder.days_before),
                geofence_m: settings.geofence_m,
                near_minutes: settings.eta_minutes,
            },
            company: settings.company.or_else(|| company.map(str::to_owned)),
            switches: settings.automation,
        }
    }

    /// Whether customers are told this, whoever asks for it.
    pub const fn tells(&self, kind: TriggerKind) -> bool {
        let triggers = &self.switches.triggers;
        let own = match kind {
            TriggerKind::Scheduled => triggers.scheduled,
            TriggerKind::Reminder => triggers.reminder,
            TriggerKind::Enroute => triggers.enroute,
            TriggerKind::FifteenMinutes => triggers.fifteen_min,
            TriggerKind::Arrived => triggers.arrived,
            TriggerKind::Complete => triggers.complete,
        };
        self.switches.enabled && own
    }

    /// Whether customers are told this by what happens to a job.
    pub const fn tells_of_jobs(&self, kind: TriggerKind) -> bool {
        self.switches.jobs && self.tells(kind)
    }

    /// The rule for reminders, to know it again.
    pub fn reminder_rule(&self) -> String {
        let Rules {
            reminder_hour,
            reminder_days,
            ..
        } = self.rules;
        format!("{reminder_days} days before at {reminder_hour}")
    }
}

/// What holds now, where the relay's configuration names the company so.
///
/// # Errors
/// The database cannot be read.
pub fn load(reads: &mut dyn Reads, company: Option<&str>) -> Result<Values, StoreError> {
    Ok(Values::of(settings::load(reads)?, company))
}

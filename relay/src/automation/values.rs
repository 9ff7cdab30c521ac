//! What automation is set to, as one transaction finds it.

use super::schedule::Rules;
use crate::store::StoreError;
use crate::store::sql::Reads;
use smsdesk_common::cause::TriggerKind;

/// What automation is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// How the company signs its texts.
    pub company: Option<String>,
    /// What jobs mean.
    pub rules: Rules,
    /// Whether jobs tell customers anything.
    pub jobs: bool,
    /// What customers are told.
    pub triggers: Vec<TriggerKind>,
}

impl Values {
    /// What holds where nobody has set anything.
    pub fn standard(company: Option<&str>) -> Self {
        Self {
            company: company.map(str::to_owned),
            rules: Rules {
                reminder_hour: 18,
                reminder_days: 1,
                geofence_m: 150,
                near_minutes: 15,
            },
            jobs: true,
            triggers: TriggerKind::ALL.to_vec(),
        }
    }

    /// Whether customers are told this, whoever asks for it.
    pub fn tells(&self, kind: TriggerKind) -> bool {
        self.triggers.contains(&kind)
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
pub fn load(_: &mut dyn Reads, company: Option<&str>) -> Result<Values, StoreError> {
    Ok(Values::standard(company))
}

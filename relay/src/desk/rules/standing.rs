//! What holds at this moment for rules: switches, business hours, and how the company signs.

use crate::store::sql::Reads;
use crate::store::{StoreError, settings};
use jiff::tz::TimeZone;
use smsdesk_common::settings::{Hours, Settings};
use smsdesk_common::time::Timestamp;

/// What holds at this moment.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// Whether rules do anything.
    pub rules: bool,
    /// Whether people are told that nobody is here.
    pub away: bool,
    /// How the company signs.
    pub company: Option<String>,
    /// When somebody is at the desk, by the clock of the zone.
    hours: Option<(Hours, TimeZone)>,
}

impl Standing {
    /// What is set.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(super) fn load(reads: &mut dyn Reads) -> Result<Self, StoreError> {
        Ok(Self::of(settings::load(reads)?))
    }

    fn of(settings: Settings) -> Self {
        let zone = settings.business_hours.zone.or(settings.zone);
        let zone = zone.and_then(|zone| TimeZone::get(&zone).ok());
        let zone = zone.unwrap_or(TimeZone::UTC);
        let automation = settings.automation;
        Self {
            rules: automation.enabled && automation.rules,
            away: automation.enabled && automation.away,
            company: settings.company,
            hours: settings.business_hours.hours.map(|hours| (hours, zone)),
        }
    }

    /// Whether somebody is at the desk at a time; always, where no hours are set.
    pub(super) fn is_open(&self, at: Timestamp) -> bool {
        let holds = |(hours, zone): &(Hours, TimeZone)| hours.hold(zone.to_datetime(at.to_jiff()));
        self.hours.as_ref().is_none_or(holds)
    }
}

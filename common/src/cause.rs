//! Why a text went out that nobody typed, or who acted where nobody did.

use crate::ids::{BroadcastId, JobId, RuleId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// Something that happens to a customer's appointment, and that they may be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TriggerKind {
    /// An appointment was made.
    Scheduled,
    /// It is near: the day before, as a rule.
    Reminder,
    /// The technician is on the way.
    Enroute,
    /// The technician is a quarter of an hour away.
    FifteenMinutes,
    /// The technician is there.
    Arrived,
    /// The work is done.
    Complete,
}

impl TriggerKind {
    /// Every kind, in the order of an appointment.
    pub const ALL: [Self; 6] = [
        Self::Scheduled,
        Self::Reminder,
        Self::Enroute,
        Self::FifteenMinutes,
        Self::Arrived,
        Self::Complete,
    ];

    /// The name in JSON, in paths and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Reminder => "reminder",
            Self::Enroute => "enroute",
            Self::FifteenMinutes => "15_min",
            Self::Arrived => "arrived",
            Self::Complete => "complete",
        }
    }

    /// Reads [`Self::as_str`]'s names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for TriggerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for TriggerKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for TriggerKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(
                "expected one of scheduled, reminder, enroute, 15_min, arrived, complete",
            )
        })
    }
}

/// Why something was done that nobody did. As text `rule:UUID`, `trigger:KIND`, `job:UUID`,
/// `broadcast:UUID`, `away`, `opt_out`, or a name; any text is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A rule that answers keywords.
    Rule(RuleId),
    /// Another program told what happened.
    Trigger(TriggerKind),
    /// An appointment.
    Job(JobId),
    /// One text for many.
    Broadcast(BroadcastId),
    /// Nobody is there at this time.
    Away,
    /// An answer to STOP, START or HELP.
    OptOut,
    /// A part of the relay by its name, or a cause that only a later version understands.
    Other(String),
}

impl Cause {
    /// A part of the relay, by its name.
    pub fn named(name: &str) -> Self {
        match name.parse() {
            Ok(cause) => cause,
            Err(never) => match never {},
        }
    }

    /// Whether it answers what the person has just written.
    #[must_use]
    pub const fn is_reply(&self) -> bool {
        matches!(self, Self::Rule(_) | Self::Away | Self::OptOut)
    }

    /// In a word or two, for people.
    pub fn words(&self) -> &str {
        match self {
            Self::Rule(_) => "rule",
            Self::Trigger(TriggerKind::FifteenMinutes) => "15 minutes away",
            Self::Trigger(kind) => kind.as_str(),
            Self::Job(_) => "appointment",
            Self::Broadcast(_) => "broadcast",
            Self::Away => "away",
            Self::OptOut => "opt-out",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(id) => write!(f, "rule:{id}"),
            Self::Trigger(kind) => write!(f, "trigger:{kind}"),
            Self::Job(id) => write!(f, "job:{id}"),
            Self::Broadcast(id) => write!(f, "broadcast:{id}"),
            Self::Away => f.write_str("away"),
            Self::OptOut => f.write_str("opt_out"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

impl FromStr for Cause {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let known = match text.split_once(':') {
            Some(("rule", id)) => id.parse().ok().map(Self::Rule),
            Some(("trigger", kind)) => TriggerKind::parse(kind).map(Self::Trigger),
            Some(("job", id)) => id.parse().ok().map(Self::Job),
            Some(("broadcast", id)) => id.parse().ok().map(Self::Broadcast),
            None if text == "away" => Some(Self::Away),
            None if text == "opt_out" => Some(Self::OptOut),
            _ => None,
        };
        // Written as it was read, whatever it is: a copy must not differ from the original.
        Ok(known
            .filter(|cause| cause.to_string() == text)
            .unwrap_or_else(|| Self::Other(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_cause_reads_back_as_written() {
        let id = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
        for (text, cause) in [
            (format!("rule:{id}"), Cause::Rule(id.parse().unwrap())),
            (format!("job:{id}"), Cause::Job(id.parse().unwrap())),
            (
                format!("broadcast:{id}"),
                Cause::Broadcast(id.parse().unwrap()),
            ),
            (
                "trigger:15_min".to_owned(),
                Cause::Trigger(TriggerKind::FifteenMinutes),
            ),
            ("away".to_owned(), Cause::Away),
            ("opt_out".to_owned(), Cause::OptOut),
            ("snooze".to_owned(), Cause::Other("snooze".to_owned())),
        ] {
            assert_eq!(cause.to_string(), text);
            assert_eq!(Cause::named(&text), cause);
        }
        for kind in TriggerKind::ALL {
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(serde_json::from_str::<TriggerKind>(&json).unwrap(), kind);
        }
        assert!(serde_json::from_str::<TriggerKind>("\"moon\"").is_err());
    }

    proptest! {
        #[test]
        fn what_a_later_version_wrote_stays_as_it_is(text in "(rule:|job:|trigger:)?[A-Fa-z0-9:{}-]{0,40}") {
            prop_assert_eq!(Cause::named(&text).to_string(), text);
        }
    }
}

//! Points in time as they travel and rest: milliseconds since the Unix epoch.
//!
//! In JSON a time is an RFC 3339 string in UTC with three decimals. This module never asks what
//! time it is; each side has a `clock` for that.

use jiff::fmt::temporal::DateTimePrinter;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The three decimals keep strings of one length, so that they also sort as text.
const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time `ms` milliseconds after the Unix epoch.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This time moved by `ms` milliseconds, held at the ends of the range.
    #[must_use]
    pub const fn plus_millis(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this time; negative where `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The same point in time as jiff knows it, for calendars and zones. Times beyond jiff's
    /// range (years -9999 to 9999) are held at its ends.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-20T13:16:00.000Z`.
    pub fn to_rfc3339(self) -> String {
        PRINTER.timestamp_to_string(&self.to_jiff())
    }

    /// Reads RFC 3339 with any offset; digits below a millisecond are dropped.
    ///
    /// # Errors
    /// The text is not a time with a date, a time of day and an offset.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimestampError> {
        let parsed: jiff::Timestamp = text.parse().map_err(|_| TimestampError)?;
        Ok(Self(parsed.as_millisecond()))
    }
}

/// A text that should be a time and is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time such as 2026-11-20T13:16:00Z")]
pub struct TimestampError;

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_keeps_its_milliseconds_through_json() {
        let time = Timestamp::from_millis(1_795_252_560_007);
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(json, "\"2026-11-21T09:16:00.007Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), time);
    }

    #[test]
    fn an_offset_is_understood_and_a_bare_date_is_refused() {
        assert_eq!(
            Timestamp::parse_rfc3339("1970-01-01T01:00:00+01:00"),
            Ok(Timestamp::from_millis(0))
        );
        assert_eq!(Timestamp::parse_rfc3339("2026-11-20"), Err(TimestampError));
    }

    #[test]
    fn times_beyond_the_calendar_are_held_at_its_ends() {
        assert!(
            Timestamp::from_millis(i64::MAX)
                .to_rfc3339()
                .starts_with("9999")
        );
        assert!(
            Timestamp::from_millis(i64::MIN)
                .to_rfc3339()
                .starts_with("-009999")
        );
    }
}

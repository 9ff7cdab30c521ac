//! Lengths of time on the command line: `90m`, `72h`, `7d`, and `all` where everything may be meant.

use std::str::FromStr;

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Age(i64);

impl Age {
    /// In milliseconds.
    pub(super) const fn millis(self) -> i64 {
        self.0
    }
}

impl FromStr for Age {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected a time such as 90m, 72h or 7d";
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let minutes = match text.strip_prefix(digits) {
            Some("m") => 1,
            Some("h") => 60,
            Some("d") => 24 * 60,
            _ => return Err(EXPECTED),
        };
        let count: u32 = digits.parse().map_err(|_| EXPECTED)?;
        Ok(Self(i64::from(count) * minutes * 60_000))
    }
}

/// How far back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Since {
    /// In milliseconds; none for everything.
    pub(super) millis: Option<i64>,
}

impl FromStr for Since {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected a time such as 90m, 72h or 7d, or all";
        if text == "all" {
            return Ok(Self { millis: None });
        }
        let age: Age = text.parse().map_err(|_| EXPECTED)?;
        Ok(Self {
            millis: Some(age.millis()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_minutes_hours_or_days() {
        assert_eq!("90m".parse(), Ok(Age(90 * 60_000)));
        assert_eq!("72h".parse(), Ok(Age(72 * 3_600_000)));
        assert_eq!("7d".parse(), Ok(Age(7 * 86_400_000)));
        for text in [
            "",
            "h",
            "72",
            "-3h",
            "3 h",
            "3w",
            "99999999999d",
            "1h2m",
            "all",
        ] {
            assert!(text.parse::<Age>().is_err(), "{text}");
        }
    }

    #[test]
    fn how_far_back_is_told_in_minutes_hours_days_or_all() {
        let of = |millis| Ok(Since { millis });
        assert_eq!("90m".parse(), of(Some(90 * 60_000)));
        assert_eq!("72h".parse(), of(Some(72 * 3_600_000)));
        assert_eq!("7d".parse(), of(Some(7 * 86_400_000)));
        assert_eq!("all".parse(), of(None));
        for text in ["", "h", "72", "-3h", "3 h", "3w", "99999999999d", "1h2m"] {
            assert!(text.parse::<Since>().is_err(), "{text}");
        }
    }
}

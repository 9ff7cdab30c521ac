//! What the file says about timed texts that are late.

use smsdesk_common::config::ConfigError;
use smsdesk_common::later::{LatePolicy, LateSends};

/// The longest that can be asked for, in milliseconds: what is a month late is of no use.
const LATE_MS_MAX: i64 = 31 * 86_400_000;

/// Both keys together.
pub(super) fn policy(sends: &str, max: &str) -> Result<LatePolicy, ConfigError> {
    let sends = match sends {
        "send" => LateSends::Send,
        "hold" => LateSends::Hold,
        other => {
            let problem = format!("{other:?}: expected `send` or `hold`");
            return Err(ConfigError::new("relay.late_sends", problem));
        }
    };
    let max_ms = span(max).ok_or_else(|| {
        let problem =
            format!("{max:?}: expected a time of at most 31 days, such as 90s, 30m, 1h or 2d");
        ConfigError::new("relay.late_sends_max", problem)
    })?;
    Ok(LatePolicy { sends, max_ms })
}

/// `90s`, `30m`, `1h`, `2d` in milliseconds.
pub(super) fn span(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit_ms = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = number.parse().ok().filter(|_| digits)?;
    number
        .checked_mul(unit_ms)
        .filter(|span| *span <= LATE_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        for (text, expected) in [
            ("90s", Some(90_000)),
            ("30m", Some(1_800_000)),
            ("1h", Some(3_600_000)),
            ("2d", Some(172_800_000)),
            ("0s", Some(0)),
            ("31d", Some(LATE_MS_MAX)),
            ("32d", None),
            ("", None),
            ("h", None),
            ("1", None),
            ("-1h", None),
            ("+1h", None),
            ("1.5h", None),
            ("1 h", None),
            ("1\u{b5}", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(span(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_policy_names_its_key() {
        let error = policy("later", "1h").unwrap_err().to_string();
        assert!(
            error.contains("relay.late_sends") && error.contains("`hold`"),
            "{error}"
        );
        let error = policy("hold", "soon").unwrap_err().to_string();
        assert!(error.contains("relay.late_sends_max"), "{error}");
    }
}

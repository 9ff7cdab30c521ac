//! Sums of prices without rounding.

use std::fmt;
use std::str::FromStr;

/// How finely an amount is kept: providers write five decimals, and a few more do no harm.
const DECIMALS: usize = 9;
const ONE: i64 = 1_000_000_000;
/// The digits behind the point that are written at least.
const DECIMALS_SHOWN_MIN: usize = 2;

/// An amount in billionths of a currency's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub i64);

/// A text that is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal number such as -0.0079")]
pub struct AmountError;

impl FromStr for Amount {
    type Err = AmountError;

    /// Reads a decimal number; what is finer than a billionth is dropped.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !numeric(whole) || !numeric(part) {
            return Err(AmountError);
        }
        let part = &part[..part.len().min(DECIMALS)];
        let whole: i64 = whole.parse().map_err(|_| AmountError)?;
        let part: i64 = format!("{part:0<DECIMALS$}")
            .parse()
            .map_err(|_| AmountError)?;
        let sum = whole.checked_mul(ONE).and_then(|it| it.checked_add(part));
        let sum = sum.ok_or(AmountError)?;
        Ok(Self(if negative { -sum } else { sum }))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, one) = (self.0.unsigned_abs(), ONE.unsigned_abs());
        let part = format!("{:0DECIMALS$}", size % one);
        let long = part.trim_end_matches('0').len().max(DECIMALS_SHOWN_MIN);
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{}", size / one, &part[..long])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_to_the_last_digit() {
        for (text, shown) in [
            ("-0.00790", "-0.0079"),
            ("0.0083", "0.0083"),
            ("12", "12.00"),
            ("-1.5", "-1.50"),
            ("0.0000000019", "0.000000001"),
        ] {
            assert_eq!(text.parse::<Amount>().unwrap().to_string(), shown);
        }
        for text in ["", "-", ".5", "1e3", "0,5", "--1", "99999999999999"] {
            assert_eq!(text.parse::<Amount>(), Err(AmountError), "{text:?}");
        }
    }

    #[test]
    fn a_million_small_prices_add_up_exactly() {
        let one: Amount = "-0.00790".parse().unwrap();
        assert_eq!(Amount(one.0 * 1_000_000).to_string(), "-7900.00");
    }
}

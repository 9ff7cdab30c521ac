//! What a text will cost, by a table of one's own: an estimate, for the provider tells the price
//! only afterwards.

use serde::{Deserialize, Serialize};
use smsdesk_common::phone::Address;
use std::fmt;
use std::str::FromStr;

/// How finely a price is kept: providers write four decimals, and a few more do no harm.
const DECIMALS: usize = 6;

/// The digits behind the point that are shown at least.
const DECIMALS_SHOWN_MIN: usize = 2;

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    millionths: u64,
    currency: String,
}

/// A text that is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an amount and a currency, such as \"0.0083 USD\"")]
pub struct MoneyError;

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (amount, currency) = text.trim().split_once(' ').ok_or(MoneyError)?;
        let (whole, part) = amount.split_once('.').unwrap_or((amount, "0"));
        let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let currency = currency.trim();
        let named = currency.len() == 3 && currency.chars().all(|c| c.is_ascii_uppercase());
        if !(named && digits(whole) && digits(part) && part.len() <= DECIMALS) {
            return Err(MoneyError);
        }
        let millionths: u64 = format!("{whole}{part:0<DECIMALS$}")
            .parse()
            .map_err(|_| MoneyError)?;
        Ok(Self {
            millionths,
            currency: currency.to_owned(),
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10_u64.pow(6);
        let part = format!("{:0DECIMALS$}", self.millionths % one);
        let long = part.trim_end_matches('0').len().max(DECIMALS_SHOWN_MIN);
        let whole = self.millionths / one;
        write!(f, "{whole}.{} {}", &part[..long], self.currency)
    }
}

impl Money {
    /// Both together; none where they are not of one currency.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        (self.currency == other.currency).then(|| Self {
            millionths: self.millionths.saturating_add(other.millionths),
            currency: self.currency.clone(),
        })
    }
}

/// What a segment costs, by the beginning of the number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    rows: Vec<(String, Money)>,
}

impl Prices {
    /// The prices of these beginnings, such as `+44`.
    pub fn new(rows: impl IntoIterator<Item = (String, Money)>) -> Self {
        let rows = rows.into_iter().collect();
        Self { rows }
    }

    /// What so many segments to `address` cost; none where no beginning fits. The longest one counts.
    pub fn of(&self, address: &Address, segments: u32) -> Option<Money> {
        let fits = |row: &&(String, Money)| address.as_str().starts_with(&row.0);
        let rows = self.rows.iter().filter(fits);
        let (_, one) = rows.max_by_key(|(prefix, _)| prefix.len())?;
        Some(Money {
            millionths: one.millionths.saturating_mul(u64::from(segments)),
            currency: one.currency.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_to_the_last_digit() {
        for (text, shown) in [
            ("0.0083 USD", "0.0083 USD"),
            ("1 EUR", "1.00 EUR"),
            ("0.5 GBP", "0.50 GBP"),
            ("12.000001 JPY", "12.000001 JPY"),
        ] {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), shown);
        }
        for text in [
            "",
            "0.0083",
            "USD 1",
            "-1 USD",
            "1. USD",
            "1 usd",
            "1.0000001 USD",
        ] {
            assert_eq!(text.parse::<Money>(), Err(MoneyError), "{text:?}");
        }
    }

    #[test]
    fn the_longest_beginning_of_the_number_says_the_price() {
        let row = |prefix: &str, price: &str| (prefix.to_owned(), price.parse().unwrap());
        let prices = Prices::new([row("+1", "0.0083 USD"), row("+1876", "0.2 USD")]);
        let cost = |number: &str, segments| {
            let address = Address::try_from(number.to_owned()).unwrap();
            prices.of(&address, segments).map(|money| money.to_string())
        };
        assert_eq!(cost("+12394267058", 3).as_deref(), Some("0.0249 USD"));
        assert_eq!(cost("+18765550101", 2).as_deref(), Some("0.40 USD"));
        assert_eq!(cost("+447488879172", 1), None);
    }
}

//! Shares, and what half or nine tenths of some durations did not exceed.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A part of a whole in ten-thousandths; in JSON a number from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(pub u32);

impl Share {
    /// The nearest one; none of nothing.
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        let (part, whole) = (u128::from(part), u128::from(whole));
        let rounded = (part * 10_000 + whole / 2).checked_div(whole)?;
        u32::try_from(rounded).ok().map(Self)
    }

    /// In percent, with at most one digit behind the point: `98.6`, `100`.
    pub fn percent(self) -> String {
        let tenths = (self.0 + 5) / 10;
        // What is not all must not be told as all.
        let tenths = if self.0 < 10_000 {
            tenths.min(999)
        } else {
            tenths
        };
        match (tenths / 10, tenths % 10) {
            (whole, 0) => whole.to_string(),
            (whole, tenth) => format!("{whole}.{tenth}"),
        }
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 10_000.0)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        if !(0.0..=1.0).contains(&number) {
            return Err(serde::de::Error::custom("expected a number from 0 to 1"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 10,000"
        )]
        Ok(Self((number * 10_000.0).round() as u32))
    }
}

/// The smallest of the durations that at least so many percent of them do not exceed (the "nearest
/// rank"); none of none. They must be sorted.
pub fn quantile(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_number_in_json_and_reads_back() {
        let share = Share::of(986, 1_000).unwrap();
        assert_eq!(serde_json::to_string(&share).unwrap(), "0.986");
        for n in 0..=10_000 {
            let json = serde_json::to_string(&Share(n)).unwrap();
            assert_eq!(serde_json::from_str::<Share>(&json).unwrap(), Share(n));
        }
        assert_eq!(Share::of(0, 0), None);
        assert!(serde_json::from_str::<Share>("1.5").is_err());
    }

    #[test]
    fn nearly_all_is_not_told_as_all() {
        let told = |part, whole| Share::of(part, whole).unwrap().percent();
        assert_eq!(told(986, 1_000), "98.6");
        assert_eq!(told(1, 1), "100");
        assert_eq!(told(9_996, 10_000), "99.9");
        assert_eq!(told(0, 5), "0");
    }

    #[test]
    fn the_median_and_the_ninth_tenth_are_values_that_occurred() {
        assert_eq!(quantile(&[], 50), None);
        assert_eq!(quantile(&[7], 50), Some(7));
        assert_eq!(quantile(&[1, 2], 50), Some(1));
        assert_eq!(quantile(&[1, 2, 3], 50), Some(2));
        let ten: Vec<i64> = (1..=10).collect();
        assert_eq!((quantile(&ten, 50), quantile(&ten, 90)), (Some(5), Some(9)));
        assert_eq!(quantile(&ten, 100), Some(10));
    }
}

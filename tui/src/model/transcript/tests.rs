use super::*;
use crate::testkit::{NOW, Text, conversation_id};
use jiff::tz::offset;
use proptest::prelude::*;
use smsdesk_common::activity::Activity;
use smsdesk_common::entry::EntryKind;
use smsdesk_common::status::DeliveryStatus;

fn page(texts: Vec<Text>, width: u16, new_after: Seq) -> Transcript {
    let number = |(n, text): (u64, Text)| text.item(conversation_id(1), n);
    let items: Vec<TimelineItem> = (1..).zip(texts).map(number).collect();
    Transcript::new(Source {
        items: &items,
        read_by: &[],
        new_after,
        width,
        zone: &TimeZone::fixed(offset(-5)),
        now: NOW,
        reach: Reach::Online,
        keys: &Keys::of(&Keymap::default()),
        marks: Marks::Signs,
        hit: None,
    })
}

fn text(page: &Transcript) -> Vec<String> {
    let line = |line: &PageLine| {
        let words: String = line
            .pieces
            .iter()
            .map(|piece| piece.text.as_str())
            .collect();
        format!("{}{words}", " ".repeat(usize::from(line.indent)))
    };
    page.lines(0, usize::MAX).map(line).collect()
}

#[test]
fn the_customer_stands_on_the_left_and_we_on_the_right() {
    let texts = vec![
        Text::from_them("hello", 3),
        Text::from_us("good morning", 2, DeliveryStatus::Sent),
    ];
    assert_eq!(
        text(&page(texts, 40, Seq(9))),
        [
            "              ── Today ──",
            "  hello",
            "  13:57",
            "                          good morning",
            "                    Ana 13:58 · sent ✓",
        ]
    );
}

#[test]
fn the_end_of_a_snooze_is_told_by_the_clock_of_the_agent() {
    let until = NOW.plus_millis(4 * 86_400_000 - 5 * 3_600_000);
    let body = format!("snoozed it until {}", until.to_rfc3339());
    let did = Activity::SnoozedUntil {
        from: None,
        to: Some(until),
    };
    let texts = vec![Text::internal(EntryKind::Activity, &body, 60).did(did)];
    let page = text(&page(texts, 60, Seq(9)));
    assert_eq!(page[1].trim(), "Bo snoozed it until Tue 09:00 · 13:00");
}

#[test]
fn what_is_new_is_marked_once() {
    let texts = ["a", "b", "c"]
        .map(|body| Text::from_them(body, 1))
        .to_vec();
    let page = page(texts, 40, Seq(1));
    assert_eq!(page.new_starts_at(), Some(3));
    assert_eq!(
        text(&page)
            .iter()
            .filter(|line| line.contains("── new ──"))
            .count(),
        1
    );
}

#[test]
fn each_day_has_its_line() {
    let texts = [60 * 48, 60 * 24, 1]
        .map(|minutes| Text::from_them("a", minutes))
        .to_vec();
    let days: Vec<_> = text(&page(texts, 40, Seq(9)))
        .into_iter()
        .filter(|line| line.contains("── "))
        .collect();
    assert_eq!(days.len(), 3);
    assert!(days[0].contains("Wed 18 Nov") && days[1].contains("Yesterday"));
}

#[test]
fn a_place_is_found_again_after_older_texts_came() {
    let all: Vec<_> = (0..50)
        .map(|n| Text::from_them(&n.to_string(), 100 - n))
        .collect();
    let number = |(n, text): (u64, Text)| text.item(conversation_id(1), n);
    let items: Vec<TimelineItem> = (1..).zip(all).map(number).collect();
    let zone = TimeZone::UTC;
    let keys = Keys::of(&Keymap::default());
    let source = |items| Source {
        items,
        read_by: &[],
        new_after: Seq(99),
        width: 40,
        zone: &zone,
        now: NOW,
        reach: Reach::Online,
        keys: &keys,
        marks: Marks::Signs,
        hit: None,
    };
    let (short, long) = (
        Transcript::new(source(&items[30..])),
        Transcript::new(source(&items)),
    );
    let place = short.anchor(8).unwrap();
    let found = long.find(place).unwrap();
    assert_eq!(text(&short)[8], text(&long)[found]);
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_page(
        bodies in prop::collection::vec("\\PC{0,80}", 1..6),
        width in 58u16..150,
    ) {
        let texts = bodies.iter().enumerate().flat_map(|(n, body)| {
            let minutes = i64::try_from(n).unwrap_or(0);
            [
                Text::from_them(body, minutes),
                Text::from_us(body, minutes, DeliveryStatus::Failed).reason(body).by(body),
                Text::internal(EntryKind::Note, body, minutes),
                Text::internal(EntryKind::Activity, body, minutes),
            ]
        });
        let page = page(texts.collect(), width, Seq(2));
        for line in page.lines(0, usize::MAX) {
            let columns: usize = line.pieces.iter().map(|piece| piece.text.width()).sum();
            prop_assert!(usize::from(line.indent) + columns <= usize::from(width), "{line:?}");
        }
        prop_assert_eq!(page.lines(0, usize::MAX).count(), page.height());
        for line in 0..page.height() {
            prop_assert_eq!(page.lines(line, 1).count(), 1);
            prop_assert_eq!(page.find(page.anchor(line).unwrap()), Some(line));
        }
    }
}

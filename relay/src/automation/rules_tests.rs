use super::rules::*;
use proptest::prelude::*;
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::{AgentId, ConversationId, EntryId, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::status::{DeliveryError, DeliveryStatus};
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

const MINUTE: i64 = 60_000;
const NOW: Timestamp = Timestamp::from_millis(1_795_186_800_000);

fn entry(minutes_ago: i64, author: Author, body: &str) -> Entry {
    Entry {
        id: EntryId(Uuid::from_u128(1)),
        seq: Seq(1),
        conversation: ConversationId(Uuid::from_u128(1)),
        position: Seq(1),
        entry_kind: EntryKind::Message,
        direction: match author {
            Author::Contact => Direction::Inbound,
            Author::Agent(_) | Author::Automation(_) => Direction::Outbound,
        },
        author,
        origin: Origin::Api,
        body: body.to_owned(),
        media: Vec::new(),
        status: Some(DeliveryStatus::Sent),
        error: None,
        sid: None,
        segments: None,
        price: None,
        at: NOW.plus_millis(-minutes_ago * MINUTE),
        sent_at: None,
        delivered_at: None,
        activity: Vec::new(),
        mentions: Vec::new(),
        send_at: None,
        zone: None,
        cancel_on_reply: false,
        held_since: None,
        insight: None,
        suggestion: None,
        ai_generated: None,
    }
}

fn rules() -> Author {
    "automation:rule:0199aaaa-0000-7000-8000-00000000000a"
        .parse()
        .unwrap()
}

fn away() -> Author {
    "automation:away".parse().unwrap()
}

fn agent() -> Author {
    Author::Agent(AgentId(Uuid::from_u128(7)))
}

fn from(address: &str) -> Address {
    Address::from_twilio(address).unwrap()
}

/// Whether `help` may be answered that came `minutes` ago, after what is told newest first.
fn asked(minutes: i64, before: &[Entry]) -> Result<(), Hold> {
    let text = entry(minutes, Author::Contact, "help");
    let history = [std::slice::from_ref(&text), before].concat();
    may_reply(&text, &history, &from("+12394267058"), |_| false, NOW)
}

#[test]
fn the_fourth_reply_in_ten_minutes_is_held() {
    let replies = |ago: [i64; 3]| ago.map(|ago| entry(ago, rules(), "x")).to_vec();
    assert_eq!(asked(0, &replies([1, 2, 9])), Err(Hold::TooMany));
    assert_eq!(asked(0, &replies([1, 2, 10])), Ok(()));
    let with_away = [
        entry(1, away(), "x"),
        entry(1, rules(), "y"),
        entry(2, rules(), "z"),
    ];
    assert_eq!(asked(0, &with_away), Err(Hold::TooMany));
    let by_people = [1, 2, 3].map(|ago| entry(ago, agent(), "x"));
    assert_eq!(asked(0, &by_people), Ok(()));
}

#[test]
fn the_third_text_of_the_same_words_is_held() {
    let same = |ago, body| entry(ago, Author::Contact, body);
    assert_eq!(
        asked(0, &[same(1, "HELP!"), same(2, "help")]),
        Err(Hold::SameWords)
    );
    assert_eq!(asked(0, &[same(1, "HELP!"), same(11, "help")]), Ok(()));
    assert_eq!(asked(0, &[same(1, "help me"), same(2, "help")]), Ok(()));
}

#[test]
fn what_was_found_late_and_what_no_person_wrote_is_not_answered() {
    assert_eq!(asked(10, &[]), Ok(()));
    assert_eq!(asked(11, &[]), Err(Hold::Late));
    let text = entry(0, Author::Contact, "help");
    let history = [text.clone()];
    for (who, ours) in [("72975", false), ("BANK", false), ("+12394267058", true)] {
        let held = may_reply(&text, &history, &from(who), |_| ours, NOW);
        assert_eq!(held, Err(Hold::Machine), "{who}");
    }
}

#[test]
fn a_loop_that_twilio_stopped_ends_with_an_agents_word() {
    let looped = Entry {
        error: Some(DeliveryError {
            code: LOOP_CODE,
            text: String::new(),
        }),
        ..entry(300, rules(), "x")
    };
    assert_eq!(asked(0, std::slice::from_ref(&looped)), Err(Hold::Looped));
    assert_eq!(
        asked(0, &[entry(20, away(), "y"), looped.clone()]),
        Err(Hold::Looped)
    );
    assert_eq!(asked(0, &[entry(20, agent(), "hi"), looped]), Ok(()));
}

#[test]
fn the_away_message_is_due_once_in_an_absence() {
    // At the desk from an hour before now until half an hour before.
    let desk = |at: Timestamp| (30..60).contains(&(NOW.millis_since(at) / MINUTE));
    let due = |history: &[Entry]| is_away_due(history, NOW, desk);
    assert!(due(&[]));
    assert!(!due(&[entry(5, away(), "x")]));
    assert!(!due(&[entry(5, agent(), "still here")]));
    assert!(due(&[entry(90, away(), "x")]), "that was another absence");
    assert!(due(&[entry(40, agent(), "bye")]));
    assert!(due(&[
        entry(5, rules(), "x"),
        entry(5, Author::Contact, "x")
    ]));
    assert!(!is_away_due(&[], NOW, |_| true));
    assert!(!is_away_due(
        &[entry(60 * 24 * 6, away(), "x")],
        NOW,
        |_| false
    ));
    assert!(is_away_due(&[entry(60 * 24 * 7, away(), "x")], NOW, |_| {
        false
    }));
}

proptest! {
    #[test]
    fn no_sequence_of_texts_gets_more_replies_than_that_in_any_ten_minutes(
        gaps in prop::collection::vec(0i64..200_000, 1..60), words in "[ab]{60}",
    ) {
        let mut history: Vec<Entry> = Vec::new();
        let (mut now, mut replies): (Timestamp, Vec<Timestamp>) = (NOW, Vec::new());
        for (gap, word) in gaps.iter().zip(words.chars()) {
            now = now.plus_millis(*gap);
            let text = Entry { at: now, ..entry(0, Author::Contact, &word.to_string()) };
            history.insert(0, text.clone());
            if may_reply(&text, &history, &from("+12394267058"), |_| false, now).is_ok() {
                history.insert(0, Entry { at: now, ..entry(0, rules(), "x") });
                replies.push(now);
            }
        }
        for at in &replies {
            let within = replies.iter().filter(|it| {
                (0..REPLIES_WINDOW_MS).contains(&it.millis_since(*at))
            });
            prop_assert!(within.count() <= REPLIES_MAX);
        }
    }
}

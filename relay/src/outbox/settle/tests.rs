use super::*;
use proptest::prelude::*;
use smsdesk_common::status::{Delivery, DeliveryStatus};
use std::collections::BTreeSet;
use std::slice::from_ref;
use uuid::Uuid;

const LINE: &str = "+15557122661";
const PEOPLE: [&str; 2] = ["+12394267058", "+12394267059"];
const PATIENCE: Patience = Patience::STANDARD;
/// A claim, in milliseconds; a whole second, as the list has them.
const T: i64 = 1_795_252_560_000;

fn address(text: &str) -> Address {
    Address::from_twilio(text).unwrap()
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

fn doubt(number: u64, to: &str, body: &str, claimed: i64) -> Doubt {
    Doubt {
        entry: EntryId(Uuid::from_u128(u128::from(number))),
        position: Seq(number),
        line: address(LINE),
        address: address(to),
        body: body.to_owned(),
        since: at(claimed),
        until: at(claimed + PATIENCE.call_ms),
        looks: 0,
        has_media: false,
    }
}

fn message(number: u64, to: &str, body: &str, created: i64) -> ListedMessage {
    ListedMessage {
        account: "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap(),
        sid: format!("SM{number:032x}").parse().unwrap(),
        from: Some(address(LINE)),
        to: address(to),
        service: None,
        body: body.to_owned(),
        direction: Direction::Outbound,
        delivery: Some(Delivery {
            status: DeliveryStatus::Accepted,
            error: None,
        }),
        num_media: 0,
        segments: Some(1),
        price: None,
        created: at(created),
        sent: None,
        raw: String::new(),
    }
}

fn after_a_look(doubts: &[Doubt], messages: &[ListedMessage]) -> Vec<Verdict> {
    let messages: Vec<_> = messages.iter().collect();
    let verdicts = settle(doubts, &messages, at(T + 10_000), &PATIENCE);
    verdicts.into_iter().map(|(_, verdict)| verdict).collect()
}

fn binds(message: usize, rivals: usize) -> Verdict {
    Verdict::Bind { message, rivals }
}

#[test]
fn a_text_is_the_one_message_with_its_ends_and_words_made_in_time() {
    let ours = doubt(1, PEOPLE[0], "“Hello” – me…", T);
    let good = message(1, PEOPLE[0], "“Hello” – me…", T);
    let encoded = message(2, PEOPLE[0], "\"Hello\" - me...", T + 1_000);
    for one in [good.clone(), encoded] {
        assert_eq!(after_a_look(from_ref(&ours), &[one]), [binds(0, 0)]);
    }
    let slack = PATIENCE.slack_ms;
    let others = [
        message(1, PEOPLE[1], "“Hello” – me…", T),
        message(1, PEOPLE[0], "Hello", T),
        message(1, PEOPLE[0], "", T),
        message(1, PEOPLE[0], "“Hello” – me…", T - slack - 1_000),
        message(
            1,
            PEOPLE[0],
            "“Hello” – me…",
            T + PATIENCE.call_ms + slack + 1,
        ),
        ListedMessage {
            from: Some(address("+15557122662")),
            ..good.clone()
        },
        ListedMessage {
            direction: Direction::Inbound,
            ..good
        },
    ];
    for other in others {
        let verdicts = after_a_look(from_ref(&ours), from_ref(&other));
        assert!(
            matches!(verdicts[..], [Verdict::LookAgain { .. }]),
            "{other:?}"
        );
    }
}

#[test]
fn a_text_without_attachments_is_no_message_with_some() {
    let words = doubt(1, PEOPLE[0], "", T);
    let picture = Doubt {
        has_media: true,
        ..words.clone()
    };
    let plain = message(1, PEOPLE[0], "", T);
    let one = ListedMessage {
        num_media: 1,
        ..plain.clone()
    };
    assert!(fits(&words, &plain, 0) && !fits(&words, &one, 0));
    // The provider may not have fetched it yet.
    assert!(fits(&picture, &one, 0) && fits(&picture, &plain, 0));
}

#[test]
fn a_text_through_a_messaging_service_has_whatever_number_it_chose() {
    let service = "MGbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    let ours = Doubt {
        line: address(service),
        ..doubt(1, PEOPLE[0], "hello", T)
    };
    let mut one = message(1, PEOPLE[0], "hello", T);
    assert!(!fits(&ours, &one, 0));
    one.service = Some(address(service));
    assert!(fits(&ours, &one, 0));
    one.from = None;
    assert!(fits(&ours, &one, 0));
}

#[test]
fn of_several_messages_it_is_the_oldest_and_the_rivals_are_told() {
    let listed = [
        message(3, PEOPLE[0], "hello", T + 2_000),
        message(1, PEOPLE[0], "hello", T + 1_000),
        message(2, PEOPLE[0], "hello", T + 1_000),
    ];
    let ours = doubt(1, PEOPLE[0], "hello", T);
    assert_eq!(after_a_look(&[ours], &listed), [binds(1, 2)]);
}

#[test]
fn the_same_words_to_one_person_go_to_messages_of_their_own_in_order() {
    let listed = [
        message(3, PEOPLE[0], "hello", T + 2_000),
        message(2, PEOPLE[0], "hello", T + 1_000),
        message(1, PEOPLE[0], "hello", T),
    ];
    let ours: Vec<_> = (1..=3).map(|n| doubt(n, PEOPLE[0], "hello", T)).collect();
    let bound = [binds(2, 0), binds(1, 0), binds(0, 0)];
    assert_eq!(after_a_look(&ours, &listed), bound);
    let [first, second, third] = after_a_look(&ours, &listed[1..])[..] else {
        panic!()
    };
    assert_eq!((first, second), (binds(1, 0), binds(0, 0)));
    assert!(matches!(third, Verdict::LookAgain { .. }));
}

#[test]
fn a_text_that_could_be_any_message_leaves_the_one_that_fits_another_to_it() {
    let restored = Doubt {
        until: at(T + 9_000_000),
        ..doubt(1, PEOPLE[0], "hello", T)
    };
    let usual = doubt(2, PEOPLE[0], "hello", T + 5_000);
    let listed = [
        message(1, PEOPLE[0], "hello", T + 6_000),
        message(2, PEOPLE[0], "hello", T + 900_000),
    ];
    let verdicts = after_a_look(&[restored, usual], &listed);
    assert_eq!(verdicts, [binds(1, 0), binds(0, 0)]);
}

#[test]
fn nobody_gives_up_before_three_looks_and_two_minutes_after_the_call() {
    let mut ours = doubt(1, PEOPLE[0], "hello", T);
    let mut now = T + PATIENCE.first_look_ms;
    let mut looked_at = Vec::new();
    loop {
        looked_at.push(now - T);
        match settle(from_ref(&ours), &[], at(now), &PATIENCE).remove(0).1 {
            Verdict::LookAgain { after_ms } => now += after_ms,
            Verdict::Unconfirmed => break,
            verdict @ Verdict::Bind { .. } => panic!("{verdict:?}"),
        }
        ours.looks += 1;
    }
    assert_eq!(looked_at, [10_000, 40_000, 90_000, 150_000]);
    // However late the first look was, there are more.
    ours.looks = 0;
    let late = settle(&[ours], &[], at(T + 9_000_000), &PATIENCE);
    assert!(matches!(late[0].1, Verdict::LookAgain { .. }));
}

/// Texts and messages that are hard to tell apart.
fn crowd() -> impl Strategy<Value = (Vec<Doubt>, Vec<ListedMessage>)> {
    let one = || (0..2usize, 0..2usize, 0..8i64, 0..8i64);
    let doubts = prop::collection::vec(one(), 0..7);
    let messages = prop::collection::vec(one(), 0..7);
    (doubts, messages).prop_map(|(doubts, messages)| {
        let words = ["hello", "hallo"];
        let doubts = doubts.into_iter().zip(1..);
        let messages = messages.into_iter().zip(1..);
        (
            doubts
                .map(|((who, what, when, long), n)| Doubt {
                    until: at(T + (when + long) * 1_000),
                    ..doubt(n, PEOPLE[who], words[what], T + when * 1_000)
                })
                .collect(),
            messages
                .map(|((who, what, when, _), n)| {
                    message(n, PEOPLE[who], words[what], T + when * 1_000)
                })
                .collect(),
        )
    })
}

/// The most texts that can have a message of their own, by trying everything.
fn most(doubts: &[Doubt], messages: &[ListedMessage], taken: &mut BTreeSet<usize>) -> usize {
    let Some((first, rest)) = doubts.split_first() else {
        return 0;
    };
    let mut best = most(rest, messages, taken);
    for (place, message) in messages.iter().enumerate() {
        if !taken.contains(&place) && fits(first, message, 0) {
            taken.insert(place);
            best = best.max(1 + most(rest, messages, taken));
            taken.remove(&place);
        }
    }
    best
}

fn sids(doubts: &[Doubt], messages: &[ListedMessage]) -> BTreeMap<EntryId, String> {
    let listed: Vec<_> = messages.iter().collect();
    let bound = bind(doubts, &listed, 0);
    let sid = |place: usize| messages[place].sid.to_string();
    bound
        .into_iter()
        .map(|(entry, place)| (entry, sid(place)))
        .collect()
}

proptest! {
    #[test]
    fn as_many_texts_as_can_be_get_a_message_that_fits_and_none_is_given_twice(
        (doubts, messages) in crowd(),
    ) {
        let listed: Vec<_> = messages.iter().collect();
        let bound = bind(&doubts, &listed, 0);
        for doubt in &doubts {
            if let Some(&place) = bound.get(&doubt.entry) {
                prop_assert!(fits(doubt, listed[place], 0));
            }
        }
        let places: BTreeSet<_> = bound.values().collect();
        prop_assert_eq!(places.len(), bound.len());
        prop_assert_eq!(bound.len(), most(&doubts, &messages, &mut BTreeSet::new()));
    }

    #[test]
    fn the_order_of_the_list_and_of_the_texts_changes_nothing(
        (doubts, messages) in crowd(),
        turn in any::<prop::sample::Index>(),
    ) {
        let (mut other_doubts, mut other_messages) = (doubts.clone(), messages.clone());
        other_doubts.reverse();
        if !messages.is_empty() {
            other_messages.rotate_left(turn.index(messages.len()));
        }
        prop_assert_eq!(sids(&doubts, &messages), sids(&other_doubts, &other_messages));
    }

    #[test]
    fn a_message_that_appears_within_the_lag_is_always_found(
        made in 0..PATIENCE.call_ms,
        lag in 0..PATIENCE.lag_ms,
    ) {
        let mut ours = doubt(1, PEOPLE[0], "hello", T);
        let one = message(1, PEOPLE[0], "hello", (T + made) / 1_000 * 1_000);
        let mut now = T + PATIENCE.first_look_ms;
        loop {
            let listed: Vec<_> = [&one].into_iter().filter(|_| now >= T + made + lag).collect();
            match settle(from_ref(&ours), &listed, at(now), &PATIENCE).remove(0).1 {
                Verdict::Bind { .. } => break,
                Verdict::LookAgain { after_ms } => now += after_ms,
                Verdict::Unconfirmed => prop_assert!(false, "given up at {}", now - T),
            }
            ours.looks += 1;
        }
    }
}

//! The lists with what this device has changed.

use super::*;
use crate::cache::testing::patch;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::update::Update;
use smsdesk_common::entry::Direction;
use smsdesk_common::triage;

fn done(n: u128) -> Patch {
    Patch {
        status: Some(ConversationStatus::Done),
        ..patch(n)
    }
}

#[test]
fn one_that_i_closed_has_left_the_inbox_and_stands_among_the_done() {
    let mut desk = Desk::with((1..=4).map(|n| boxed(waiting(n, i64::try_from(n).unwrap()))));
    desk.patch(2, done(1));
    assert_eq!(desk.view(View::Inbox), [1, 3, 4].map(conversation_id));
    assert_eq!(desk.view(View::Done), [2].map(conversation_id));
    let row = desk.row(2);
    assert_eq!(row.conversation.status, ConversationStatus::Done);
    assert_eq!(row.conversation.waiting_since, None);
    let slice = desk.ask(&ListQuery::Around {
        listing: View::Inbox.into(),
        conversation: conversation_id(2),
        limit: 9,
    });
    assert_eq!((slice.start, slice.total), (0, 3));
    assert_eq!(slice.counts, [3, 0, 3, 4, 0, 1, 0]);
}

#[test]
fn done_and_reopened_it_waits_as_before() {
    let mut desk = Desk::with((1..=3).map(|n| boxed(waiting(n, i64::try_from(n).unwrap()))));
    let before = desk.row(2);
    desk.patch(2, done(1));
    let status = Some(ConversationStatus::Open);
    desk.patch(2, Patch { status, ..patch(2) });
    assert_eq!(desk.row(2), before);
    assert_eq!(desk.view(View::Inbox), [1, 2, 3].map(conversation_id));
}

#[test]
fn a_new_owner_has_initials_at_once() {
    let bo = Record::Agent(agent(2, "Bo Chen"));
    let mut desk = Desk::with([boxed(conversation(1)), bo]);
    let assign = |n, assignee| Patch {
        assignee,
        ..patch(n)
    };
    desk.patch(1, assign(1, Update::Set(agent_id(2))));
    assert_eq!(desk.row(1).owner.as_deref(), Some("BC"));
    assert_eq!(desk.view(View::Unassigned), []);
    desk.patch(1, assign(2, Update::Clear));
    assert_eq!(desk.row(1).owner, None);
}

#[test]
fn a_text_that_came_after_what_i_saw_is_not_put_out_of_sight() {
    let mut desk = Desk::with([boxed(waiting(1, 1))]);
    let seen_seq = desk.row(1).conversation.last.map(|last| last.position);
    let blind = Patch {
        seen_seq,
        ..done(1)
    };
    desk.patch(1, blind);
    assert_eq!(desk.view(View::Inbox), []);
    let mut written = waiting(1, 1);
    if let Some(last) = &mut written.last {
        assert_eq!(last.direction, Direction::Inbound);
        last.position = last.position.next();
    }
    desk.commit([boxed(written)]);
    assert_eq!(desk.view(View::Inbox), [conversation_id(1)]);
}

/// What a conversation is like, and what was done to it.
type Made = (Option<i64>, i64, u8, Vec<u8>);

fn made(n: usize, (wait, last, kind, _): &Made) -> Conversation {
    let mut conversation = last_at(conversation(n as u64), *last);
    conversation.waiting_since = wait.map(|minutes| NOON.plus_millis(minutes));
    conversation.flagged = kind % 2 == 0;
    conversation.assignee = (*kind > 1).then(|| agent_id(1));
    if *kind == 3 {
        conversation.status = ConversationStatus::Done;
        conversation.waiting_since = None;
    }
    conversation
}

fn act(n: u128, act: u8) -> Patch {
    let status = |status| Patch {
        status: Some(status),
        ..patch(n)
    };
    match act {
        0 => status(ConversationStatus::Done),
        1 => status(ConversationStatus::Open),
        2 => status(ConversationStatus::Snoozed),
        3 => Patch {
            flagged: Some(true),
            ..patch(n)
        },
        4 => Patch {
            flagged: Some(false),
            ..patch(n)
        },
        5 => Patch {
            assignee: Update::Set(agent_id(1)),
            ..patch(n)
        },
        _ => Patch {
            assignee: Update::Clear,
            ..patch(n)
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_i_changed_is_listed_as_it_will_be_once_the_relay_has_changed_it(
        all in proptest::collection::vec(
            (
                proptest::option::of(0i64..4),
                0i64..4,
                0u8..4,
                prop_oneof![3 => Just(Vec::new()), 1 => proptest::collection::vec(0u8..7, 1..4)],
            ),
            1..50,
        ),
        start in 0u32..60,
        limit in 1u32..20,
        view in proptest::sample::select(View::ALL.as_slice()),
    ) {
        let numbered = || all.iter().enumerate();
        let mut mine = Desk::with(numbered().map(|(n, one)| boxed(made(n, one))));
        let mut then: Vec<Conversation> = numbered().map(|(n, one)| made(n, one)).collect();
        let mut id = 0;
        for (n, (_, _, _, acts)) in numbered() {
            let before = then[n].clone();
            for one in acts {
                id += 1;
                triage::apply(&act(id, *one), &mut then[n]);
                mine.patch(n as u64, act(id, *one));
            }
            if then[n].status != ConversationStatus::Done {
                then[n].waiting_since = before.waiting_since;
            }
        }
        let relay = Desk::with(then.into_iter().map(boxed));
        let expected = relay.view(view);
        let range = ListQuery::Range { listing: view.into(), start, limit };
        let (shown, will_be) = (mine.ask(&range), relay.ask(&range));
        prop_assert_eq!(ids(&shown), ids(&will_be));
        prop_assert_eq!((shown.start, shown.total), (will_be.start, will_be.total));
        prop_assert_eq!(shown.counts, will_be.counts);
        prop_assert_eq!(mine.view(view), expected.clone());
        for conversation in expected {
            let around = ListQuery::Around { listing: view.into(), conversation, limit };
            let (shown, will_be) = (mine.ask(&around), relay.ask(&around));
            prop_assert_eq!(ids(&shown), ids(&will_be));
            prop_assert_eq!(shown.start, will_be.start);
        }
    }
}

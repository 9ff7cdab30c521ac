mod moved;
mod picks;
mod plans;

use super::moved::Shift;
use super::shown::{STRIDE_ROWS, rows_from};
use super::*;
use crate::cache::outbox::Request;
use crate::cache::testing::{
    Desk, NOON, agent, agent_id, contact, conversation, conversation_id, entry, entry_id, last_at,
    marker, sent, text,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::entry::{Direction, EntryKind};
use smsdesk_common::ids::RequestId;
use smsdesk_common::record::Record;
use uuid::Uuid;

impl Desk {
    fn ask(&self, query: &ListQuery) -> ListSlice {
        list(self.shelves(), &mut Picks::default(), query, &look()).unwrap()
    }

    fn view(&self, view: View) -> Vec<ConversationId> {
        ids(&self.ask(&ListQuery::Range {
            listing: view.into(),
            start: 0,
            limit: 500,
        }))
    }

    fn row(&self, n: u64) -> ListRow {
        let conversations = vec![conversation_id(n)];
        let slice = self.ask(&ListQuery::Frozen {
            listing: View::All.into(),
            conversations,
            start: 0,
        });
        slice.rows.into_iter().next().unwrap()
    }
}

/// At noon, by agent 1, without views of their own.
fn look() -> Look {
    let from = Viewpoint {
        me: Some(agent_id(1)),
        now: NOON,
        zone: TimeZone::UTC,
    };
    Look::new(from, [].into())
}

fn ids(slice: &ListSlice) -> Vec<ConversationId> {
    slice.rows.iter().map(|row| row.conversation.id).collect()
}

fn boxed(conversation: Conversation) -> Record {
    Record::Conversation(Box::new(conversation))
}

fn waiting(n: u64, minutes: i64) -> Conversation {
    let since = NOON.plus_millis(minutes * 60_000);
    Conversation {
        waiting_since: Some(since),
        ..last_at(conversation(n), minutes)
    }
}

#[test]
fn the_longest_wait_stands_first_and_the_idle_follow_by_their_last_activity() {
    let desk = Desk::with([
        boxed(last_at(conversation(1), 5)),
        boxed(waiting(2, 30)),
        boxed(last_at(conversation(3), 50)),
        boxed(waiting(4, 10)),
        boxed(last_at(conversation(5), 50)),
    ]);
    assert_eq!(desk.view(View::Inbox), [4, 2, 3, 5, 1].map(conversation_id));
}

#[test]
fn each_view_shows_its_own_and_counts_it() {
    let status = |n, status| Conversation {
        status,
        ..conversation(n)
    };
    let owned = |n, owner| Conversation {
        assignee: Some(agent_id(owner)),
        ..conversation(n)
    };
    let desk = Desk::with([
        boxed(owned(1, 1)),
        boxed(owned(2, 2)),
        boxed(conversation(3)),
        boxed(Conversation {
            flagged: true,
            ..status(4, ConversationStatus::Done)
        }),
        boxed(status(5, ConversationStatus::Snoozed)),
    ]);
    let expected: [(View, &[u64]); 7] = [
        (View::Inbox, &[1, 2, 3]),
        (View::Mine, &[1]),
        (View::Unassigned, &[3]),
        (View::All, &[1, 2, 3, 4, 5]),
        (View::Snoozed, &[5]),
        (View::Done, &[4]),
        (View::Flagged, &[4]),
    ];
    let counts = desk
        .ask(&ListQuery::Range {
            listing: View::All.into(),
            start: 0,
            limit: 1,
        })
        .counts;
    for ((view, shown), count) in expected.into_iter().zip(counts) {
        let shown: Vec<_> = shown.iter().map(|n| conversation_id(*n)).collect();
        assert_eq!(desk.view(view), shown, "{view:?}");
        assert_eq!(count as usize, shown.len(), "{view:?}");
    }
}

#[test]
fn without_knowing_me_nothing_is_mine() {
    let desk = Desk::with([boxed(conversation(1))]);
    let query = ListQuery::Range {
        listing: View::Mine.into(),
        start: 0,
        limit: 10,
    };
    let mut nobody = look();
    nobody.from.me = None;
    let slice = list(desk.shelves(), &mut Picks::default(), &query, &nobody).unwrap();
    assert_eq!((slice.total, slice.rows.len()), (0, 0));
}

#[test]
fn a_row_names_the_contact_and_the_owner() {
    let mut desk = Desk::with([
        boxed(Conversation {
            assignee: Some(agent_id(2)),
            ..conversation(1)
        }),
        Record::Contact(Box::new(contact(1, Some("Maria Alvarez")))),
        Record::Agent(agent(2, "Bo Chen")),
    ]);
    let row = desk.row(1);
    assert_eq!(row.name.as_deref(), Some("Maria Alvarez"));
    assert_eq!(row.owner.as_deref(), Some("BC"));
    desk.commit([Record::Contact(Box::new(contact(1, None)))]);
    assert_eq!(desk.row(1).name, None);
}

#[test]
fn reading_counts_at_once_and_the_marker_of_the_relay_takes_over() {
    let mut desk = Desk::with([boxed(Conversation {
        inbound_total: 5,
        ..conversation(1)
    })]);
    assert_eq!(desk.row(1).unread, 5);
    desk.commit([
        Record::ReadMarker(marker(1, 1, 10, 2)),
        Record::ReadMarker(marker(2, 1, 20, 5)),
    ]);
    assert_eq!(desk.row(1).unread, 3, "only my own marker counts");
    desk.submit(Request::Read {
        id: RequestId(Uuid::from_u128(1)),
        conversation: conversation_id(1),
        position: Seq(30),
        inbound_read: 5,
    });
    assert_eq!(desk.row(1).unread, 0);
    desk.commit([boxed(Conversation {
        inbound_total: 6,
        ..conversation(1)
    })]);
    assert_eq!(desk.row(1).unread, 1);
}

#[test]
fn a_text_on_its_way_is_counted_until_its_record_is_here() {
    let mut desk = Desk::with([boxed(conversation(1)), boxed(conversation(2))]);
    desk.submit(text(7, 1, "on my way"));
    desk.submit(text(8, 1, "on my way"));
    assert_eq!((desk.row(1).pending, desk.row(2).pending), (2, 0));
    desk.commit([Record::Entry(Box::new(sent(entry_id(7), 1, 1)))]);
    assert_eq!(desk.row(1).pending, 1);
}

#[test]
fn a_draft_is_marked() {
    let desk = Desk::with([boxed(conversation(1))]);
    drafts::TEXTS
        .save(&desk.outbox, conversation_id(1), "I will", NOON)
        .unwrap();
    assert!(desk.row(1).has_draft);
    drafts::TEXTS
        .save(&desk.outbox, conversation_id(1), "", NOON)
        .unwrap();
    assert!(!desk.row(1).has_draft);
}

#[test]
fn texts_of_the_local_day_are_counted_and_nothing_else() {
    let text = |n, minutes, direction, entry_kind| {
        let mut entry = entry(n, 1, minutes);
        (entry.direction, entry.entry_kind) = (direction, entry_kind);
        Record::Entry(Box::new(entry))
    };
    let desk = Desk::with([
        text(1, -12 * 60, Direction::Inbound, EntryKind::Message),
        text(2, -12 * 60 - 1, Direction::Inbound, EntryKind::Message),
        text(3, 0, Direction::Outbound, EntryKind::Message),
        text(4, 12 * 60, Direction::Outbound, EntryKind::Message),
        text(5, 0, Direction::Internal, EntryKind::Note),
        text(6, 12 * 60 - 1, Direction::Inbound, EntryKind::Message),
    ]);
    assert_eq!(
        desk.ask(&ListQuery::Range {
            listing: View::All.into(),
            start: 0,
            limit: 1
        })
        .today,
        (2, 1)
    );
}

#[test]
fn a_frozen_list_keeps_its_order_and_leaves_out_what_is_gone() {
    let desk = Desk::with((1..=4).map(|n| boxed(waiting(n, i64::try_from(n).unwrap()))));
    let conversations: Vec<_> = [3, 9, 1].map(conversation_id).into();
    let slice = desk.ask(&ListQuery::Frozen {
        listing: View::Inbox.into(),
        conversations,
        start: 17,
    });
    assert_eq!(ids(&slice), [3, 1].map(conversation_id));
    assert_eq!((slice.start, slice.total), (17, 4));
}

#[test]
fn a_range_beyond_the_end_shows_the_end() {
    let desk = Desk::with((1..=5).map(|n| boxed(waiting(n, i64::try_from(n).unwrap()))));
    let slice = desk.ask(&ListQuery::Range {
        listing: View::Inbox.into(),
        start: 90,
        limit: 2,
    });
    assert_eq!(
        (slice.start, ids(&slice)),
        (3, [4, 5].map(conversation_id).into())
    );
}

#[test]
fn every_view_is_read_in_the_order_of_an_index() {
    let desk = Desk::new();
    for view in View::ALL {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT place, n {} ORDER BY place",
            rows_from(view)
        );
        let mut statement = desk.records.prepare(&sql).unwrap();
        let shown = Shown {
            records: &desk.records,
            view,
            me: Some(agent_id(1)),
            shift: Shift::default(),
        };
        let mut rows = shown
            .query(&mut statement, &[(":from", &Place::new())])
            .unwrap();
        let plan: String = rows.next().unwrap().unwrap().get("detail").unwrap();
        let compared = if view == View::Mine {
            "(owner=? AND place>?)"
        } else {
            "(place>?)"
        };
        assert!(
            plan.starts_with("SEARCH conversation USING COVERING INDEX"),
            "{plan}"
        );
        assert!(plan.ends_with(compared), "{plan}");
        assert!(rows.next().unwrap().is_none(), "{view:?} is sorted by hand");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_page_around_a_conversation_is_a_part_of_the_view_and_holds_it(
        waits in proptest::collection::vec((proptest::option::of(0i64..4), 0i64..4, 0u8..4), 1..60),
        limit in 1u32..20,
        view in proptest::sample::select(View::ALL.as_slice()),
    ) {
        let desk = Desk::with(waits.iter().enumerate().map(|(n, (wait, last, kind))| {
            let mut conversation = last_at(conversation(n as u64), *last);
            conversation.waiting_since = wait.map(|minutes| NOON.plus_millis(minutes));
            conversation.flagged = kind % 2 == 0;
            conversation.assignee = (*kind > 1).then(|| agent_id(1));
            conversation.status = if *kind == 3 {
                ConversationStatus::Done
            } else {
                ConversationStatus::Open
            };
            boxed(conversation)
        }));
        let all = desk.view(view);
        for (place, conversation) in all.iter().enumerate() {
            let slice =
                desk.ask(&ListQuery::Around { listing: view.into(), conversation: *conversation, limit });
            let start = slice.start as usize;
            prop_assert_eq!(&ids(&slice), &all[start..(start + slice.rows.len())]);
            prop_assert_eq!(slice.rows.len(), all.len().min(limit as usize));
            prop_assert!((start..start + slice.rows.len()).contains(&place));
        }
    }
}

#[test]
fn a_place_beyond_the_first_stride_is_found() {
    let many = u64::from(STRIDE_ROWS) * 2 + 10;
    let desk = Desk::with((0..many).map(|n| boxed(conversation(n))));
    let shown = Shown {
        records: &desk.records,
        view: View::Inbox,
        me: None,
        shift: Shift::default(),
    };
    for place in [0, 999, 1_000, 1_001, 2_000, many - 1] {
        let rank = shown
            .find(conversation_id(place))
            .unwrap()
            .map(|found| u64::from(found.rank));
        assert_eq!(rank, Some(place));
        let slice = desk.ask(&ListQuery::Around {
            listing: View::Inbox.into(),
            conversation: conversation_id(place),
            limit: 3,
        });
        assert!(ids(&slice).contains(&conversation_id(place)), "{place}");
    }
    assert!(shown.find(conversation_id(many)).unwrap().is_none());
}

#[test]
fn a_conversation_of_another_view_is_shown_from_the_top() {
    let done = Conversation {
        status: ConversationStatus::Done,
        ..conversation(9)
    };
    let desk = Desk::with((1..=5).map(conversation).chain([done]).map(boxed));
    let conversation = conversation_id(9);
    let slice = desk.ask(&ListQuery::Around {
        listing: View::Inbox.into(),
        conversation,
        limit: 2,
    });
    assert_eq!(
        (slice.start, ids(&slice)),
        (0, [1, 2].map(conversation_id).into())
    );
}

#[test]
fn those_who_wait_for_me_or_for_nobody_in_particular_are_counted() {
    let owned = |conversation: Conversation, owner: u64| Conversation {
        assignee: Some(agent_id(owner)),
        ..conversation
    };
    let done = Conversation {
        status: ConversationStatus::Done,
        ..waiting(5, 5)
    };
    let desk = Desk::with(
        [
            waiting(1, 1),
            owned(waiting(2, 2), 1),
            owned(waiting(3, 3), 2),
            conversation(4),
            done,
        ]
        .map(boxed),
    );
    let slice = desk.ask(&ListQuery::Range {
        listing: View::All.into(),
        start: 0,
        limit: 1,
    });
    assert_eq!(slice.waiting, 2);
}

#[test]
fn labels_in_use_are_told_the_most_used_first_with_those_on_their_way() {
    let labelled = |n, labels: &[&str]| {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        boxed(Conversation {
            labels,
            ..conversation(n)
        })
    };
    let mut desk = Desk::with([
        Record::Agent(agent(2, "Bo")),
        Record::Agent(agent(1, "Ana")),
        labelled(1, &["billing", "old"]),
        labelled(2, &["billing"]),
    ]);
    desk.commit([labelled(1, &["billing", "urgent"])]);
    let read = |desk: &Desk| crate::cache::directory::directory(desk.shelves()).unwrap();
    let names: Vec<_> = read(&desk).agents.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["Ana", "Bo"]);
    assert_eq!(read(&desk).labels, ["billing", "urgent"]);
    let patch = Patch {
        labels: Some(vec!["brand new".to_owned()]),
        ..Patch::new(RequestId(Uuid::from_u128(7)))
    };
    desk.submit(Request::Patch {
        conversation: conversation_id(2),
        patch: Box::new(patch),
    });
    assert_eq!(read(&desk).labels, ["billing", "urgent", "brand new"]);
}

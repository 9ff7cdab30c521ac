use super::*;
use crate::cache::outbox::{self, Request};
use crate::cache::testing::{
    Desk, NOON, agent, agent_id, conversation, conversation_id, entry, entry_id, marker, sent, text,
};
use crate::model::chat::Local;
use proptest::prelude::*;
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::ids::{EntryId, RequestId, Seq};
use smsdesk_common::record::Record;
use uuid::Uuid;

impl Desk {
    fn look(&self, query: ChatQuery) -> ChatSlice {
        chat(self.shelves(), &query, Some(agent_id(1)))
            .unwrap()
            .unwrap()
    }

    fn latest(&self, limit: u32) -> ChatSlice {
        self.look(ChatQuery::Latest {
            conversation: conversation_id(1),
            limit,
        })
    }

    fn with_texts(minutes: impl IntoIterator<Item = i64>) -> Self {
        let first = Record::Conversation(Box::new(conversation(1)));
        let entries = minutes.into_iter().zip(1..).map(|(at, n)| entry(n, 1, at));
        Self::with(
            [first]
                .into_iter()
                .chain(entries.map(|entry| Record::Entry(Box::new(entry)))),
        )
    }
}

fn ids(slice: &ChatSlice) -> Vec<EntryId> {
    slice.items.iter().map(|item| item.entry.id).collect()
}

fn key_of(n: u64, minutes: i64) -> TimelineKey {
    TimelineKey {
        at: NOON.plus_millis(minutes * 60_000),
        position: Seq(n),
    }
}

#[test]
fn entries_stand_by_time_and_then_by_commit() {
    let desk = Desk::with_texts([30, 10, 30, 20]);
    let slice = desk.latest(10);
    assert_eq!(ids(&slice), [2, 4, 1, 3].map(entry_id));
    assert!(!slice.has_older);
}

#[test]
fn a_conversation_that_is_not_here_has_no_chat() {
    let desk = Desk::with_texts([0]);
    let query = ChatQuery::Latest {
        conversation: conversation_id(9),
        limit: 10,
    };
    assert_eq!(chat(desk.shelves(), &query, None).unwrap(), None);
}

#[test]
fn older_entries_come_page_by_page() {
    let desk = Desk::with_texts(0..5);
    let newest = desk.latest(2);
    assert_eq!(
        (ids(&newest), newest.has_older),
        ([4, 5].map(entry_id).into(), true)
    );
    let conversation = conversation_id(1);
    let before = |n, at, limit| {
        let slice = desk.look(ChatQuery::Before {
            conversation,
            before: key_of(n, at),
            limit,
        });
        (ids(&slice), slice.has_older)
    };
    assert_eq!(before(4, 3, 2), ([2, 3].map(entry_id).into(), true));
    assert_eq!(before(2, 1, 2), ([1].map(entry_id).into(), false));
    assert_eq!(before(1, 0, 2), (Vec::new(), false));
}

#[test]
fn a_refresh_reads_from_the_first_loaded_entry_on() {
    let desk = Desk::with_texts(0..5);
    let conversation = conversation_id(1);
    let from = |n, at| {
        let slice = desk.look(ChatQuery::From {
            conversation,
            from: key_of(n, at),
        });
        (ids(&slice), slice.has_older)
    };
    assert_eq!(from(3, 2), ([3, 4, 5].map(entry_id).into(), true));
    assert_eq!(from(1, 0), ([1, 2, 3, 4, 5].map(entry_id).into(), false));
    assert_eq!(from(9, 99), (Vec::new(), true));
}

#[test]
fn colleagues_and_rules_are_named_and_customers_are_not() {
    let mut automatic = entry(3, 1, 3);
    automatic.author = Author::Automation(smsdesk_common::entry::Cause::Away);
    let desk = Desk::with([
        Record::Conversation(Box::new(conversation(1))),
        Record::Agent(agent(2, "Bo")),
        Record::Entry(Box::new(entry(1, 1, 1))),
        Record::Entry(Box::new(sent(entry_id(2), 1, 2))),
        Record::Entry(Box::new(sent(entry_id(4), 1, 7))),
        Record::Entry(Box::new(automatic)),
    ]);
    let mut names: Vec<_> = desk
        .latest(10)
        .items
        .into_iter()
        .map(|item| (item.entry.id, item.author_name))
        .collect();
    names.sort();
    let expected = [None, Some("Bo"), Some("away"), None];
    let expected = expected.into_iter().zip(1..);
    let expected: Vec<_> = expected
        .map(|(name, n)| (entry_id(n), name.map(str::to_owned)))
        .collect();
    assert_eq!(names, expected);
}

#[test]
fn my_texts_stand_last_until_their_records_take_their_place() {
    let mut desk = Desk::with_texts([0, 90]);
    identity::remember_me(&desk.outbox, &agent(1, "Ana")).unwrap();
    desk.submit(text(7, 1, "first"));
    desk.submit(text(8, 1, "second"));
    desk.submit(text(9, 2, "elsewhere"));
    let slice = desk.latest(1);
    assert_eq!(ids(&slice), [2, 7, 8].map(entry_id));
    let echo = &slice.items[1];
    assert_eq!(echo.local, Some(Local::Waiting));
    assert_eq!(echo.author_name.as_deref(), Some("Ana"));
    assert_eq!((echo.entry.body.as_str(), echo.entry.at), ("first", NOON));
    assert_eq!(
        (echo.entry.position, echo.entry.seq),
        (Seq(u64::MAX), Seq::ZERO)
    );
    desk.commit([Record::Entry(Box::new(sent(entry_id(7), 1, 1)))]);
    let items = desk.latest(10).items;
    let mine: Vec<_> = items
        .iter()
        .filter(|item| item.entry.id == entry_id(7))
        .collect();
    assert_eq!(mine.len(), 1, "a record and its echo are never both shown");
    assert_eq!(mine[0].local, None);
    let before = ChatQuery::Before {
        conversation: conversation_id(1),
        before: key_of(2, 90),
        limit: 10,
    };
    let shown = desk.look(before).items;
    assert!(
        shown.iter().all(|item| item.local.is_none()),
        "echoes belong to the newest part"
    );
}

#[test]
fn a_refused_text_says_why() {
    let mut desk = Desk::with_texts([0]);
    desk.submit(text(7, 1, "hello"));
    let problem = Problem::new(ErrorCode::BodyTooLong, "1,700 characters");
    outbox::refused(&mut desk.outbox, entry_id(7).0, &problem).unwrap();
    assert_eq!(desk.latest(1).items[1].local, Some(Local::Refused(problem)));
}

#[test]
fn the_place_up_to_which_i_have_read_and_my_draft_come_along() {
    let mut desk = Desk::with_texts([0]);
    desk.commit([Record::ReadMarker(marker(1, 1, 5, 1))]);
    drafts::TEXTS
        .save(&desk.outbox, conversation_id(1), "I wi", NOON)
        .unwrap();
    let slice = desk.latest(1);
    assert_eq!(
        (slice.read_position, slice.draft.as_str()),
        (Seq(5), "I wi")
    );
    desk.submit(Request::Read {
        id: RequestId(Uuid::from_u128(3)),
        conversation: conversation_id(1),
        position: Seq(8),
        inbound_read: 1,
    });
    assert_eq!(desk.latest(1).read_position, Seq(8));
}

#[test]
fn a_timeline_is_read_in_the_order_of_its_index() {
    let desk = Desk::new();
    let mut statement = desk
        .records
        .prepare(
            "EXPLAIN QUERY PLAN SELECT n FROM entry WHERE conversation = x'00'
             AND (at, position) < (1, 1) ORDER BY at DESC, position DESC LIMIT 10",
        )
        .unwrap();
    let plan: Vec<String> = statement
        .query_map((), |row| row.get("detail"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(plan.len(), 1, "{plan:?}");
    assert!(
        plan[0].contains("USING COVERING INDEX entry_timeline (conversation=?"),
        "{plan:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn pages_put_together_are_the_whole_timeline(
        minutes in proptest::collection::vec(0i64..6, 1..40),
        limit in 1u32..9,
    ) {
        let desk = Desk::with_texts(minutes);
        let whole = ids(&desk.latest(1_000));
        let conversation = conversation_id(1);
        let mut slice = desk.latest(limit);
        let mut found = ids(&slice);
        while slice.has_older {
            let before = TimelineKey::of(&slice.items[0].entry);
            slice = desk.look(ChatQuery::Before { conversation, before, limit });
            let mut page = ids(&slice);
            prop_assert!(!page.is_empty());
            page.append(&mut found);
            found = page;
        }
        prop_assert_eq!(found, whole);
    }
}

use super::*;
use crate::cache::testing::{
    Feed, agent, agent_id, contact, conversation, conversation_id, entry, last_at, marker,
};
use proptest::prelude::*;
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::entry::{Direction, EntryKind};
use smsdesk_common::record::Record;

fn copy() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::create(&mut connection).unwrap();
    connection
}

/// Every record here as (kind, id, seq, deleted, body).
fn rows(connection: &Connection) -> Vec<(String, String, Seq, bool, String)> {
    connection
        .prepare("SELECT kind, id, seq, deleted, body FROM records ORDER BY kind, id")
        .unwrap()
        .query_map((), |row| {
            let seq = seq_out(row.get(2)?);
            Ok((row.get(0)?, row.get(1)?, seq, row.get(3)?, row.get(4)?))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn rows_of(feed: &Feed) -> Vec<(String, String, Seq, bool, String)> {
    feed.live
        .values()
        .map(|change| {
            let deleted = change.content == Content::Deleted;
            let body = serde_json::to_string(change).unwrap();
            (
                change.kind.clone(),
                change.id.clone(),
                change.seq,
                deleted,
                body,
            )
        })
        .collect()
}

/// How many rows contradict the records or the tallies; zero where all is well.
fn contradictions(connection: &Connection) -> i64 {
    let count = |sql: &str| {
        connection
            .query_row(sql, (), |row| row.get::<_, i64>(0))
            .unwrap()
    };
    count(
        "SELECT count(*) FROM (
             SELECT status, owner, flagged, count(*) FROM conversation GROUP BY 1, 2, 3
             EXCEPT SELECT * FROM conversation_tally)",
    ) + count(
        "SELECT count(*) FROM (
             SELECT * FROM conversation_tally WHERE count <> 0
             EXCEPT SELECT status, owner, flagged, count(*) FROM conversation GROUP BY 1, 2, 3)",
    ) + count(
        "SELECT count(*) FROM (
             SELECT at / 900000, direction, count(*) FROM entry WHERE entry_kind = 'message'
             GROUP BY 1, 2 EXCEPT SELECT * FROM text_tally)",
    ) + count(
        "SELECT count(*) FROM (
             SELECT * FROM text_tally WHERE count <> 0
             EXCEPT SELECT at / 900000, direction, count(*) FROM entry
             WHERE entry_kind = 'message' GROUP BY 1, 2)",
    ) + count(
        "SELECT count(*) FROM records WHERE deleted = 1 AND n IN (
             SELECT n FROM conversation UNION ALL SELECT n FROM entry UNION ALL
             SELECT n FROM contact UNION ALL SELECT n FROM agent UNION ALL
             SELECT n FROM read_marker)",
    )
}

/// One of a few records in one of a few shapes, so that they are touched again and again.
fn commit(feed: &mut Feed, which: u8, shape: u8) {
    let n = u64::from(which % 3);
    let record = match which % 6 {
        0 => Record::Agent(agent(n, ["Ana", "Bo", "Cy"][usize::from(shape % 3)])),
        1 => Record::Contact(Box::new(contact(n, (shape > 2).then_some("Maria")))),
        2 => {
            let mut conversation = last_at(conversation(n), i64::from(shape));
            conversation.flagged = shape.is_multiple_of(2);
            conversation.assignee = (shape > 3).then(|| agent_id(n));
            conversation.status =
                [ConversationStatus::Open, ConversationStatus::Done][usize::from(shape % 2)];
            Record::Conversation(Box::new(conversation))
        }
        3 => Record::ReadMarker(marker(n, n, 1, u32::from(shape))),
        _ => {
            let mut entry = entry(u64::from(which), n, i64::from(shape) * 10);
            entry.direction = [Direction::Inbound, Direction::Outbound][usize::from(shape % 2)];
            entry.entry_kind = [EntryKind::Message, EntryKind::Note][usize::from(shape / 4 % 2)];
            Record::Entry(Box::new(entry))
        }
    };
    let (kind, id) = (record.kind().as_str(), record.id());
    match shape {
        6 => feed.delete(kind, &id),
        7 => feed.commit_opaque(kind, &id),
        8 => feed.commit_opaque("hologram", &which.to_string()),
        _ => feed.commit(record),
    };
}

#[derive(Clone, Debug)]
enum Step {
    /// The relay commits.
    Commit(u8, u8),
    /// The next part of the live feed arrives.
    Live(u64),
    /// A part of the live feed arrives that does not begin where the copy ends.
    Astray(u64, u64),
    /// A page of the history arrives; it may overlap with what is here.
    History { overlap: u64, limit: usize },
    /// A page of the history arrives that ends too far below.
    Hole(u64),
    /// The relay reads the next part of the live feed, and a page, which arrive only later.
    Read(u64, usize),
    /// What was read arrives, with the state that the records had then.
    Arrive,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0u8..18, 0u8..9).prop_map(|(which, shape)| Step::Commit(which, shape)),
        3 => (1u64..6).prop_map(Step::Live),
        1 => (0u64..40, 1u64..6).prop_map(|(from, length)| Step::Astray(from, length)),
        3 => (0u64..12, 1usize..5)
            .prop_map(|(overlap, limit)| Step::History { overlap, limit }),
        1 => (2u64..6).prop_map(Step::Hole),
        2 => (1u64..6, 1usize..5).prop_map(|(length, limit)| Step::Read(length, limit)),
        2 => Just(Step::Arrive),
    ]
}

/// Read by the relay and still on the wire.
type OnTheWire = Option<(Batch, ChangesPage)>;

fn take(connection: &mut Connection, feed: &mut Feed, wire: &mut OnTheWire, step: &Step) {
    let before = (cursor(connection).unwrap().unwrap(), rows(connection));
    let at = before.0;
    match *step {
        Step::Commit(which, shape) => commit(feed, which, shape),
        Step::Live(length) => {
            let to = Seq((at.high.0 + length).min(feed.head.0));
            apply(connection, &feed.batch(at.high, to)).unwrap();
        }
        Step::Astray(from, length) => {
            if Seq(from) != at.high {
                let batch = feed.batch(Seq(from), Seq(from + length));
                let error = apply(connection, &batch).unwrap_err();
                assert!(matches!(error, ApplyError::Gap { have } if have == Some(at.high)));
                assert_eq!(
                    before,
                    (cursor(connection).unwrap().unwrap(), rows(connection))
                );
            }
        }
        Step::History { overlap, limit } => {
            let overlap = overlap.min(at.high.0 - at.low.0);
            let page = feed.page(Seq(at.low.0 + overlap + 1), limit);
            apply_history(connection, &page).unwrap();
        }
        Step::Read(length, limit) => {
            let to = Seq((at.high.0 + length).min(feed.head.0));
            *wire = Some((feed.batch(at.high, to), feed.page(at.low.next(), limit)));
        }
        Step::Arrive => {
            if let Some((batch, page)) = wire.take() {
                let joins = batch.from == at.high;
                assert_eq!(apply(connection, &batch).is_ok(), joins);
                apply_history(connection, &page).unwrap();
            }
        }
        Step::Hole(below) => {
            if at.low.0 >= below {
                let page = feed.page(Seq(at.low.0 + 1 - (below - 1)), 2);
                let error = apply_history(connection, &page).unwrap_err();
                assert!(matches!(error, ApplyError::Gap { have } if have == Some(at.low)));
                assert_eq!(
                    before,
                    (cursor(connection).unwrap().unwrap(), rows(connection))
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_order_of_live_and_history_ends_in_the_relays_own_state(
        before in proptest::collection::vec((0u8..18, 0u8..9), 0..30),
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let mut feed = Feed::new(7);
        for (which, shape) in before {
            commit(&mut feed, which, shape);
        }
        let mut connection = copy();
        start_fresh(&mut connection, feed.epoch, feed.head).unwrap();
        let mut wire = None;
        for step in &steps {
            take(&mut connection, &mut feed, &mut wire, step);
            prop_assert_eq!(contradictions(&connection), 0);
        }
        let at = cursor(&connection).unwrap().unwrap();
        apply(&mut connection, &feed.batch(at.high, feed.head)).unwrap();
        while let Some(at) = cursor(&connection).unwrap().filter(|at| at.low > Seq::ZERO) {
            apply_history(&mut connection, &feed.page(at.low.next(), 3)).unwrap();
        }
        prop_assert_eq!(rows(&connection), rows_of(&feed));
        prop_assert_eq!(
            check_digest(&connection, feed.head, feed.digest()).unwrap(),
            DigestCheck::Equal
        );
        prop_assert_eq!(contradictions(&connection), 0);
    }
}

#[test]
fn a_part_of_the_feed_that_contradicts_its_frame_changes_nothing() {
    let mut feed = Feed::new(1);
    for n in 1..=3 {
        feed.commit(Record::Contact(Box::new(contact(n, None))));
    }
    let mut connection = copy();
    start_fresh(&mut connection, feed.epoch, Seq::ZERO).unwrap();
    let beyond = Batch {
        to: Seq(2),
        ..feed.batch(Seq::ZERO, Seq(3))
    };
    assert!(matches!(
        apply(&mut connection, &beyond),
        Err(ApplyError::Malformed(_))
    ));
    let backwards = Batch {
        from: Seq::ZERO,
        to: Seq::ZERO,
        changes: Vec::new(),
    };
    assert!(apply(&mut connection, &backwards).is_ok());
    let huge = Batch {
        to: Seq(u64::MAX),
        ..feed.batch(Seq::ZERO, Seq(3))
    };
    assert!(matches!(
        apply(&mut connection, &huge),
        Err(ApplyError::Malformed(_))
    ));
    assert_eq!(rows(&connection), Vec::new());
    assert_eq!(cursor(&connection).unwrap().unwrap().high, Seq::ZERO);
}

#[test]
fn a_page_of_another_database_is_refused() {
    let mut connection = copy();
    start_fresh(&mut connection, Epoch(1), Seq(5)).unwrap();
    let page = Feed::new(2).page(Seq(6), 10);
    assert!(matches!(
        apply_history(&mut connection, &page),
        Err(ApplyError::OtherEpoch)
    ));
}

#[test]
fn a_copy_that_never_met_a_relay_takes_nothing() {
    let mut connection = copy();
    let feed = Feed::new(1);
    let refused = apply(&mut connection, &feed.batch(Seq::ZERO, Seq::ZERO));
    assert!(matches!(refused, Err(ApplyError::Gap { have: None })));
    let refused = apply_history(&mut connection, &feed.page(Seq(1), 1));
    assert!(matches!(refused, Err(ApplyError::Gap { have: None })));
}

#[test]
fn a_history_that_was_read_later_than_the_feed_has_come_is_not_compared() {
    let (mut feed, mut connection) = (Feed::new(1), copy());
    feed.commit(Record::Contact(Box::new(contact(1, None))));
    let (head, digest) = (feed.head, feed.digest());
    start_fresh(&mut connection, feed.epoch, head).unwrap();
    feed.commit(Record::Contact(Box::new(contact(1, Some("Maria")))));
    // The contact has moved above the head, so that the page does not hold it.
    apply_history(&mut connection, &feed.page(head.next(), 10)).unwrap();
    let check =
        |connection: &Connection, head, digest| check_digest(connection, head, digest).unwrap();
    assert_eq!(check(&connection, head, digest), DigestCheck::NotComparable);
    apply(&mut connection, &feed.batch(head, feed.head)).unwrap();
    let now = check(&connection, feed.head, feed.digest());
    assert_eq!(now, DigestCheck::Equal);
}

#[test]
fn digests_are_compared_only_where_both_claim_the_same_positions() {
    let mut feed = Feed::new(1);
    feed.commit(Record::Contact(Box::new(contact(1, None))));
    feed.commit(Record::Contact(Box::new(contact(2, None))));
    let mut connection = copy();
    let check = |connection: &Connection, feed: &Feed| {
        check_digest(connection, feed.head, feed.digest()).unwrap()
    };
    assert_eq!(check(&connection, &feed), DigestCheck::NotComparable);
    start_fresh(&mut connection, feed.epoch, feed.head).unwrap();
    assert_eq!(check(&connection, &feed), DigestCheck::NotComparable);
    apply_history(&mut connection, &feed.page(feed.head.next(), 10)).unwrap();
    assert_eq!(check(&connection, &feed), DigestCheck::Equal);
    feed.commit(Record::Contact(Box::new(contact(3, None))));
    assert_eq!(check(&connection, &feed), DigestCheck::NotComparable);
    feed.head = Seq(2);
    assert_eq!(check(&connection, &feed), DigestCheck::Differs);
}

#[test]
fn a_commit_tells_whose_rows_may_look_different() {
    let mut feed = Feed::new(1);
    let mut connection = copy();
    start_fresh(&mut connection, feed.epoch, Seq::ZERO).unwrap();
    let mut next = |feed: &Feed| {
        let at = cursor(&connection).unwrap().unwrap().high;
        apply(&mut connection, &feed.batch(at, feed.head))
            .unwrap()
            .1
    };
    let only = |n: u64| {
        let mut touched = Touched::default();
        touched.add(conversation_id(n));
        touched
    };
    feed.commit(Record::Conversation(Box::new(conversation(4))));
    assert_eq!(next(&feed), only(4));
    feed.commit(Record::Contact(Box::new(contact(4, Some("Maria")))));
    assert_eq!(next(&feed), only(4), "the contact's name is in the row");
    feed.commit(Record::Entry(Box::new(entry(1, 9, 0))));
    assert_eq!(next(&feed), only(9));
    feed.delete("entry", &entry(1, 9, 0).id.to_string());
    assert_eq!(next(&feed), only(9), "a deleted text leaves its chat");
    feed.commit(Record::Agent(agent(1, "Ana")));
    assert_eq!(next(&feed), Touched::EVERYTHING);
    feed.commit_opaque("hologram", "x");
    assert!(next(&feed).is_empty());
}

#[test]
fn starting_afresh_leaves_nothing_of_the_former_copy() {
    let mut feed = Feed::new(1);
    let mut connection = copy();
    start_fresh(&mut connection, feed.epoch, Seq::ZERO).unwrap();
    for n in 0..40 {
        commit(&mut feed, n, n % 6);
    }
    apply(&mut connection, &feed.batch(Seq::ZERO, feed.head)).unwrap();
    let fresh = start_fresh(&mut connection, Epoch(2), Seq(9)).unwrap();
    assert_eq!(
        (fresh.low, fresh.high, fresh.digest),
        (Seq(9), Seq(9), Digest::EMPTY)
    );
    assert_eq!(rows(&connection), Vec::new());
    assert_eq!(contradictions(&connection), 0);
    assert!(schema::is_current(&connection).unwrap());
}

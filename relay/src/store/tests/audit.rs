//! Whatever becomes of the rows of the audit behind the relay's back is noticed.

use super::super::audit::{Anchor, Followed, Note, append, follow};
use super::super::engine::open::open_memory;
use super::super::engine::sqlite::{Head, SqliteReads, SqliteTx};
use super::clock;
use proptest::prelude::*;
use rusqlite::Connection;
use smsdesk_common::audit::{Actor, Deed};

/// A database with so many rows, and nothing that keeps anybody from changing them.
fn unguarded(rows: u64) -> Connection {
    let conn = open_memory().unwrap();
    let clock = clock();
    let mut tx = SqliteTx {
        conn: &conn,
        head: Head::load(&mut SqliteReads(&conn)).unwrap(),
        now: clock.now(),
        clock: &clock,
        met: None,
    };
    let whole = conn.unchecked_transaction().unwrap();
    for n in 0..rows {
        let note = Note::new(Actor::Operator, Deed::Invited).of(n);
        append(&mut tx, note.with("name", "Bo")).unwrap();
    }
    whole.commit().unwrap();
    for trigger in ["is_not_changed", "is_not_removed", "is_not_replaced"] {
        conn.execute_batch(&format!("DROP TRIGGER audit_{trigger}"))
            .unwrap();
    }
    conn
}

fn followed(conn: &Connection, anchors: &[Anchor]) -> Followed {
    follow(&mut SqliteReads(conn), anchors).unwrap()
}

fn fault(conn: &Connection) -> String {
    followed(conn, &[]).fault.unwrap_or_default()
}

#[test]
fn an_empty_audit_and_a_whole_one_are_as_they_were_written() {
    for rows in [0, 1, 3, 2_500] {
        let conn = unguarded(rows);
        let found = followed(&conn, &[]);
        assert_eq!((found.rows, found.newest.n.0), (rows, rows));
        assert_eq!(found.fault, None);
        assert_eq!(followed(&conn, &[found.newest]).fault, None);
    }
}

#[test]
fn the_first_row_that_is_wrong_is_named() {
    let conn = unguarded(9);
    conn.execute("UPDATE audit SET actor = 'nobody' WHERE n >= 4", [])
        .unwrap();
    assert!(fault(&conn).starts_with("row 4 is not as it was written"));
    let conn = unguarded(9);
    conn.execute("DELETE FROM audit WHERE n IN (4, 7)", [])
        .unwrap();
    assert_eq!(fault(&conn), "row 4 is missing: after 3 comes 5");
    let conn = unguarded(9);
    conn.execute("DELETE FROM audit WHERE n >= 8", []).unwrap();
    assert_eq!(fault(&conn), "row 8 is missing: there were rows up to 9");
    let conn = unguarded(9);
    conn.execute_batch(
        "UPDATE audit SET n = 100 WHERE n = 3; UPDATE audit SET n = 3 WHERE n = 5; \
         UPDATE audit SET n = 5 WHERE n = 100",
    )
    .unwrap();
    assert!(fault(&conn).starts_with("row 3 is not as it was written, or not where it was"));
    let conn = unguarded(9);
    conn.execute(
        "INSERT INTO audit SELECT 0, at, actor, deed, subject, detail, hash FROM audit WHERE n = 1",
        [],
    )
    .unwrap();
    assert_eq!(fault(&conn), "a row has a number below 1");
}

#[test]
fn what_is_added_after_rows_are_gone_leaves_the_hole() {
    let conn = unguarded(9);
    conn.execute("DELETE FROM audit WHERE n >= 8", []).unwrap();
    let clock = clock();
    let mut tx = SqliteTx {
        conn: &conn,
        head: Head::load(&mut SqliteReads(&conn)).unwrap(),
        now: clock.now(),
        clock: &clock,
        met: None,
    };
    let whole = conn.unchecked_transaction().unwrap();
    append(&mut tx, Note::new(Actor::Relay, Deed::Sent)).unwrap();
    whole.commit().unwrap();
    assert_eq!(fault(&conn), "row 8 is missing: after 7 comes 10");
}

#[test]
fn rows_that_were_written_anew_from_somewhere_on_are_found_by_an_anchor_from_before() {
    let (whole, other) = (unguarded(9), unguarded(4));
    let anchor = followed(&whole, &[]).newest;
    let clock = clock();
    let mut tx = SqliteTx {
        conn: &other,
        head: Head::load(&mut SqliteReads(&other)).unwrap(),
        now: clock.now(),
        clock: &clock,
        met: None,
    };
    let transaction = other.unchecked_transaction().unwrap();
    for _ in 4..12 {
        append(&mut tx, Note::new(Actor::Operator, Deed::Sent)).unwrap();
    }
    transaction.commit().unwrap();
    assert_eq!(followed(&other, &[]).fault, None, "in itself it fits");
    let found = followed(&other, &[anchor]).fault.unwrap();
    assert!(
        found.starts_with("row 9 is another one than was noted"),
        "{found}"
    );
}

#[test]
fn of_two_anchors_of_one_row_each_counts() {
    let conn = unguarded(3);
    let right = followed(&conn, &[]).newest;
    let wrong = Anchor {
        hash: "0".repeat(64),
        ..right.clone()
    };
    for anchors in [[right.clone(), wrong.clone()], [wrong, right]] {
        let found = followed(&conn, &anchors).fault.unwrap_or_default();
        assert!(found.starts_with("row 3 is another one"), "{found}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_change_of_any_column_of_any_row_goes_unnoticed(n in 1i64..=6, column in 0usize..7) {
        let conn = unguarded(6);
        let change = [
            "UPDATE audit SET n = n + 100 WHERE n = ?1",
            "UPDATE audit SET at = at + 1 WHERE n = ?1",
            "UPDATE audit SET actor = actor || 'x' WHERE n = ?1",
            "UPDATE audit SET deed = 'sent' WHERE n = ?1",
            "UPDATE audit SET subject = NULL WHERE n = ?1",
            "UPDATE audit SET detail = '{}' WHERE n = ?1",
            "UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE n = ?1",
        ][column];
        conn.execute(change, [n]).unwrap();
        let found = fault(&conn);
        prop_assert!(found.starts_with(&format!("row {n} is")), "{}", found);
    }

    #[test]
    fn no_two_rows_change_places_unnoticed(a in 1i64..=6, b in 1i64..=6) {
        prop_assume!(a < b);
        let conn = unguarded(6);
        for (from, to) in [(a, 100), (b, a), (100, b)] {
            conn.execute("UPDATE audit SET n = ?2 WHERE n = ?1", [from, to]).unwrap();
        }
        let expected = format!("row {a} is not as it was written");
        prop_assert!(fault(&conn).starts_with(&expected));
    }

    #[test]
    fn rows_that_are_missing_anywhere_are_noticed(from in 1i64..=6, rows in 1i64..=6) {
        let conn = unguarded(6);
        conn.execute("DELETE FROM audit WHERE n >= ?1 AND n < ?1 + ?2", [from, rows]).unwrap();
        let expected = format!("row {from} is missing");
        prop_assert!(fault(&conn).starts_with(&expected));
    }
}

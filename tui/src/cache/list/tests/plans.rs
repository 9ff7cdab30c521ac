//! What is read for a screen: never a table from end to end, and never more rows than are asked for.

use super::*;
use rusqlite::StatementStatus;

/// How SQLite means to carry a statement out, a line a step.
fn plan(desk: &Desk, sql: &str) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let mut statement = desk.records.prepare(&sql).unwrap();
    let rows = statement.raw_query();
    rows.mapped(|row| row.get("detail"))
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn a_built_in_view_is_stepped_and_counted_along_its_index() {
    let desk = Desk::new();
    for view in View::ALL {
        let from = rows_from(view);
        for sql in [
            format!("SELECT place, n {from} ORDER BY place LIMIT 200 OFFSET 7"),
            format!("SELECT place {from} ORDER BY place LIMIT 1 OFFSET {STRIDE_ROWS}"),
            format!("SELECT count(*) {from} AND place < :to"),
        ] {
            let steps = plan(&desk, &sql);
            assert_eq!(steps.len(), 1, "{view:?}: {steps:?}");
            let indexed = steps[0].starts_with("SEARCH conversation USING COVERING INDEX");
            assert!(indexed, "{view:?}: {steps:?}");
        }
    }
}

#[test]
fn a_pick_reads_the_conversations_once_and_sorts_nothing_in_sql() {
    let desk = Desk::new();
    let condition = condition::condition(
        &desk.records,
        &"is:open label:a maria".parse().unwrap(),
        &look().from,
    );
    let sql = format!(
        "SELECT own.n, own.place FROM conversation AS own
         JOIN conversation_words AS words ON words.n = own.n WHERE {}",
        condition.unwrap().sql
    );
    let steps = plan(&desk, &sql);
    assert!(
        !steps.iter().any(|step| step.contains("TEMP B-TREE")),
        "{steps:?}"
    );
    let scans = steps.iter().filter(|step| step.starts_with("SCAN"));
    assert!(scans.count() <= 1, "{steps:?}");
}

#[test]
fn a_page_steps_over_no_more_rows_than_it_shows() {
    let desk = Desk::with((0..3_000).map(|n| boxed(conversation(n))));
    let sql = format!(
        "SELECT place, n {} ORDER BY place LIMIT 50",
        rows_from(View::Inbox)
    );
    let mut statement = desk.records.prepare(&sql).unwrap();
    let empty = Place::new();
    let rows = statement.query_map(&[(":from", &empty)], |row| row.get::<_, i64>(1));
    assert_eq!(rows.unwrap().count(), 50);
    assert_eq!(statement.get_status(StatementStatus::FullscanStep), 0);
    assert_eq!(statement.get_status(StatementStatus::Sort), 0);
    let steps = statement.get_status(StatementStatus::VmStep);
    assert!(steps < 50 * 20, "{steps} steps for 50 rows");
    let slice = desk.ask(&ListQuery::Range {
        listing: View::Inbox.into(),
        start: 0,
        limit: 50,
    });
    assert_eq!((slice.rows.len(), slice.total), (50, 3_000));
}

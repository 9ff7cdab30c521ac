//! A database of every schema that there was is brought up to date with what is in it.

use super::*;
use crate::store::engine::open::{open_reader, open_writer, schema_version};
use crate::store::migrations::MIGRATIONS;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// A desk as schema 1 left it, made by the relay of that time.
const FIRST: &str = include_str!("schema-1.sql");
/// Texts of that desk.
const TEXTS: usize = 8;
/// What each step was when it was released, as `sha256sum` writes it.
const SUMS: &str = include_str!("../migrations/SHA256SUMS");

/// Makes a database of the first schema.
pub(super) fn load(path: &Path) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(&format!("BEGIN; {FIRST} COMMIT;"))
        .unwrap();
}

/// A desk as that schema left it: no step was ever edited, so that the first desk and the steps up to
/// there make it.
fn load_as_of(path: &Path, schema: usize) {
    load(path);
    let conn = open_writer(path).unwrap();
    migrate(&conn, path, &MIGRATIONS[..schema]).unwrap();
    assert_eq!(schema_version(&conn, path).unwrap() as usize, schema);
}

/// What agents see of a desk: each text with its fate, whatever the columns around it.
fn texts(path: &Path) -> Vec<(String, String, String)> {
    let conn = open_reader(path).unwrap();
    let sql =
        "SELECT id, body, coalesce(status, '') FROM entry WHERE entry_kind = 'message' ORDER BY id";
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn no_released_step_was_edited() {
    let mut sums = SUMS.lines();
    for (step, number) in MIGRATIONS.iter().zip(1..) {
        let mut sum = String::new();
        for byte in Sha256::digest(step.as_bytes()) {
            write!(sum, "{byte:02x}").unwrap();
        }
        let line = sums.next().unwrap_or_default();
        let begins = format!("{sum}  {number:04}_");
        assert!(
            line.starts_with(&begins),
            "expected `{begins}…` in migrations/SHA256SUMS, found `{line}`; a step that was released \
             stays as it is, a new one gets a line"
        );
    }
    assert_eq!(sums.next(), None);
}

#[tokio::test]
async fn a_database_of_each_released_schema_is_brought_up_to_date_and_fits() {
    for schema in 1..=MIGRATIONS.len() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        load_as_of(&path, schema);
        let before = texts(&path);
        assert_eq!(before.len(), TEXTS, "schema {schema}");
        let store = Store::open(&path, clock()).await.unwrap();
        let report = verify::verify(&path).unwrap();
        assert_eq!(report.findings, [], "schema {schema}");
        assert!(report.complete);
        assert_eq!(texts(&path), before, "schema {schema}");
        store.write(|tx| insert(tx, "Newcomer")).await.unwrap();
        store.close().await;
        let copy = beside(&path, &format!(".schema-{schema}-19700101"));
        assert_eq!(copy.exists(), schema < MIGRATIONS.len());
        if copy.exists() {
            assert_eq!(texts(&copy), before, "the copy of schema {schema}");
        }
    }
}

//! The tables of `outbox.db`. They hold what exists nowhere else, so they are migrated forward
//! and never dropped.

use rusqlite::{Connection, TransactionBehavior};

/// Each step raises `user_version` by one. A step that was released is never edited.
const MIGRATIONS: &[&str] = &[
    // 1: what a device must not lose. A request keeps the very bytes that it sends, because the
    // relay compares a repeated request with the first one.
    "
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE draft (
    conversation BLOB PRIMARY KEY,
    text TEXT NOT NULL,
    saved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('send', 'read')),
    conversation BLOB NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'answered', 'refused')),
    attempts INTEGER NOT NULL DEFAULT 0,
    problem TEXT,
    answer_seq INTEGER,
    answer_epoch TEXT
) STRICT;
CREATE INDEX request_by_conversation ON request (conversation, state, n);
",
    // 2: patches. SQLite cannot change a check, so the table is made anew; `n` keeps the order.
    "
CREATE TABLE request_2 (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('send', 'read', 'patch')),
    conversation BLOB NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'answered', 'refused')),
    attempts INTEGER NOT NULL DEFAULT 0,
    problem TEXT,
    answer_seq INTEGER,
    answer_epoch TEXT
) STRICT;
INSERT INTO request_2 (n, id, kind, conversation, method, path, body, created_at, state, attempts,
        problem, answer_seq, answer_epoch)
    SELECT n, id, kind, conversation, method, path, body, created_at, state, attempts, problem,
        answer_seq, answer_epoch FROM request;
DROP TABLE request;
ALTER TABLE request_2 RENAME TO request;
CREATE INDEX request_by_conversation ON request (conversation, state, n);
",
    // 3: what can be taken back. `did` is what the step changed, as an activity entry tells it;
    // `request_n` is the step's last request: its place among the texts.
    "
CREATE TABLE undo_step (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('done', 'undone')),
    request_n INTEGER NOT NULL
) STRICT;
CREATE TABLE undo_part (
    step INTEGER NOT NULL,
    conversation BLOB NOT NULL,
    place INTEGER NOT NULL,
    request TEXT NOT NULL UNIQUE,
    seen INTEGER NOT NULL,
    did TEXT NOT NULL,
    PRIMARY KEY (step, conversation)
) STRICT, WITHOUT ROWID;
",
    // 4: texts that may not go out yet. Null is what may.
    "
ALTER TABLE request ADD COLUMN held_until INTEGER;
CREATE INDEX request_held ON request (held_until) WHERE held_until IS NOT NULL;
",
    // 5: notes among colleagues, and their drafts, which lie apart from those of texts. The column is
    // made anew for its check; whatever else the table has stays. A request always names its kind:
    // the default is there because SQLite wants one.
    "
ALTER TABLE request ADD COLUMN kind_2 TEXT NOT NULL DEFAULT 'read'
    CHECK (kind_2 IN ('send', 'read', 'patch', 'note'));
UPDATE request SET kind_2 = kind;
ALTER TABLE request DROP COLUMN kind;
ALTER TABLE request RENAME COLUMN kind_2 TO kind;
CREATE TABLE note_draft (
    conversation BLOB PRIMARY KEY,
    text TEXT NOT NULL,
    saved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
",
    // 6: texts that wait for their time: what is done with them, and what takes it back. The column is
    // made anew for its check, as before.
    "
ALTER TABLE request ADD COLUMN kind_2 TEXT NOT NULL DEFAULT 'read'
    CHECK (kind_2 IN ('send', 'read', 'patch', 'note', 'timed'));
UPDATE request SET kind_2 = kind;
ALTER TABLE request DROP COLUMN kind;
ALTER TABLE request RENAME COLUMN kind_2 TO kind;
CREATE TABLE undo_timed (
    request_n INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL,
    text TEXT NOT NULL,
    back TEXT NOT NULL
) STRICT;
",
    // 7: conversations that were begun here and that the relay does not have yet; and what was done
    // to contacts, with what takes it back and what does it again.
    "
CREATE TABLE begun (
    conversation BLOB PRIMARY KEY,
    line TEXT NOT NULL,
    address TEXT NOT NULL,
    at INTEGER NOT NULL,
    became BLOB,
    UNIQUE (line, address)
) STRICT, WITHOUT ROWID;

ALTER TABLE request ADD COLUMN kind_2 TEXT NOT NULL DEFAULT 'read'
    CHECK (kind_2 IN ('send', 'read', 'patch', 'note', 'timed', 'contact'));
UPDATE request SET kind_2 = kind;
ALTER TABLE request DROP COLUMN kind;
ALTER TABLE request RENAME COLUMN kind_2 TO kind;

CREATE TABLE contact_step (
    step INTEGER PRIMARY KEY,
    request TEXT NOT NULL,
    did TEXT NOT NULL
) STRICT;
",
    // 8: what drafts owe to templates: which of their braces are fields.
    "
CREATE TABLE draft_origin (
    conversation BLOB PRIMARY KEY,
    origin TEXT NOT NULL
) STRICT, WITHOUT ROWID;
",
    // 9: the text of rules that the relay has not taken yet.
    "
CREATE TABLE rules_draft (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    kept TEXT NOT NULL
) STRICT;
",
];

/// The version of the tables that this build knows.
pub(crate) fn known_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The version of the tables in the file; zero for an empty one.
///
/// # Errors
/// The file is no database or is damaged.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings the tables to [`known_version`], all steps in one transaction.
///
/// # Errors
/// The disk, or a step that does not fit what is there; then nothing has changed.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    migrate_to(connection, MIGRATIONS.len())
}

/// As [`migrate`], to a version that may be an older one.
pub(super) fn migrate_to(connection: &mut Connection, wanted: usize) -> rusqlite::Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = usize::try_from(version(&tx)?).unwrap_or(0);
    for step in MIGRATIONS.iter().take(wanted).skip(done) {
        tx.execute_batch(step)?;
    }
    let version = i64::try_from(wanted).unwrap_or(i64::MAX);
    tx.pragma_update(None, "user_version", version)?;
    tx.commit()
}

//! The tables of `cache.db`. There are no migrations: a copy of another shape is dropped and
//! fetched again.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Rises whenever the tables, or what is put into them, change.
const VERSION: i64 = 7;

/// Marks the file as ours: "smsc".
const APPLICATION_ID: i64 = 0x736d_7363;

/// `records` holds every change as it came, kinds of a later version included. The tables after it
/// hold what lists and chats look for; their `n` is that of the record. Ids are 16 bytes there.
///
/// `place` sorts as every view does, see [`super::place()`]; each view has its own index on it, so
/// that stepping over rows compares nothing. `owner` is empty where there is none.
///
/// What only filters ask for stands behind `place`, folded as they compare it; `labels` has a line
/// break before and behind each. `conversation_words` has what words are looked for in, apart from
/// the rest, so that a filter without words does not read it.
///
/// `queued` marks texts of ours that the relay has and Twilio has not: few as a rule, so that an
/// index of them alone is counted at once.
///
/// `timed_at` is when a text of ours goes out that waits for its time; one that waits, or was canceled,
/// was said to nobody, so that its kind is none that is counted.
///
/// `speaker`, `spoke` and `media` are those of the newest entry: the colleague who wrote it (empty
/// for nobody of ours), its direction, and how many attachments it has.
///
/// What a search looks at stands at the end, see [`crate::cache::search`]. `said` and `who` are
/// indexes alone: they hold no texts. A rowid of `said` is an entry's `place`, which sorts by time;
/// an entry without one waits to be indexed. `words` is a hash of what is indexed of it, so that a
/// new status of a text does not index it again. Triggers take out of the index what is gone or has
/// changed, whoever changes it.
///
/// The tallies answer "how many" without reading what they count; triggers keep them, so that no
/// way of writing a row can forget them. A quarter hour is the smallest step between two zones,
/// so that every local day is a whole number of them.
const TABLES: &str = "
CREATE TABLE cursor (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    low INTEGER NOT NULL,
    high INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;

CREATE TABLE records (
    n INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
) STRICT;

CREATE TABLE conversation (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    contact BLOB NOT NULL,
    status TEXT NOT NULL,
    owner BLOB NOT NULL,
    flagged INTEGER NOT NULL,
    place BLOB NOT NULL,
    waiting INTEGER,
    last_at INTEGER NOT NULL,
    inbound_total INTEGER NOT NULL,
    line TEXT NOT NULL,
    labels TEXT NOT NULL,
    speaker BLOB NOT NULL,
    spoke TEXT NOT NULL,
    media INTEGER NOT NULL
) STRICT;
CREATE INDEX conversation_by_id ON conversation (id);
CREATE INDEX conversation_by_contact ON conversation (contact, id);
CREATE INDEX conversation_all ON conversation (place);
CREATE INDEX conversation_open ON conversation (place) WHERE status = 'open';
CREATE INDEX conversation_snoozed ON conversation (place) WHERE status = 'snoozed';
CREATE INDEX conversation_done ON conversation (place) WHERE status = 'done';
CREATE INDEX conversation_unowned ON conversation (place, owner)
    WHERE status = 'open' AND owner = x'';
CREATE INDEX conversation_owned ON conversation (owner, place) WHERE status = 'open';
CREATE INDEX conversation_flagged ON conversation (place) WHERE flagged = 1;

CREATE TABLE conversation_words (
    n INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    number TEXT NOT NULL,
    preview TEXT NOT NULL
) STRICT;
CREATE INDEX conversation_words_by_number ON conversation_words (number);
CREATE TRIGGER conversation_falls_silent AFTER DELETE ON conversation BEGIN
    DELETE FROM conversation_words WHERE n = old.n;
END;

CREATE TABLE conversation_tally (
    status TEXT NOT NULL,
    owner BLOB NOT NULL,
    flagged INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (status, owner, flagged)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER conversation_comes AFTER INSERT ON conversation BEGIN
    INSERT INTO conversation_tally VALUES (new.status, new.owner, new.flagged, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER conversation_goes AFTER DELETE ON conversation BEGIN
    UPDATE conversation_tally SET count = count - 1
        WHERE status = old.status AND owner = old.owner AND flagged = old.flagged;
END;
CREATE TRIGGER conversation_moves AFTER UPDATE ON conversation
WHEN (old.status, old.owner, old.flagged) IS NOT (new.status, new.owner, new.flagged) BEGIN
    UPDATE conversation_tally SET count = count - 1
        WHERE status = old.status AND owner = old.owner AND flagged = old.flagged;
    INSERT INTO conversation_tally VALUES (new.status, new.owner, new.flagged, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TABLE label (
    n INTEGER NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (n, label)
) STRICT, WITHOUT ROWID;

CREATE TABLE label_tally (
    label TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER label_comes AFTER INSERT ON label BEGIN
    INSERT INTO label_tally VALUES (new.label, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER label_goes AFTER DELETE ON label BEGIN
    UPDATE label_tally SET count = count - 1 WHERE label = old.label;
END;

CREATE TABLE entry (
    n INTEGER PRIMARY KEY,
    conversation BLOB NOT NULL,
    at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    entry_kind TEXT NOT NULL,
    direction TEXT NOT NULL,
    queued INTEGER NOT NULL,
    timed_at INTEGER,
    agent BLOB NOT NULL,
    media INTEGER NOT NULL,
    words INTEGER NOT NULL,
    place INTEGER
) STRICT;
CREATE INDEX entry_timeline ON entry (conversation, at, position);
CREATE INDEX entry_queued ON entry (queued) WHERE queued = 1;
CREATE INDEX entry_timed ON entry (timed_at, position) WHERE timed_at IS NOT NULL;

CREATE TABLE text_tally (
    quarter_hour INTEGER NOT NULL,
    direction TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (quarter_hour, direction)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER text_comes AFTER INSERT ON entry WHEN new.entry_kind = 'message' BEGIN
    INSERT INTO text_tally VALUES (new.at / 900000, new.direction, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER text_goes AFTER DELETE ON entry WHEN old.entry_kind = 'message' BEGIN
    UPDATE text_tally SET count = count - 1
        WHERE quarter_hour = old.at / 900000 AND direction = old.direction;
END;
CREATE TRIGGER text_moves AFTER UPDATE ON entry
WHEN (old.entry_kind, old.direction, old.at) IS NOT (new.entry_kind, new.direction, new.at) BEGIN
    UPDATE text_tally SET count = count - (old.entry_kind = 'message')
        WHERE quarter_hour = old.at / 900000 AND direction = old.direction;
    INSERT INTO text_tally
        VALUES (new.at / 900000, new.direction, (new.entry_kind = 'message'))
        ON CONFLICT DO UPDATE SET count = count + excluded.count;
END;

CREATE TABLE contact (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    name TEXT,
    more TEXT NOT NULL
) STRICT;
CREATE INDEX contact_by_id ON contact (id, name);

CREATE TABLE contact_address (
    n INTEGER NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (n, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_address_by_address ON contact_address (address);
CREATE TRIGGER contact_goes AFTER DELETE ON contact BEGIN
    DELETE FROM contact_address WHERE n = old.n;
END;

CREATE TABLE agent (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    name TEXT NOT NULL
) STRICT;
CREATE INDEX agent_by_id ON agent (id, name);

CREATE TABLE read_marker (
    n INTEGER PRIMARY KEY,
    agent BLOB NOT NULL,
    conversation BLOB NOT NULL,
    position INTEGER NOT NULL,
    inbound_read INTEGER NOT NULL
) STRICT;
CREATE INDEX read_marker_by_agent ON read_marker (agent, conversation);

CREATE TABLE template (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    owner BLOB NOT NULL,
    name TEXT NOT NULL,
    shortcut TEXT,
    folder TEXT,
    uses INTEGER NOT NULL
) STRICT;
CREATE INDEX template_by_use ON template (uses DESC, name);

CREATE TABLE job (
    n INTEGER PRIMARY KEY,
    contact BLOB NOT NULL,
    conversation BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    over INTEGER NOT NULL
) STRICT;
CREATE INDEX job_by_contact ON job (contact, over, starts_at);

CREATE VIRTUAL TABLE said USING fts5 (
    words, parts,
    content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2 3'
);
CREATE TABLE search_place (
    place INTEGER PRIMARY KEY,
    n INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_unplaced ON entry (at) WHERE place IS NULL;
CREATE TABLE search_tally (
    what TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO search_tally VALUES ('entries', 0), ('indexed', 0);
CREATE TRIGGER entry_to_search AFTER INSERT ON entry BEGIN
    UPDATE search_tally SET count = count + 1 WHERE what = 'entries';
END;
CREATE TRIGGER entry_from_search AFTER DELETE ON entry BEGIN
    UPDATE search_tally SET count = count - 1 WHERE what = 'entries';
END;
CREATE TRIGGER entry_unsaid AFTER DELETE ON entry WHEN old.place IS NOT NULL BEGIN
    DELETE FROM said WHERE rowid = old.place;
    DELETE FROM search_place WHERE place = old.place;
END;
CREATE TRIGGER entry_said_otherwise AFTER UPDATE OF words, at ON entry
WHEN old.place IS NOT NULL AND (old.words, old.at) IS NOT (new.words, new.at) BEGIN
    DELETE FROM said WHERE rowid = old.place;
    DELETE FROM search_place WHERE place = old.place;
    UPDATE entry SET place = NULL WHERE n = new.n;
END;
CREATE TRIGGER place_taken AFTER INSERT ON search_place BEGIN
    UPDATE search_tally SET count = count + 1 WHERE what = 'indexed';
END;
CREATE TRIGGER place_left AFTER DELETE ON search_place BEGIN
    UPDATE search_tally SET count = count - 1 WHERE what = 'indexed';
END;

CREATE TABLE long_word (
    word TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE who USING fts5 (
    words, parts,
    content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2 3'
);
CREATE TABLE who_due (
    n INTEGER PRIMARY KEY
) STRICT;
CREATE TRIGGER who_comes AFTER INSERT ON conversation_words BEGIN
    INSERT OR IGNORE INTO who_due VALUES (new.n);
END;
CREATE TRIGGER who_changes AFTER UPDATE ON conversation_words
WHEN (old.name, old.number) IS NOT (new.name, new.number) BEGIN
    INSERT OR IGNORE INTO who_due VALUES (new.n);
END;
CREATE TRIGGER who_is_another AFTER UPDATE OF contact ON conversation
WHEN old.contact IS NOT new.contact BEGIN
    INSERT OR IGNORE INTO who_due VALUES (new.n);
END;
CREATE TRIGGER who_has_more AFTER INSERT ON contact WHEN new.more != '' BEGIN
    INSERT OR IGNORE INTO who_due SELECT n FROM conversation WHERE contact = new.id;
END;
CREATE TRIGGER who_has_other AFTER UPDATE OF more ON contact WHEN old.more != new.more BEGIN
    INSERT OR IGNORE INTO who_due SELECT n FROM conversation WHERE contact = new.id;
END;
CREATE TRIGGER who_has_none AFTER DELETE ON contact WHEN old.more != '' BEGIN
    INSERT OR IGNORE INTO who_due SELECT n FROM conversation WHERE contact = old.id;
END;
CREATE TRIGGER who_goes AFTER DELETE ON conversation_words BEGIN
    DELETE FROM who WHERE rowid = old.n;
    DELETE FROM who_due WHERE n = old.n;
END;
";

/// Whether the file holds no tables at all.
///
/// # Errors
/// The file is no database or is damaged.
pub(crate) fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", (), |row| {
        row.get(0)
    })
}

/// Whether the file holds exactly the tables of this version.
///
/// # Errors
/// The file is no database or is damaged.
pub(crate) fn is_current(connection: &Connection) -> rusqlite::Result<bool> {
    if pragma(connection, "user_version")? != VERSION
        || pragma(connection, "application_id")? != APPLICATION_ID
    {
        return Ok(false);
    }
    let fresh = Connection::open_in_memory()?;
    fresh.execute_batch(TABLES)?;
    Ok(description(connection)? == description(&fresh)?)
}

/// Makes the tables in an empty file.
///
/// # Errors
/// The disk.
pub(crate) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(TABLES)?;
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.commit()
}

/// Empties every table. Dropping them takes no longer for a hundred thousand rows than for ten.
pub(super) fn clear(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    // An index takes the tables with it that it keeps itself in.
    let tables: Vec<String> = tx
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
             ORDER BY sql NOT LIKE 'CREATE VIRTUAL%'",
        )?
        .query_map((), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for table in tables {
        tx.execute_batch(&format!("DROP TABLE IF EXISTS \"{table}\""))?;
    }
    tx.execute_batch(TABLES)
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

fn description(connection: &Connection) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    connection
        .prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

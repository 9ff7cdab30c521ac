//! A floor under every webhook: SQLite alone, one thread, the relay's schema and settings. Once
//! with the rows that a text leaves, written without any of the relay's code; once with one row a
//! text, which is the least that a durable text can cost.

use super::rate;
use rusqlite::{Connection, params};
use smsdesk_relay::clock::Clock;
use smsdesk_relay::store::Store;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long each measurement goes on.
const SECONDS: Duration = Duration::from_secs(1);
/// Conversations that texts come to.
const CONVERSATIONS: usize = 500;

/// As `relay/src/store/engine` sets them for its writer.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; \
    PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA wal_autocheckpoint = 2000;";

/// Texts a second, with all rows of a text and with one row each, `group` texts in a commit.
pub(super) async fn measure(group: usize) -> anyhow::Result<[f64; 2]> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join(super::relay::DATABASE);
    Store::open(&database, Clock::system()).await?.close().await;
    tokio::task::spawn_blocking(move || {
        let all = texts(&database, group, all_rows)?;
        let one = texts(&database, group, one_row)?;
        Ok([all, one])
    })
    .await?
}

type Text = fn(&Connection, &mut Numbers) -> rusqlite::Result<()>;

/// What the texts so far have used up.
struct Numbers {
    text: usize,
    seq: i64,
    /// Where each conversation stands in the feed.
    held: Vec<i64>,
}

fn texts(database: &Path, group: usize, text: Text) -> anyhow::Result<f64> {
    let conn = Connection::open(database)?;
    conn.execute_batch(PRAGMAS)?;
    conn.execute_batch("DELETE FROM webhook; DELETE FROM changes; DELETE FROM entry;")?;
    conn.execute_batch("DELETE FROM conversation; DELETE FROM contact;")?;
    conn.set_prepared_statement_cache_capacity(64);
    let mut numbers = Numbers {
        text: 0,
        seq: 0,
        held: Vec::new(),
    };
    conversations(&conn, &mut numbers)?;
    let began = Instant::now();
    while began.elapsed() < SECONDS {
        conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for _ in 0..group {
            text(&conn, &mut numbers)?;
        }
        conn.prepare_cached("COMMIT")?.execute([])?;
    }
    Ok(rate(numbers.text, began.elapsed()))
}

fn conversations(conn: &Connection, numbers: &mut Numbers) -> rusqlite::Result<()> {
    conn.execute_batch("BEGIN")?;
    conn.execute(
        "INSERT INTO contact (id, seq, created_at) VALUES ('contact', 0, 0)",
        [],
    )?;
    for n in 0..CONVERSATIONS {
        let id = id(n);
        let seq = change(conn, numbers, "conversation", &id, None)?;
        numbers.held.push(seq);
        conn.prepare_cached(
            "INSERT INTO conversation (id, seq, line, address, contact, status, labels, flagged, \
             inbound_total, created_at) VALUES (?1, ?2, '+15557122661', ?3, 'contact', 'open', \
             '[]', 0, 0, 0)",
        )?
        .execute(params![id, seq, format!("+1239{n:07}")])?;
    }
    conn.execute_batch("COMMIT")
}

/// An id in the form of the relay's.
fn id(n: usize) -> String {
    format!("01990000-0000-7000-8000-{n:012x}")
}

fn change(
    conn: &Connection,
    numbers: &mut Numbers,
    kind: &str,
    id: &str,
    held: Option<i64>,
) -> rusqlite::Result<i64> {
    if let Some(held) = held {
        conn.prepare_cached("DELETE FROM changes WHERE seq = ?1")?
            .execute([held])?;
    }
    numbers.seq += 1;
    conn.prepare_cached("INSERT INTO changes (seq, kind, id) VALUES (?1, ?2, ?3)")?
        .execute(params![numbers.seq, kind, id])?;
    Ok(numbers.seq)
}

fn one_row(conn: &Connection, numbers: &mut Numbers) -> rusqlite::Result<()> {
    numbers.text += 1;
    let sid = format!("SM{:032x}", numbers.text);
    conn.prepare_cached(
        "INSERT INTO webhook (kind, account, dedupe, origin, received_at, body) \
         VALUES ('message', ?1, ?2, 'webhook', 1790000000000, ?3) \
         ON CONFLICT (kind, account, dedupe) DO NOTHING",
    )?
    .execute(params![crate::world::ACCOUNT, sid, [b'x'; 500]])?;
    Ok(())
}

fn all_rows(conn: &Connection, numbers: &mut Numbers) -> rusqlite::Result<()> {
    one_row(conn, numbers)?;
    let place = numbers.text % CONVERSATIONS;
    let (entry, conversation) = (id(1_000_000 + numbers.text), id(place));
    let position = change(conn, numbers, "entry", &entry, None)?;
    conn.prepare_cached(
        "INSERT INTO entry (id, seq, conversation, position, entry_kind, direction, author, \
         origin, body, media, status, sid, segments, at) VALUES (?1, ?2, ?3, ?2, 'message', \
         'inbound', 'contact', 'webhook', ?4, '[]', 'received', ?5, 1, 1790000000000)",
    )?
    .execute(params![
        entry,
        position,
        conversation,
        "is the plumber still coming? I have been home since 8",
        format!("SM{:032x}", numbers.text),
    ])?;
    let seq = change(
        conn,
        numbers,
        "conversation",
        &conversation,
        Some(numbers.held[place]),
    )?;
    numbers.held[place] = seq;
    conn.prepare_cached(
        "UPDATE conversation SET seq = ?2, status = 'open', waiting_since = 1790000000000, \
         inbound_total = inbound_total + 1, last = ?3 WHERE id = ?1",
    )?
    .execute(params![conversation, seq, [b'x'; 160]])?;
    Ok(())
}

//! What is taken out for good: entries with all that hangs on them, conversations, what came with
//! them raw, and what merges and broadcasts remember of somebody.
//!
//! A record that goes leaves its line in the feed, so that every terminal drops its copy whenever it
//! comes back. The provider's id of a text stays too, for its lists and its callbacks go on naming it.

use crate::store::sql::{Reads, Tx, Value, params};
use crate::store::{StoreError, contacts, conversations, entries, jobs, search};
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::{Conversation, Preview};
use smsdesk_common::entry::{Direction, Entry, EntryKind};
use smsdesk_common::ids::{ContactId, ConversationId, EntryId, JobId};
use smsdesk_common::phone::Address;
use smsdesk_common::record::Kind;
use smsdesk_common::time::Timestamp;

/// What hangs on an entry, by its id. A broadcast keeps what became of a recipient and forgets who it
/// was; a request keeps its id, so that it is not carried out again.
const HANGS_ON_ENTRY: &[&str] = &[
    "DELETE FROM outbox WHERE entry = ?1",
    "DELETE FROM doubt WHERE entry = ?1",
    "DELETE FROM media_wanted WHERE entry = ?1",
    "DELETE FROM automatic WHERE entry = ?1",
    "DELETE FROM insight_wanted WHERE entry = ?1",
    "UPDATE consent SET entry = NULL WHERE entry = ?1",
    "UPDATE request SET body_hash = x'' WHERE id = ?1",
    "UPDATE broadcast_recipient SET given = '', address = NULL, contact = NULL, \
     conversation = NULL, variables = NULL, entry = NULL WHERE entry = ?1",
    "DELETE FROM entry WHERE id = ?1",
];

/// What hangs on a conversation, by its id.
const HANGS_ON_CONVERSATION: &[&str] = &[
    "DELETE FROM stat_wait WHERE conversation = ?1",
    "DELETE FROM stat_stretch WHERE conversation = ?1",
    "DELETE FROM stat_todo WHERE conversation = ?1",
    "DELETE FROM conversation WHERE id = ?1",
];

/// Takes an entry out, whatever state it is in.
///
/// # Errors
/// The database cannot be written.
pub fn entry(tx: &mut dyn Tx, entry: &Entry) -> Result<(), StoreError> {
    search::forget(tx, entry.position)?;
    for sql in HANGS_ON_ENTRY {
        tx.execute(sql, params![entry.id.0])?;
    }
    if let Some(sid) = &entry.sid {
        tx.execute("DELETE FROM delivery_report WHERE sid = ?1", params![sid])?;
        note_gone(tx, sid)?;
    }
    tx.retire(Kind::Entry, &entry.id.to_string(), entry.seq)?;
    Ok(())
}

/// Notes the provider's id of a text that is gone.
///
/// # Errors
/// The database cannot be written.
pub fn note_gone(tx: &mut dyn Tx, sid: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO gone (sid) VALUES (?1) ON CONFLICT (sid) DO NOTHING",
        params![sid],
    )?;
    Ok(())
}

/// Whether the provider's id is that of a text that is gone.
///
/// # Errors
/// The database cannot be read.
pub fn is_gone(reads: &mut dyn Reads, sid: &str) -> Result<bool, StoreError> {
    let found = reads.query_one("SELECT 1 FROM gone WHERE sid = ?1", params![sid])?;
    Ok(found.is_some())
}

/// Whether there was an entry with that id, and is none any more.
///
/// # Errors
/// The database cannot be read.
pub fn has_ended(reads: &mut dyn Reads, id: EntryId) -> Result<bool, StoreError> {
    let found = reads.query_one(
        "SELECT 1 FROM changes WHERE kind = 'entry' AND id = ?1 AND deleted <> 0",
        params![id.0],
    )?;
    Ok(found.is_some())
}

/// Takes a conversation without entries out, with how far it was read.
///
/// # Errors
/// It has entries, or the database cannot be written.
pub fn conversation(tx: &mut dyn Tx, held: &Conversation) -> Result<(), StoreError> {
    let markers = tx.query(
        "SELECT id, seq FROM read_marker WHERE conversation = ?1",
        params![held.id.0],
    )?;
    for marker in markers {
        let (id, seq) = (marker.text(0)?, marker.seq(1)?);
        tx.execute("DELETE FROM read_marker WHERE id = ?1", params![id])?;
        tx.retire(Kind::ReadMarker, id, seq)?;
    }
    for sql in HANGS_ON_CONVERSATION {
        tx.execute(sql, params![held.id.0])?;
    }
    tx.retire(Kind::Conversation, &held.id.to_string(), held.seq)?;
    Ok(())
}

/// Takes a contact without conversations out, with their appointments and what merges remember.
///
/// # Errors
/// A conversation is theirs, or the database cannot be written.
pub fn contact(tx: &mut dyn Tx, held: &Contact) -> Result<(), StoreError> {
    let theirs = tx.query("SELECT id FROM job WHERE contact = ?1", params![held.id.0])?;
    for row in theirs {
        let id: JobId = row.parsed(0)?;
        if let Some(job) = jobs::find(tx, id)? {
            jobs::remove(tx, &job)?;
        }
    }
    forget_merges(tx, held.id)?;
    contacts::remove(tx, held)
}

fn forget_merges(tx: &mut dyn Tx, contact: ContactId) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM contact_merge WHERE kept = ?1 OR instr(merge, ?1) > 0",
        params![contact.0],
    )?;
    Ok(())
}

/// Forgets an address wherever no record stands behind it: lists of broadcasts, and merges.
///
/// # Errors
/// The database cannot be written.
pub fn address(tx: &mut dyn Tx, theirs: &Address) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE broadcast SET stale = 1 WHERE id IN \
         (SELECT broadcast FROM broadcast_recipient WHERE address = ?1 AND state = 'pending')",
        params![theirs.as_str()],
    )?;
    tx.execute(
        "UPDATE broadcast_recipient SET given = '', address = NULL, contact = NULL, \
         conversation = NULL, variables = NULL, \
         state = CASE WHEN state = 'pending' THEN 'canceled' ELSE state END WHERE address = ?1",
        params![theirs.as_str()],
    )?;
    let written = format!("\"{}\"", theirs.as_str());
    tx.execute(
        "DELETE FROM contact_merge WHERE instr(merge, ?1) > 0",
        params![written],
    )?;
    Ok(())
}

/// Entries that were there before a time and that nothing waits for, at most so many; texts first.
///
/// # Errors
/// The database cannot be read.
pub fn older(
    reads: &mut dyn Reads,
    than: Timestamp,
    limit: u32,
) -> Result<Vec<EntryId>, StoreError> {
    let texts = reads.query(
        "SELECT id FROM entry WHERE entry_kind = 'message' AND at < ?1 \
         AND status IS NOT 'scheduled' \
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.entry = entry.id) \
         ORDER BY at LIMIT ?2",
        params![than, limit],
    )?;
    let mut found: Vec<EntryId> = texts
        .iter()
        .map(|row| row.parsed(0))
        .collect::<Result<_, _>>()?;
    let rest = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
    let others = reads.query(
        "SELECT id FROM entry WHERE entry_kind <> 'message' AND at < ?1 ORDER BY at LIMIT ?2",
        params![than, rest],
    )?;
    for row in others {
        found.push(row.parsed(0)?);
    }
    Ok(found)
}

/// How many entries [`older`] would give without a limit.
///
/// # Errors
/// The database cannot be read.
pub fn count_older(reads: &mut dyn Reads, than: Timestamp) -> Result<u64, StoreError> {
    let row = reads.query_one(
        "SELECT COUNT(*) FROM entry WHERE at < ?1 AND status IS NOT 'scheduled' \
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.entry = entry.id)",
        params![than],
    )?;
    row.map_or(Ok(0), |row| row.count(0).map(u64::from))
}

/// Takes an old entry out and keeps its conversation as it fits: what came in is still counted, and
/// the row in lists shows what is left.
///
/// # Errors
/// The database cannot be written.
pub fn purge(tx: &mut dyn Tx, id: EntryId) -> Result<(), StoreError> {
    let Some(old) = entries::find(tx, id)? else {
        return Ok(());
    };
    entry(tx, &old)?;
    if old.direction == Direction::Inbound && old.entry_kind == EntryKind::Message {
        tx.execute(
            "UPDATE conversation SET inbound_gone = inbound_gone + 1 WHERE id = ?1",
            params![old.conversation.0],
        )?;
    }
    let held = conversations::find(tx, old.conversation)?;
    if let Some(mut held) = held
        && held.last.as_ref().is_some_and(|last| last.entry == id)
    {
        let left = entries::last_said(tx, held.id)?;
        held.last = left.as_ref().map(Preview::of);
        held.waiting_since = held.waiting_since.filter(|_| held.last.is_some());
        conversations::update(tx, &mut held)?;
    }
    Ok(())
}

/// Removes raw webhooks and delivery reports that came before a time, at most so many of each; says
/// how many.
///
/// # Errors
/// The database cannot be written.
pub fn purge_raw(tx: &mut dyn Tx, than: Timestamp, limit: u32) -> Result<usize, StoreError> {
    // They stand in the order in which they came: nothing is looked at twice.
    let webhooks = tx.execute(
        "DELETE FROM webhook WHERE id IN (SELECT id FROM webhook ORDER BY id LIMIT ?2) \
         AND received_at < ?1",
        params![than, limit],
    )?;
    let reports = tx.execute(
        "DELETE FROM delivery_report WHERE id IN \
         (SELECT id FROM delivery_report ORDER BY id LIMIT ?2) AND at < ?1",
        params![than, limit],
    )?;
    Ok(webhooks + reports)
}

/// The newest raw webhook; zero where there is none.
///
/// # Errors
/// The database cannot be read.
pub fn newest_webhook(reads: &mut dyn Reads) -> Result<i64, StoreError> {
    let row = reads.query_one("SELECT COALESCE(MAX(id), 0) FROM webhook", &[])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Which of the raw webhooks in `(after, through]` name an address; the body of each holds who wrote
/// to whom, in a form or in JSON.
///
/// # Errors
/// The database cannot be read.
pub fn webhooks_of(
    reads: &mut dyn Reads,
    theirs: &Address,
    after: i64,
    through: i64,
) -> Result<Vec<i64>, StoreError> {
    let [form, json] = written(theirs);
    let rows = reads.query(
        "SELECT id FROM webhook WHERE id > ?1 AND id <= ?2 \
         AND (instr(body, ?3) > 0 OR instr(body, ?4) > 0)",
        &[
            Value::Int(after),
            Value::Int(through),
            form.into(),
            json.into(),
        ],
    )?;
    rows.iter().map(|row| row.int(0)).collect()
}

/// How an address stands in a form's value, and in JSON.
fn written(theirs: &Address) -> [Vec<u8>; 2] {
    let form: String = form_urlencoded::byte_serialize(theirs.as_str().as_bytes()).collect();
    [
        format!("={form}").into_bytes(),
        format!("\"{}\"", theirs.as_str()).into_bytes(),
    ]
}

/// Empties raw webhooks. Their keys stay: what comes again is still known.
///
/// # Errors
/// The database cannot be written.
pub fn empty_webhooks(tx: &mut dyn Tx, ids: &[i64]) -> Result<(), StoreError> {
    for id in ids {
        tx.execute(
            "UPDATE webhook SET body = x'' WHERE id = ?1",
            &[Value::Int(*id)],
        )?;
    }
    Ok(())
}

/// How many entries a conversation has.
///
/// # Errors
/// The database cannot be read.
pub fn count_entries(reads: &mut dyn Reads, of: ConversationId) -> Result<u64, StoreError> {
    let row = reads.query_one(
        "SELECT COUNT(*) FROM entry WHERE conversation = ?1",
        params![of.0],
    )?;
    row.map_or(Ok(0), |row| row.count(0).map(u64::from))
}

/// What waits to go out in a conversation: it is taken out before the rest, which takes a while.
///
/// # Errors
/// The database cannot be read.
pub fn waiting_in(reads: &mut dyn Reads, of: ConversationId) -> Result<Vec<EntryId>, StoreError> {
    let rows = reads.query(
        "SELECT id FROM entry WHERE conversation = ?1 AND (status = 'scheduled' \
         OR EXISTS (SELECT 1 FROM outbox WHERE outbox.entry = entry.id))",
        params![of.0],
    )?;
    rows.iter().map(|row| row.parsed(0)).collect()
}

/// The words of the search index that belong to nothing any more are merged away, a little at a
/// time. Whether more may be left; `first` begins.
///
/// # Errors
/// The database cannot be written.
pub fn merge_index(tx: &mut dyn Tx, first: bool) -> Result<bool, StoreError> {
    let before = total_changes(tx)?;
    let pages = if first { -MERGE_PAGES } else { MERGE_PAGES };
    tx.execute(
        "INSERT INTO said (said, rank) VALUES ('merge', ?1)",
        &[Value::Int(pages)],
    )?;
    // The statement itself counts as one change.
    Ok(total_changes(tx)? > before + 1)
}

/// Pages of the index that are merged in one commit: some ten milliseconds.
const MERGE_PAGES: i64 = 200;

fn total_changes(reads: &mut dyn Reads) -> Result<i64, StoreError> {
    let row = reads.query_one("SELECT total_changes()", &[])?;
    row.map_or(Ok(0), |row| row.int(0))
}

//! Reads a part of one conversation's timeline.

#[cfg(test)]
mod tests;

use super::error::{CacheError, stored_record};
use super::list::{Found, Shelves, agent_name, number_of, row};
use super::overlay::{Overlay, echoes};
use super::sql::seq_in;
use super::{drafts, identity, templates, timed};
use crate::model::chat::{ChatQuery, ChatSlice, ReadBy, TimelineItem, TimelineKey};
use rusqlite::{Connection, params};
use smsdesk_common::entry::{Author, Entry};
use smsdesk_common::ids::{AgentId, ConversationId};
use smsdesk_common::read_marker::ReadMarker;

/// The most entries that one answer holds: about a hundred screens.
pub const CHAT_ENTRIES_MAX: u32 = 5_000;

/// The most colleagues of whom a chat says how far they have read: more than anybody wants to know.
const READERS_MAX: u32 = 32;

/// Reads a part of a timeline; none where the conversation is not here.
pub(super) fn chat(
    shelves: Shelves<'_>,
    query: &ChatQuery,
    me: Option<AgentId>,
) -> Result<Option<ChatSlice>, CacheError> {
    // One read transaction a file: entries and echoes belong to one moment.
    let _records = shelves.records.unchecked_transaction()?;
    let _outbox = shelves.outbox.unchecked_transaction()?;
    let conversation = query.conversation();
    let Some(n) = number_of(shelves.records, conversation)? else {
        return Ok(None);
    };
    let overlay = Overlay::load(shelves.records, shelves.outbox)?;
    let Found {
        row, read_position, ..
    } = row(shelves, n, me, &overlay)?;
    let (entries, has_older) = entries(shelves.records, query)?;
    let mut items = entries
        .into_iter()
        .map(|entry| {
            let author_name = author_name(shelves.records, &entry.author)?;
            Ok(TimelineItem {
                entry,
                author_name,
                local: None,
            })
        })
        .collect::<Result<Vec<_>, CacheError>>()?;
    if matches!(query, ChatQuery::Latest { .. } | ChatQuery::From { .. }) {
        let author = identity::me(shelves.outbox)?;
        items.extend(echoes(
            shelves.records,
            shelves.outbox,
            conversation,
            author.as_ref(),
        )?);
        items.extend(timed::of(shelves, conversation)?);
        timed::to_the_end(&mut items, timed::pending(shelves)?.as_slice());
    }
    let draft = drafts::TEXTS.load(shelves.outbox, conversation)?;
    let note_draft = drafts::NOTES.load(shelves.outbox, conversation)?;
    let contact = overlay.contact(shelves.records, row.conversation.contact)?;
    Ok(Some(ChatSlice {
        query: *query,
        row,
        items,
        has_older,
        read_position,
        read_by: read_by(shelves.records, conversation, me)?,
        draft,
        note_draft,
        owes: templates::origin(shelves.outbox, conversation)?,
        contact: contact.map(Box::new),
    }))
}

/// How far the others have read: one marker each, found by agent, for there are few.
fn read_by(
    records: &Connection,
    conversation: ConversationId,
    me: Option<AgentId>,
) -> Result<Vec<ReadBy>, CacheError> {
    let me = me.map(|agent| agent.0.into_bytes()).unwrap_or_default();
    let mut statement = records.prepare_cached(
        "SELECT colleague.name, record.body FROM agent AS colleague
         CROSS JOIN read_marker AS marker
             ON marker.agent = colleague.id AND marker.conversation = ?1
         JOIN records AS record ON record.n = marker.n
         WHERE colleague.id != ?2 ORDER BY marker.position, colleague.name LIMIT ?3",
    )?;
    let mut rows = statement.query(params![conversation.0.as_bytes(), me, READERS_MAX])?;
    let mut read_by = Vec::new();
    while let Some(row) = rows.next()? {
        let marker: ReadMarker = stored_record(&row.get::<_, String>(1)?)?;
        read_by.push(ReadBy {
            name: row.get(0)?,
            position: marker.position,
            at: marker.at,
        });
    }
    Ok(read_by)
}

/// A colleague's name, or a rule's; none for the customer.
pub(super) fn author_name(
    records: &Connection,
    author: &Author,
) -> Result<Option<String>, CacheError> {
    match author {
        Author::Contact => Ok(None),
        Author::Automation(cause) => Ok(Some(cause.words().to_owned())),
        Author::Agent(id) => agent_name(records, *id),
    }
}

/// The entries of the part, oldest first, and whether there are older ones.
fn entries(records: &Connection, query: &ChatQuery) -> Result<(Vec<Entry>, bool), CacheError> {
    /// Before and after every entry.
    const START: (i64, i64) = (i64::MIN, i64::MIN);
    const END: (i64, i64) = (i64::MAX, i64::MAX);
    let (from, before, limit) = match query {
        ChatQuery::Latest { limit, .. } => (START, END, *limit),
        ChatQuery::From { from, .. } => (key(from), END, CHAT_ENTRIES_MAX),
        ChatQuery::Before { before, limit, .. } => (START, key(before), *limit),
        ChatQuery::Around { at, limit, .. } => {
            return around(records, query.conversation(), at, *limit);
        }
    };
    let limit = limit.min(CHAT_ENTRIES_MAX) as usize;
    let mut statement = records.prepare_cached(
        "SELECT record.body FROM entry
         JOIN records AS record ON record.n = entry.n
         WHERE conversation = ?1 AND (at, position) >= (?2, ?3) AND (at, position) < (?4, ?5)
             AND timed_at IS NULL
         ORDER BY at DESC, position DESC LIMIT ?6",
    )?;
    let conversation = query.conversation();
    let mut rows = statement.query(params![
        conversation.0.as_bytes(),
        from.0,
        from.1,
        before.0,
        before.1,
        i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1),
    ])?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut has_older = false;
    while let Some(row) = rows.next()? {
        if entries.len() == limit {
            has_older = true;
            break;
        }
        entries.push(stored_record(&row.get::<_, String>(0)?)?);
    }
    entries.reverse();
    // Only this query ends at a place rather than at a number of entries.
    if let ChatQuery::From { from, .. } = query {
        let first = entries.first().map_or(*from, TimelineKey::of);
        has_older = has_older || older_than(records, conversation, &first)?;
    }
    Ok((entries, has_older))
}

/// About `limit` entries around a place.
fn around(
    records: &Connection,
    conversation: ConversationId,
    at: &TimelineKey,
    limit: u32,
) -> Result<(Vec<Entry>, bool), CacheError> {
    let half = i64::from(limit.min(CHAT_ENTRIES_MAX) / 2);
    let (at, position) = key(at);
    let read = |sql: &str| -> Result<Vec<Entry>, CacheError> {
        let mut statement = records.prepare_cached(sql)?;
        let mut rows = statement.query(params![conversation.0.as_bytes(), at, position, half])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(stored_record(&row.get::<_, String>(0)?)?);
        }
        Ok(entries)
    };
    let mut entries = read(
        "SELECT record.body FROM entry JOIN records AS record ON record.n = entry.n
         WHERE conversation = ?1 AND (at, position) <= (?2, ?3)
         ORDER BY at DESC, position DESC LIMIT ?4",
    )?;
    entries.reverse();
    entries.extend(read(
        "SELECT record.body FROM entry JOIN records AS record ON record.n = entry.n
         WHERE conversation = ?1 AND (at, position) > (?2, ?3)
         ORDER BY at, position LIMIT ?4",
    )?);
    Ok((entries, false))
}

fn older_than(
    records: &Connection,
    conversation: ConversationId,
    first: &TimelineKey,
) -> Result<bool, CacheError> {
    let (at, position) = key(first);
    Ok(records
        .prepare_cached(
            "SELECT 1 FROM entry
             WHERE conversation = ?1 AND (at, position) < (?2, ?3) LIMIT 1",
        )?
        .exists(params![conversation.0.as_bytes(), at, position])?)
}

fn key(key: &TimelineKey) -> (i64, i64) {
    (key.at.as_millis(), seq_in(key.position).unwrap_or(i64::MAX))
}

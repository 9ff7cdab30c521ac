//! Texts that wait for their time, as this device shows them: the records, its own that the relay has
//! not confirmed, and what it asked for on top.

use super::chat::author_name;
use super::error::{CacheError, stored_record};
use super::list::{Shelves, number_of, row};
use super::overlay::{Overlay, echoes};
use super::{identity, outbox};
use crate::model::chat::{Local, TimelineItem};
use crate::model::timed::{TIMED_MAX, TimedText, Timing};
use rusqlite::params;
use smsdesk_common::api::messages::{MessagePatch, SendMessage};
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::later;
use smsdesk_common::status::DeliveryStatus;

/// When a text is to go out that asks for a time.
pub(super) fn timing(message: &SendMessage) -> Option<Timing> {
    Some(Timing {
        at: message.send_at?,
        zone: message.zone.clone(),
        cancel_on_reply: message.cancel_on_reply,
    })
}

/// Makes an entry wait for its time.
pub(super) fn wait(entry: &mut Entry, timing: Timing) {
    entry.status = Some(DeliveryStatus::Scheduled);
    entry.send_at = Some(timing.at);
    entry.zone = timing.zone;
    entry.cancel_on_reply = timing.cancel_on_reply;
}

/// What this device asked for that the records do not show yet.
pub(super) fn pending(shelves: Shelves<'_>) -> Result<Vec<(EntryId, MessagePatch)>, CacheError> {
    outbox::timed_patches(shelves.records, shelves.outbox)
}

/// The records of one conversation that wait.
pub(super) fn of(
    shelves: Shelves<'_>,
    conversation: ConversationId,
) -> Result<Vec<TimelineItem>, CacheError> {
    let mut statement = shelves.records.prepare_cached(
        "SELECT record.body FROM entry INDEXED BY entry_timed
         JOIN records AS record ON record.n = entry.n
         WHERE timed_at IS NOT NULL AND conversation = ?1 ORDER BY timed_at, position LIMIT ?2",
    )?;
    let mut rows = statement.query(params![conversation.0.as_bytes(), TIMED_MAX])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let entry: Entry = stored_record(&row.get::<_, String>(0)?)?;
        items.push(TimelineItem {
            author_name: author_name(shelves.records, &entry.author)?,
            entry,
            local: None,
        });
    }
    Ok(items)
}

/// Shows what was asked for, and puts what waits behind everything that was said.
pub(super) fn to_the_end(items: &mut [TimelineItem], pending: &[(EntryId, MessagePatch)]) {
    for item in items.iter_mut().filter(|item| item.entry.is_timed()) {
        if apply(&mut item.entry, pending) {
            item.local.get_or_insert(Local::Waiting);
        }
    }
    items.sort_by_key(|item| {
        let entry = &item.entry;
        entry.send_at.filter(|_| entry.is_timed())
    });
}

/// Carries out what was asked for; whether anything was.
fn apply(entry: &mut Entry, pending: &[(EntryId, MessagePatch)]) -> bool {
    let id = entry.id;
    let mut asked = false;
    for (_, patch) in pending.iter().filter(|(text, _)| *text == id) {
        later::apply(patch, entry);
        asked = true;
    }
    asked
}

/// Everything that waits, the next one first; whether the relay has confirmed each.
pub(super) fn entries(shelves: Shelves<'_>) -> Result<Vec<(Entry, bool)>, CacheError> {
    let pending = pending(shelves)?;
    let mut statement = shelves.records.prepare_cached(
        "SELECT record.body FROM entry INDEXED BY entry_timed
         JOIN records AS record ON record.n = entry.n
         WHERE timed_at IS NOT NULL ORDER BY timed_at, position LIMIT ?1",
    )?;
    let mut rows = statement.query([TIMED_MAX])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut entry: Entry = stored_record(&row.get::<_, String>(0)?)?;
        let asked = apply(&mut entry, &pending);
        found.push((entry, asked));
    }
    let me = identity::me(shelves.outbox)?;
    for conversation in outbox::timed_conversations(shelves.outbox)? {
        let echoes = echoes(shelves.records, shelves.outbox, conversation, me.as_ref())?;
        for mut item in echoes.into_iter().filter(|item| item.entry.is_timed()) {
            apply(&mut item.entry, &pending);
            found.push((item.entry, true));
        }
    }
    found.retain(|(entry, _)| entry.is_timed());
    found.sort_by_key(|(entry, _)| (entry.send_at, entry.position));
    Ok(found)
}

/// How many there are.
pub(super) fn count(shelves: Shelves<'_>) -> Result<u32, CacheError> {
    Ok(u32::try_from(entries(shelves)?.len()).unwrap_or(u32::MAX))
}

/// The same with whom each is for.
pub(super) fn texts(shelves: Shelves<'_>) -> Result<Vec<TimedText>, CacheError> {
    let overlay = Overlay::load(shelves.records, shelves.outbox)?;
    let people = outbox::People::load(shelves.records, shelves.outbox)?;
    let mut texts = Vec::new();
    for (entry, pending) in entries(shelves)? {
        let found = match number_of(shelves.records, entry.conversation)? {
            Some(n) => Some(row(shelves, n, None, &overlay)?.row),
            None => None,
        };
        let contact = found.as_ref().map(|row| row.conversation.contact);
        let contact = contact.map(|id| people.contact(shelves.records, id));
        let contact = contact.transpose()?.flatten().map(Box::new);
        let name = found.map_or_else(String::new, |row| {
            let address = || row.conversation.address.as_str().to_owned();
            row.name.clone().unwrap_or_else(address)
        });
        texts.push(TimedText {
            entry,
            name,
            pending,
            contact,
        });
    }
    Ok(texts)
}

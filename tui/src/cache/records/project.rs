//! Keeps beside each record what lists and chats look for.
//!
//! A record that was deleted, or has a shape of a later version, has no such row.

use super::jobs;
use super::labels;
use super::place::place;
use super::templates;
use crate::cache::applied::Touched;
use crate::cache::error::ApplyError;
use crate::cache::search;
use crate::cache::sql::{seq_in, uuid_out};
use crate::event::APPLIED_CONVERSATIONS_MAX;
use rusqlite::{OptionalExtension as _, Transaction, params};
use smsdesk_common::agent::Agent;
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::{Author, Direction, Entry};
use smsdesk_common::feed::{Change, Content};
use smsdesk_common::filter;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::read_marker::ReadMarker;
use smsdesk_common::record::{Kind, Record};
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

/// Writes, replaces or removes the row of record `n` and notes whose screen it changes.
pub(super) fn project(
    tx: &Transaction<'_>,
    n: i64,
    change: &Change,
    touched: &mut Touched,
) -> Result<(), ApplyError> {
    match &change.content {
        Content::Known(Record::Conversation(conversation)) => {
            write_conversation(tx, n, conversation, touched)
        }
        Content::Known(Record::Entry(entry)) => write_entry(tx, n, entry, touched),
        Content::Known(Record::Contact(contact)) => write_contact(tx, n, contact, touched),
        Content::Known(Record::Agent(agent)) => write_agent(tx, n, agent, touched),
        Content::Known(Record::ReadMarker(marker)) => write_marker(tx, n, marker, touched),
        Content::Known(Record::Template(template)) => Ok(templates::write(tx, n, template)?),
        // Rules are read when they are looked at.
        Content::Known(Record::Rule(_)) => Ok(()),
        Content::Known(Record::Job(job)) => {
            touched.add(job.conversation);
            Ok(jobs::write(tx, n, job)?)
        }
        // Their list is read anew whenever something came.
        Content::Known(Record::Broadcast(_)) => Ok(()),
        // They are few and read as they are; every screen says whether they send.
        Content::Known(Record::Line(_) | Record::Setting(_)) => {
            *touched = Touched::EVERYTHING;
            Ok(())
        }
        Content::Deleted | Content::Opaque(_) => match Kind::parse(&change.kind) {
            Some(kind) => remove(tx, n, kind, touched),
            None => Ok(()),
        },
    }
}

fn write_conversation(
    tx: &Transaction<'_>,
    n: i64,
    conversation: &Conversation,
    touched: &mut Touched,
) -> Result<(), ApplyError> {
    let owner = conversation.assignee.map(|agent| agent.0.into_bytes());
    let last = conversation.last.as_ref();
    tx.prepare_cached(
        "INSERT INTO conversation (n, id, contact, status, owner, flagged, place, waiting, last_at,
             inbound_total, line, labels, speaker, spoke, media)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (n) DO UPDATE SET id = excluded.id, contact = excluded.contact,
             status = excluded.status, owner = excluded.owner, flagged = excluded.flagged,
             place = excluded.place, waiting = excluded.waiting, last_at = excluded.last_at,
             inbound_total = excluded.inbound_total, line = excluded.line,
             labels = excluded.labels, speaker = excluded.speaker, spoke = excluded.spoke,
             media = excluded.media",
    )?
    .execute(params![
        n,
        conversation.id.0.as_bytes(),
        conversation.contact.0.as_bytes(),
        conversation.status.as_str(),
        owner.as_ref().map_or(&[][..], |bytes| &bytes[..]),
        conversation.flagged,
        place(conversation),
        conversation.waiting_since.map(Timestamp::as_millis),
        filter::last_activity(conversation).as_millis(),
        conversation.inbound_total,
        filter::fold(conversation.line.as_str()),
        labels(conversation),
        last.map_or_else(Vec::new, |last| speaker(&last.author)),
        last.map_or("", |last| last.direction.as_str()),
        last.map_or(0, |last| last.media),
    ])?;
    labels::write(tx, n, &conversation.labels)?;
    write_words(tx, n, conversation)?;
    touched.add(conversation.id);
    Ok(())
}

/// The colleague among those who write; empty for everybody else.
fn speaker(author: &Author) -> Vec<u8> {
    match author {
        Author::Agent(agent) => agent.0.as_bytes().to_vec(),
        Author::Contact | Author::Automation(_) => Vec::new(),
    }
}

/// Every label between line breaks, which no label holds.
fn labels(conversation: &Conversation) -> String {
    let mut labels = String::from("\n");
    for label in &conversation.labels {
        labels.push_str(&filter::fold(label));
        labels.push('\n');
    }
    labels
}

/// What words are looked for in. The contact may come later, or have come before.
fn write_words(
    tx: &Transaction<'_>,
    n: i64,
    conversation: &Conversation,
) -> Result<(), ApplyError> {
    let name: Option<Option<String>> = tx
        .prepare_cached("SELECT name FROM contact WHERE id = ?1 LIMIT 1")?
        .query_row([conversation.contact.0.as_bytes()], |row| row.get(0))
        .optional()?;
    let preview = conversation.last.as_ref().map_or("", |last| &last.text);
    tx.prepare_cached(
        "INSERT INTO conversation_words (n, name, number, preview) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (n) DO UPDATE SET name = excluded.name, number = excluded.number,
             preview = excluded.preview",
    )?
    .execute(params![
        n,
        filter::fold(&name.flatten().unwrap_or_default()),
        filter::fold(conversation.address.as_str()),
        filter::fold(preview),
    ])?;
    Ok(())
}

fn write_entry(
    tx: &Transaction<'_>,
    n: i64,
    entry: &Entry,
    touched: &mut Touched,
) -> Result<(), ApplyError> {
    let position = seq_in(entry.position).ok_or(ApplyError::Malformed(
        "an entry's position is beyond every count of commits",
    ))?;
    tx.prepare_cached(
        "INSERT INTO entry (n, conversation, at, position, entry_kind, direction, queued, timed_at,
             agent, media, words)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (n) DO UPDATE SET conversation = excluded.conversation, at = excluded.at,
             position = excluded.position, entry_kind = excluded.entry_kind,
             direction = excluded.direction, queued = excluded.queued,
             timed_at = excluded.timed_at, agent = excluded.agent,
             media = excluded.media, words = excluded.words",
    )?
    .execute(params![
        n,
        entry.conversation.0.as_bytes(),
        entry.at.as_millis(),
        position,
        kind(entry),
        entry.direction.as_str(),
        is_queued(entry),
        entry
            .send_at
            .filter(|_| entry.is_timed())
            .map(Timestamp::as_millis),
        speaker(&entry.author),
        u32::try_from(entry.media.len()).unwrap_or(u32::MAX),
        search::fingerprint(&entry.body),
    ])?;
    touched.add(entry.conversation);
    Ok(())
}

/// What is counted as a text is one that went out, or is about to.
fn kind(entry: &Entry) -> &'static str {
    let unsaid = [DeliveryStatus::Scheduled, DeliveryStatus::Canceled];
    match (entry.send_at, entry.status) {
        (Some(_), Some(status)) if unsaid.contains(&status) => "timed",
        _ => entry.entry_kind.as_str(),
    }
}

/// Whether the relay has this text of ours and Twilio does not.
fn is_queued(entry: &Entry) -> bool {
    entry.direction == Direction::Outbound
        && matches!(
            entry.status,
            Some(DeliveryStatus::Queued | DeliveryStatus::Sending)
        )
}

fn write_contact(
    tx: &Transaction<'_>,
    n: i64,
    contact: &Contact,
    touched: &mut Touched,
) -> Result<(), ApplyError> {
    tx.prepare_cached(
        "INSERT INTO contact (n, id, name, more) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (n) DO UPDATE SET
             id = excluded.id, name = excluded.name, more = excluded.more",
    )?
    .execute(params![
        n,
        contact.id.0.as_bytes(),
        contact.name,
        filter::more_of(contact)
    ])?;
    tx.prepare_cached("DELETE FROM contact_address WHERE n = ?1")?
        .execute([n])?;
    let mut write =
        tx.prepare_cached("INSERT OR IGNORE INTO contact_address (n, address) VALUES (?1, ?2)")?;
    for address in &contact.addresses {
        write.execute(params![n, address.as_str()])?;
    }
    rename(tx, contact.id.0, contact.name.as_deref())?;
    touch_conversations_with(tx, contact.id.0, touched)
}

/// Words are looked for in the name that is shown.
fn rename(tx: &Transaction<'_>, contact: Uuid, name: Option<&str>) -> Result<(), ApplyError> {
    tx.prepare_cached(
        "UPDATE conversation_words SET name = ?2
         WHERE n IN (SELECT n FROM conversation WHERE contact = ?1)",
    )?
    .execute(params![
        contact.as_bytes(),
        filter::fold(name.unwrap_or_default())
    ])?;
    Ok(())
}

/// A new name changes every row that shows it.
fn touch_conversations_with(
    tx: &Transaction<'_>,
    contact: Uuid,
    touched: &mut Touched,
) -> Result<(), ApplyError> {
    // One more than is told apart is enough to say "everything".
    let limit = i64::try_from(APPLIED_CONVERSATIONS_MAX + 1).unwrap_or(i64::MAX);
    let mut find = tx.prepare_cached("SELECT id FROM conversation WHERE contact = ?1 LIMIT ?2")?;
    let mut rows = find.query(params![contact.as_bytes(), limit])?;
    while let Some(row) = rows.next()? {
        touched.add(ConversationId(uuid_out(row, 0)?));
    }
    Ok(())
}

fn write_agent(
    tx: &Transaction<'_>,
    n: i64,
    agent: &Agent,
    touched: &mut Touched,
) -> Result<(), ApplyError> {
    tx.prepare_cached(
        "INSERT INTO agent (n, id, name) VALUES (?1, ?2, ?3)
         ON CONFLICT (n) DO UPDATE SET id = excluded.id, name = excluded.name",
    )?
    .execute(params![n, agent.id.0.as_bytes(), agent.name])?;
    *touched = Touched::EVERYTHING;
    Ok(())
}

fn write_marker(
    tx: &Transaction<'_>,
    n: i64,
    marker: &ReadMarker,
    touched: &mut Touched,
) -> Result<(), ApplyError> {
    let position = seq_in(marker.position).ok_or(ApplyError::Malformed(
        "a marker's position is beyond every count of commits",
    ))?;
    tx.prepare_cached(
        "INSERT INTO read_marker (n, agent, conversation, position, inbound_read)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (n) DO UPDATE SET agent = excluded.agent,
             conversation = excluded.conversation, position = excluded.position,
             inbound_read = excluded.inbound_read",
    )?
    .execute(params![
        n,
        marker.agent.0.as_bytes(),
        marker.conversation.0.as_bytes(),
        position,
        marker.inbound_read,
    ])?;
    touched.add(marker.conversation);
    Ok(())
}

fn remove(
    tx: &Transaction<'_>,
    n: i64,
    kind: Kind,
    touched: &mut Touched,
) -> Result<(), ApplyError> {
    let statement = match kind {
        Kind::Agent => "DELETE FROM agent WHERE n = ?1 RETURNING id",
        Kind::Contact => "DELETE FROM contact WHERE n = ?1 RETURNING id",
        Kind::Conversation => "DELETE FROM conversation WHERE n = ?1 RETURNING id",
        Kind::Entry => "DELETE FROM entry WHERE n = ?1 RETURNING conversation",
        Kind::ReadMarker => "DELETE FROM read_marker WHERE n = ?1 RETURNING conversation",
        Kind::Job => "DELETE FROM job WHERE n = ?1 RETURNING conversation",
        Kind::Template => return Ok(templates::remove(tx, n)?),
        Kind::Broadcast | Kind::Rule => return Ok(()),
        Kind::Line | Kind::Setting => {
            *touched = Touched::EVERYTHING;
            return Ok(());
        }
    };
    if kind == Kind::Conversation {
        labels::remove(tx, n)?;
    }
    let gone = tx
        .prepare_cached(statement)?
        .query_row([n], |row| uuid_out(row, 0))
        .optional()?;
    match (kind, gone) {
        (_, None)
        | (Kind::Broadcast | Kind::Line | Kind::Rule | Kind::Setting | Kind::Template, _) => {}
        (Kind::Agent, Some(_)) => *touched = Touched::EVERYTHING,
        (Kind::Contact, Some(contact)) => {
            rename(tx, contact, None)?;
            touch_conversations_with(tx, contact, touched)?;
        }
        (Kind::Conversation | Kind::Entry | Kind::Job | Kind::ReadMarker, Some(conversation)) => {
            touched.add(ConversationId(conversation));
        }
    }
    Ok(())
}

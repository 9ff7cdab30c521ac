//! What this device adds to the records when they are shown: its requests on their way.
//!
//! View = records + overlay, computed for each look and never stored: a text whose record has
//! come back is left out here, whatever the outbox still holds.

use super::error::CacheError;
use super::list::Shelves;
use super::outbox::RequestKind;
use super::sql::{parsed, seq_out, uuid_out};
use super::{identity, records};
use crate::model::chat::{Local, TimelineItem};
use rusqlite::{Connection, OptionalExtension as _};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::{AgentId, ConversationId, EntryId, Seq};
use smsdesk_common::time::Timestamp;
use std::collections::HashMap;
use uuid::Uuid;

/// How far I have read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) position: Seq,
    pub(super) inbound_read: u32,
}

/// The requests on their way, by conversation.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    texts: HashMap<ConversationId, u32>,
    reads: HashMap<ConversationId, Place>,
}

impl Overlay {
    /// Reads the outbox, which is small, and leaves out what the records already show.
    pub(super) fn load(records: &Connection, outbox: &Connection) -> Result<Self, CacheError> {
        let mut overlay = Self::default();
        let mut statement = outbox.prepare_cached(
            "SELECT conversation, kind, id, iif(kind = 'read', body, '') FROM request ORDER BY n",
        )?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let conversation = ConversationId(uuid_out(row, 0)?);
            let kind: String = row.get(1)?;
            if RequestKind::parse(&kind) == Some(RequestKind::Read) {
                let read: SetRead = serde_json::from_str(&row.get::<_, String>(3)?)?;
                let read = Place {
                    position: read.position,
                    inbound_read: read.inbound_read,
                };
                overlay.reads.insert(conversation, read);
            } else if !records::holds_entry(records, &row.get::<_, String>(2)?)? {
                *overlay.texts.entry(conversation).or_default() += 1;
            }
        }
        Ok(overlay)
    }

    /// How many texts of mine the relay has not confirmed there.
    pub(super) fn texts(&self, conversation: ConversationId) -> u32 {
        self.texts.get(&conversation).copied().unwrap_or(0)
    }

    /// How far I have read there, where it is on its way to the relay.
    pub(super) fn read(&self, conversation: ConversationId) -> Option<Place> {
        self.reads.get(&conversation).copied()
    }
}

/// The texts of this device in a conversation whose records have not come back, oldest first.
pub(super) fn echoes(
    records: &Connection,
    outbox: &Connection,
    conversation: ConversationId,
    me: Option<&Agent>,
) -> Result<Vec<TimelineItem>, CacheError> {
    let mut statement = outbox.prepare_cached(
        "SELECT id, body, created_at, iif(state = 'refused', problem, NULL) FROM request
         WHERE conversation = ?1 AND kind = 'send' ORDER BY n",
    )?;
    let mut rows = statement.query([conversation.0.as_bytes()])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        if records::holds_entry(records, &id)? {
            continue;
        }
        let message: SendMessage = serde_json::from_str(&row.get::<_, String>(1)?)?;
        let problem: Option<String> = row.get(3)?;
        let local = match problem {
            Some(problem) => Local::Refused(serde_json::from_str(&problem)?),
            None => Local::Waiting,
        };
        items.push(TimelineItem {
            entry: echo(
                EntryId(parsed(&id, "a text's id").map_err(CacheError::Outbox)?),
                conversation,
                message.body,
                me.map(|agent| agent.id),
                Timestamp::from_millis(row.get(2)?),
            ),
            author_name: me.map(|agent| agent.name.clone()),
            local: Some(local),
        });
    }
    Ok(items)
}

/// The entry that a text will be, as far as it is known before the relay has made it one.
fn echo(
    id: EntryId,
    conversation: ConversationId,
    body: String,
    author: Option<AgentId>,
    at: Timestamp,
) -> Entry {
    Entry {
        id,
        seq: Seq::ZERO,
        conversation,
        position: Seq(u64::MAX),
        entry_kind: EntryKind::Message,
        direction: Direction::Outbound,
        // Nobody can write before the relay has once said who they are; the nil id stands for
        // nobody.
        author: Author::Agent(author.unwrap_or(AgentId(Uuid::nil()))),
        origin: Origin::Api,
        body,
        media: Vec::new(),
        status: None,
        error: None,
        sid: None,
        segments: None,
        price: None,
        at,
        sent_at: None,
        delivered_at: None,
        activity: Vec::new(),
    }
}

/// How far I have read, with what is on its way to the relay; none where nothing is known.
pub(super) fn read_place(
    shelves: Shelves<'_>,
    conversation: ConversationId,
) -> Result<Option<Place>, CacheError> {
    let on_its_way = Overlay::load(shelves.records, shelves.outbox)?.read(conversation);
    let Some(me) = identity::me(shelves.outbox)? else {
        return Ok(on_its_way);
    };
    if on_its_way.is_some() {
        return Ok(on_its_way);
    }
    Ok(shelves
        .records
        .prepare_cached(
            "SELECT position, inbound_read FROM read_marker
             WHERE agent = ?1 AND conversation = ?2 LIMIT 1",
        )?
        .query_row((me.id.0.as_bytes(), conversation.0.as_bytes()), |row| {
            Ok(Place {
                position: seq_out(row.get(0)?),
                inbound_read: row.get(1)?,
            })
        })
        .optional()?)
}

//! What this device adds to the records when they are shown: its requests on their way.
//!
//! View = records + overlay, computed for each look and never stored: a text whose record has
//! come back is left out here, whatever the outbox still holds.

use super::error::CacheError;
use super::fate::RequestKind;
use super::list::Shelves;
use super::sql::{parsed, seq_out, uuid_out};
use super::{identity, list, outbox, records, timed};
use crate::model::chat::{Local, TimelineItem};
use crate::model::triage::Unread;
use rusqlite::{Connection, OptionalExtension as _};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::{AgentId, ContactId, ConversationId, EntryId, Seq};
use smsdesk_common::time::Timestamp;
use smsdesk_common::triage;
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
    patches: HashMap<ConversationId, Vec<Patch>>,
    people: outbox::People,
}

impl Overlay {
    /// Reads the outbox, which is small, and leaves out what the records already show.
    pub(super) fn load(records: &Connection, outbox: &Connection) -> Result<Self, CacheError> {
        let mut overlay = Self {
            people: outbox::People::load(records, outbox)?,
            ..Self::default()
        };
        for (conversation, patch) in outbox::patches(records, outbox)? {
            overlay.patches.entry(conversation).or_default().push(patch);
        }
        let mut statement = outbox.prepare_cached(
            "SELECT conversation, kind, id, iif(kind = 'read', body, '') FROM request
             WHERE kind NOT IN ('patch', 'timed', 'contact') ORDER BY n",
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

    /// What a contact is called, where I have changed it.
    pub(super) fn name(&self, contact: ContactId) -> Option<Option<String>> {
        self.people.name(contact)
    }

    /// A contact as this device shows it.
    pub(super) fn contact(
        &self,
        records: &Connection,
        contact: ContactId,
    ) -> Result<Option<Contact>, CacheError> {
        self.people.contact(records, contact)
    }

    /// How many texts and notes of mine the relay has not confirmed there.
    pub(super) fn texts(&self, conversation: ConversationId) -> u32 {
        self.texts.get(&conversation).copied().unwrap_or(0)
    }

    /// How far I have read there, where it is on its way to the relay.
    pub(super) fn read(&self, conversation: ConversationId) -> Option<Place> {
        self.reads.get(&conversation).copied()
    }

    /// Every conversation that a request of mine is about.
    pub(super) fn conversations(&self) -> impl Iterator<Item = ConversationId> {
        let (texts, reads) = (self.texts.keys(), self.reads.keys());
        texts.chain(reads).chain(self.patches.keys()).copied()
    }

    /// Which conversations I have changed and the records do not show it yet.
    pub(super) fn patched(&self) -> impl Iterator<Item = ConversationId> {
        self.patches.keys().copied()
    }

    /// Makes of a record what I have made of the conversation.
    pub(super) fn apply(&self, conversation: &mut Conversation) {
        let Some(patches) = self.patches.get(&conversation.id) else {
            return;
        };
        let waited = conversation.waiting_since;
        for patch in patches {
            if !will_be_refused(patch, conversation) {
                triage::apply(patch, conversation);
            }
        }
        // Done and reopened, it waits as it did before.
        if conversation.status != ConversationStatus::Done {
            conversation.waiting_since = waited;
        }
    }
}

/// Whether the customer has written since I put the conversation away: the relay will say so, and
/// what they wrote must not be out of sight until then.
fn will_be_refused(patch: &Patch, conversation: &Conversation) -> bool {
    let puts_away = patch
        .status
        .is_some_and(|status| status != ConversationStatus::Open);
    puts_away
        && conversation.status == ConversationStatus::Open
        && conversation.last.as_ref().is_some_and(|last| {
            last.direction == Direction::Inbound
                && patch.seen_seq.is_some_and(|seen| last.position > seen)
        })
}

/// The texts and notes of this device in a conversation whose records have not come back, oldest first.
pub(super) fn echoes(
    records: &Connection,
    outbox: &Connection,
    conversation: ConversationId,
    me: Option<&Agent>,
) -> Result<Vec<TimelineItem>, CacheError> {
    let mut statement = outbox.prepare_cached(
        "SELECT id, body, created_at, iif(state = 'refused', problem, NULL), held_until, kind
         FROM request WHERE conversation = ?1 AND kind IN ('send', 'note') ORDER BY n",
    )?;
    let mut rows = statement.query([conversation.0.as_bytes()])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        if records::holds_entry(records, &id)? {
            continue;
        }
        let (kind, body): (String, String) = (row.get("kind")?, row.get(1)?);
        let mut timing = None;
        let written = match RequestKind::parse(&kind) {
            Some(RequestKind::Note) => (EntryKind::Note, outbox::note_words(&body)?),
            _ => {
                let message: SendMessage = serde_json::from_str(&body)?;
                timing = timed::timing(&message);
                (EntryKind::Message, message.body)
            }
        };
        let problem: Option<String> = row.get(3)?;
        let local = match problem {
            Some(problem) => Local::Refused(serde_json::from_str(&problem)?),
            None => match row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis) {
                Some(until) => Local::Held { until },
                None => Local::Waiting,
            },
        };
        let id = parsed(&id, "a text's id").map_err(CacheError::Outbox)?;
        let at = Timestamp::from_millis(row.get(2)?);
        let author = me.map(|agent| agent.id);
        let mut entry = echo(EntryId(id), conversation, written, author, at);
        if let Some(timing) = timing.filter(|_| !matches!(local, Local::Refused(_))) {
            timed::wait(&mut entry, timing);
        }
        items.push(TimelineItem {
            entry,
            author_name: me.map(|agent| agent.name.clone()),
            local: Some(local),
        });
    }
    Ok(items)
}

/// The entry that a text or a note will be, as far as it is known before the relay has made it one.
fn echo(
    id: EntryId,
    conversation: ConversationId,
    (entry_kind, body): (EntryKind, String),
    author: Option<AgentId>,
    at: Timestamp,
) -> Entry {
    Entry {
        id,
        seq: Seq::ZERO,
        conversation,
        position: Seq(u64::MAX),
        entry_kind,
        direction: match entry_kind {
            EntryKind::Message => Direction::Outbound,
            EntryKind::Note | EntryKind::Call | EntryKind::Activity => Direction::Internal,
        },
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
        mentions: Vec::new(),
        send_at: None,
        zone: None,
        cancel_on_reply: false,
        held_since: None,
        insight: None,
        suggestion: None,
        ai_generated: None,
    }
}

/// What counting the newest text of the customer as unread comes to, and how far I have read then.
pub(super) fn unread(
    shelves: Shelves<'_>,
    conversation: ConversationId,
) -> Result<(Unread, Option<Place>), CacheError> {
    let newest: Option<i64> = shelves
        .records
        .prepare_cached(
            "SELECT max(position) FROM entry WHERE conversation = ?1
             AND entry_kind = 'message' AND direction = 'inbound'",
        )?
        .query_row([conversation.0.as_bytes()], |row| row.get(0))?;
    let held = list::conversation(shelves, conversation)?;
    let (Some(newest), Some(held)) = (newest, held) else {
        return Ok((Unread::Nothing, None));
    };
    let read = read_place(shelves, conversation)?.map_or(0, |place| place.inbound_read);
    if read < held.inbound_total {
        return Ok((Unread::Was, None));
    }
    let place = Place {
        position: seq_out(newest - 1),
        inbound_read: held.inbound_total.saturating_sub(1),
    };
    Ok((Unread::Again(place.position), Some(place)))
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

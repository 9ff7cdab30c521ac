//! Records, and a model of the relay's feed, for the tests of the disk and of the link.

use super::applied::Touched;
use super::list::Shelves;
use super::outbox::{self, Request};
use super::records;
use rusqlite::Connection;
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::api::changes::ChangesPage;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::{Conversation, ConversationStatus, Preview};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::feed::{Batch, Change, Content, Digest};
use smsdesk_common::ids::{
    AgentId, ContactId, ConversationId, EntryId, Epoch, JobId, RequestId, Seq, TemplateId,
};
use smsdesk_common::job::{Job, JobStatus};
use smsdesk_common::phone::Address;
use smsdesk_common::read_marker::ReadMarker;
use smsdesk_common::record::Record;
use smsdesk_common::template::{Template, Variables};
use smsdesk_common::time::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// 2026-11-20T12:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_795_176_000_000);

pub(crate) fn conversation_id(n: u64) -> ConversationId {
    ConversationId(Uuid::from_u64_pair(1, n))
}

pub(crate) fn entry_id(n: u64) -> EntryId {
    EntryId(Uuid::from_u64_pair(2, n))
}

pub(crate) fn contact_id(n: u64) -> ContactId {
    ContactId(Uuid::from_u64_pair(3, n))
}

pub(crate) fn agent_id(n: u64) -> AgentId {
    AgentId(Uuid::from_u64_pair(4, n))
}

pub(crate) fn address(text: &str) -> Address {
    Address::from_twilio(text).unwrap()
}

pub(crate) fn agent(n: u64, name: &str) -> Agent {
    Agent {
        id: agent_id(n),
        seq: Seq::ZERO,
        name: name.to_owned(),
        role: Role::Agent,
        active: true,
    }
}

pub(crate) fn contact(n: u64, name: Option<&str>) -> Contact {
    let address = address(&format!("+1305555{n:04}"));
    Contact {
        name: name.map(str::to_owned),
        ..Contact::blank(contact_id(n), address, NOON)
    }
}

/// An open conversation with contact `n`, nobody waiting.
pub(crate) fn conversation(n: u64) -> Conversation {
    Conversation {
        id: conversation_id(n),
        seq: Seq::ZERO,
        line: address("+15557122661"),
        address: address(&format!("+1305555{n:04}")),
        contact: contact_id(n),
        status: ConversationStatus::Open,
        assignee: None,
        labels: Vec::new(),
        flagged: false,
        flag_reason: None,
        snoozed_until: None,
        waiting_since: None,
        inbound_total: 0,
        last: None,
        created_at: NOON,
    }
}

/// An inbound text `minutes` after noon.
pub(crate) fn entry(n: u64, conversation: u64, minutes: i64) -> Entry {
    Entry {
        id: entry_id(n),
        seq: Seq::ZERO,
        conversation: conversation_id(conversation),
        position: Seq(n),
        entry_kind: EntryKind::Message,
        direction: Direction::Inbound,
        author: Author::Contact,
        origin: Origin::Webhook,
        body: format!("text {n}"),
        media: Vec::new(),
        status: None,
        error: None,
        sid: None,
        segments: None,
        price: None,
        at: NOON.plus_millis(minutes * 60_000),
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

/// The record of a text that agent `author` sent.
pub(crate) fn sent(id: EntryId, conversation: u64, author: u64) -> Entry {
    Entry {
        id,
        direction: Direction::Outbound,
        author: Author::Agent(agent_id(author)),
        origin: Origin::Api,
        ..entry(1, conversation, 0)
    }
}

pub(crate) fn marker(agent: u64, conversation: u64, position: u64, read: u32) -> ReadMarker {
    let (agent, conversation) = (agent_id(agent), conversation_id(conversation));
    ReadMarker {
        id: ReadMarker::key(agent, conversation),
        seq: Seq::ZERO,
        agent,
        conversation,
        position: Seq(position),
        inbound_read: read,
        at: NOON,
    }
}

/// The conversation with its last activity at that many minutes after noon.
pub(crate) fn last_at(mut conversation: Conversation, minutes: i64) -> Conversation {
    let mut last = entry(1, 1, minutes);
    last.conversation = conversation.id;
    conversation.last = Some(Preview::of(&last));
    conversation
}

/// What the relay holds: every record at its newest position.
/// What a fault of the disk, or another program, does to the copy of the records in `folder` while
/// nobody looks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Damage {
    /// A record is gone.
    Lost,
    /// A record is said to be of another commit.
    Moved,
    /// A record has the name of another.
    Renamed,
}

impl Damage {
    pub(crate) const ALL: [Self; 3] = [Self::Lost, Self::Moved, Self::Renamed];

    pub(crate) fn happens_to(self, folder: &Path) {
        let statement = match self {
            Self::Lost => "DELETE FROM records WHERE n = 1",
            Self::Moved => "UPDATE records SET seq = seq + 1000 WHERE n = 1",
            Self::Renamed => "UPDATE records SET id = id || 'x' WHERE n = 1",
        };
        let other = Connection::open(folder.join("cache.db")).unwrap();
        other.busy_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(other.execute(statement, ()).unwrap(), 1);
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Feed {
    pub(crate) epoch: Epoch,
    pub(crate) head: Seq,
    pub(crate) live: BTreeMap<(String, String), Change>,
}

impl Feed {
    pub(crate) fn new(epoch: u128) -> Self {
        Self {
            epoch: Epoch(epoch),
            head: Seq::ZERO,
            live: BTreeMap::new(),
        }
    }

    fn put(&mut self, kind: &str, id: &str, content: impl FnOnce(Seq) -> Content) -> Seq {
        self.head = self.head.next();
        let change = Change {
            kind: kind.to_owned(),
            id: id.to_owned(),
            seq: self.head,
            content: content(self.head),
        };
        self.live.insert((kind.to_owned(), id.to_owned()), change);
        self.head
    }

    pub(crate) fn commit(&mut self, mut record: Record) -> Seq {
        let (kind, id) = (record.kind().as_str(), record.id());
        self.put(kind, &id, |seq| {
            match &mut record {
                Record::Agent(agent) => agent.seq = seq,
                Record::Contact(contact) => contact.seq = seq,
                Record::Conversation(conversation) => conversation.seq = seq,
                Record::Broadcast(broadcast) => broadcast.seq = seq,
                Record::Entry(entry) => entry.seq = seq,
                Record::Job(job) => job.seq = seq,
                Record::Line(line) => line.seq = seq,
                Record::ReadMarker(marker) => marker.seq = seq,
                Record::Rule(rule) => rule.seq = seq,
                Record::Setting(setting) => setting.seq = seq,
                Record::Template(template) => template.seq = seq,
            }
            Content::Known(record)
        })
    }

    pub(crate) fn delete(&mut self, kind: &str, id: &str) -> Seq {
        self.put(kind, id, |_| Content::Deleted)
    }

    /// A record that only a later version understands.
    pub(crate) fn commit_opaque(&mut self, kind: &str, id: &str) -> Seq {
        self.put(kind, id, |seq| {
            let json = serde_json::json!({ "kind": kind, "id": id, "seq": seq, "shape": [1, 2] });
            Content::Opaque(json.as_object().unwrap().clone())
        })
    }

    fn within(&self, low: Seq, high: Seq) -> Vec<Change> {
        let mut changes: Vec<Change> = self
            .live
            .values()
            .filter(|change| change.seq > low && change.seq <= high)
            .cloned()
            .collect();
        changes.sort_by_key(|change| change.seq);
        changes
    }

    pub(crate) fn batch(&self, from: Seq, to: Seq) -> Batch {
        Batch {
            from,
            to,
            changes: self.within(from, to),
        }
    }

    /// The newest `limit` changes below `before`.
    pub(crate) fn page(&self, before: Seq, limit: usize) -> ChangesPage {
        let high = Seq(before.0.saturating_sub(1));
        let mut changes = self.within(Seq::ZERO, high);
        changes.reverse();
        let remaining = changes.len().saturating_sub(limit);
        changes.truncate(limit);
        let low = match changes.last() {
            Some(oldest) if remaining > 0 => Seq(oldest.seq.0 - 1),
            _ => Seq::ZERO,
        };
        ChangesPage {
            epoch: self.epoch,
            head: self.head,
            low,
            high,
            remaining: remaining as u64,
            digest: self.digest(),
            changes,
        }
    }

    pub(crate) fn digest(&self) -> Digest {
        let mut digest = Digest::EMPTY;
        for change in self.live.values() {
            digest.add(&change.kind, &change.id, change.seq);
        }
        digest
    }
}

/// A template of the team's.
pub(crate) fn template(n: u64, name: &str, body: &str) -> Template {
    Template {
        id: TemplateId(Uuid::from_u128(0x7e00 + u128::from(n))),
        seq: Seq(1),
        name: name.to_owned(),
        key: None,
        shortcut: None,
        folder: None,
        owner: None,
        body: body.to_owned(),
        translations: BTreeMap::new(),
        uses: 0,
        used_at: None,
        edited_seq: Seq(1),
        edited_at: NOON,
        edited_by: None,
        created_at: NOON,
    }
}

/// A job for a contact, on a Monday at nine in New York.
pub(crate) fn job(n: u64, of: u64) -> Job {
    Job {
        id: JobId(Uuid::from_u128(0x10b0 + u128::from(n))),
        seq: Seq(1),
        contact: contact_id(of),
        conversation: conversation_id(of),
        technician: Some("Tom".to_owned()),
        starts_at: NOON.plus_millis(74 * 3_600_000),
        ends_at: None,
        zone: "America/New_York".to_owned(),
        place: None,
        address: None,
        status: JobStatus::Assigned,
        location: None,
        remind_at: None,
        notices: BTreeMap::new(),
        variables: Variables::default(),
        edited_seq: Seq(1),
        edited_by: None,
        created_at: NOON,
    }
}

/// The request to send a text.
pub(in crate::cache) fn text(entry: u64, conversation: u64, body: &str) -> Request {
    Request::Send {
        entry: entry_id(entry),
        conversation: conversation_id(conversation),
        body: body.to_owned(),
        seen: Seq(1).into(),
        template: None,
        epoch: None,
        begins: None,
    }
}

/// A patch that changes nothing yet.
pub(crate) fn patch(n: u128) -> Patch {
    Patch::new(RequestId(Uuid::from_u128(n)))
}

/// Both databases in memory, and the relay whose feed they follow.
pub(crate) struct Desk {
    pub(crate) feed: Feed,
    pub(crate) records: Connection,
    pub(crate) outbox: Connection,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let mut records = Connection::open_in_memory().unwrap();
        records::schema::create(&mut records).unwrap();
        let mut outbox = Connection::open_in_memory().unwrap();
        outbox::schema::migrate(&mut outbox).unwrap();
        let feed = Feed::new(1);
        records::start_fresh(&mut records, feed.epoch, feed.head).unwrap();
        Self {
            feed,
            records,
            outbox,
        }
    }

    pub(crate) fn with(records: impl IntoIterator<Item = Record>) -> Self {
        let mut desk = Self::new();
        desk.commit(records);
        desk
    }

    /// The relay commits, and the feed brings it.
    pub(crate) fn commit(&mut self, records: impl IntoIterator<Item = Record>) -> Touched {
        let from = self.feed.head;
        for record in records {
            self.feed.commit(record);
        }
        self.apply_after(from)
    }

    /// The relay deletes, and the feed brings it.
    pub(crate) fn delete(&mut self, kind: &str, id: &str) -> Touched {
        let from = self.feed.head;
        self.feed.delete(kind, id);
        self.apply_after(from)
    }

    fn apply_after(&mut self, from: Seq) -> Touched {
        let batch = self.feed.batch(from, self.feed.head);
        records::apply(&mut self.records, &batch).unwrap().1
    }

    pub(in crate::cache) fn submit(&mut self, request: Request) {
        outbox::submit(&mut self.outbox, request, NOON).unwrap();
    }

    pub(in crate::cache) fn patch(&mut self, n: u64, patch: Patch) {
        self.submit(Request::Patch {
            conversation: conversation_id(n),
            patch: Box::new(patch),
        });
    }

    pub(in crate::cache) fn shelves(&self) -> Shelves<'_> {
        Shelves {
            records: &self.records,
            outbox: &self.outbox,
        }
    }
}

//! A large cache of an app, made by the code that applies the feed: first paint and keys are measured
//! on copies of it.

use super::Bench;
use super::app;
use anyhow::Context as _;
use smsdesk::cache::Cache;
use smsdesk::identity::Identity;
use smsdesk::model::search::SearchQuery;
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::{Conversation, ConversationStatus, Preview};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::feed::{BATCH_CHANGES_MAX, Batch, Change, Digest};
use smsdesk_common::ids::{ContactId, ConversationId, EntryId, Epoch, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::record::Record;
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;
use std::path::Path;
use tempfile::TempDir;
use uuid::Uuid;

/// Messages of one conversation: a million of them are a hundred thousand conversations.
pub(super) const MESSAGES_EACH: u64 = 10;
/// The file that says up to where a kept cache goes, and its digest.
const STATE: &str = "state";
/// Where nothing listens.
pub(super) const NOWHERE: &str = "http://127.0.0.1:9";

/// A home with a large cache in it, and where its feed goes on.
pub(super) struct Filled {
    pub(super) home: TempDir,
    pub(super) digest: Digest,
    pub(super) head: Seq,
    pub(super) conversations: u64,
}

/// A copy of the large cache: do with it as you like. Its relay is nowhere.
///
/// # Errors
/// It cannot be made.
pub(super) fn filled(bench: &Bench) -> anyhow::Result<Filled> {
    let conversations = (bench.entries / MESSAGES_EACH).max(1);
    let original = bench
        .keep
        .join(format!("{conversations}-conversations-cached"));
    if !original.join(STATE).exists() {
        bench.say(&format!("making a cache of {conversations} conversations"));
        bench.block_on(fill(&original, conversations))?;
    }
    let state = std::fs::read_to_string(original.join(STATE))?;
    let (head, digest) = state.split_once(' ').context("an odd state")?;
    let home = tempfile::tempdir()?;
    let folder = app::folder(home.path());
    std::fs::create_dir_all(&folder)?;
    for file in std::fs::read_dir(&original)? {
        let file = file?;
        if file.file_name() != STATE {
            std::fs::copy(file.path(), folder.join(file.file_name())).context("no room")?;
        }
    }
    Ok(Filled {
        home,
        digest: digest.parse()?,
        head: Seq(head.parse()?),
        conversations,
    })
}

impl Filled {
    /// Text `n` of those that come now, to conversation `of`, as the feed brings it after `head`.
    pub(super) fn arrives(&mut self, n: u64, of: u64) -> Batch {
        let from = self.head;
        let messages = self.conversations * MESSAGES_EACH;
        let mut entry = entry(messages + n, of, from.0 + 1);
        entry.seq = Seq(from.0 + 1);
        let mut conversation = conversation(of, &entry);
        conversation.seq = Seq(from.0 + 2);
        conversation.inbound_total += 1 + u32::try_from(n).unwrap_or(u32::MAX / 2);
        // It waits for as long as it did: the list stands still.
        conversation.waiting_since = Some(time(messages - self.conversations + of));
        self.head = Seq(from.0 + 2);
        let changes = [
            Record::Entry(Box::new(entry)),
            Record::Conversation(Box::new(conversation)),
        ];
        Batch {
            from,
            to: self.head,
            changes: changes.map(Change::of).into(),
        }
    }
}

/// The relay that the app below `home` belongs to.
///
/// # Errors
/// It cannot be written.
pub(super) fn identify(home: &Path, relay: String, token: String) -> anyhow::Result<()> {
    let folder = app::folder(home);
    std::fs::create_dir_all(&folder)?;
    let token = token.into();
    Ok(Identity { relay, token }.save(&folder)?)
}

/// Fills a cache as the feed would.
async fn fill(folder: &Path, conversations: u64) -> anyhow::Result<()> {
    let cache = Cache::open(folder)?.cache;
    cache.start_fresh(Epoch(1), Seq::ZERO).await?;
    let mut feed = Feed {
        seq: 0,
        digest: Digest::EMPTY,
        changes: Vec::new(),
        cache: &cache,
    };
    for n in 0..conversations {
        feed.push(Record::Contact(Box::new(contact(n)))).await?;
    }
    let mut last = Vec::new();
    let messages = conversations * MESSAGES_EACH;
    for n in 0..messages {
        let entry = entry(n, n % conversations, feed.seq + 1);
        if n >= messages - conversations {
            last.push(entry.clone());
        }
        feed.push(Record::Entry(Box::new(entry))).await?;
    }
    for (n, entry) in last.iter().enumerate() {
        let record = conversation(n as u64, entry);
        feed.push(Record::Conversation(Box::new(record))).await?;
    }
    feed.flush().await?;
    indexed(&cache).await?;
    let state = format!("{} {}", feed.seq, feed.digest);
    cache.close().await;
    let relay = NOWHERE.to_owned();
    let token = "token".to_owned().into();
    Identity { relay, token }.save(folder)?;
    Ok(std::fs::write(folder.join(STATE), state)?)
}

/// Waits until everything can be searched: an app that still indexes is another measurement.
async fn indexed(cache: &Cache) -> anyhow::Result<()> {
    for number in 1.. {
        let query = SearchQuery {
            number,
            text: "nowhere".to_owned(),
        };
        let found = cache.search(query, jiff::tz::TimeZone::UTC).await?;
        if found.is_some_and(|found| found.coverage.is_whole()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    Ok(())
}

struct Feed<'a> {
    seq: u64,
    digest: Digest,
    changes: Vec<Change>,
    cache: &'a Cache,
}

impl Feed<'_> {
    async fn push(&mut self, mut record: Record) -> anyhow::Result<()> {
        self.seq += 1;
        match &mut record {
            Record::Contact(contact) => contact.seq = Seq(self.seq),
            Record::Entry(entry) => entry.seq = Seq(self.seq),
            Record::Conversation(conversation) => conversation.seq = Seq(self.seq),
            Record::Agent(_)
            | Record::Broadcast(_)
            | Record::Job(_)
            | Record::Line(_)
            | Record::ReadMarker(_)
            | Record::Rule(_)
            | Record::Setting(_)
            | Record::Template(_) => {}
        }
        let change = Change::of(record);
        self.digest.add(&change.kind, &change.id, change.seq);
        self.changes.push(change);
        if self.changes.len() == BATCH_CHANGES_MAX {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> anyhow::Result<()> {
        let changes = std::mem::take(&mut self.changes);
        let to = Seq(self.seq);
        let from = Seq(self.seq - changes.len() as u64);
        self.cache.apply(Batch { from, to, changes }).await?;
        Ok(())
    }
}

fn id(kind: u128, n: u64) -> Uuid {
    Uuid::from_u128((kind << 64) | u128::from(n))
}

fn time(n: u64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + i64::try_from(n).unwrap_or(0) * 1_000)
}

fn address(n: u64) -> Address {
    Address::from_twilio(&format!("+1239{n:07}")).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn contact(n: u64) -> Contact {
    Contact {
        name: n.is_multiple_of(2).then(|| format!("Customer {n}")),
        ..Contact::blank(ContactId(id(1, n)), address(n), time(0))
    }
}

pub(super) fn entry(n: u64, of: u64, position: u64) -> Entry {
    Entry {
        id: EntryId(id(2, n)),
        seq: Seq::ZERO,
        conversation: ConversationId(id(3, of)),
        position: Seq(position),
        entry_kind: EntryKind::Message,
        direction: Direction::Inbound,
        author: Author::Contact,
        origin: Origin::Webhook,
        body: format!("message number {n}: is the plumber still coming? 🙏"),
        media: Vec::new(),
        status: Some(DeliveryStatus::Received),
        error: None,
        sid: Some(format!("SM{n:032x}")),
        segments: Some(1),
        price: None,
        at: time(n),
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

pub(super) fn conversation(n: u64, last: &Entry) -> Conversation {
    let line = Address::from_twilio(crate::world::LINE).unwrap_or_else(|error| panic!("{error}"));
    Conversation {
        id: last.conversation,
        seq: Seq::ZERO,
        line,
        address: address(n),
        contact: ContactId(id(1, n)),
        status: ConversationStatus::Open,
        assignee: None,
        labels: Vec::new(),
        flagged: false,
        flag_reason: None,
        snoozed_until: None,
        waiting_since: Some(last.at),
        inbound_total: 10,
        last: Some(Preview::of(last)),
        created_at: time(0),
    }
}

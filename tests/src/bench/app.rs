//! The terminal app over a cache of 100,000 messages: first paint, memory, key to frame.

use super::figure::Figure;
use super::proc::rss_mb;
use super::{Bench, ms, quantile};
use crate::pty::Pty;
use smsdesk::cache::Cache;
use smsdesk::identity::Identity;
use smsdesk_common::contact::{Contact, Place};
use smsdesk_common::conversation::{Conversation, ConversationStatus, Preview};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::feed::{BATCH_CHANGES_MAX, Batch, Change};
use smsdesk_common::ids::{ContactId, ConversationId, EntryId, Epoch, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::record::Record;
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Messages in the cache.
const MESSAGES: u64 = 100_000;
/// Conversations that they belong to.
const CONVERSATIONS: u64 = 2_000;
/// Keys that are timed.
const KEYS: usize = 400;
/// Starts that are timed.
const STARTS: usize = 10;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let home = tempfile::tempdir()?;
    let folder = folder(home.path());
    bench.block_on(fill(&folder))?;
    let mut paints = Vec::new();
    for _ in 0..STARTS {
        let (desk, paint) = start(home.path(), "message number")?;
        paints.push(paint);
        desk.signal("TERM");
        desk.ends();
    }
    let (mut desk, _) = start(home.path(), "message number")?;
    let mut frames = Vec::with_capacity(KEYS);
    for key in "jjjkGggnJ".chars().cycle().take(KEYS) {
        // A key is answered by whatever is written next; let the screen come to rest before.
        let before = desk.rests(Duration::from_millis(30));
        let began = Instant::now();
        desk.types_at_once(&key.to_string());
        frames.push(desk.writes_more_than(before, Duration::from_millis(250), began));
    }
    let mut times: Vec<_> = frames.iter().flatten().copied().collect();
    let told = |name: &str, times: &mut Vec<Duration>, share| {
        Figure::told(name, ms(quantile(times, share)), "ms")
    };
    let figures = vec![
        told("first paint, p50", &mut paints, 0.5),
        told("first paint, worst", &mut paints, 1.0),
        told("key → frame, p50", &mut times, 0.5),
        told("key → frame, p99", &mut times, 0.99)
            .limit(format!("{} of {KEYS} keys changed the screen", times.len())),
        Figure::told("memory", rss_mb(desk.pid())?, "MB"),
    ];
    desk.signal("TERM");
    desk.ends();
    Ok(figures)
}

/// Where the app keeps its data below `home`.
pub(super) fn folder(home: &Path) -> PathBuf {
    home.join("smsdesk").join("default")
}

/// The app in a terminal, its data below `home`, and how long it took to show `words`.
///
/// # Errors
/// This program has no path.
pub(super) fn start(home: &Path, words: &str) -> anyhow::Result<(Pty, Duration)> {
    let program = std::env::current_exe()?.display().to_string();
    let home = home.display().to_string();
    let environment = [
        (super::ROLE, "desk"),
        ("HOME", home.as_str()),
        ("XDG_DATA_HOME", home.as_str()),
    ];
    let began = Instant::now();
    let desk = Pty::start(&program, &[], &environment, (120, 40));
    desk.sees(words);
    Ok((desk, began.elapsed()))
}

/// Fills a cache as the feed would.
async fn fill(folder: &Path) -> anyhow::Result<()> {
    let cache = Cache::open(folder)?.cache;
    cache.start_fresh(Epoch(1), Seq::ZERO).await?;
    let mut feed = Feed {
        seq: 0,
        changes: Vec::new(),
        cache: &cache,
    };
    for n in 0..CONVERSATIONS {
        feed.push(Record::Contact(contact(n))).await?;
    }
    let mut last = Vec::new();
    for n in 0..MESSAGES {
        let entry = entry(n, feed.seq + 1);
        if n >= MESSAGES - CONVERSATIONS {
            last.push(entry.clone());
        }
        feed.push(Record::Entry(Box::new(entry))).await?;
    }
    for (n, entry) in last.iter().enumerate() {
        let record = conversation(n as u64, entry);
        feed.push(Record::Conversation(Box::new(record))).await?;
    }
    feed.flush().await?;
    cache.close().await;
    let relay = "http://127.0.0.1:9".to_owned();
    Identity {
        relay,
        token: "token".to_owned().into(),
    }
    .save(folder)?;
    Ok(())
}

struct Feed<'a> {
    seq: u64,
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
            Record::Agent(_) | Record::Line(_) | Record::ReadMarker(_) => {}
        }
        self.changes.push(Change::of(record));
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
    Address::from_twilio(&format!("+1239426{n:04}")).unwrap_or_else(|error| panic!("{error}"))
}

fn contact(n: u64) -> Contact {
    Contact {
        id: ContactId(id(1, n)),
        seq: Seq::ZERO,
        name: n.is_multiple_of(2).then(|| format!("Customer {n}")),
        addresses: vec![address(n)],
        place: Place::default(),
        created_at: time(0),
    }
}

fn entry(n: u64, position: u64) -> Entry {
    Entry {
        id: EntryId(id(2, n)),
        seq: Seq::ZERO,
        conversation: ConversationId(id(3, n % CONVERSATIONS)),
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
    }
}

fn conversation(n: u64, last: &Entry) -> Conversation {
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
        inbound_total: 50,
        last: Some(Preview::of(last)),
        created_at: time(0),
    }
}

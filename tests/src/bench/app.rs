//! The terminal app over a large cache: first paint, memory, key to frame, closing without a relay.

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

/// Messages of one conversation: a million of them are a hundred thousand conversations.
pub(super) const MESSAGES_EACH: u64 = 10;
/// Conversations that are closed, one by one.
const CLOSED: usize = 40;
/// What clears a whole screen: an app that does so for a key or a text makes it flicker.
const CLEAR: &[u8] = b"\x1b[2J";
/// Keys that are timed.
const KEYS: usize = 400;
/// Starts that are timed.
const STARTS: usize = 10;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let home = tempfile::tempdir()?;
    let folder = folder(home.path());
    bench.block_on(fill(&folder, (bench.entries / MESSAGES_EACH).max(1)))?;
    let mut paints = Vec::new();
    for _ in 0..STARTS {
        let (desk, paint) = start(home.path(), "message number")?;
        paints.push(paint);
        desk.signal("TERM");
        desk.ends();
    }
    let (mut desk, _) = start(home.path(), "message number")?;
    let started = desk.rests(Duration::from_millis(30));
    let mut times = press(&mut desk, "jjjkGggnJ", KEYS);
    let ended = desk.rests(Duration::from_millis(30));
    let bytes = (ended - started) / KEYS;
    let mut closed = press(&mut desk, "e", CLOSED);
    let clears = desk.bytes()[started..]
        .windows(CLEAR.len())
        .filter(|bytes| *bytes == CLEAR)
        .count();
    anyhow::ensure!(clears == 0, "the screen was cleared {clears} times");
    let told = |name: &str, times: &mut Vec<Duration>, share| {
        Figure::told(name, ms(quantile(times, share)), "ms")
    };
    let figures = vec![
        told("first paint, p50", &mut paints, 0.5),
        told("first paint, worst", &mut paints, 1.0),
        told("key → frame, p50", &mut times, 0.5),
        told("key → frame, p99", &mut times, 0.99)
            .limit(format!("{} of {KEYS} keys changed the screen", times.len())),
        told("close → frame, relay gone, p50", &mut closed, 0.5),
        told("close → frame, relay gone, p99", &mut closed, 0.99),
        Figure::told("written for a key, mean", kib(bytes), "KiB"),
        Figure::told("memory", rss_mb(desk.pid())?, "MB"),
    ];
    desk.signal("TERM");
    desk.ends();
    Ok(figures)
}

/// Presses keys of `cycle` one by one; how long each took that changed the screen.
pub(super) fn press(desk: &mut Pty, cycle: &str, count: usize) -> Vec<Duration> {
    let mut times = Vec::with_capacity(count);
    for key in cycle.chars().cycle().take(count) {
        // A key is answered by whatever is written next; let the screen come to rest before.
        let before = desk.rests(Duration::from_millis(30));
        let began = Instant::now();
        desk.types_at_once(&key.to_string());
        times.extend(desk.writes_more_than(before, Duration::from_millis(250), began));
    }
    times
}

#[expect(clippy::cast_precision_loss, reason = "a size to be read by people")]
fn kib(bytes: usize) -> f64 {
    bytes as f64 / 1024.0
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
async fn fill(folder: &Path, conversations: u64) -> anyhow::Result<()> {
    let cache = Cache::open(folder)?.cache;
    cache.start_fresh(Epoch(1), Seq::ZERO).await?;
    let mut feed = Feed {
        seq: 0,
        changes: Vec::new(),
        cache: &cache,
    };
    for n in 0..conversations {
        feed.push(Record::Contact(contact(n))).await?;
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
    cache.close().await;
    join(folder)
}

/// Makes the folder that of somebody who has joined a relay, which is gone.
pub(super) fn join(folder: &Path) -> anyhow::Result<()> {
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
    Address::from_twilio(&format!("+1239{n:07}")).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn contact(n: u64) -> Contact {
    Contact {
        id: ContactId(id(1, n)),
        seq: Seq::ZERO,
        name: n.is_multiple_of(2).then(|| format!("Customer {n}")),
        addresses: vec![address(n)],
        place: Place::default(),
        created_at: time(0),
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

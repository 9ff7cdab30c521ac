//! A cache to search in: texts of many words, fetched as the history is, newest first.

use super::app_cache::{MESSAGES_EACH, contact, conversation, entry};
use smsdesk::cache::Cache;
use smsdesk_common::api::changes::{ChangesPage, PAGE_MAX};
use smsdesk_common::entry::Entry;
use smsdesk_common::feed::{Change, Digest};
use smsdesk_common::ids::{Epoch, Seq};
use smsdesk_common::record::Record;
use std::path::Path;

/// What people write about, besides the plumber.
const WORDS: &[&str] = &[
    "morning",
    "kitchen",
    "please",
    "tomorrow",
    "invoice",
    "payment",
    "address",
    "window",
    "door",
    "after",
    "before",
    "thanks",
    "sorry",
    "leaking",
    "again",
    "number",
    "street",
    "garden",
    "light",
    "water",
    "heater",
    "appointment",
    "cancel",
    "move",
    "confirm",
    "picture",
    "receipt",
    "price",
    "estimate",
    "Friday",
    "Monday",
    "noon",
    "evening",
    "neighbour",
    "gate",
    "code",
    "key",
    "dog",
    "upstairs",
    "basement",
    "filter",
    "pump",
    "valve",
    "pipe",
    "drain",
    "shower",
    "toilet",
    "sink",
];
/// Words of each text out of these.
const WORDS_EACH: u64 = 7;
/// Of so many texts one has a word of its own.
const RARE_EVERY: u64 = 37;
/// Of so many texts one has Chinese words.
const CHINESE_EVERY: u64 = 1_000;
/// Of so many conversations one has the label.
const LABEL_EVERY: u64 = 2_000;

/// A desk with so many texts.
#[derive(Clone, Copy)]
struct Desk {
    conversations: u64,
    messages: u64,
}

impl Desk {
    fn total(self) -> u64 {
        self.messages + 2 * self.conversations
    }

    /// The record of a position: contacts, then texts, then conversations.
    fn record(self, seq: u64) -> Record {
        let n = seq - 1;
        if n < self.conversations {
            let mut contact = contact(n);
            contact.seq = Seq(seq);
            return Record::Contact(Box::new(contact));
        }
        if n < self.conversations + self.messages {
            return Record::Entry(Box::new(self.text(n - self.conversations)));
        }
        let of = n - self.conversations - self.messages;
        let last = self.text(self.messages - self.conversations + of);
        let mut conversation = conversation(of, &last);
        conversation.seq = Seq(seq);
        if of.is_multiple_of(LABEL_EVERY) {
            conversation.labels = vec!["rare".to_owned()];
        }
        Record::Conversation(Box::new(conversation))
    }

    fn text(self, n: u64) -> Entry {
        let seq = 1 + self.conversations + n;
        let mut text = entry(n, n % self.conversations, seq);
        text.seq = Seq(seq);
        // The same in every run: what is measured must be.
        let mut dice = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for _ in 0..WORDS_EACH {
            dice ^= dice >> 29;
            dice = dice.wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let at = usize::try_from(dice % WORDS.len() as u64).unwrap_or(0);
            text.body.push(' ');
            text.body.push_str(WORDS[at]);
        }
        if n % RARE_EVERY == 1_000 % RARE_EVERY {
            text.body.push_str(&format!(" rare{n}"));
        }
        if n.is_multiple_of(CHINESE_EVERY) {
            text.body.push_str(" 水管工明天來");
        }
        text
    }
}

/// Fills a cache page by page backwards.
pub(super) async fn fill(folder: &Path, entries: u64) -> anyhow::Result<()> {
    let conversations = (entries / MESSAGES_EACH).max(1);
    let desk = Desk {
        conversations,
        messages: conversations * MESSAGES_EACH,
    };
    let cache = Cache::open(folder)?.cache;
    let epoch = Epoch(1);
    let head = Seq(desk.total());
    cache.start_fresh(epoch, head).await?;
    let mut high = desk.total();
    while high > 0 {
        let low = high.saturating_sub(PAGE_MAX as u64);
        let changes = (low + 1..=high).rev();
        let changes = changes.map(|seq| Change::of(desk.record(seq))).collect();
        let page = ChangesPage {
            epoch,
            head,
            low: Seq(low),
            high: Seq(high),
            changes,
            remaining: low,
            digest: Digest::EMPTY,
        };
        cache.apply_history(page).await?;
        high = low;
    }
    cache.close().await;
    Ok(())
}

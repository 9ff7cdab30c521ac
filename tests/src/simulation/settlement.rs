//! What the relay does about texts that it was not told of, and about those of unknown fate, by
//! the provider's list. When it looks is a model: the whole list at once, every so often. What it
//! makes of it is the shipped code. Texts of the list that nobody here has written are left out,
//! and so is the wide walk that finds them.

use super::event::Event;
use super::relay::NOON_MS;
use super::scheduler::Millis;
use super::twilio::{Message, status_of};
use super::{ACCOUNT, World, must};
use smsdesk_common::entry::Direction;
use smsdesk_common::phone::Address;
use smsdesk_common::status::{Delivery, DeliveryError};
use smsdesk_common::time::Timestamp;
use smsdesk_relay::desk::backfill;
use smsdesk_relay::outbox::cadence::Cadence;
use smsdesk_relay::outbox::reconcile::{carry_out, with_messages};
use smsdesk_relay::outbox::settle;
use smsdesk_relay::store::{StoreError, entries, unknown};
use smsdesk_relay::twilio::listed::ListedMessage;
use std::sync::Arc;

/// How often the list is looked at, in milliseconds.
const LOOK_MS: Millis = 20_000;
/// The most texts in doubt that are looked for at once.
const DOUBTS_MAX: u32 = 100;
/// How patiently.
const CADENCE: Cadence = Cadence::STANDARD;

/// A text as the list has it.
fn listed_message(message: &Message) -> ListedMessage {
    let address = |text: &str| must(Address::from_twilio(text));
    let at = NOON_MS + i64::try_from(message.at).unwrap_or(0);
    let delivery = message.status().map(|(word, code)| Delivery {
        status: status_of(word),
        error: (code != 0).then(|| DeliveryError {
            code,
            text: String::new(),
        }),
    });
    ListedMessage {
        account: must(ACCOUNT.parse()),
        sid: must(message.sid.parse()),
        from: Some(address(&message.from)),
        to: address(&message.to),
        service: None,
        body: message.body.clone(),
        direction: match message.entry {
            None => Direction::Inbound,
            Some(_) => Direction::Outbound,
        },
        delivery,
        num_media: 0,
        segments: Some(1),
        price: None,
        created: Timestamp::from_millis(at - at % 1_000),
        sent: None,
        raw: "{}".to_owned(),
    }
}

impl World {
    /// The list is looked at.
    pub fn reconcile(&mut self, life: u64) {
        if !self.relay.up || life != self.relay.life {
            return;
        }
        self.agenda.after(LOOK_MS, Event::Reconcile(life));
        if self.network.provider_cut {
            return;
        }
        let listed = self.listed();
        for (number, message) in &listed {
            let seen = (*number, message.reached);
            if !self.relay.listed.contains(&seen) && self.compare(*number, message) {
                self.relay.listed.insert(seen);
            }
        }
        self.settle_doubts(&listed);
    }

    /// Says whether the text belongs to an entry now.
    fn compare(&mut self, number: usize, message: &Message) -> bool {
        let listed = listed_message(message);
        if message.entry.is_none() {
            self.note("relay", || format!("finds m{number} in the list"));
            self.relay_writes(move |tx| backfill::inbound(tx, &listed));
            return true;
        }
        self.relay_writes(move |tx| -> Result<bool, StoreError> {
            backfill::advance(tx, &listed)?;
            Ok(entries::by_sid(tx, listed.sid.as_str())?.is_some())
        })
    }

    fn settle_doubts(&mut self, listed: &[(usize, Message)]) {
        let patience = CADENCE.patience;
        if must(self.relay.store.read(unknown::is_any_new)) {
            self.relay_writes(move |tx| {
                let before = tx.now().plus_millis(-CADENCE.wide_ms);
                unknown::purge(tx, before)?;
                unknown::adopt(tx, patience.call_ms, patience.first_look_ms)
            });
        }
        let now = Timestamp::from_millis(self.wall());
        let store = &self.relay.store;
        let doubts = must(store.read(|reads| unknown::due(reads, now, DOUBTS_MAX)));
        if doubts.is_empty() {
            return;
        }
        let is_free = |message: &ListedMessage| {
            let sid = message.sid.as_str();
            message.direction == Direction::Outbound
                && must(store.read(|reads| entries::by_sid(reads, sid))).is_none()
        };
        let free: Vec<Arc<ListedMessage>> = listed
            .iter()
            .map(|(_, message)| listed_message(message))
            .filter(is_free)
            .map(Arc::new)
            .collect();
        let messages: Vec<_> = free.iter().map(Arc::as_ref).collect();
        let verdicts = settle::settle(&doubts, &messages, now, &patience);
        self.note("relay", || format!("settles {verdicts:?}"));
        let verdicts = with_messages(verdicts, &free);
        self.relay_writes(move |tx| carry_out(tx, verdicts).map(|_| ()));
    }
}

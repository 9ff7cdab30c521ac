//! What the relay does about texts that it was not told of, and about those of unknown fate, by
//! the provider's list. A model: the rule is small, and what it writes goes through the real
//! functions.

use super::World;
use super::event::Event;
use super::must;
use super::scheduler::Millis;
use super::twilio::{Message, inbound_form, status_of};
use super::work::short;
use smsdesk_common::entry::{Entry, Origin};
use smsdesk_common::ids::EntryId;
use smsdesk_common::status::{Delivery, DeliveryStatus};
use smsdesk_relay::desk::{receive, status};
use smsdesk_relay::store::{StoreError, entries, outbox};
use smsdesk_relay::twilio::form::{Form, InboundMessage};

/// How often the list is looked at, in milliseconds.
const LOOK_MS: Millis = 20_000;
/// How long evidence is waited for, in milliseconds: longer than the list lags behind.
const EVIDENCE_MS: Millis = 120_000;
/// How much earlier than the doubt a text may have been made, in milliseconds.
const BEFORE_MS: Millis = 60_000;

/// What is to be done about a text of unknown fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The provider has it.
    Bound(String),
    /// Look again later.
    Later,
    /// Nobody will ever know.
    Unconfirmed,
}

/// Decides: `free` are the texts of the list that belong to no entry yet.
pub fn decide(entry: &Entry, to: &str, free: &[Message], doubted: Millis, now: Millis) -> Settled {
    let fits = |message: &&Message| {
        message.to == to && message.body == entry.body && message.at + BEFORE_MS >= doubted
    };
    match free.iter().find(fits) {
        Some(message) => Settled::Bound(message.sid.clone()),
        None if now >= doubted + EVIDENCE_MS => Settled::Unconfirmed,
        None => Settled::Later,
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
        for entry in must(self.relay.store.doubtful()) {
            self.settle_doubt(entry, &listed);
        }
    }

    /// Says whether the text belongs to an entry now.
    fn compare(&mut self, number: usize, message: &Message) -> bool {
        if message.entry.is_none() {
            let raw = inbound_form(message).into_bytes();
            let inbound = must(InboundMessage::from_form(&must(Form::parse(&raw))));
            self.note("relay", || format!("finds m{number} in the list"));
            self.relay_writes(move |tx| receive::receive(tx, &inbound, &raw, Origin::Backfill));
            return true;
        }
        let Some((word, _)) = message.status() else {
            return false;
        };
        let (sid, status) = (message.sid.clone(), status_of(word));
        self.relay_writes(move |tx| -> Result<bool, StoreError> {
            let Some(mut entry) = entries::by_sid(tx, &sid)? else {
                return Ok(false);
            };
            let delivery = Delivery {
                status,
                error: None,
            };
            let now = tx.now();
            if status::merge(&mut entry, &delivery, now) == status::Merged::News {
                status::store(tx, &mut entry)?;
            }
            Ok(true)
        })
    }

    fn settle_doubt(&mut self, id: EntryId, listed: &[(usize, Message)]) {
        let now = self.agenda.now();
        let doubted = *self.relay.doubts.entry(id).or_insert(now);
        let store = &self.relay.store;
        let Some(entry) = must(store.read(|reads| entries::find(reads, id))) else {
            return;
        };
        let conversation = entry.conversation;
        let to = must(
            store.read(|reads| smsdesk_relay::store::conversations::find(reads, conversation)),
        );
        let Some(to) = to.map(|found| found.address) else {
            return;
        };
        let is_free = |message: &Message| {
            message.entry.is_some()
                && must(store.read(|reads| entries::by_sid(reads, &message.sid))).is_none()
        };
        let free: Vec<_> = listed
            .iter()
            .map(|(_, message)| message.clone())
            .filter(is_free)
            .collect();
        let settled = decide(&entry, to.as_str(), &free, doubted, now);
        self.note("relay", || format!("settles {}: {settled:?}", short(id)));
        match settled {
            Settled::Later => {}
            Settled::Bound(sid) => self.bind(id, sid),
            Settled::Unconfirmed => self.settle(id, DeliveryStatus::Unconfirmed),
        }
    }

    fn bind(&mut self, id: EntryId, sid: String) {
        self.relay_writes(move |tx| -> Result<(), StoreError> {
            if let Some(mut entry) = entries::find(tx, id)? {
                outbox::remove(tx, id)?;
                entry.sid = Some(sid);
                let now = tx.now();
                let delivery = Delivery {
                    status: DeliveryStatus::Accepted,
                    error: None,
                };
                status::merge(&mut entry, &delivery, now);
                status::store(tx, &mut entry)?;
            }
            Ok(())
        });
    }
}

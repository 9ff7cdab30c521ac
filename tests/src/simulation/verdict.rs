//! The end: what keeps the world from being quiet, and what must be true once it is.

use super::World;
use super::checker::Submitted;
use super::device::Device;
use super::must;
use smsdesk::cache::memory::{Held, Outstanding, Stage};
use smsdesk_common::entry::{Direction, Entry, Origin};
use smsdesk_common::feed::{Change, Content, Digest};
use smsdesk_common::ids::{EntryId, Epoch, Seq};
use smsdesk_common::record::Record;
use smsdesk_common::status::DeliveryStatus;
use smsdesk_relay::store::{feed, meta, outbox};
use std::collections::{BTreeMap, BTreeSet};

/// The most changes that are read at once.
const PAGE_CHANGES: usize = 10_000;

impl World {
    /// The relay's log after a position, oldest first.
    pub fn log_after(&self, mut after: Seq) -> Vec<Change> {
        let mut all = Vec::new();
        loop {
            let page = must(
                self.relay
                    .store
                    .read(|reads| feed::after(reads, after, PAGE_CHANGES)),
            );
            for line in &page.lines {
                after = line.seq;
                all.push(must(serde_json::from_str(&line.json)));
            }
            if page.complete {
                return all;
            }
        }
    }

    /// The checker looks at what the relay has committed since the last time.
    pub fn look_at_log(&mut self) {
        let (epoch, head) = (self.relay.store.epoch(), self.relay.store.head());
        let after = match self.looked {
            Some((seen, seq)) if seen == epoch => seq,
            _ => Seq::ZERO,
        };
        if after == head {
            return;
        }
        let changes = self.log_after(after);
        self.checker.committed(epoch, &changes);
        self.looked = Some((epoch, head));
    }

    /// What keeps the world from being quiet.
    pub fn unrest(&self) -> Option<String> {
        let counts = must(self.relay.store.read(outbox::counts));
        if counts.waiting + counts.unknown > 0 || self.relay.calling > 0 {
            return Some(format!("I8: the relay has {counts:?} in its outbox"));
        }
        if !self.twilio.posts.is_empty() || self.twilio.messages.iter().any(|m| !m.is_over()) {
            return Some("the provider has something under way".to_owned());
        }
        if !self.to_come.is_empty() {
            return Some("agents have something to write".to_owned());
        }
        let (epoch, head) = (self.relay.store.epoch(), self.relay.store.head());
        self.devices
            .iter()
            .find_map(|device| restless(device, epoch, head))
            .or_else(|| self.unfinished())
    }

    /// A text whose delivery is not over, or a customer's text that is not there.
    fn unfinished(&self) -> Option<String> {
        let log = self.log_after(Seq::ZERO);
        let entries: BTreeMap<EntryId, &Entry> = entries_of(&log).collect();
        let sids: BTreeSet<_> = entries
            .values()
            .filter_map(|entry| entry.sid.as_deref())
            .collect();
        let open = entries
            .values()
            .find(|entry| entry.status.is_some_and(|status| !status.is_final()));
        if let Some(open) = open {
            return Some(format!("I8: {} stays {:?}", open.id, open.status));
        }
        let missing = self
            .twilio
            .messages
            .iter()
            .find(|message| message.entry.is_none() && !sids.contains(message.sid.as_str()));
        let missing = missing.filter(|_| !self.renames_texts());
        missing.map(|message| format!("I1: {:?} is not stored", message.body))
    }

    fn renames_texts(&self) -> bool {
        self.sabotage == Some(super::faults::Sabotage::NoDedupe)
    }

    /// Everything that must be true once all is quiet.
    pub fn judge(&mut self) {
        self.look_at_log();
        let log = self.log_after(Seq::ZERO);
        let epoch = self.relay.store.epoch();
        self.checker.nothing_vanished(epoch, &log);
        let problems = [
            self.judge_digest(&log),
            self.judge_inbound(&log),
            self.judge_outbound(&log),
        ];
        for problem in problems.into_iter().flatten() {
            self.checker.violate(problem);
        }
        let mut theirs: Vec<_> = log
            .iter()
            .map(|change| Held {
                kind: change.kind.clone(),
                id: change.id.clone(),
                seq: change.seq,
                body: must(serde_json::to_string(change)),
            })
            .collect();
        theirs.sort();
        for index in 0..self.devices.len() {
            if let Some(problem) = self.judge_copy(index, &theirs) {
                self.checker.violate(problem);
            }
        }
    }

    fn judge_digest(&self, log: &[Change]) -> Option<String> {
        let mut digest = Digest::EMPTY;
        for change in log {
            digest.add(&change.kind, &change.id, change.seq);
        }
        let held = must(self.relay.store.read(meta::digest));
        (digest != held).then(|| "I5: the relay's digest is not that of its log".to_owned())
    }

    /// I1 and I2.
    fn judge_inbound(&self, log: &[Change]) -> Option<String> {
        let mut bodies = BTreeMap::<&str, u32>::new();
        let inbound = entries_of(log).filter(|(_, entry)| entry.direction == Direction::Inbound);
        for (_, entry) in inbound {
            *bodies.entry(&entry.body).or_default() += 1;
            let written = self.twilio.messages.iter().any(|m| m.body == entry.body);
            let known = matches!(entry.origin, Origin::Webhook | Origin::Backfill);
            if !written || !known {
                return Some(format!("I2: {:?} came from nowhere", entry.body));
            }
        }
        let written = self.twilio.messages.iter().filter(|m| m.entry.is_none());
        written
            .map(|message| {
                (
                    message,
                    bodies.get(message.body.as_str()).copied().unwrap_or(0),
                )
            })
            .find(|(_, times)| *times != 1)
            .map(|(message, times)| {
                let acknowledged = self.checker.acknowledged.contains(&message.sid);
                format!(
                    "I1: {:?} is stored {times} times (answered 2xx: {acknowledged})",
                    message.body
                )
            })
    }

    /// I7 and I8.
    fn judge_outbound(&self, log: &[Change]) -> Option<String> {
        let entries: BTreeMap<EntryId, &Entry> = entries_of(log).collect();
        let stranger = entries.values().find(|entry| {
            entry.direction == Direction::Outbound && !self.checker.texts.contains_key(&entry.id)
        });
        if let Some(stranger) = stranger {
            return Some(format!("I7: nobody asked for {}", stranger.id));
        }
        let texts = self.checker.texts.iter();
        texts
            .filter(|(id, text)| !self.ended(**id, **text, entries.get(*id).copied()))
            .map(|(id, _)| format!("I8: {id} was submitted and has no end that is shown"))
            .next()
    }

    fn ended(&self, id: EntryId, text: Submitted, entry: Option<&Entry>) -> bool {
        let device = &self.devices[text.device];
        let outstanding = must(device.disk.outstanding());
        let here = outstanding.iter().find(|request| request.id == id.0);
        let shown = |request: &Outstanding| request.stage == Stage::Refused || device.stopped;
        match entry.and_then(|entry| entry.status) {
            Some(DeliveryStatus::Received) | None => {}
            Some(status) => return status.is_final(),
        }
        // What was there and is gone was taken by a restore, which takes what it takes.
        let restored = text.recorded && self.checker.restores > 0;
        here.is_some_and(shown) || self.checker.taken_back.contains(&id) || restored
    }

    /// I5 at a device.
    fn judge_copy(&self, index: usize, theirs: &[Held]) -> Option<String> {
        let device = &self.devices[index];
        if device.stopped {
            return None;
        }
        let ours = must(device.disk.records());
        if ours == theirs {
            return None;
        }
        let differing = theirs.iter().find(|theirs| !ours.contains(theirs));
        let differing = differing.or_else(|| ours.iter().find(|ours| !theirs.contains(ours)));
        Some(format!(
            "I5: d{index} differs from the relay: {differing:?}"
        ))
    }
}

/// What keeps a device from being quiet.
fn restless(device: &Device, epoch: Epoch, head: Seq) -> Option<String> {
    let index = device.index;
    if device.stopped && device.revoked.is_some() {
        return None;
    }
    if device.stopped {
        return Some(format!(
            "I6: d{index} has stopped without having been revoked"
        ));
    }
    let cursor = must(device.disk.cursor());
    let whole = cursor
        .is_some_and(|cursor| (cursor.epoch, cursor.low, cursor.high) == (epoch, Seq::ZERO, head));
    if !device.live || !whole {
        return Some(format!(
            "I6: d{index} is not caught up: {cursor:?} of {head}"
        ));
    }
    let waits = must(device.disk.outstanding())
        .into_iter()
        .find(|request| request.stage != Stage::Refused);
    waits.map(|request| format!("I8: d{index} still has {request:?}"))
}

fn entries_of(log: &[Change]) -> impl Iterator<Item = (EntryId, &Entry)> {
    log.iter().filter_map(|change| match &change.content {
        Content::Known(Record::Entry(entry)) => Some((entry.id, &**entry)),
        Content::Known(_) | Content::Deleted | Content::Opaque(_) => None,
    })
}

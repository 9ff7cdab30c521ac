//! What must hold whatever happens: I1 to I12, by what relay, devices and provider were seen to do.
//!
//! Some of it is checked while the simulation runs, the rest once all is quiet. The checker knows
//! no party from inside; it is told what left the relay, what reached a disk and what the provider
//! was asked.

use smsdesk_common::feed::{Change, Content};
use smsdesk_common::ids::{EntryId, Epoch, Seq};
use smsdesk_common::record::Record;
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::stream::{CREDIT_BYTES, CREDIT_CHANGES};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::scheduler::Millis;

/// How long a revoked token may still be sent what was committed, in milliseconds.
const REVOKED_MS_MAX: Millis = 1_000;

/// Who looks at statuses: a device, or the relay itself.
type Observer = Option<usize>;

/// A text that an agent has submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// On which device.
    pub device: usize,
    /// Whether its record was seen anywhere.
    pub recorded: bool,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Checker {
    violation: Option<String>,
    /// Texts of agents.
    pub texts: BTreeMap<EntryId, Submitted>,
    /// Texts that their agent took back.
    pub taken_back: BTreeSet<EntryId>,
    /// Texts that the relay would not send over what their agent had not seen.
    held_back: BTreeSet<EntryId>,
    /// Webhooks of customers' texts that were answered 2xx, by the provider's id.
    pub acknowledged: BTreeSet<String>,
    /// How often the provider could have taken each text.
    creates: BTreeMap<EntryId, u32>,
    /// The newest position at which each record was seen on a device, in each life.
    seen: HashMap<(u128, String, String), Seq>,
    statuses: HashMap<(Observer, u128, String), (Seq, DeliveryStatus)>,
    /// How often the relay was restored.
    pub restores: u32,
}

impl Checker {
    /// Keeps the first violation.
    pub fn violate(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }

    /// The first violation.
    pub fn violation(&mut self) -> Option<String> {
        self.violation.take()
    }

    /// A webhook of a customer's text was answered 2xx.
    pub fn acknowledged(&mut self, sid: String) {
        self.acknowledged.insert(sid);
    }

    /// An agent was shown a text of theirs.
    pub fn submitted(&mut self, entry: EntryId, device: usize) {
        let recorded = false;
        self.texts.insert(entry, Submitted { device, recorded });
    }

    /// An agent took a text back.
    pub fn withdrawn(&mut self, entry: EntryId) {
        self.taken_back.insert(entry);
    }

    /// The relay asked the agent of a text before it would take it. The words may go out under
    /// another id from now on.
    pub fn held_back(&mut self, entry: EntryId) {
        self.held_back.insert(entry);
    }

    /// The relay was restored.
    pub fn restored(&mut self) {
        self.restores += 1;
        self.acknowledged.clear();
    }

    /// I7: the provider is asked to take a text, and could.
    pub fn create(&mut self, entry: EntryId) {
        let held = self.creates.entry(entry).or_default();
        *held += 1;
        let times = *held;
        if times > 1 {
            self.violate(format!(
                "I7: the provider could have taken {entry} {times} times"
            ));
        }
    }

    /// I10: what a session has sent without its being acknowledged.
    pub fn owed(&mut self, owed: &VecDeque<(Seq, usize, usize)>) {
        let changes: usize = owed.iter().map(|(_, changes, _)| changes).sum();
        let bytes: usize = owed.iter().map(|(_, _, bytes)| bytes).sum();
        if changes > CREDIT_CHANGES || bytes > CREDIT_BYTES {
            self.violate(format!(
                "I10: {changes} changes of {bytes} bytes are not acknowledged"
            ));
        }
    }

    /// I11: a batch that ends at `to` is sent to a device whose token was revoked at that time and
    /// position.
    pub fn sent(&mut self, now: Millis, device: usize, to: Seq, revoked: Option<(Millis, Seq)>) {
        if let Some((at, seq)) = revoked
            && now > at + REVOKED_MS_MAX
            && to > seq
        {
            self.violate(format!(
                "I11: d{device} was revoked at {seq} and is sent {to}"
            ));
        }
    }

    /// I3, I4, I9: a device has changes on its disk. `committed` is how far that life of the
    /// relay's database reaches, where it is the current one.
    pub fn applied(
        &mut self,
        device: usize,
        epoch: Epoch,
        changes: &[Change],
        committed: Option<Seq>,
    ) {
        for change in changes {
            if committed.is_some_and(|committed| change.seq > committed) {
                let seq = change.seq;
                self.violate(format!("I4: d{device} shows {seq}, which is not committed"));
            }
            let key = (epoch.0, change.kind.clone(), change.id.clone());
            let seen = self.seen.entry(key).or_default();
            *seen = change.seq.max(*seen);
            self.status(Some(device), epoch, change);
        }
    }

    /// I3, I9: the relay's log, from where it was last looked at. In order of positions.
    pub fn committed(&mut self, epoch: Epoch, changes: &[Change]) {
        for pair in changes.windows(2) {
            if pair[0].seq >= pair[1].seq {
                let (first, second) = (pair[0].seq, pair[1].seq);
                self.violate(format!("I3: {second} comes after {first} in the log"));
            }
        }
        for change in changes {
            self.status(None, epoch, change);
        }
    }

    fn status(&mut self, observer: Observer, epoch: Epoch, change: &Change) {
        let Content::Known(Record::Entry(entry)) = &change.content else {
            return;
        };
        if let Some(text) = self.texts.get_mut(&entry.id) {
            text.recorded = true;
        }
        if self.held_back.contains(&entry.id) {
            let id = entry.id;
            self.violate(format!(
                "I7: {id} was refused with a question and stored all the same"
            ));
        }
        let Some(status) = entry.status else {
            return;
        };
        let key = (observer, epoch.0, change.id.clone());
        let held = self.statuses.get(&key).copied();
        // A page of the history may be older than what the live feed has brought.
        if held.is_some_and(|(seq, _)| seq >= change.seq) {
            return;
        }
        self.statuses.insert(key, (change.seq, status));
        if let Some((_, held)) = held.filter(|(_, held)| *held > status) {
            let id = &change.id;
            self.violate(format!(
                "I9: {id} was {held:?} and is {status:?} at {observer:?}"
            ));
        }
    }

    /// I4: whether everything that a device has seen of this life is still there.
    pub fn nothing_vanished(&mut self, epoch: Epoch, live: &[Change]) {
        let live: HashMap<_, _> = live
            .iter()
            .map(|change| ((change.kind.as_str(), change.id.as_str()), change.seq))
            .collect();
        let gone = self.seen.iter().find(|((life, kind, id), seq)| {
            *life == epoch.0 && live.get(&(kind.as_str(), id.as_str())) < Some(*seq)
        });
        if let Some(((_, kind, id), seq)) = gone {
            let what = format!("I4: {kind} {id} was seen at {seq} and is gone");
            self.violate(what);
        }
    }
}

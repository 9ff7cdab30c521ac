//! What applying a part of the feed did, as the rest of the app needs to know it.

use super::outbox::OutboxCounts;
use crate::event::{APPLIED_CONVERSATIONS_MAX, CacheEvent};
use crate::model::attention::News;
use crate::model::contact::Told;
use crate::model::triage::About;
use smsdesk_common::api::Problem;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::messages::MessagePatch;
use smsdesk_common::feed::Digest;
use smsdesk_common::ids::{ConversationId, EntryId, Epoch, Seq};
use smsdesk_common::time::Timestamp;
use std::collections::BTreeSet;

/// Which part of the feed is on the disk: every change in `(low, high]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The life of the relay's database that the positions belong to.
    pub epoch: Epoch,
    /// What is older is still to be fetched.
    pub low: Seq,
    /// What is newer is still to come.
    pub high: Seq,
    /// Where the relay stood when it read the newest page of the history that is here. A record
    /// that it touched between `high` and this is in no page, and comes with the live feed.
    pub read_at: Seq,
    /// Over all records here, deleted and unknown ones included.
    pub digest: Digest,
}

impl Cursor {
    /// Whether every record that the relay had at `high` is here. Before the live feed has come to
    /// where the history was read, some may be on their way.
    pub fn is_whole(&self) -> bool {
        self.low == Seq::ZERO && self.read_at <= self.high
    }
}

/// How this copy compares with the relay's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestCheck {
    /// They hold the same records.
    Equal,
    /// History is still missing here, or the relay has moved on: no judgement.
    NotComparable,
    /// They claim the same positions and hold different records: this copy is wrong.
    Differs,
}

/// What a commit has changed on the screen, at the most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    conversations: BTreeSet<ConversationId>,
    everything: bool,
}

impl Touched {
    /// So much that it is not told apart.
    pub const EVERYTHING: Self = Self {
        conversations: BTreeSet::new(),
        everything: true,
    };

    /// Counts a conversation in.
    pub(super) fn add(&mut self, conversation: ConversationId) {
        if self.everything {
            return;
        }
        self.conversations.insert(conversation);
        if self.conversations.len() > APPLIED_CONVERSATIONS_MAX {
            *self = Self::EVERYTHING;
        }
    }

    /// Which conversations; none where they are not told apart.
    pub(super) fn told_apart(&self) -> Option<impl Iterator<Item = ConversationId>> {
        (!self.everything).then(|| self.conversations.iter().copied())
    }

    /// Counts in what `other` has.
    pub(super) fn merge(&mut self, other: Self) {
        if other.everything {
            *self = Self::EVERYTHING;
        }
        for conversation in other.conversations {
            self.add(conversation);
        }
    }

    /// Whether nothing on a screen can have changed.
    pub fn is_empty(&self) -> bool {
        !self.everything && self.conversations.is_empty()
    }

    /// As the app hears of it; none where nothing on a screen can have changed.
    pub fn into_event(self) -> Option<CacheEvent> {
        (!self.is_empty()).then(|| CacheEvent::Applied {
            conversations: self.conversations.into_iter().collect(),
            everything: self.everything,
        })
    }
}

/// What a commit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Where the copy stands now.
    pub cursor: Cursor,
    /// What may look different now.
    pub touched: Touched,
    /// The outbox, where requests of this device have come back.
    pub outbox: Option<OutboxCounts>,
    /// What may concern the agent, where the live feed brought it.
    pub news: Vec<News>,
    /// When the relay took the customers' texts that the live feed brought, by its clock.
    pub arrived: Vec<Timestamp>,
    /// Conversations begun here that the relay has now: under which id they were, and are.
    pub moved: Vec<(ConversationId, ConversationId)>,
    /// Conversations that have ended, because whoever was in them was erased.
    pub ended: Vec<ConversationId>,
}

impl Applied {
    /// As the app hears of it.
    pub fn into_events(self) -> impl Iterator<Item = CacheEvent> {
        let outbox = self.outbox.map(CacheEvent::from);
        let news = (!self.news.is_empty()).then_some(CacheEvent::News(self.news));
        let touched = self.touched.into_event();
        let moved = self.moved.into_iter();
        let moved = moved.filter(|(from, to)| from != to);
        let moved = moved.map(|(from, to)| CacheEvent::Rehomed { from, to });
        let ended = (!self.ended.is_empty()).then_some(CacheEvent::Ended(self.ended));
        let first = ended.into_iter().chain(moved);
        first.chain(touched).chain(outbox).chain(news)
    }
}

/// What the relay refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A change: it is not shown any more.
    Patch(Patch),
    /// A text, and when it was to go out: it stays until its author has decided.
    Text(EntryId, String, Option<Timestamp>),
    /// A note: as a text.
    Note(EntryId, String),
    /// A change of a text that waits for its time: it is not shown any more.
    Timed(MessagePatch),
    /// Something that was said of a contact: it is not shown any more.
    Contact,
}

/// A request that the relay refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What was asked.
    pub what: Refused,
    /// Why not.
    pub problem: Problem,
    /// Whom it was about.
    pub about: About,
}

impl Refusal {
    fn into_event(self, conversation: ConversationId) -> CacheEvent {
        let problem = Box::new(self.problem);
        let about = Box::new(self.about);
        match self.what {
            Refused::Patch(patch) => CacheEvent::TriageRefused {
                conversation,
                patch: Box::new(patch),
                problem,
                about,
            },
            Refused::Text(entry, body, send_at) => CacheEvent::TextRefused {
                conversation,
                entry,
                body,
                send_at,
                problem,
                about,
            },
            Refused::Timed(patch) => CacheEvent::TimedRefused {
                conversation,
                patch: Box::new(patch),
                problem,
            },
            Refused::Contact => CacheEvent::Contact(Box::new(Told::Refused(problem))),
            Refused::Note(entry, body) => CacheEvent::NoteRefused {
                conversation,
                entry,
                body,
                problem,
                about,
            },
        }
    }
}

/// What a change in the outbox did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxChange {
    /// What may look different now.
    pub touched: Touched,
    /// The outbox afterwards.
    pub outbox: OutboxCounts,
    /// What of which conversation the relay refused, where its author has to hear of it.
    pub refusal: Option<(ConversationId, Refusal)>,
}

impl OutboxChange {
    /// As the app hears of it.
    pub fn into_events(self) -> impl Iterator<Item = CacheEvent> {
        let refusal = self.refusal;
        let refusal = refusal.map(|(conversation, refusal)| refusal.into_event(conversation));
        let touched = self.touched.into_event();
        touched
            .into_iter()
            .chain(refusal)
            .chain([self.outbox.into()])
    }
}

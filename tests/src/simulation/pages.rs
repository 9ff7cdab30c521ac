//! What sessions read: the real ring of the newest changes, which is filled a little after each
//! commit, and the database for whoever is behind it.

use super::event::Event;
use super::faults::Sabotage;
use super::{World, must};
use smsdesk_common::ids::{Seq, TokenId};
use smsdesk_relay::store::memory::MemoryStore;
use smsdesk_relay::store::{StoreError, feed, meta, tokens};
use smsdesk_relay::stream::recent::{NoPage, look, stored};
use smsdesk_relay::stream::ring::{Batch, Line, RING_BYTES_MAX, Ring};
use smsdesk_relay::stream::session::Page;
use std::collections::HashSet;

use super::scheduler::Millis;

/// How late the ring may hear that the log grew, in milliseconds.
const GROW_MS_MAX: Millis = 15;

/// The ring of one process of the relay.
#[derive(Debug)]
pub struct Recent {
    ring: Ring<String>,
    revoked: HashSet<TokenId>,
    /// Whether somebody has told it to look.
    rung: bool,
}

impl Recent {
    /// Begins where the database stands.
    pub fn open(store: &MemoryStore) -> Self {
        let (head, digest, revoked) = must(store.read(|reads| -> Result<_, StoreError> {
            let (head, digest) = (feed::head(reads)?, meta::digest(reads)?);
            Ok((head, digest, tokens::revoked(reads)?))
        }));
        Self {
            ring: Ring::new(head, digest, RING_BYTES_MAX),
            revoked,
            rung: false,
        }
    }

    /// How far it reaches.
    pub const fn head(&self) -> Seq {
        self.ring.head()
    }

    /// Whether the token was revoked, as far as the ring reaches.
    pub fn is_revoked(&self, token: TokenId) -> bool {
        self.revoked.contains(&token)
    }
}

impl World {
    /// Something was committed.
    pub fn log_grew(&mut self) {
        if self.relay.up && !std::mem::replace(&mut self.relay.recent.rung, true) {
            let late = self.random.within(0, GROW_MS_MAX);
            self.agenda.after(late, Event::Grow(self.relay.life));
        }
    }

    /// The ring takes in what was committed, and the sessions hear of it.
    pub fn grow(&mut self, life: u64) {
        if !self.relay.up || life != self.relay.life {
            return;
        }
        self.relay.recent.rung = false;
        let from = self.relay.recent.ring.head();
        let look = must(self.relay.store.read(|reads| look(reads, from)));
        self.relay.recent.ring.grow(look.growth);
        if let Some(revoked) = look.revoked {
            self.relay.recent.revoked = revoked;
        }
        self.wake_sessions();
    }

    /// The page that a session of that token asks for, which has seen the state of `seen`; none
    /// where the token is no longer accepted.
    pub fn page(
        &mut self,
        token: TokenId,
        (after, limit): (Seq, usize),
        seen: Seq,
    ) -> Option<(Page, Option<String>)> {
        let deaf = self.sabotage == Some(Sabotage::DeafToRevocation);
        let skips = self.sabotage == Some(Sabotage::SkippedChange) && self.random.chance(300);
        if deaf || skips {
            return Some(self.broken_page(after, limit, skips));
        }
        let recent = &mut self.relay.recent;
        if recent.revoked.contains(&token) {
            return None;
        }
        if let Some(page) = recent.ring.page(after, limit, seen) {
            return Some(page);
        }
        let read = self
            .relay
            .store
            .read(|reads| stored(reads, token, after, limit));
        match read {
            Ok((page, text)) => Some((page, text.map(|text| text.to_string()))),
            Err(NoPage::Revoked) => None,
            Err(NoPage::Store(error)) => must(Err(error)),
        }
    }

    /// Every change up to the head, whoever asks, the first one left out if it `skips`.
    fn broken_page(&self, after: Seq, limit: usize, skips: bool) -> (Page, Option<String>) {
        let (head, digest, page) = must(self.relay.store.read(|reads| -> Result<_, StoreError> {
            let page = feed::after(reads, after, limit)?;
            Ok((feed::head(reads)?, meta::digest(reads)?, page))
        }));
        let skipped = usize::from(skips && page.lines.len() > 1);
        let lines: Vec<Line> = page.lines.into_iter().skip(skipped).collect();
        let batch = Batch::gather(&mut lines.iter(), limit);
        let to = batch.end(after, page.complete, head.max(after));
        let text = (to > after).then(|| batch.text(after, to));
        let page = Page {
            to,
            changes: batch.len(),
            bytes: text.as_ref().map_or(0, String::len),
            head,
            digest,
        };
        (page, text)
    }
}

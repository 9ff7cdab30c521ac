//! From page to page through a list, and where a restart goes on.

use super::{Did, Fault, List, Reading, Reconciler};
use crate::clock::monotonic;
use crate::outbox::reconcile::page::Page;
use crate::outbox::reconcile::window::window;
use crate::store::StoreError;
use crate::store::reconcile::{self, Purpose, Walk};
use crate::twilio::client::{ListQuery, LookError};
use crate::twilio::listed::{ListPage, NextPage};
use smsdesk_common::time::Timestamp;
use std::time::Duration;

/// Pages of one walk: two million messages with the usual size. A list that goes on behind them does
/// not count as read.
const PAGES_MAX: u32 = 10_000;

impl Reconciler {
    /// Reads the next page of the list whose turn it is.
    pub(super) async fn walk_on(&mut self, now: Timestamp) -> Result<Did, Fault> {
        let Some(list) = self.turn() else {
            return Ok(Did::Nothing);
        };
        self.last = Some(list.clone());
        let walk = match self.lists.get(&list).and_then(|held| held.walk.clone()) {
            Some(walk) => walk,
            None => self.begin(&list, now).await?,
        };
        self.read_page(list, walk, now).await?;
        Ok(Did::Call)
    }

    /// The list after the last one that has something to read.
    fn turn(&self) -> Option<List> {
        let now = monotonic();
        let is_ready = |(list, reading): &(&List, &Reading)| {
            (reading.walk.is_some() || reading.due <= now) && !self.is_blocked(&list.0)
        };
        let is_later = |list: &List| self.last.as_ref().is_none_or(|last| list > last);
        let later = self.lists.iter().filter(|(list, _)| is_later(list));
        let mut all = later.chain(self.lists.iter()).filter(is_ready);
        all.next().map(|(list, _)| list.clone())
    }

    async fn begin(&mut self, list: &List, now: Timestamp) -> Result<Walk, Fault> {
        let (line, purpose) = list.clone();
        let (cadence, started) = (self.cadence, monotonic());
        let walk = self.relay.store.write(move |tx| {
            let completed = reconcile::completed(tx, &line, purpose)?;
            let window = window(now, completed, &cadence);
            let walk = Walk {
                line,
                purpose,
                since: window.since,
                started_at: now,
                wide: window.wide,
                next_page: None,
                pages: 0,
            };
            reconcile::put(tx, &walk)?;
            Ok::<_, StoreError>(walk)
        });
        let walk = walk.await?;
        if let Some(reading) = self.lists.get_mut(list) {
            reading.walk = Some(walk.clone());
            reading.due = started + Duration::from_millis(cadence.every_ms);
        }
        Ok(walk)
    }

    async fn read_page(&mut self, list: List, mut walk: Walk, now: Timestamp) -> Result<(), Fault> {
        let client = self.relay.accounts.client(&walk.line);
        let answer = match walk.next_page.clone() {
            Some(next) => client.list_on(&NextPage::kept(next)).await,
            None => client.list(&query(&walk, self.cadence.page_messages)).await,
        };
        let is_lost = matches!(
            answer,
            Err(LookError::Missing | LookError::Refused { .. } | LookError::Unreadable)
        );
        if is_lost && walk.next_page.take().is_some() {
            // The provider has forgotten the place: from the top again.
            walk.pages = 0;
            self.keep(&list, walk.clone()).await?;
        }
        let read = self.answered(&walk.line, answer)?;
        let is_old = is_behind(&read, walk.since);
        if read.unreadable > 0 {
            let count = read.unreadable;
            tracing::warn!(count, "messages of the provider's list could not be read");
        }
        walk.next_page = read.next.as_ref().map(|next| next.as_str().to_owned());
        walk.pages = walk.pages.saturating_add(1);
        let page = Page {
            relay: &self.relay,
            cadence: &self.cadence,
            line: &walk.line,
            now,
        };
        let is_any_young = match walk.purpose {
            Purpose::Inbound => page.inbound(read.messages).await?,
            Purpose::Outbound => {
                let left = page.outbound(read.messages).await?;
                if let Some(reading) = self.lists.get_mut(&list) {
                    reading.left = reading.left.into_iter().chain(left).min();
                }
                false
            }
        };
        if is_any_young && let Some(reading) = self.lists.get_mut(&list) {
            let soon = Duration::from_millis(self.cadence.webhook_ms.unsigned_abs());
            reading.due = reading.due.min(monotonic() + soon);
        }
        let goes_on = walk.next_page.is_some() && !is_old;
        if goes_on && walk.pages >= PAGES_MAX {
            tracing::error!("the provider's list has no end; it is read from its top again");
            (walk.next_page, walk.pages) = (None, 0);
        }
        if goes_on {
            self.keep(&list, walk).await
        } else {
            self.complete(&list, walk).await
        }
    }

    async fn keep(&mut self, list: &List, walk: Walk) -> Result<(), Fault> {
        let kept = walk.clone();
        let store = &self.relay.store;
        store.write(move |tx| reconcile::put(tx, &kept)).await?;
        if let Some(reading) = self.lists.get_mut(list) {
            reading.walk = Some(walk);
        }
        Ok(())
    }

    async fn complete(&mut self, list: &List, walk: Walk) -> Result<(), Fault> {
        let known_until = match walk.purpose {
            Purpose::Inbound => walk.started_at,
            // What was too young to be called a stranger has to be met once more.
            Purpose::Outbound => walk.started_at.plus_millis(-self.cadence.foreign_ms),
        };
        // So has what may be a text that is still looked for.
        let left = self.lists.get_mut(list).and_then(|held| held.left.take());
        let known_until = left.map_or(known_until, |left| left.min(known_until));
        let (store, started_at) = (&self.relay.store, walk.started_at);
        store
            .write(move |tx| reconcile::complete(tx, &walk, known_until))
            .await?;
        if let Some(reading) = self.lists.get_mut(list) {
            reading.walk = None;
            reading.completed = Some(started_at);
        }
        let completed: Option<Vec<_>> = self.lists.values().map(|list| list.completed).collect();
        if let Some(oldest) = completed.and_then(|all| all.into_iter().min()) {
            self.relay.tally.completed(oldest);
        }
        Ok(())
    }
}

/// The times are those of sending, so that a text that still waits is not listed; a later walk finds
/// it.
fn query(walk: &Walk, page_messages: u32) -> ListQuery {
    ListQuery {
        page_messages,
        ..ListQuery::of_line(&walk.line, walk.purpose.direction(), Some(walk.since))
    }
}

/// Whether a page lies wholly before the window: where the provider goes by days only, its list
/// goes on below.
fn is_behind(page: &ListPage, since: Timestamp) -> bool {
    let is_before = |at: Timestamp| at.plus_millis(1_000) < since;
    !page.messages.is_empty()
        && page
            .messages
            .iter()
            .all(|message| is_before(message.created) && message.sent.is_none_or(is_before))
}

//! What a page of a list tells that is not known yet.

use super::{CHUNK, Fault, is_past};
use crate::desk::backfill::{self, Bound, Change, Stranger};
use crate::desk::consent::answer;
use crate::outbox::cadence::Cadence;
use crate::outbox::reconcile::tally::{End, Found};
use crate::outbox::settle;
use crate::state::Relay;
use crate::store::webhooks::Seen;
use crate::store::{StoreError, entries, unknown};
use crate::twilio::listed::ListedMessage;
use smsdesk_common::entry::Direction;
use smsdesk_common::ids::EntryId;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use std::sync::Arc;

/// Texts in doubt that are compared with one page; more than ever are at a time.
pub(super) const DOUBTS_MAX: u32 = 2_000;

/// Where a page comes from.
pub(super) struct Page<'a> {
    pub(super) relay: &'a Relay,
    pub(super) cadence: &'a Cadence,
    pub(super) line: &'a Address,
    pub(super) now: Timestamp,
}

/// What is to be done about a message of ours.
enum Todo {
    Advance(Arc<ListedMessage>),
    Bind(EntryId, Arc<ListedMessage>),
    Enter(Arc<ListedMessage>),
}

impl Page<'_> {
    /// Enters the texts to us that no webhook brought. Says whether some were left to webhooks that
    /// may still be on their way.
    pub(super) async fn inbound(&self, messages: Vec<ListedMessage>) -> Result<bool, Fault> {
        let mut wanted = self.of_this_line(messages, Direction::Inbound);
        let all = wanted.len();
        wanted.retain(|message| is_past(message.created, self.now, self.cadence.webhook_ms));
        let is_any_young = wanted.len() < all;
        let missing = self.relay.store.read(move |reads| {
            let mut missing = Vec::new();
            for message in wanted {
                if entries::by_sid(reads, message.sid.as_str())?.is_none() {
                    missing.push(message);
                }
            }
            Ok::<_, StoreError>(missing)
        });
        let missing = missing.await?;
        for chunk in missing.chunks(CHUNK) {
            let chunk = chunk.to_vec();
            let answers = self.relay.live().answers.clone();
            let entered = self.relay.store.write(move |tx| {
                let (mut entered, mut answered) = (0, false);
                for message in &chunk {
                    if backfill::inbound(tx, message)? == Seen::First {
                        entered += 1;
                        answered |= match (&answers, message.as_inbound()) {
                            (Some(answers), Some(text)) => answer::answer(tx, &text, answers)?,
                            _ => false,
                        };
                    }
                }
                Ok::<_, StoreError>((entered, answered))
            });
            let (entered, answered) = entered.await?;
            if answered {
                self.relay.outbox_bell.notify_one();
            }
            self.relay.tally.add(Found::Inbound, entered);
        }
        Ok(is_any_young)
    }

    /// Advances what the list knows better, finds the messages of texts in doubt, and enters what
    /// went out without us. Says when the oldest was made that was left alone, for it may be a text
    /// that is still looked for.
    pub(super) async fn outbound(
        &self,
        messages: Vec<ListedMessage>,
    ) -> Result<Option<Timestamp>, Fault> {
        let wanted = self.of_this_line(messages, Direction::Outbound);
        let (now, cadence) = (self.now, *self.cadence);
        let todo = self.relay.store.read(move |reads| {
            let (mut todo, mut strangers) = (Vec::new(), Vec::new());
            for message in wanted {
                if entries::by_sid(reads, message.sid.as_str())?.is_none() {
                    strangers.push(message);
                } else if is_past(message.created, now, cadence.callback_ms)
                    && backfill::is_news(reads, &message)?
                {
                    todo.push(Todo::Advance(message));
                }
            }
            if strangers.is_empty() {
                return Ok::<_, StoreError>(todo);
            }
            let doubts = unknown::open(reads, DOUBTS_MAX)?;
            let looked_at: Vec<_> = strangers.iter().map(Arc::as_ref).collect();
            let slack_ms = cadence.patience.slack_ms;
            for (entry, at) in settle::bind(&doubts, &looked_at, slack_ms) {
                todo.push(Todo::Bind(entry, Arc::clone(&strangers[at])));
            }
            let old = |message: &Arc<_>| is_stranger(message, now, &cadence);
            todo.extend(strangers.into_iter().filter(old).map(Todo::Enter));
            Ok(todo)
        });
        let (mut todo, mut left) = (todo.await?, None);
        while !todo.is_empty() {
            let rest = todo.split_off(todo.len().min(CHUNK));
            let oldest = self.carry_out(std::mem::replace(&mut todo, rest)).await?;
            left = left.into_iter().chain(oldest).min();
        }
        Ok(left)
    }

    async fn carry_out(&self, todo: Vec<Todo>) -> Result<Option<Timestamp>, Fault> {
        let slack_ms = self.cadence.patience.slack_ms;
        let found = self.relay.store.write(move |tx| {
            let (mut found, mut left) = (Vec::new(), None);
            for one in &todo {
                let what = match one {
                    Todo::Advance(message) => {
                        let change = backfill::advance(tx, message)?;
                        (change == Change::Status).then_some(Found::Status)
                    }
                    Todo::Bind(entry, message) => {
                        let bound = backfill::bind(tx, *entry, message)?;
                        (bound == Bound::Now).then_some(Found::Settled)
                    }
                    Todo::Enter(message) => {
                        let stranger = backfill::outbound(tx, message, slack_ms)?;
                        if stranger == Stranger::MayBeOurs {
                            left = left.into_iter().chain([message.created]).min();
                        }
                        (stranger == Stranger::Entered).then_some(Found::Outbound)
                    }
                };
                found.extend(what);
            }
            Ok::<_, StoreError>((found, left))
        });
        let (found, left) = found.await?;
        for what in found {
            self.relay.tally.add(what, 1);
            if what == Found::Settled {
                self.relay.tally.end(End::List);
            }
        }
        Ok(left)
    }

    /// The messages that are of this line, the oldest first: they get their places in that order.
    fn of_this_line(
        &self,
        messages: Vec<ListedMessage>,
        direction: Direction,
    ) -> Vec<Arc<ListedMessage>> {
        let mut wanted: Vec<_> = messages
            .into_iter()
            .rev()
            .filter(|message| message.direction == direction && message.is_of_line(self.line))
            .map(Arc::new)
            .collect();
        wanted.sort_by_key(|message| message.created);
        let redacted = wanted.iter().filter(|message| message.is_redacted());
        let redacted = u64::try_from(redacted.count()).unwrap_or(0);
        self.relay.tally.redacted(redacted);
        wanted
    }
}

fn is_stranger(message: &ListedMessage, now: Timestamp, cadence: &Cadence) -> bool {
    is_past(message.created, now, cadence.foreign_ms)
}

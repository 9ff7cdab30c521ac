//! Asks for texts that the provider has had for long without passing them on. A list goes by the
//! time of sending, so one that failed or was withdrawn before it was sent stands in none; only its
//! callback told of it.

use super::{Did, Fault, Reconciler};
use crate::clock::monotonic;
use crate::outbox::reconcile::page::Page;
use crate::store::reconcile::{self, Held};
use crate::twilio::client::LookError;
use crate::twilio::sid::MessageSid;
use smsdesk_common::time::Timestamp;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Texts that are asked for in one turn. A long queue at the provider is no fault; it must not cost
/// more calls than the lists do.
const TURN_TEXTS: u32 = 20;

/// Whom to ask for next.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    texts: VecDeque<Held>,
    /// The last one of the turn before.
    after: Option<Timestamp>,
    /// When the next turn is.
    due: Option<Instant>,
}

impl Reconciler {
    /// Asks for the next text whose turn it is.
    pub(super) async fn ask_for_held(&mut self, now: Timestamp) -> Result<Did, Fault> {
        if self.held.texts.is_empty() && self.held.due.is_none_or(|due| due <= monotonic()) {
            self.next_turn(now).await?;
        }
        let Some(held) = self.held.texts.pop_front() else {
            return Ok(Did::Nothing);
        };
        let Ok(sid) = held.sid.parse::<MessageSid>() else {
            return Ok(Did::Call);
        };
        if self.is_blocked(&held.line) {
            return Ok(Did::Nothing);
        }
        let client = self.relay.accounts.client(&held.line);
        let message = match client.fetch(&sid).await {
            Err(LookError::Missing) => return Ok(Did::Call),
            answer => self.answered(&held.line, answer)?,
        };
        let page = Page {
            relay: &self.relay,
            cadence: &self.cadence,
            line: &held.line,
            now,
        };
        page.outbound(vec![message]).await?;
        Ok(Did::Call)
    }

    async fn next_turn(&mut self, now: Timestamp) -> Result<(), Fault> {
        let oldest = now.plus_millis(-self.cadence.wide_ms);
        let after = self.held.after.unwrap_or(oldest).max(oldest);
        let until = now.plus_millis(-self.cadence.foreign_ms);
        let look = self
            .relay
            .store
            .read(move |reads| reconcile::held_between(reads, after, until, TURN_TEXTS));
        let texts = look.await?;
        // After the last one the next turn begins with the oldest again.
        self.held.after = texts.last().map(|held| held.at);
        self.held.texts = texts.into();
        self.held.due = Some(monotonic() + Duration::from_millis(self.cadence.every_ms));
        Ok(())
    }
}

//! Learns where the attachments of a listed message are.

use super::{Did, Fault, Reconciler};
use crate::desk::backfill;
use crate::store::media_wanted::{self, Wanted};
use crate::twilio::client::LookError;
use crate::twilio::sid::MessageSid;
use smsdesk_common::time::Timestamp;

/// The longest pause between two tries, in milliseconds.
const PAUSE_MS_MAX: i64 = 3_600_000;
/// How often an empty list is not believed: a day of tries. What is still empty then was deleted.
const EMPTY_TRIES_MAX: u32 = 30;

impl Reconciler {
    /// Tries the message that has waited longest.
    pub(super) async fn fetch_media(&mut self, now: Timestamp) -> Result<Did, Fault> {
        let store = &self.relay.store;
        let Some(wanted) = store
            .read(move |reads| media_wanted::due(reads, now))
            .await?
        else {
            return Ok(Did::Nothing);
        };
        let Ok(sid) = wanted.sid.parse::<MessageSid>() else {
            self.no_media(&wanted).await?;
            return Ok(Did::Nothing);
        };
        if self.is_blocked(&wanted.line) {
            self.later(&wanted, now).await?;
            return Ok(Did::Nothing);
        }
        let client = self.relay.accounts.client(&wanted.line);
        let answer = client.media(&sid).await;
        match answer {
            Ok(media) if !media.is_empty() => {
                let entry = wanted.entry;
                let attached = store.write(move |tx| backfill::attach(tx, entry, media));
                attached.await?;
            }
            Ok(_) if wanted.tries < EMPTY_TRIES_MAX => self.later(&wanted, now).await?,
            Ok(_) | Err(LookError::Missing) => self.no_media(&wanted).await?,
            Err(error) => {
                self.later(&wanted, now).await?;
                return self.answered(&wanted.line, Err(error));
            }
        }
        Ok(Did::Call)
    }

    async fn later(&self, wanted: &Wanted, now: Timestamp) -> Result<(), Fault> {
        let doubled = self
            .cadence
            .media_ms
            .saturating_mul(1 << wanted.tries.min(16));
        let (entry, at) = (wanted.entry, now.plus_millis(doubled.min(PAUSE_MS_MAX)));
        let store = &self.relay.store;
        store
            .write(move |tx| media_wanted::again(tx, entry, at))
            .await?;
        Ok(())
    }

    async fn no_media(&self, wanted: &Wanted) -> Result<(), Fault> {
        let entry = wanted.entry;
        tracing::warn!(%entry, "the provider no longer has the attachments of a message");
        let store = &self.relay.store;
        store
            .write(move |tx| media_wanted::remove(tx, entry))
            .await?;
        Ok(())
    }
}

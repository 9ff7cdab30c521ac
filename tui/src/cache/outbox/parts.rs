//! A text that goes out as several: all of them in one commit, or none.

use super::{Request, Submitted, counts, hold, put};
use crate::cache::error::CacheError;
use crate::cache::{Cache, begun, drafts, records};
use crate::clock;
use crate::model::question::Seen;
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::time::Timestamp;
use std::time::Duration;

/// The parts of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The words of each, in order.
    pub bodies: Vec<String>,
    /// The text that they are parts of.
    pub whole: String,
}

impl Cache {
    /// As [`Cache::submit_held`], for a text in parts: each has an id of its own and follows the one
    /// before it; the draft that they were is used up in the same commit.
    ///
    /// # Errors
    /// As for [`Cache::submit`].
    pub async fn submit_parts(
        &self,
        conversation: ConversationId,
        parts: Parts,
        seen: Seen,
        hold: Duration,
    ) -> Result<Submitted, CacheError> {
        self.work(move |disk| {
            let now = clock::now();
            let ids = parts.bodies.iter().map(|_| EntryId(clock::new_id()));
            let ids: Vec<EntryId> = ids.collect();
            let epoch = records::cursor(&disk.records)?.map(|cursor| cursor.epoch);
            let until = match i64::try_from(hold.as_millis()) {
                Ok(0) | Err(_) => None,
                Ok(ms) => Some(now.plus_millis(ms)),
            };
            let begins = begun::ends_of(disk.shelves(), conversation)?;
            let requests = ids
                .iter()
                .zip(&parts.bodies)
                .map(|(entry, body)| Request::Send {
                    entry: *entry,
                    conversation,
                    body: body.clone(),
                    seen,
                    epoch,
                    template: None,
                    begins: begins.clone(),
                });
            let requests: Vec<Request> = requests.collect();
            submit(
                &mut disk.outbox,
                requests,
                (conversation, &parts.whole),
                now,
                until,
            )?;
            Ok(Submitted {
                entry: ids.last().copied().unwrap_or(EntryId(clock::new_id())),
                outbox: counts(&disk.outbox)?,
            })
        })
        .await
    }
}

pub(super) fn submit(
    outbox: &mut rusqlite::Connection,
    mut requests: Vec<Request>,
    (conversation, whole): (ConversationId, &str),
    now: Timestamp,
    until: Option<Timestamp>,
) -> Result<(), CacheError> {
    let tx = outbox.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let draft_of = begun::meant(&tx, conversation)?;
    let owed = drafts::TEXTS.forget_if_equal(&tx, draft_of, whole)?;
    // The first one counts for all of them.
    if let Some(Request::Send { template, .. }) = requests.first_mut() {
        *template = owed.template;
    }
    for request in requests {
        let n = put(&tx, request, now)?;
        if let Some(until) = until {
            hold::hold(&tx, n, until)?;
        }
    }
    tx.commit()?;
    Ok(())
}

//! Looks for the messages of texts in doubt.

use super::page::DOUBTS_MAX;
use super::{CHUNK, Did, Fault, Reconciler};
use crate::desk::backfill::{self, Bound};
use crate::outbox::reconcile::tally::{End, Found as Tallied};
use crate::outbox::settle::{self, Doubt, Verdict};
use crate::store::sql::Tx;
use crate::store::{StoreError, entries, unknown};
use crate::twilio::client::{ListQuery, Sender};
use crate::twilio::listed::{ListedMessage, NextPage};
use smsdesk_common::ids::EntryId;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Up to so many people are asked about one by one; beyond, the line's whole list is cheaper.
const PEOPLE_MAX: usize = 3;
/// Pages of one look: 100,000 messages with the usual size. Only a text that a restored database
/// holds in doubt for days could be behind them.
const PAGES_MAX: u32 = 500;
/// Until the next look at a text that could not be bound just now, in milliseconds.
const SOON_MS: i64 = 5_000;

impl Reconciler {
    /// Takes over the texts that have fallen into doubt, and forgets those that are out of it.
    pub(super) async fn adopt(&self) -> Result<(), Fault> {
        let patience = self.cadence.patience;
        let wide_ms = self.cadence.wide_ms;
        let adopted = self.relay.store.write(move |tx| {
            let before = tx.now().plus_millis(-wide_ms);
            unknown::purge(tx, before)?;
            unknown::adopt(tx, patience.call_ms, patience.first_look_ms)
        });
        let texts = adopted.await?;
        tracing::info!(texts, "in doubt: their messages will be looked for");
        Ok(())
    }

    /// Looks for the due texts of one line.
    pub(super) async fn settle(&mut self, now: Timestamp) -> Result<Did, Fault> {
        let look = self
            .relay
            .store
            .read(move |reads| unknown::due(reads, now, DOUBTS_MAX));
        let mut due = look.await?;
        let ready = due.iter().find(|doubt| !self.is_blocked(&doubt.line));
        let Some(line) = ready.map(|doubt| doubt.line.clone()) else {
            return Ok(Did::Nothing);
        };
        due.retain(|doubt| doubt.line == line);
        let listed = self.listed(&line, &due).await?;
        let patience = self.cadence.patience;
        let judge = self.relay.store.read(move |reads| {
            // What has been settled or recorded during the calls is no longer in question.
            let mut doubts = unknown::due(reads, now, DOUBTS_MAX)?;
            doubts.retain(|doubt| due.iter().any(|held| held.entry == doubt.entry));
            let mut unbound = Vec::new();
            for message in listed {
                if entries::by_sid(reads, message.sid.as_str())?.is_none() {
                    unbound.push(message);
                }
            }
            let messages: Vec<_> = unbound.iter().map(Arc::as_ref).collect();
            let verdicts = settle::settle(&doubts, &messages, now, &patience);
            Ok::<_, StoreError>((verdicts, unbound))
        });
        let (verdicts, unbound) = judge.await?;
        for chunk in verdicts.chunks(CHUNK) {
            self.carry_out_verdicts(chunk.to_vec(), &unbound).await?;
        }
        Ok(Did::Call)
    }

    /// Every message that could be one of the texts. The filter by date leaves out what still waits
    /// at the provider, so the list is read from its top down to before the first text.
    async fn listed(
        &mut self,
        line: &Address,
        doubts: &[Doubt],
    ) -> Result<Vec<Arc<ListedMessage>>, Fault> {
        let slack_ms = self.cadence.patience.slack_ms;
        let first = doubts.iter().map(|doubt| doubt.since).min();
        let since = first.unwrap_or_default().plus_millis(-slack_ms - 1_000);
        let from = match Sender::from(line.clone()) {
            Sender::Number(number) => Some(number),
            Sender::Service(_) => None,
        };
        let people: BTreeSet<_> = doubts.iter().map(|doubt| doubt.address.as_str()).collect();
        let to: Vec<_> = if people.len() > PEOPLE_MAX {
            vec![None]
        } else {
            let mut to: Vec<_> = doubts
                .iter()
                .map(|doubt| Some(doubt.address.clone()))
                .collect();
            to.sort_by(|a, b| {
                a.as_ref()
                    .map(Address::as_str)
                    .cmp(&b.as_ref().map(Address::as_str))
            });
            to.dedup();
            to
        };
        let mut listed = Vec::new();
        for to in to {
            let query = ListQuery {
                to,
                from: from.clone(),
                page_messages: self.cadence.page_messages,
                ..ListQuery::default()
            };
            self.down_to(line, &query, since, &mut listed).await?;
        }
        let could_be = |message: &ListedMessage| {
            let words = |doubt: &Doubt| settle::fits(doubt, message, slack_ms);
            doubts.iter().any(words)
        };
        Ok(listed.into_iter().filter(could_be).map(Arc::new).collect())
    }

    async fn down_to(
        &mut self,
        line: &Address,
        query: &ListQuery,
        since: Timestamp,
        listed: &mut Vec<ListedMessage>,
    ) -> Result<(), Fault> {
        let client = self.relay.accounts.client(line);
        let mut next: Option<NextPage> = None;
        for _ in 0..PAGES_MAX {
            let answer = match &next {
                Some(next) => client.list_on(next).await,
                None => client.list(query).await,
            };
            let page = self.answered(line, answer)?;
            let is_old = !page.messages.is_empty()
                && page.messages.iter().all(|message| message.created < since);
            listed.extend(
                page.messages
                    .into_iter()
                    .filter(|message| message.created >= since),
            );
            next = page.next.filter(|_| !is_old);
            if next.is_none() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(self.cadence.call_ms)).await;
        }
        Ok(())
    }

    async fn carry_out_verdicts(
        &self,
        verdicts: Vec<(EntryId, Verdict)>,
        messages: &[Arc<ListedMessage>],
    ) -> Result<(), Fault> {
        let verdicts = with_messages(verdicts, messages);
        let ended = self.relay.store.write(move |tx| carry_out(tx, verdicts));
        for how in ended.await? {
            self.relay.tally.end(how);
            if how == End::List {
                self.relay.tally.add(Tallied::Settled, 1);
            }
        }
        Ok(())
    }
}

/// A verdict, and its message where it has one.
pub type Found = (EntryId, Verdict, Option<Arc<ListedMessage>>);

/// Gives each verdict its message.
#[must_use]
pub fn with_messages(
    verdicts: Vec<(EntryId, Verdict)>,
    messages: &[Arc<ListedMessage>],
) -> Vec<Found> {
    let found = |(entry, verdict)| {
        let message = match verdict {
            Verdict::Bind { message, .. } => messages.get(message).map(Arc::clone),
            Verdict::LookAgain { .. } | Verdict::Unconfirmed => None,
        };
        (entry, verdict, message)
    };
    verdicts.into_iter().map(found).collect()
}

/// Stores what was decided; says how doubts ended.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn carry_out(tx: &mut dyn Tx, verdicts: Vec<Found>) -> Result<Vec<End>, StoreError> {
    let mut ended = Vec::new();
    let now = tx.now();
    for (entry, verdict, message) in verdicts {
        match (verdict, message) {
            (Verdict::Bind { rivals, .. }, Some(message)) => {
                if backfill::bind(tx, entry, &message)? == Bound::Now {
                    note(entry, &message, rivals);
                    ended.push(End::List);
                } else {
                    unknown::postpone(tx, entry, now.plus_millis(SOON_MS))?;
                }
            }
            (Verdict::LookAgain { after_ms }, _) => {
                unknown::looked(tx, entry, Some(now.plus_millis(after_ms)))?;
            }
            (Verdict::Unconfirmed, _) => {
                tracing::warn!(%entry, "not in the provider's list: unconfirmed");
                backfill::give_up(tx, entry)?;
                ended.push(End::Unconfirmed);
            }
            (Verdict::Bind { .. }, None) => {}
        }
    }
    Ok(ended)
}

fn note(entry: EntryId, message: &ListedMessage, rivals: usize) {
    let sid = message.sid.as_str();
    if rivals > 0 {
        tracing::warn!(%entry, sid, rivals, "several messages could be this text; took the oldest");
    } else {
        tracing::info!(%entry, sid, "found in the provider's list");
    }
}

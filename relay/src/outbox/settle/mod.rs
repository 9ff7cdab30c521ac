//! Which message of the provider's list is the text in doubt. Pure: what is known in, verdicts out.
//!
//! No verdict ever sends a text again.

#[cfg(test)]
mod tests;

use crate::outbox::cadence::Patience;
use crate::twilio::listed::ListedMessage;
use smsdesk_common::entry::Direction;
use smsdesk_common::ids::{EntryId, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::segments::smart_encode;
use smsdesk_common::time::Timestamp;
use std::collections::BTreeMap;

/// A text in doubt, as far as it helps to find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Which entry.
    pub entry: EntryId,
    /// Its order among the texts of its conversation.
    pub position: Seq,
    /// From.
    pub line: Address,
    /// To.
    pub address: Address,
    /// The words that were handed over.
    pub body: String,
    /// The earliest moment, by our clock, at which the provider can have made it.
    pub since: Timestamp,
    /// The latest.
    pub until: Timestamp,
    /// How often the list was looked at in vain before.
    pub looks: u32,
    /// Whether attachments went with it.
    pub has_media: bool,
}

/// What to do with a text in doubt after a look at the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is this message.
    Bind {
        /// The message's place among those looked at.
        message: usize,
        /// How many others it could have been just as well.
        rivals: usize,
    },
    /// It may still appear.
    LookAgain {
        /// When, in milliseconds.
        after_ms: i64,
    },
    /// It would have appeared by now, and did not. Evidence may still come.
    Unconfirmed,
}

/// Decides about every text after a look. `messages` must hold every message of ours in the list
/// that could be one of them and that belongs to no entry yet.
#[must_use]
pub fn settle(
    doubts: &[Doubt],
    messages: &[&ListedMessage],
    now: Timestamp,
    patience: &Patience,
) -> Vec<(EntryId, Verdict)> {
    let bound = bind(doubts, messages, patience.slack_ms);
    doubts
        .iter()
        .map(|doubt| {
            let verdict = bound.get(&doubt.entry).map_or_else(
                || without(doubt, now, patience),
                |&message| Verdict::Bind {
                    message,
                    rivals: rivals(doubt, doubts, messages, patience.slack_ms),
                },
            );
            (doubt.entry, verdict)
        })
        .collect()
}

/// Gives as many texts as possible a message of their own: the messages go in the order in which
/// they were made, each to the text that could not wait for a later one, among equals to the
/// first. The values are places in `messages`.
#[must_use]
pub fn bind(
    doubts: &[Doubt],
    messages: &[&ListedMessage],
    slack_ms: i64,
) -> BTreeMap<EntryId, usize> {
    let mut order: Vec<usize> = (0..messages.len()).collect();
    order.sort_by_key(|&at| (messages[at].created, messages[at].sid.as_str()));
    let mut bound = BTreeMap::new();
    for at in order {
        let taker = doubts
            .iter()
            .filter(|doubt| !bound.contains_key(&doubt.entry))
            .filter(|doubt| fits(doubt, messages[at], slack_ms))
            .min_by_key(|doubt| (doubt.until, doubt.position));
        if let Some(taker) = taker {
            bound.insert(taker.entry, at);
        }
    }
    bound
}

/// How many messages fit a text beyond one for each text that they fit.
fn rivals(doubt: &Doubt, all: &[Doubt], messages: &[&ListedMessage], slack_ms: i64) -> usize {
    let fitting: Vec<_> = messages
        .iter()
        .filter(|message| fits(doubt, message, slack_ms))
        .collect();
    let rightful = all
        .iter()
        .filter(|other| fitting.iter().any(|message| fits(other, message, slack_ms)))
        .count();
    fitting.len().saturating_sub(rightful)
}

/// Whether a message can be the text: the same two ends, the same words, made in time.
#[must_use]
pub fn fits(doubt: &Doubt, message: &ListedMessage, slack_ms: i64) -> bool {
    // The list's times are whole seconds, rounded down.
    message.direction == Direction::Outbound
        && message.is_of_line(&doubt.line)
        && message.to == doubt.address
        && message.created.plus_millis(1_000) > doubt.since.plus_millis(-slack_ms)
        && message.created <= doubt.until.plus_millis(slack_ms)
        && same_words(&doubt.body, &message.body)
        // Attachments are counted once they are fetched; what went without any has none.
        && (doubt.has_media || message.num_media == 0)
}

/// Whether two texts are the same: Twilio may write look-alikes of GSM-7 instead of what it was given.
#[must_use]
pub fn same_words(ours: &str, theirs: &str) -> bool {
    ours == theirs || smart_encode(ours) == smart_encode(theirs)
}

fn without(doubt: &Doubt, now: Timestamp, patience: &Patience) -> Verdict {
    let looks = doubt.looks.saturating_add(1);
    let waited = now.millis_since(doubt.until);
    if looks >= patience.looks_min && waited >= patience.lag_ms {
        return Verdict::Unconfirmed;
    }
    let last = patience.between_ms.len() - 1;
    let pause = usize::try_from(doubt.looks).map_or(last, |looks| looks.min(last));
    Verdict::LookAgain {
        after_ms: patience.between_ms[pause],
    }
}

//! Compares what the database holds with what the provider lists, and changes nothing.
//!
//! A status that is behind ours is no difference: lists lag. Ours counts as different where the
//! list's would advance it and the message is older than [`SETTLED_MS`], or where both are final
//! and say different things. Words count as equal where smart encoding makes them so, and are not
//! compared where the account had them removed. What differs is looked at once more at the end, so
//! that texts on their way through do not show up.

#[cfg(test)]
mod tests;
mod told;

pub use told::{Comparison, Difference, Reconciled};

use crate::desk::status::is_in_doubt;
use crate::outbox::settle::same_words;
use crate::state::Accounts;
use crate::store::reconcile::Purpose;
use crate::store::view::View;
use crate::store::{StoreError, entries, lines, outbox, reconcile, removal};
use crate::twilio::client::{ListQuery, LookError, TwilioClient};
use crate::twilio::listed::{ListPage, ListedMessage};
use crate::twilio::sid::MessageSid;
use smsdesk_common::entry::Entry;
use smsdesk_common::line::Line;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long a message may be on its way through both sides before a difference counts, in
/// milliseconds. Also how far the two clocks may be apart.
pub const SETTLED_MS: i64 = 2 * 60_000;
/// How often a call is made before the comparison fails.
const TRIES_MAX: u32 = 6;
/// Pages of one list: a million messages with the usual size.
const PAGES_MAX: u32 = 5_000;
/// Messages of ours that are compared in one list, one by one where it leaves them out.
const OURS_MAX: u32 = 1_000_000;

/// Why a comparison was not completed.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The provider does not show its list.
    #[error(transparent)]
    Look(#[from] LookError),
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How fast to ask.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Between two calls: a running relay asks the same account.
    call: Duration,
    /// After a failed call where the provider does not ask for a longer pause.
    fault: Duration,
}

const PACE: Pace = Pace {
    call: Duration::from_millis(200),
    fault: Duration::from_secs(2),
};

/// Compares every message of every active line since a time, or all there are. Asks for nothing
/// but looks on both sides, so that it goes beside a running relay.
///
/// # Errors
/// The provider or the database does not answer; then nothing is known.
pub async fn compare(
    view: &View,
    accounts: &Accounts,
    since: Option<Timestamp>,
) -> Result<Comparison, CompareError> {
    compare_at(PACE, view, accounts, since).await
}

async fn compare_at(
    pace: Pace,
    view: &View,
    accounts: &Accounts,
    since: Option<Timestamp>,
) -> Result<Comparison, CompareError> {
    let mut comparison = Comparison {
        since,
        ..Comparison::default()
    };
    let mut found = BTreeMap::new();
    let mut lines = view.read(lines::all).await?;
    lines.retain(|line| line.active);
    for line in &lines {
        for purpose in Purpose::ALL {
            let client = &accounts.client(&line.id);
            let list = List {
                pace,
                view,
                client,
                line: &line.id,
                purpose,
                since,
            };
            list.compare(&mut comparison, &mut found).await?;
        }
    }
    let now = view.clock().now();
    let again = view.read(move |reads| {
        let mut differences = Vec::new();
        for (sid, suspect) in found {
            if removal::is_gone(reads, &sid)? {
                continue;
            }
            let entry = entries::by_sid(reads, &sid)?;
            differences.extend(suspect.judge(sid, entry.as_ref(), now));
        }
        Ok::<_, StoreError>(differences)
    });
    comparison.differences = again.await?;
    comparison.reconciled = reconciled(view, lines, since).await?;
    Ok(comparison)
}

/// How far the relay's own reading has come.
async fn reconciled(
    view: &View,
    lines: Vec<Line>,
    since: Option<Timestamp>,
) -> Result<Reconciled, StoreError> {
    let look = view.read(move |reads| {
        let mut through = Vec::new();
        for line in &lines {
            for purpose in Purpose::ALL {
                through.push(reconcile::completed(reads, &line.id, purpose)?.through);
            }
        }
        Ok::<_, StoreError>(Reconciled {
            brought: reconcile::brought_since(reads, since.unwrap_or_default())?,
            unknown: outbox::counts(reads)?.unknown,
            // None sorts first: a list that never was read is the answer.
            read_through: through.into_iter().min().flatten(),
        })
    });
    look.await
}

/// Messages that did not agree at the first look, by their ids.
type Suspects = BTreeMap<String, Suspect>;

/// What the provider said of such a message.
enum Suspect {
    /// This.
    Listed(Box<ListedMessage>),
    /// That there is none.
    Gone,
}

impl Suspect {
    fn judge(&self, sid: String, entry: Option<&Entry>, now: Timestamp) -> Option<Difference> {
        match self {
            Self::Listed(message) => between(entry, message, now),
            Self::Gone => entry.map(|_| Difference::Extra { sid }),
        }
    }
}

struct List<'a> {
    pace: Pace,
    view: &'a View,
    client: &'a TwilioClient,
    line: &'a Address,
    purpose: Purpose,
    since: Option<Timestamp>,
}

impl List<'_> {
    async fn compare(
        &self,
        comparison: &mut Comparison,
        found: &mut Suspects,
    ) -> Result<(), CompareError> {
        let query = ListQuery::of_line(self.line, self.purpose.direction(), self.since);
        let mut listed = BTreeSet::new();
        let mut next = None;
        for _ in 0..PAGES_MAX {
            let page: ListPage = self
                .patiently(async || match &next {
                    Some(next) => self.client.list_on(next).await,
                    None => self.client.list(&query).await,
                })
                .await?;
            let of_this = |message: &ListedMessage| {
                message.direction == self.purpose.direction() && message.is_of_line(self.line)
            };
            let mut messages: Vec<_> = page.messages.into_iter().filter(of_this).collect();
            listed.extend(messages.iter().map(|message| message.sid.to_string()));
            // A list goes by the time of sending, and one may be kept for as long as it likes.
            messages.retain(|message| self.since.is_none_or(|since| message.created >= since));
            let redacted = messages.iter().filter(|message| message.is_redacted());
            comparison.redacted += count(redacted.count());
            comparison.listed += count(messages.len());
            found.extend(self.differing(messages).await?);
            next = page.next;
            if next.is_none() {
                break;
            }
            tokio::time::sleep(self.pace.call).await;
        }
        self.look_for_ours(&listed, comparison, found).await
    }

    async fn differing(&self, messages: Vec<ListedMessage>) -> Result<Suspects, CompareError> {
        let now = self.view.clock().now();
        let look = self.view.read(move |reads| {
            let mut found = Suspects::new();
            for message in messages {
                let sid = message.sid.as_str();
                let entry = entries::by_sid(reads, sid)?;
                if between(entry.as_ref(), &message, now).is_some() {
                    found.insert(sid.to_owned(), Suspect::Listed(Box::new(message)));
                }
            }
            Ok::<_, StoreError>(found)
        });
        Ok(look.await?)
    }

    /// A list by time of sending leaves out what was not sent; so whatever of ours is not in it is
    /// asked for by its id.
    async fn look_for_ours(
        &self,
        listed: &BTreeSet<String>,
        comparison: &mut Comparison,
        found: &mut Suspects,
    ) -> Result<(), CompareError> {
        let (line, direction) = (self.line.clone(), self.purpose.direction());
        let until = self.view.clock().now().plus_millis(-SETTLED_MS);
        let since = self.since.unwrap_or_default();
        let ours = self.view.read(move |reads| {
            reconcile::sids_between(reads, &line, direction, since, until, OURS_MAX)
        });
        for sid in ours.await? {
            comparison.ours += 1;
            if listed.contains(&sid) {
                continue;
            }
            let Ok(parsed) = sid.parse::<MessageSid>() else {
                found.insert(sid, Suspect::Gone);
                continue;
            };
            match self
                .patiently(async || self.client.fetch(&parsed).await)
                .await
            {
                Ok(message) => found.extend(self.differing(vec![message]).await?),
                Err(LookError::Missing) => {
                    found.insert(sid, Suspect::Gone);
                }
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(self.pace.call).await;
        }
        Ok(())
    }

    /// Makes a call again that may succeed another time.
    async fn patiently<T>(
        &self,
        call: impl AsyncFn() -> Result<T, LookError>,
    ) -> Result<T, LookError> {
        let mut tries = 1;
        loop {
            match call().await {
                Err(LookError::Later { after }) if tries < TRIES_MAX => {
                    tokio::time::sleep(after.unwrap_or_default().max(self.pace.fault)).await;
                    tries += 1;
                }
                outcome => return outcome,
            }
        }
    }
}

/// What differs between an entry and a message.
fn between(entry: Option<&Entry>, message: &ListedMessage, now: Timestamp) -> Option<Difference> {
    let sid = message.sid.to_string();
    let Some(entry) = entry else {
        let list = message.direction.as_str();
        return Some(Difference::Missing { sid, list });
    };
    let mut fields = Vec::new();
    if entry.direction != message.direction {
        fields.push("direction");
    }
    if !message.is_redacted() && !same_words(&entry.body, &message.body) {
        fields.push("body");
    }
    if differs_in_status(entry, message, now) {
        fields.push("status");
    }
    (!fields.is_empty()).then_some(Difference::Differs { sid, fields })
}

fn differs_in_status(entry: &Entry, message: &ListedMessage, now: Timestamp) -> bool {
    let (Some(ours), Some(theirs)) = (entry.status, &message.delivery) else {
        return false;
    };
    let theirs = theirs.status;
    let is_behind = theirs > ours && now.millis_since(message.created) >= SETTLED_MS;
    let disagree = theirs != ours && theirs.is_final() && ours.is_final() && !is_in_doubt(entry);
    is_behind || disagree
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

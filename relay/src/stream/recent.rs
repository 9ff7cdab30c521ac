//! Reads every growth of the feed once, for all sessions: one task fills the [`Ring`], sessions
//! take their pages out of it, and only those that are behind it read the store.

use crate::store::feed::{self, Page as StoredPage};
use crate::store::sql::Reads;
use crate::store::{Store, StoreError, meta, tokens};
use crate::stream::ring::{Batch, Growth, Line, RING_BYTES_MAX, Ring};
use crate::stream::session::Page;
use smsdesk_common::feed::BATCH_CHANGES_MAX;
use smsdesk_common::ids::{Seq, TokenId};
use smsdesk_common::record::Kind;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;

/// How long to wait after the feed could not be read, in milliseconds.
const RETRY_MS: u64 = 250;

/// How long one session's part of a growth takes, in microseconds: growth is handed on no more often
/// than all sessions can take it with a part of one core, and what comes meanwhile goes together.
const SESSION_US: u64 = 20;
/// The longest that growth waits for more, in milliseconds, however many sessions there are.
const GATHER_MS_MAX: u64 = 200;

/// The ring, who may not see it, and how to wait for it.
#[derive(Debug)]
pub(crate) struct Recent {
    shared: Mutex<Shared>,
    /// How far sessions may read.
    grown: watch::Sender<Seq>,
    /// How often tokens were revoked since the start.
    revocations: watch::Sender<u64>,
}

#[derive(Debug)]
struct Shared {
    ring: Ring<Utf8Bytes>,
    /// As of the ring's head.
    revoked: HashSet<TokenId>,
}

/// Why there is nothing to send.
#[derive(Debug)]
pub enum NoPage {
    /// The token is no longer accepted.
    Revoked,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for NoPage {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What one look at the database brought.
#[derive(Debug)]
pub struct Look {
    /// For the ring.
    pub growth: Growth,
    /// Every revoked token, where somebody's may have been since.
    pub revoked: Option<HashSet<TokenId>>,
}

impl Recent {
    /// Begins where the database stands.
    pub(crate) async fn open(store: &Store) -> Result<Self, StoreError> {
        let (head, digest, revoked) = store
            .read(|reads| -> Result<_, StoreError> {
                Ok((
                    feed::head(reads)?,
                    meta::digest(reads)?,
                    tokens::revoked(reads)?,
                ))
            })
            .await?;
        let ring = Ring::new(head, digest, RING_BYTES_MAX);
        Ok(Self {
            shared: Mutex::new(Shared { ring, revoked }),
            grown: watch::Sender::new(head),
            revocations: watch::Sender::new(0),
        })
    }

    /// Waits for growth from now on.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Seq> {
        self.grown.subscribe()
    }

    /// Waits for tokens that are revoked from now on.
    pub(crate) fn revocations(&self) -> watch::Receiver<u64> {
        self.revocations.subscribe()
    }

    /// Whether the token was revoked, as far as the ring reaches.
    pub(crate) fn is_revoked(&self, token: TokenId) -> bool {
        self.shared().revoked.contains(&token)
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows the store until `shutdown`.
    pub(crate) async fn follow(self: Arc<Self>, store: Store, shutdown: CancellationToken) {
        let mut growth = store.hub().subscribe();
        // What was committed between opening and now.
        growth.mark_changed();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                changed = growth.changed() => if changed.is_err() {
                    return;
                },
            }
            growth.borrow_and_update();
            if let Err(error) = self.catch_up(&store).await {
                tracing::error!(%error, "the feed could not be read");
                growth.mark_changed();
                tokio::time::sleep(Duration::from_millis(RETRY_MS)).await;
                continue;
            }
            let gather = self.gather();
            if !gather.is_zero() {
                tokio::time::sleep(gather).await;
            }
        }
    }

    async fn catch_up(&self, store: &Store) -> Result<(), StoreError> {
        let from = self.shared().ring.head();
        let look = store.read(move |reads| look(reads, from)).await?;
        let head = look.growth.head;
        let agents = look.revoked.is_some();
        {
            let mut shared = self.shared();
            shared.ring.grow(look.growth);
            if let Some(revoked) = look.revoked {
                shared.revoked = revoked;
            }
        }
        self.grown.send_replace(head);
        if agents {
            self.revocations.send_modify(|times| *times += 1);
        }
        Ok(())
    }

    /// How long growth may wait for more: nothing where there are few sessions.
    fn gather(&self) -> Duration {
        let sessions = u64::try_from(self.grown.receiver_count()).unwrap_or(u64::MAX);
        Duration::from_millis((sessions.saturating_mul(SESSION_US) / 1_000).min(GATHER_MS_MAX))
    }

    /// The page after a position, of a state that is not older than `seen`, as long as the token is
    /// accepted in that state: nothing that was committed after a revocation goes out.
    pub(crate) async fn page(
        &self,
        store: &Store,
        token: TokenId,
        (after, limit): (Seq, usize),
        seen: Seq,
    ) -> Result<(Page, Option<Utf8Bytes>), NoPage> {
        {
            let mut shared = self.shared();
            if shared.revoked.contains(&token) {
                return Err(NoPage::Revoked);
            }
            if let Some(page) = shared.ring.page(after, limit, seen) {
                return Ok(page);
            }
        }
        store
            .read(move |reads| stored(reads, token, after, limit))
            .await
    }
}

/// Everything after `from`, in one state. A revocation touches the agent's record, so that it shows
/// in the feed.
///
/// # Errors
/// The database cannot be read.
pub fn look(reads: &mut dyn Reads, from: Seq) -> Result<Look, StoreError> {
    let (head, digest) = (feed::head(reads)?, meta::digest(reads)?);
    let mut lines: Vec<Line> = Vec::new();
    let mut bytes = 0;
    let complete = loop {
        let after = lines.last().map_or(from, |line| line.seq);
        let page = feed::after(reads, after, BATCH_CHANGES_MAX)?;
        bytes += page.lines.iter().map(|line| line.json.len()).sum::<usize>();
        lines.extend(page.lines);
        if page.complete || bytes > RING_BYTES_MAX {
            break page.complete;
        }
    };
    let agents = !complete || lines.iter().any(|line| line.kind == Kind::Agent);
    let revoked = agents.then(|| tokens::revoked(reads)).transpose()?;
    let growth = Growth {
        from,
        head,
        digest,
        lines: complete.then_some(lines),
    };
    Ok(Look { growth, revoked })
}

/// The same page out of the database.
///
/// # Errors
/// The token is no longer accepted, or the database cannot be read.
pub fn stored(
    reads: &mut dyn Reads,
    token: TokenId,
    after: Seq,
    limit: usize,
) -> Result<(Page, Option<Utf8Bytes>), NoPage> {
    if !tokens::is_accepted(reads, token)? {
        return Err(NoPage::Revoked);
    }
    let (head, digest) = (feed::head(reads)?, meta::digest(reads)?);
    let StoredPage { lines, complete } = feed::after(reads, after, limit)?;
    let batch = Batch::gather(&mut lines.iter(), limit);
    let to = batch.end(after, complete, head.max(after));
    let text = (to > after).then(|| Utf8Bytes::from(batch.text(after, to)));
    let page = Page {
        to,
        changes: batch.len(),
        bytes: text.as_ref().map_or(0, |text| text.len()),
        head,
        digest,
    };
    Ok((page, text))
}

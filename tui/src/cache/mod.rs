//! The local disk: a copy of the relay's records, and what exists only here.
//!
//! One thread owns both databases; [`Cache`] sends it jobs and is cheap to clone. `cache.db` is a
//! copy that may be dropped and fetched again at any time; `outbox.db` holds drafts, requests
//! that the relay has not confirmed, and who this device is, and is never dropped.
//!
//! This is the only module of the app with SQL. It never talks to the network, and it never shows
//! anything that is not committed.

mod applied;
mod begun;
mod blame;
mod broadcasts;
mod chat;
pub mod cipher;
mod day;
mod directory;
mod disk;
mod drafts;
mod erased;
mod error;
pub mod fate;
mod files;
pub mod glance;
mod here;
mod identity;
mod jobs;
mod list;
mod log;
mod look_back;
pub mod memory;
mod names;
mod news;
mod outbox;
mod overlay;
mod people;
mod records;
mod rules;
mod search;
mod sending;
mod sent;
mod settings;
mod sql;
mod templates;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod timed;
mod wipe;

pub use applied::{Applied, Cursor, DigestCheck, OutboxChange, Touched};
pub use chat::CHAT_ENTRIES_MAX;
pub use day::local_day;
pub use disk::Replaced;
pub use error::{ApplyError, CacheError, OpenError};
pub use fate::RequestKind;
pub use list::{LIST_ROWS_MAX, Look};
pub use outbox::{
    Method, NoteKept, NoteWithdrawn, OUTBOX_REQUESTS_MAX, OutboxCounts, Outgoing, Parts, Submitted,
    TEXT_BYTES_MAX, TakenBack, TimedSubmitted, Undone, Withdrawn,
};
pub use records::Recounted;
pub use wipe::Left;

use crate::clock;
use crate::model::absence::{LastSeen, Meanwhile};
use crate::model::chat::{ChatQuery, ChatSlice};
use crate::model::directory::Directory;
use crate::model::list::{ListQuery, ListSlice};
use crate::model::search::{Found, SearchQuery};
use crate::model::templates::{Origin, Shelf};
use cipher::{Seal, Sealing};
use disk::{Disk, Job, OpenedDisk};
use error::Suspicious;
use jiff::tz::TimeZone;
use list::Shelves;
use news::Candidates;
use search::Searcher;
use smsdesk_common::agent::Agent;
use smsdesk_common::api::changes::ChangesPage;
use smsdesk_common::feed::{Batch, Digest};
use smsdesk_common::ids::{AgentId, ConversationId, DeviceId, Epoch, Seq, TemplateId};
use smsdesk_common::template::Template;
use smsdesk_common::time::Timestamp;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot};

/// How many jobs may wait for the disk; whoever brings another waits. The app and the link have
/// a handful under way, so that a full queue means a disk that hangs.
const JOBS_MAX: usize = 256;

/// A handle on the disk.
#[derive(Clone, Debug)]
pub struct Cache {
    jobs: mpsc::Sender<Job>,
    device: DeviceId,
    emptied: Arc<Notify>,
    records: Arc<Path>,
    seal: Seal,
    searcher: Arc<Searcher>,
}

/// What opening found.
#[derive(Debug)]
pub struct Opened {
    /// The handle.
    pub cache: Cache,
    /// Set where the copy of the records starts empty although there was one.
    pub replaced: Option<Replaced>,
}

impl Cache {
    /// Opens or makes the folder, which no other smsdesk may hold, and starts the disk's thread.
    /// Reads and writes the disk before it returns.
    ///
    /// # Errors
    /// See [`OpenError`]; each says in words what to do.
    pub fn open(folder: &Path) -> Result<Opened, OpenError> {
        Self::open_sealed(folder, &Sealing::default())
    }

    /// As [`Self::open`]; the files are encrypted, or plain again, where that is wanted.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_sealed(folder: &Path, sealing: &Sealing) -> Result<Opened, OpenError> {
        let emptied = Arc::new(Notify::new());
        let OpenedDisk {
            disk,
            files,
            device,
            replaced,
        } = Disk::open(folder, sealing, clock::new_id(), Arc::clone(&emptied))?;
        let (jobs, waiting) = mpsc::channel(JOBS_MAX);
        disk::start(disk, waiting, jobs.downgrade())?;
        Ok(Opened {
            cache: Self {
                jobs,
                device,
                emptied,
                records: files.records.as_path().into(),
                seal: files.seal.clone(),
                searcher: Arc::new(Searcher::new(files)),
            },
            replaced,
        })
    }

    /// Does what was asked before, closes both files and lets go of the folder. Every other handle
    /// says [`CacheError::Closed`] from then on.
    pub async fn close(&self) {
        self.searcher.close();
        let (done, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(done)).await.is_ok() {
            // The thread drops the sender only after answering or while panicking.
            let _ = closed.await;
        }
    }

    async fn work<T, E>(
        &self,
        work: impl FnOnce(&mut Disk) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Suspicious + From<CacheError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = move |disk: &mut Disk| {
            // Whoever asked may have gone; the work is done all the same.
            let _ = answer.send(disk.work(work));
        };
        self.jobs
            .send(Job::Run(Box::new(job)))
            .await
            .map_err(|_| CacheError::Closed)?;
        answered.await.map_err(|_| CacheError::Closed)?
    }
}

/// Who and where.
impl Cache {
    /// The id of this installation.
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Who the token belongs to, as the relay last said; none before the first connection.
    ///
    /// # Errors
    /// The disk.
    pub async fn me(&self) -> Result<Option<Agent>, CacheError> {
        self.work(|disk| identity::me(&disk.outbox)).await
    }

    /// A colleague's name, where it is here.
    ///
    /// # Errors
    /// The disk.
    pub async fn agent_name(&self, agent: AgentId) -> Result<Option<String>, CacheError> {
        self.work(move |disk| list::agent_name(&disk.records, agent))
            .await
    }

    /// Keeps who the token belongs to.
    ///
    /// # Errors
    /// The disk.
    pub async fn remember_me(&self, agent: Agent) -> Result<(), CacheError> {
        self.work(move |disk| identity::remember_me(&disk.outbox, &agent))
            .await
    }

    /// Keeps how the company signs its texts.
    ///
    /// # Errors
    /// The disk.
    pub async fn remember_company(&self, company: Option<String>) -> Result<(), CacheError> {
        self.work(move |disk| identity::remember_company(&disk.outbox, company.as_deref()))
            .await
    }

    /// When somebody was at the keys last; none before the first time.
    ///
    /// # Errors
    /// The disk.
    pub async fn seen(&self) -> Result<Option<LastSeen>, CacheError> {
        self.work(|disk| identity::seen(&disk.outbox)).await
    }

    /// Notes that somebody was at the keys.
    ///
    /// # Errors
    /// The disk.
    pub async fn note_seen(&self, at: Timestamp) -> Result<(), CacheError> {
        self.work(move |disk| look_back::note(disk.shelves(), at))
            .await
    }

    /// What happened since somebody was at the keys.
    ///
    /// # Errors
    /// The disk.
    pub async fn meanwhile(&self, seen: LastSeen) -> Result<Meanwhile, CacheError> {
        self.work(move |disk| look_back::meanwhile(disk.shelves(), seen))
            .await
    }

    /// Which part of the feed is here; none before the first connection.
    ///
    /// # Errors
    /// The disk.
    pub async fn cursor(&self) -> Result<Option<Cursor>, CacheError> {
        self.work(|disk| records::cursor(&disk.records)).await
    }

    /// Returns once the copy of the records was found damaged and replaced by an empty one, so
    /// that the feed must start again.
    pub async fn emptied(&self) {
        self.emptied.notified().await;
    }
}

/// The feed.
impl Cache {
    /// Applies the next part of the live feed and moves the cursor, in one commit.
    ///
    /// # Errors
    /// See [`ApplyError`]; then nothing has changed.
    pub async fn apply(&self, batch: Batch) -> Result<Applied, ApplyError> {
        self.work(move |disk| {
            let candidates = Candidates::before(disk.shelves(), &batch)?;
            let ended = erased::before(disk, &batch.changes)?;
            let (cursor, touched) = records::apply(&mut disk.records, &batch)?;
            let mut applied = disk.settled(cursor, touched);
            applied.arrived = candidates.arrived();
            // The records are committed: a failure here costs a bell and nothing else.
            applied.news = candidates.news(disk.shelves()).unwrap_or_default();
            erased::after(disk, &ended, applied)
        })
        .await
    }

    /// Applies a page of the history, which must reach up to [`Cursor::low`], in one commit.
    ///
    /// # Errors
    /// See [`ApplyError`]; then nothing has changed.
    pub async fn apply_history(&self, page: ChangesPage) -> Result<Applied, ApplyError> {
        self.work(move |disk| {
            let ended = erased::before(disk, &page.changes)?;
            let (cursor, touched) = records::apply_history(&mut disk.records, &page)?;
            let applied = disk.settled(cursor, touched);
            erased::after(disk, &ended, applied)
        })
        .await
    }

    /// Forgets every record and stands at `head` of `epoch`. Drafts and the outbox stay: texts
    /// that the relay had not taken are sent again under their ids. Those that it had taken are
    /// not; one that the whole new history does not hold is shown as refused, with the reason.
    ///
    /// # Errors
    /// The disk.
    pub async fn start_fresh(&self, epoch: Epoch, head: Seq) -> Result<Applied, ApplyError> {
        self.work(move |disk| {
            let cursor = records::start_fresh(&mut disk.records, epoch, head)?;
            disk.picks.forget();
            Ok(disk.settled(cursor, Touched::EVERYTHING))
        })
        .await
    }

    /// Compares this copy with the relay's.
    ///
    /// # Errors
    /// The disk.
    pub async fn check_digest(&self, head: Seq, digest: Digest) -> Result<DigestCheck, CacheError> {
        self.work(move |disk| records::check_digest(&disk.records, head, digest))
            .await
    }

    /// Counts that this copy turned out to be wrong. Returns how often that happened so far on
    /// this device.
    ///
    /// # Errors
    /// The disk.
    pub async fn count_wrong_copy(&self) -> Result<u32, CacheError> {
        self.work(|disk| identity::count_wrong_copy(&disk.outbox))
            .await
    }
}

impl Disk {
    /// As [`settled`]; what is kept of the lists hears of it.
    fn settled(&mut self, cursor: Cursor, touched: Touched) -> Applied {
        self.picks.touch(&touched);
        self.names.forget();
        let applied = settled(&self.records, &mut self.outbox, cursor, touched);
        if !applied.moved.is_empty() {
            // A row that stood in for a record has gone.
            self.picks.forget();
        }
        applied
    }
}

/// The records are committed at this point. A failure to let go of what has arrived is harmless,
/// because a look leaves it out and the next commit tries again.
fn settled(
    records: &rusqlite::Connection,
    outbox: &mut rusqlite::Connection,
    cursor: Cursor,
    mut touched: Touched,
) -> Applied {
    let moved = begun::settle(records, outbox).unwrap_or_else(|error| {
        tracing::warn!(%error, "conversations begun here could not be looked at");
        Vec::new()
    });
    for (from, to) in &moved {
        touched.add(*from);
        touched.add(*to);
    }
    let outbox = match outbox::settle(records, outbox) {
        Ok(settled) => {
            touched.merge(settled.touched);
            settled.counts
        }
        Err(error) => {
            tracing::warn!(%error, "the outbox could not be compared with the records");
            None
        }
    };
    Applied {
        cursor,
        touched,
        outbox,
        news: Vec::new(),
        arrived: Vec::new(),
        ended: Vec::new(),
        moved,
    }
}

/// What is shown.
impl Cache {
    /// Reads a part of the list as `look` says.
    ///
    /// # Errors
    /// The disk.
    pub async fn list(&self, query: ListQuery, look: Look) -> Result<ListSlice, CacheError> {
        self.work(move |disk| {
            let shelves = Shelves {
                records: &disk.records,
                outbox: &disk.outbox,
            };
            list::list(shelves, &mut disk.picks, &query, &look)
        })
        .await
    }

    /// Reads a part of a timeline; none where the conversation is not here.
    ///
    /// # Errors
    /// The disk.
    pub async fn chat(
        &self,
        query: ChatQuery,
        me: Option<AgentId>,
    ) -> Result<Option<ChatSlice>, CacheError> {
        self.work(move |disk| chat::chat(disk.shelves(), &query, me))
            .await
    }

    /// What I sent before, newest first.
    ///
    /// # Errors
    /// The disk.
    pub async fn sent(&self) -> Result<Vec<String>, CacheError> {
        self.work(|disk| sent::sent(disk.shelves())).await
    }

    /// Searches everything that is here, for somebody in `zone`; none where another search was asked
    /// for before this one was answered. Waits for nothing that is being written. Asked in the order
    /// of the calls, whenever the answers are waited for.
    ///
    /// # Errors
    /// The disk.
    pub fn search(
        &self,
        query: SearchQuery,
        zone: TimeZone,
    ) -> impl Future<Output = Result<Option<Found>, CacheError>> + use<> {
        let found = self.searcher.search(query, clock::now(), zone);
        let cache = self.clone();
        async move {
            let found = found.await;
            if let Err(CacheError::Damaged | CacheError::Record(_)) = found {
                // Whoever owns the file looks at it, and replaces it where it is of no use.
                return cache.work(|_| Err(CacheError::Damaged)).await;
            }
            found
        }
    }

    /// What the whole desk has in common.
    ///
    /// # Errors
    /// The disk.
    pub async fn directory(&self) -> Result<Directory, CacheError> {
        self.work(|disk| directory::directory(disk.shelves())).await
    }

    /// Which templates I can choose from.
    ///
    /// # Errors
    /// The disk.
    pub async fn templates(&self) -> Result<Shelf, CacheError> {
        self.work(|disk| templates::shelf(disk.shelves())).await
    }

    /// One template; none where it is not here.
    ///
    /// # Errors
    /// The disk.
    pub async fn template(&self, id: TemplateId) -> Result<Option<Template>, CacheError> {
        self.work(move |disk| templates::one(&disk.records, id))
            .await
    }

    /// Keeps what a draft owes to templates, for as long as there is that draft.
    ///
    /// # Errors
    /// The disk.
    pub async fn keep_origin(
        &self,
        conversation: ConversationId,
        origin: Origin,
    ) -> Result<(), CacheError> {
        self.work(move |disk| {
            let conversation = begun::meant(&disk.outbox, conversation)?;
            templates::keep_origin(&disk.outbox, conversation, &origin)
        })
        .await
    }
}

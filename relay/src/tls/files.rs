//! A certificate that something else renews: its files are looked at every minute.

use super::Tls;
use super::pair::{Held, PairError};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at, in seconds.
const LOOK_S: u64 = 60;

/// What tells that a file is another one: inode, length, and when it was written.
type Stamp = Option<(u64, u64, i64, i64)>;

/// The two files.
pub(super) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    /// As they were when they were read last.
    seen: Mutex<[Stamp; 2]>,
}

impl Files {
    pub(super) fn new(certificate: PathBuf, key: PathBuf) -> Self {
        let seen = Mutex::new([stamp(&certificate), stamp(&key)]);
        Self {
            certificate,
            key,
            seen,
        }
    }

    /// Reads both. What they looked like is noted before, so that a change meanwhile is seen.
    pub(super) fn read(&self) -> Result<Held, PairError> {
        let now = self.stamps();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = now;
        Held::read(&self.certificate, &self.key)
    }

    fn stamps(&self) -> [Stamp; 2] {
        [stamp(&self.certificate), stamp(&self.key)]
    }

    fn have_changed(&self) -> bool {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) != self.stamps()
    }

    /// Reads them again whenever they change.
    pub(super) async fn watch(&self, tls: &Arc<Tls>, shutdown: &CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(Duration::from_secs(LOOK_S)) => {}
            }
            let this = Arc::clone(tls);
            let looked = tokio::task::spawn_blocking(move || this.look());
            if let Err(error) = looked.await {
                tracing::error!(%error, "the certificate's files could not be looked at");
            }
        }
    }
}

impl Tls {
    /// Reads the files again where they have changed.
    pub(super) fn look(&self) {
        if let super::From::Files(files) = &self.from
            && files.have_changed()
        {
            // What is wrong is in the log; half a change is whole within the next minute.
            let _ = self.read_files();
        }
        self.warn();
    }
}

fn stamp(path: &Path) -> Stamp {
    let found = std::fs::metadata(path).ok()?;
    Some((found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
}

//! What keeps a relay well by itself: copies of the database, what is not kept for ever, and what it
//! tells whoever started it.

pub(crate) mod backups;
pub mod notify;
pub mod reload;
mod retention;
pub mod rotation;

use crate::config::{Care, Config};
use crate::state::Relay;
use notify::Notifier;
use reload::{Fixed, Reload};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

/// What whoever started the relay and the relay have to say to each other.
#[derive(Debug, Default)]
pub struct Reins {
    /// Hears how the relay fares.
    pub notifier: Notifier,
    /// Within what time it has to hear that the relay is alive; none where it does not care.
    pub watchdog: Option<Duration>,
    /// Brings other configurations; none where none will come.
    pub reloads: Option<mpsc::Receiver<Reload>>,
}

/// What is known before the relay is made, and needed once it is.
pub(crate) struct Prepared {
    care: Care,
    database: PathBuf,
    fixed: Fixed,
    reins: Reins,
}

impl Prepared {
    pub(crate) fn new(config: &Config, reins: Reins) -> Self {
        Self {
            care: config.care.clone(),
            database: config.database.clone(),
            fixed: Fixed::of(config),
            reins,
        }
    }

    /// Starts what was asked for, and says that the relay is ready.
    pub(crate) fn begin(self, tasks: &TaskTracker, relay: &Arc<Relay>) {
        let Self {
            care,
            database,
            fixed,
            reins,
        } = self;
        by_itself(tasks, relay, care, &database);
        if let Some(reloads) = reins.reloads {
            tasks.spawn(reload::run(Arc::clone(relay), fixed, reloads));
        }
        let notifier = reins.notifier;
        if let Some(within) = reins.watchdog {
            let watched = notify::watch(Arc::clone(relay), notifier.clone(), within);
            tasks.spawn(watched);
        }
        notifier.tell(notify::READY);
        let stopped = relay.shutdown.clone();
        tasks.spawn(async move {
            stopped.cancelled().await;
            notifier.tell(notify::STOPPING);
        });
    }
}

fn by_itself(tasks: &TaskTracker, relay: &Arc<Relay>, care: Care, database: &Path) {
    if let Some(plan) = care.backup {
        tasks.spawn(backups::run(Arc::clone(relay), plan, database.to_owned()));
    }
    if let Some(older_than_ms) = care.older_than_ms {
        tasks.spawn(retention::run(Arc::clone(relay), older_than_ms));
    }
}

/// Files that hold older states of a database, and whether each goes by itself.
pub(crate) fn copies(care: &Care, database: &Path) -> Vec<(PathBuf, Goes)> {
    let stay = crate::store::copies::beside(database).into_iter();
    let mut found: Vec<_> = stay.map(|path| (path, Goes::Never)).collect();
    if let Some(plan) = &care.backup {
        let made = backups::listed(&plan.folder, database).into_iter();
        found.extend(made.map(|path| (path, Goes::InTurn)));
    }
    found
}

/// Whether a file goes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goes {
    /// Once newer copies stand for it.
    InTurn,
    /// Somebody has to delete it.
    Never,
}

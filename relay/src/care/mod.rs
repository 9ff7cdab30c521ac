//! What keeps a relay well by itself: copies of the database, what is not kept for ever, and what it
//! tells whoever started it.

pub(crate) mod backups;
pub mod live;
pub mod notify;
pub mod reload;
mod retention;
pub mod rotation;

use crate::config::{Care, Config};
use crate::state::Relay;
use crate::store::copies;
use crate::telemetry::Level;
use notify::Notifier;
use reload::{Held, Reload};
pub(crate) use rotation::Goes;
use smsdesk_common::time::Timestamp;
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
    /// How much is logged; none where an argument said it, and no configuration does.
    pub level: Option<Level>,
}

/// What is known before the relay is made, and needed once it is.
pub(crate) struct Prepared {
    database: PathBuf,
    held: Held,
    reins: Reins,
}

impl Prepared {
    pub(crate) fn new(config: &Config, reins: Reins) -> Self {
        Self {
            database: config.database.clone(),
            held: Held::of(config),
            reins,
        }
    }

    /// Starts what was asked for, and says that the relay is ready.
    pub(crate) fn begin(self, tasks: &TaskTracker, relay: &Arc<Relay>) {
        let Self {
            database,
            held,
            reins,
        } = self;
        tasks.spawn(backups::run(Arc::clone(relay), database));
        tasks.spawn(retention::run(Arc::clone(relay)));
        if let Some(reloads) = reins.reloads {
            let held = held.with_level(reins.level);
            tasks.spawn(reload::run(Arc::clone(relay), held, reloads));
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

/// A file that holds an older state of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OldState {
    pub(crate) path: PathBuf,
    pub(crate) goes: Goes,
}

/// Files beside a database and in the folder of its backups that hold older states of it.
pub(crate) fn copies(care: &Care, database: &Path, now: Timestamp) -> Vec<OldState> {
    let home = copies::folder_of(database);
    let mut stay = copies::in_folder(&home, database);
    let mut found = Vec::new();
    if let Some(plan) = &care.backup {
        let dated = backups::dated(plan, database, now);
        if !plan.folder.canonicalize().is_ok_and(|real| real == home) {
            stay.extend(copies::in_folder(&plan.folder, database));
        }
        stay.retain(|path| {
            dated
                .iter()
                .all(|copy| copy.path.file_name() != path.file_name())
        });
        found = dated;
    }
    let stay = stay.into_iter().map(|path| OldState {
        path,
        goes: Goes::Never,
    });
    stay.chain(found).collect()
}

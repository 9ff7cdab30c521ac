//! Copies of the database by themselves: made at their time, verified, and removed when newer ones
//! take their place. One that fails is told and tried again; nothing else waits for it.

use super::OldState;
use super::rotation::{self, Keep};
use crate::config::{BackupPlan, When};
use crate::state::Relay;
use crate::store;
use crate::store::audit::{self, Note};
use crate::store::backup::{CopyError, backup};
use crate::store::space;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use smsdesk_common::api::health::BackedUp;
use smsdesk_common::audit::{Actor, Deed};
use smsdesk_common::time::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often it is looked whether a copy is due, in milliseconds: the clock may be set meanwhile.
const LOOK_MS: u64 = 20_000;
/// A day, in milliseconds: of several copies a day rotation looks at the last one.
const DAY_MS: i64 = 86_400_000;
/// How long after a failure it is tried again, in milliseconds.
const AGAIN_MS: i64 = 10 * 60_000;

/// How the copies fare.
#[derive(Debug, Default)]
pub(crate) struct Backups(Mutex<Fared>);

#[derive(Clone, Debug, Default)]
struct Fared {
    /// Whether any are made.
    wanted: bool,
    good_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
    problem: Option<String>,
}

impl Backups {
    fn fared(&self) -> Fared {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    fn set(&self, change: impl FnOnce(&mut Fared)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// How they fare; none where none are made. Anybody may ask: no paths.
    pub(crate) fn told(&self, now: Timestamp) -> Option<BackedUp> {
        let fared = self.fared();
        let age = |at: Timestamp| u64::try_from(now.millis_since(at) / 1_000).unwrap_or(0);
        fared.wanted.then(|| BackedUp {
            age_s: fared.good_at.map(age),
            problem: fared.problem.map(|_| "the last backup failed".to_owned()),
        })
    }
}

/// Why no copy was made.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("the folder {0}: {1}")]
    Folder(String, std::io::Error),
    #[error("the folder {0} has no room for a copy: {1} bytes are needed")]
    Room(String, u64),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error("the copy was not made to its end")]
    Cut,
}

/// Works until shutdown.
pub(crate) async fn run(relay: Arc<Relay>, database: PathBuf) {
    let mut changes = relay.live_changes();
    let mut plan = None;
    loop {
        let wanted = changes.borrow_and_update().care.backup.clone();
        if wanted != plan {
            plan = wanted;
            begin(&relay, plan.as_ref(), &database);
        }
        let now = relay.clock.now();
        if let Some(plan) = &plan
            && is_due(plan.when, &relay.backups.fared(), now, &TimeZone::system())
        {
            make(&relay, plan, &database, now).await;
        }
        tokio::select! {
            () = relay.shutdown.cancelled() => return,
            _ = changes.changed() => {}
            () = tokio::time::sleep(Duration::from_millis(LOOK_MS)) => {}
        }
    }
}

/// Goes by a plan from now on: what its folder holds counts.
fn begin(relay: &Relay, plan: Option<&BackupPlan>, database: &Path) {
    let found = plan.and_then(|plan| newest(&plan.folder, database));
    relay.backups.set(|fared| {
        *fared = Fared {
            wanted: plan.is_some(),
            good_at: found,
            ..Fared::default()
        };
    });
}

/// Whether a copy has to be made: none was since its time, and none was tried just now.
fn is_due(when: When, fared: &Fared, now: Timestamp, zone: &TimeZone) -> bool {
    let fresh = |at: Timestamp, ms: i64| (0..ms).contains(&now.millis_since(at));
    if fared.problem.is_some() && fared.tried_at.is_some_and(|at| fresh(at, AGAIN_MS)) {
        return false;
    }
    let Some(good) = fared.good_at else {
        return true;
    };
    match when {
        When::Every(ms) => !fresh(good, ms),
        When::Daily(time) => {
            let local = now.to_jiff().to_zoned(zone.clone());
            let today = local.date().to_datetime(time);
            let last = match today <= local.datetime() {
                true => today,
                false => today.yesterday_at_the_same_time(),
            };
            let last = last.to_zoned(zone.clone()).map(|at| at.timestamp());
            // A clock that went back must not stop the copies.
            last.is_ok_and(|last| good.to_jiff() < last) || now < good
        }
    }
}

trait Yesterday {
    fn yesterday_at_the_same_time(self) -> Self;
}

impl Yesterday for DateTime {
    fn yesterday_at_the_same_time(self) -> Self {
        self.yesterday().unwrap_or(self)
    }
}

async fn make(relay: &Arc<Relay>, plan: &BackupPlan, database: &Path, now: Timestamp) {
    let (folder, database, keep) = (plan.folder.clone(), database.to_owned(), plan.keep);
    let done = tokio::task::spawn_blocking(move || {
        let made = copy(&folder, &database, now)?;
        rotate(&folder, &database, keep);
        Ok(made)
    });
    match done.await.unwrap_or(Err(Failed::Cut)) {
        Ok((name, bytes)) => {
            tracing::info!(%name, bytes, "a backup was made and verified");
            relay.backups.set(|fared| {
                *fared = Fared {
                    wanted: true,
                    good_at: Some(now),
                    tried_at: Some(now),
                    problem: None,
                };
            });
            let note = move |tx: &mut dyn store::sql::Tx| {
                let note = Note::new(Actor::Relay, Deed::BackedUp);
                audit::append(tx, note.with("name", name.as_str()))
            };
            if let Err(error) = relay.store.write(note).await {
                tracing::warn!(%error, "the audit does not have this backup");
            }
        }
        Err(error) => {
            tracing::error!(%error, "no backup was made; it is tried again");
            relay.backups.set(|fared| {
                fared.tried_at = Some(now);
                fared.problem = Some(error.to_string());
            });
        }
    }
}

fn copy(folder: &Path, database: &Path, now: Timestamp) -> Result<(String, u64), Failed> {
    let shown = || folder.display().to_string();
    store::private_folder(folder).map_err(|error| Failed::Folder(shown(), error))?;
    let needed = std::fs::metadata(database).map_or(0, |file| file.len());
    // Beside the database it must not be what fills the disk.
    let needed = needed.saturating_add(space::LOW_BYTES);
    if space::free(&folder.join("x")).is_ok_and(|free| free < needed) {
        return Err(Failed::Room(shown(), needed));
    }
    let name = rotation::name(&file_name(database), now);
    let made = backup(database, &folder.join(&name))?;
    Ok((name, made.bytes))
}

fn file_name(database: &Path) -> String {
    let name = database.file_name().unwrap_or(database.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Removes what newer copies stand for, and what a try that was cut left behind. What cannot be
/// removed is told, and stays.
fn rotate(folder: &Path, database: &Path, keep: Keep) {
    let name = file_name(database);
    let copies = copies(folder, database);
    let times: Vec<DateTime> = copies.iter().map(|(at, _)| *at).collect();
    let doomed = rotation::doomed(&times, keep);
    let gone = copies.into_iter().filter(|(at, _)| doomed.contains(at));
    for (_, path) in gone {
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "an old backup could not be removed");
        }
    }
    for path in files(folder) {
        let found = path.file_name().and_then(|found| found.to_str());
        let cut = found
            .and_then(|found| found.split_once(".part"))
            .map(|(copy, _)| copy);
        if cut.is_some_and(|copy| rotation::made_at(&name, copy).is_some()) {
            let _ = std::fs::remove_file(&path);
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    found.map(|entry| entry.path()).collect()
}

/// The copies in a folder, and when each was made.
fn copies(folder: &Path, database: &Path) -> Vec<(DateTime, PathBuf)> {
    let name = file_name(database);
    let found = files(folder).into_iter().filter_map(|path| {
        let at = rotation::made_at(&name, path.file_name()?.to_str()?)?;
        Some((at, path))
    });
    found.collect()
}

/// The copies that were made by themselves, the oldest first, each with the day on which it goes.
pub(crate) fn dated(plan: &BackupPlan, database: &Path, now: Timestamp) -> Vec<OldState> {
    let mut found = copies(&plan.folder, database);
    found.sort();
    let times: Vec<_> = found.iter().map(|(at, _)| *at).collect();
    let step_ms = match plan.when {
        When::Every(ms) => ms.max(DAY_MS),
        When::Daily(_) => DAY_MS,
    };
    let days = rotation::days(&times, plan.keep, now, step_ms);
    found
        .into_iter()
        .zip(days)
        .map(|((_, path), goes)| OldState { path, goes })
        .collect()
}

fn newest(folder: &Path, database: &Path) -> Option<Timestamp> {
    let at = copies(folder, database)
        .into_iter()
        .map(|(at, _)| at)
        .max()?;
    let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_millis(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn at(text: &str) -> Timestamp {
        let at: jiff::Timestamp = text.parse().unwrap();
        Timestamp::from_millis(at.as_millisecond())
    }

    fn good(text: &str) -> Fared {
        Fared {
            good_at: Some(at(text)),
            ..Fared::default()
        }
    }

    #[test]
    fn a_daily_copy_is_due_once_after_its_time_of_the_day_and_after_a_day_that_was_missed() {
        let daily = When::Daily(time(3, 0, 0, 0));
        let zone = TimeZone::get("America/New_York").unwrap();
        for (last, now, due) in [
            // Three at night there is eight o'clock in UTC.
            ("2026-01-10T08:00:20Z", "2026-01-11T07:59:00Z", false),
            ("2026-01-10T08:00:20Z", "2026-01-11T08:00:00Z", true),
            ("2026-01-11T08:00:20Z", "2026-01-11T08:05:00Z", false),
            ("2026-01-08T08:00:20Z", "2026-01-11T02:00:00Z", true),
            // The clock went back by a year.
            ("2027-01-08T08:00:20Z", "2026-01-11T02:00:00Z", true),
        ] {
            let found = is_due(daily, &good(last), at(now), &zone);
            assert_eq!(found, due, "{last} {now}");
        }
        assert!(is_due(
            daily,
            &Fared::default(),
            at("2026-01-01T00:00:00Z"),
            &zone
        ));
    }

    #[test]
    fn one_that_failed_is_tried_again_after_a_while_and_not_at_once() {
        let hourly = When::Every(3_600_000);
        let zone = TimeZone::UTC;
        let mut fared = good("2026-01-01T00:00:00Z");
        assert!(!is_due(hourly, &fared, at("2026-01-01T00:59:59Z"), &zone));
        assert!(is_due(hourly, &fared, at("2026-01-01T01:00:00Z"), &zone));
        fared.tried_at = Some(at("2026-01-01T01:00:00Z"));
        fared.problem = Some("no room".to_owned());
        assert!(!is_due(hourly, &fared, at("2026-01-01T01:09:59Z"), &zone));
        assert!(is_due(hourly, &fared, at("2026-01-01T01:10:00Z"), &zone));
    }
}

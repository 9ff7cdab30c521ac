//! The databases of this device, encrypted by SQLCipher: which key opens which file, and how a file
//! becomes encrypted, or plain again.
//!
//! Whether a file is encrypted is seen by its first bytes and noted nowhere, so that nothing can say
//! otherwise. A file is turned by writing another one beside it, which then takes its name: whatever
//! ends that early, one whole file has the name. An outbox that no key opens is never removed.

#[cfg(all(test, feature = "encrypted-cache"))]
mod tests;
mod token;
mod turn;

pub use token::token;

use super::Cache;
use super::error::OpenError;
use super::files::{self, Folder};
use crate::keyring::{Key, KeyError, KeyStore};
use rusqlite::Connection;
use smsdesk_common::time::Timestamp;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whether this build has SQLCipher.
pub const CAN_ENCRYPT: bool = cfg!(feature = "encrypted-cache");
/// How a plain database begins; an encrypted one begins with random bytes.
const PLAIN: &[u8; 16] = b"SQLite format 3\0";

/// How the files are to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// As SQLite writes them.
    #[default]
    Plain,
    /// Encrypted.
    Encrypted,
}

/// How the files of a device are to be, and where their keys are.
#[derive(Clone, Debug, Default)]
pub struct Sealing {
    /// How they are to be.
    pub wish: Wish,
    /// Who has the keys; none where nothing can be encrypted.
    pub keys: Option<Arc<dyn KeyStore>>,
}

/// How a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none, or nothing is in it.
    Nothing,
    /// As SQLite writes it.
    Plain,
    /// Encrypted, or damaged at the very beginning.
    Encrypted,
}

/// How a file is.
///
/// # Errors
/// It cannot be read.
pub fn state(path: &Path) -> io::Result<State> {
    let mut head = Vec::with_capacity(PLAIN.len());
    match File::open(path) {
        Ok(file) => file.take(PLAIN.len() as u64).read_to_end(&mut head)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Nothing),
        Err(error) => return Err(error),
    };
    Ok(match head.as_slice() {
        [] => State::Nothing,
        head if head == PLAIN => State::Plain,
        _ => State::Encrypted,
    })
}

/// Whether a file of the folder is encrypted, as far as can be seen.
pub fn is_any_encrypted(folder: &Path) -> bool {
    let files = super::glance::files(folder);
    let mut states = files.iter().map(|path| state(path));
    states.any(|state| matches!(state, Ok(State::Encrypted)))
}

/// What is wrong with the key of a file, and what to do.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(
        "it is encrypted, or damaged, and this smsdesk was built without encryption: start one that was \
         built with the feature encrypted-cache"
    )]
    NotBuilt,
    #[error(
        "it is encrypted, and {0} has no key for it; nothing was changed. Bring the key back, or, where it \
         is gone for good, run `smsdesk lost-key`: that puts the file away, unsent texts and all, and \
         begins anew"
    )]
    Missing(&'static str),
    #[error(
        "{0} is not the key of this file, or the file is damaged; nothing was changed. Bring the right key \
         back, or, where it is gone for good, run `smsdesk lost-key`: that puts the file away, unsent texts \
         and all, and begins anew"
    )]
    Wrong(&'static str),
    #[error("{0} took a key and gave another one back, so that nothing was encrypted with it")]
    Forgetful(&'static str),
    #[error("it is encrypted, and nobody was asked for its key")]
    Unasked,
    #[error(transparent)]
    Store(#[from] KeyError),
    #[error("whether it is encrypted cannot be seen: {0}")]
    Unread(#[from] io::Error),
    #[error("{0}; it is as it was")]
    NotTurned(#[from] turn::TurnError),
}

/// The keys of both files; none for one that is plain.
#[derive(Default)]
struct Keys {
    outbox: Option<Key>,
    records: Mutex<Option<Key>>,
    store: Option<Arc<dyn KeyStore>>,
}

/// Opens what is encrypted, for every connection to the two files.
#[derive(Clone, Default)]
pub(super) struct Seal(Arc<Keys>);

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}

impl Seal {
    fn of(outbox: Option<Key>, records: Option<Key>, sealing: &Sealing) -> Self {
        Self(Arc::new(Keys {
            outbox,
            records: Mutex::new(records),
            store: sealing.keys.clone(),
        }))
    }

    fn records(&self) -> MutexGuard<'_, Option<Key>> {
        let key = self.0.records.lock();
        key.unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a new connection read the file at `path`; nothing was asked of it before.
    pub(super) fn unlock(&self, connection: &Connection, path: &Path) -> rusqlite::Result<()> {
        let key = match files::is_records(path) {
            true => self.records().clone(),
            false => self.0.outbox.clone(),
        };
        unlock(connection, key.as_ref())
    }

    /// Forgets the key of the copy wherever it was kept: what is left of the former file on the disk
    /// is of no use to anybody. The copy has a key from now on that is kept nowhere.
    pub(super) fn forget_records_key(&self, path: &Path) -> Result<(), KeyError> {
        let mut key = self.records();
        if key.is_some() {
            if let Some(store) = &self.0.store {
                store.remove(path)?;
            }
            *key = Some(Key::random()?);
        }
        Ok(())
    }
}

fn unlock(connection: &Connection, key: Option<&Key>) -> rusqlite::Result<()> {
    if !CAN_ENCRYPT {
        return Ok(());
    }
    // It would write of wrong keys on the terminal.
    connection.pragma_update(None, "cipher_log_level", "NONE")?;
    match key {
        Some(key) => connection.pragma_update(None, "key", as_sql(key)),
        None => Ok(()),
    }
}

/// As SQLCipher takes a key that is no password.
fn as_sql(key: &Key) -> String {
    format!("x'{}'", key.expose())
}

/// Has the files of a folder that is held be as they are wanted; what opens them then.
pub(super) fn prepare(folder: &Folder, sealing: &Sealing) -> Result<Seal, OpenError> {
    prepare_by_steps(folder, sealing, &mut |_| {})
}

/// As [`prepare`]; `at` hears of each step, between which a power cut may come.
fn prepare_by_steps(
    folder: &Folder,
    sealing: &Sealing,
    at: &mut dyn FnMut(&'static str),
) -> Result<Seal, OpenError> {
    let (outbox, records) = (folder.outbox(), folder.records());
    for path in [&outbox, &records] {
        turn::forget_unfinished(path).map_err(|error| told(path)(error.into()))?;
    }
    let proof = match state(&outbox) {
        Ok(State::Encrypted) => Proof::Fit,
        _ => Proof::None,
    };
    let outbox_key = settle_outbox(&outbox, sealing, at).map_err(told(&outbox))?;
    let records_key = settle_records(&records, sealing, proof, at).map_err(told(&records))?;
    if sealing.wish == Wish::Encrypted {
        let damaged = files::damaged(&records);
        let plain = state(&damaged).is_ok_and(|state| state == State::Plain);
        if plain {
            files::remove(&damaged).map_err(|error| told(&damaged)(error.into()))?;
        }
    }
    Ok(Seal::of(outbox_key, records_key, sealing))
}

/// What is known of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// Nothing.
    None,
    /// One of them has opened a file.
    Fit,
}

fn told(path: &Path) -> impl Fn(Trouble) -> OpenError {
    move |trouble| match trouble {
        // It may as well be no database at all.
        Trouble::NotBuilt | Trouble::Unasked => OpenError::Outbox {
            path: path.to_owned(),
            source: trouble.into(),
        },
        trouble => OpenError::Key {
            path: path.to_owned(),
            problem: trouble.to_string(),
        },
    }
}

/// The outbox is never given up: whatever is wrong with its key is told.
fn settle_outbox(
    path: &Path,
    sealing: &Sealing,
    at: &mut dyn FnMut(&'static str),
) -> Result<Option<Key>, Trouble> {
    match (sealing.wish, state(path)?) {
        (Wish::Plain, State::Nothing | State::Plain) => Ok(None),
        (Wish::Encrypted, State::Nothing) => made(path, sealing).map(Some),
        (Wish::Encrypted, State::Plain) => {
            let key = made(path, sealing)?;
            turn::turn(path, None, Some(&key), at)?;
            Ok(Some(key))
        }
        (Wish::Encrypted, State::Encrypted) => held(path, sealing).map(Some),
        (Wish::Plain, State::Encrypted) => {
            let key = held(path, sealing)?;
            turn::turn(path, Some(&key), None, at)?;
            Ok(None)
        }
    }
}

/// The copy can be fetched again: where no key opens it although the keys are right, whoever opens it
/// puts it aside as damaged.
fn settle_records(
    path: &Path,
    sealing: &Sealing,
    keys: Proof,
    at: &mut dyn FnMut(&'static str),
) -> Result<Option<Key>, Trouble> {
    match (sealing.wish, state(path)?) {
        (Wish::Plain, State::Nothing | State::Plain) => Ok(None),
        (Wish::Encrypted, State::Nothing) => made(path, sealing).map(Some),
        (Wish::Encrypted, State::Plain) => {
            let key = made(path, sealing)?;
            match turn::turn(path, None, Some(&key), at) {
                Err(error) if error.is_damage() => files::remove_all(path)?,
                turned => turned?,
            }
            Ok(Some(key))
        }
        (Wish::Encrypted, State::Encrypted) => match held(path, sealing) {
            Err(Trouble::Missing(_)) => made(path, sealing).map(Some),
            Err(Trouble::Wrong(_)) if keys == Proof::Fit => made(path, sealing).map(Some),
            held => held.map(Some),
        },
        (Wish::Plain, State::Encrypted) => {
            if let Ok(key) = held(path, sealing) {
                turn::turn(path, Some(&key), None, at)?;
            }
            Ok(None)
        }
    }
}

/// The key that opens the file.
fn held(path: &Path, sealing: &Sealing) -> Result<Key, Trouble> {
    if !CAN_ENCRYPT {
        return Err(Trouble::NotBuilt);
    }
    let store = sealing.keys.as_deref().ok_or(Trouble::Unasked)?;
    let key = store.get(path)?.ok_or(Trouble::Missing(store.place()))?;
    match turn::opens(path, Some(&key)) {
        true => Ok(key),
        false => Err(Trouble::Wrong(store.place())),
    }
}

/// The key that the file has, or gets now.
fn made(path: &Path, sealing: &Sealing) -> Result<Key, Trouble> {
    if !CAN_ENCRYPT {
        return Err(Trouble::NotBuilt);
    }
    let store = sealing.keys.as_deref().ok_or(Trouble::Unasked)?;
    if let Some(key) = store.get(path)? {
        return Ok(key);
    }
    let key = Key::random()?;
    store.put(path, &key)?;
    // What is encrypted with a key that nobody kept is lost.
    match store.get(path)? {
        Some(kept) if kept == key => Ok(key),
        _ => Err(Trouble::Forgetful(store.place())),
    }
}

/// What opens the files of a folder that somebody else may hold; nothing is made or changed.
pub(super) fn look(folder: &Path, sealing: &Sealing) -> Result<Seal, KeyError> {
    let key = |path: &PathBuf| match state(path) {
        Ok(State::Encrypted) => held(path, sealing)
            .map(Some)
            .map_err(|trouble| KeyError(format!("{}: {trouble}", path.display()))),
        _ => Ok(None),
    };
    let [outbox, records] = super::glance::files(folder);
    Ok(Seal::of(key(&outbox)?, key(&records)?, sealing))
}

impl Cache {
    /// Puts away, under names with a time, whatever is encrypted in a folder and has no key that opens
    /// it, or another one. Returns the new names.
    ///
    /// # Errors
    /// Somebody uses the folder, the keys cannot be asked for, or the disk refuses.
    pub fn put_away_unreadable(
        folder: &Path,
        sealing: &Sealing,
        now: Timestamp,
    ) -> Result<Vec<PathBuf>, OpenError> {
        let folder = Folder::take(folder)?;
        let mut away = Vec::new();
        for path in [folder.outbox(), folder.records()] {
            let is_lost = match state(&path).map_err(|error| told(&path)(error.into()))? {
                State::Nothing | State::Plain => false,
                State::Encrypted => match held(&path, sealing) {
                    Ok(_) => false,
                    Err(Trouble::Missing(_) | Trouble::Wrong(_)) => true,
                    Err(other) => return Err(told(&path)(other)),
                },
            };
            if is_lost {
                let moved = files::put_away(&path, now);
                away.push(moved.map_err(|error| told(&path)(error.into()))?);
            }
        }
        Ok(away)
    }
}

#[cfg(all(test, not(feature = "encrypted-cache")))]
mod without {
    use super::*;

    #[test]
    fn a_build_without_encryption_leaves_encrypted_files_alone_and_says_which_one_can_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = folder.path().join("outbox.db");
        std::fs::write(&outbox, [0xa7; 8192]).unwrap();
        for wish in [Wish::Plain, Wish::Encrypted] {
            let sealing = Sealing { wish, keys: None };
            let refused = Cache::open_sealed(folder.path(), &sealing).unwrap_err();
            let words = refused.to_string();
            assert!(words.contains("outbox.db cannot be opened"), "{words}");
            assert!(words.contains("the feature encrypted-cache"), "{words}");
        }
        assert_eq!(std::fs::read(&outbox).unwrap(), [0xa7; 8192]);
    }
}

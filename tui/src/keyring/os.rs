//! The system's keyring: the Secret Service of a Linux desktop, the keychain of macOS, the credentials
//! of Windows.

use super::{Key, KeyError, KeyStore};
use keyring::{Entry, Error};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// Under which name our keys stand there.
const SERVICE: &str = "smsdesk";
/// How long somebody may take to unlock the keyring.
const PATIENCE: Duration = Duration::from_secs(120);

/// The system's keyring.
#[derive(Clone, Copy, Debug)]
pub struct OsKeyring;

impl KeyStore for OsKeyring {
    fn get(&self, file: &Path) -> Result<Option<Key>, KeyError> {
        let found = ask(file, |entry| match entry.get_password() {
            Err(Error::NoEntry) => Ok(None),
            found => found.map(Some),
        })?;
        let Some(text) = found else {
            return Ok(None);
        };
        Key::parse(&text).map(Some).ok_or_else(|| {
            KeyError(format!(
                "the keyring's entry {SERVICE} for {} is no key of smsdesk's",
                file.display()
            ))
        })
    }

    fn put(&self, file: &Path, key: &Key) -> Result<(), KeyError> {
        let key = key.clone();
        ask(file, move |entry| entry.set_password(key.expose()))
    }

    fn remove(&self, file: &Path) -> Result<(), KeyError> {
        ask(file, |entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            done => done,
        })
    }

    fn place(&self) -> &'static str {
        "the keyring"
    }
}

/// Asks on a thread of its own: the bus wants a runtime of its own, and a keyring that waits for
/// somebody to unlock it may wait for ever.
fn ask<T: Send + 'static>(
    file: &Path,
    what: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyError> {
    let fail = |problem: &str| {
        KeyError(format!(
            "the keyring gives no answer ({problem}): unlock it, or, where there is none, as over ssh, \
             set ui.cache_key_command to a command that prints the key"
        ))
    };
    // One machine may have the same profile in several folders.
    let file = std::path::absolute(file).map_err(|error| fail(&error.to_string()))?;
    let (tell, told) = mpsc::sync_channel(1);
    let asking = move || {
        let name = file.display().to_string();
        let answer = match Entry::store_status() {
            Ok(()) => Entry::new(SERVICE, &name).and_then(|entry| what(&entry)),
            Err(error) => Err(Error::NoStorageAccess(error.to_string().into())),
        };
        // Whoever asked may have given up.
        let _ = tell.send(answer);
    };
    let thread = std::thread::Builder::new().name("keyring".to_owned());
    thread
        .spawn(asking)
        .map_err(|error| fail(&error.to_string()))?;
    match told.recv_timeout(PATIENCE) {
        Ok(answer) => answer.map_err(|error| fail(&error.to_string())),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            Err(fail(&format!("none within {} s", PATIENCE.as_secs())))
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(fail("it failed while asking")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "wants a keyring that is unlocked; .ci/run cipher brings one"]
    fn the_systems_keyring_keeps_a_key_for_each_file() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        let (first, second) = (Key::random().unwrap(), Key::random().unwrap());
        assert_eq!(OsKeyring.get(&one).unwrap(), None);
        OsKeyring.put(&one, &first).unwrap();
        OsKeyring.put(&other, &second).unwrap();
        assert_eq!(OsKeyring.get(&one).unwrap(), Some(first));
        OsKeyring.put(&one, &second).unwrap();
        assert_eq!(OsKeyring.get(&one).unwrap(), Some(second.clone()));
        // Any number of times.
        OsKeyring.remove(&one).unwrap();
        OsKeyring.remove(&one).unwrap();
        assert_eq!(OsKeyring.get(&one).unwrap(), None);
        assert_eq!(OsKeyring.get(&other).unwrap(), Some(second));
        OsKeyring.remove(&other).unwrap();
    }
}

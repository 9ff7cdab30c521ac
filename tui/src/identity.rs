//! What joining a relay gave this device: its address and a token, in a file of its owner alone. Where
//! the files of the cache are encrypted, the token lies in one of them.

use crate::cache::Cache;
use crate::cache::cipher::{self, Sealing, Wish};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use smsdesk_common::api::join::Joined;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The most bytes of the file.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// Which relay this device belongs to, and as whom.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The relay's public address.
    pub relay: String,
    /// Goes with every request.
    pub token: SecretString,
}

#[derive(Serialize, Deserialize)]
struct File {
    relay: String,
    /// None where it lies in the encrypted outbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Where it lies.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join("identity.json")
}

impl Identity {
    /// What joining gave.
    pub fn of(joined: &Joined) -> Self {
        Self {
            relay: joined.relay.clone(),
            token: SecretString::from(joined.token.clone()),
        }
    }

    /// Reads what an earlier join left in `folder`; none where there was none.
    ///
    /// # Errors
    /// The file is there and cannot be read or understood, or the token lies in the encrypted outbox.
    pub fn load(folder: &Path) -> io::Result<Option<Self>> {
        Self::load_with(folder, || Ok(Sealing::default()))
    }

    /// As [`Self::load`]; `sealing` is asked where the token lies in the encrypted outbox.
    ///
    /// # Errors
    /// As [`Self::load`], or that outbox cannot be read.
    pub fn load_with(
        folder: &Path,
        sealing: impl FnOnce() -> io::Result<Sealing>,
    ) -> io::Result<Option<Self>> {
        let Some(File { relay, token }) = read(folder)? else {
            return Ok(None);
        };
        let token = match token {
            Some(token) => SecretString::from(token),
            None => cipher::token(folder, &sealing()?)
                .map_err(io::Error::other)?
                .ok_or_else(|| malformed(&path(folder)))?,
        };
        Ok(Some(Self { relay, token }))
    }

    /// Keeps it in `folder`, for its owner alone; the former one is replaced as a whole.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn save(&self, folder: &Path) -> io::Result<()> {
        write(
            folder,
            &File {
                relay: self.relay.clone(),
                token: Some(self.token.expose_secret().to_owned()),
            },
        )
    }

    /// Keeps it in `folder` as [`Self::save`] does, the token where it belongs by the wish: in the
    /// outbox of `cache` or in the file. It is never nowhere.
    ///
    /// # Errors
    /// The disk.
    pub async fn keep(&self, folder: &Path, cache: &Cache, wish: Wish) -> io::Result<()> {
        match wish {
            Wish::Encrypted => {
                let kept = cache.keep_token(self.token.clone()).await;
                kept.map_err(io::Error::other)?;
                let relay = self.relay.clone();
                write(folder, &File { relay, token: None })
            }
            Wish::Plain => {
                self.save(folder)?;
                cache.forget_token().await.map_err(io::Error::other)
            }
        }
    }

    /// Puts the token where it belongs by the wish, if it lies elsewhere.
    ///
    /// # Errors
    /// The disk.
    pub async fn rehome(&self, folder: &Path, cache: &Cache, wish: Wish) -> io::Result<()> {
        let is_in_file = read(folder)?.map(|file| file.token.is_some());
        match (is_in_file, wish) {
            (Some(true), Wish::Encrypted) | (Some(false), Wish::Plain) => {
                self.keep(folder, cache, wish).await
            }
            _ => Ok(()),
        }
    }
}

fn read(folder: &Path) -> io::Result<Option<File>> {
    let path = path(folder);
    let text = match std::fs::metadata(&path) {
        Ok(meta) if meta.len() <= FILE_BYTES_MAX => std::fs::read_to_string(&path)?,
        Ok(_) => return Err(malformed(&path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let file = serde_json::from_str(&text).map_err(|_| malformed(&path))?;
    Ok(Some(file))
}

fn write(folder: &Path, file: &File) -> io::Result<()> {
    let (path, fresh) = (path(folder), folder.join("identity.json.new"));
    // One that was cut off; its rights may have been others.
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&fresh)?;
    out.write_all(serde_json::to_string(file)?.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(fresh, path)
}

fn malformed(path: &Path) -> io::Error {
    let words = format!("{} is damaged: join the relay again", path.display());
    io::Error::new(io::ErrorKind::InvalidData, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_loaded_and_nobody_else_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Identity::load(folder.path()).unwrap().is_none());
        let identity = Identity {
            relay: "https://x.example".to_owned(),
            token: "secret".to_owned().into(),
        };
        identity.save(folder.path()).unwrap();
        let loaded = Identity::load(folder.path()).unwrap().unwrap();
        assert_eq!(loaded.token.expose_secret(), "secret");
        assert_eq!(loaded.relay, identity.relay);
        assert!(!format!("{loaded:?}").contains("secret\""));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // What a join that was cut off left behind, open to others or led elsewhere.
            let (cut, elsewhere) = (
                folder.path().join("identity.json.new"),
                folder.path().join("e"),
            );
            std::fs::write(&elsewhere, "").unwrap();
            std::os::unix::fs::symlink(&elsewhere, cut).unwrap();
            std::fs::set_permissions(&elsewhere, std::fs::Permissions::from_mode(0o644)).unwrap();
            identity.save(folder.path()).unwrap();
            assert_eq!(std::fs::read_to_string(elsewhere).unwrap(), "");
            let mode = std::fs::metadata(path(folder.path()))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o077, 0);
        }
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(path(folder.path()), "{").unwrap();
        let error = Identity::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("identity.json is damaged"), "{error}");
    }
}

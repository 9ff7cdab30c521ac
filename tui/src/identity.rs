//! What joining a relay gave this device: its address and a token, in a file of its owner alone.

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
    token: String,
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
    /// The file is there and cannot be read or understood.
    pub fn load(folder: &Path) -> io::Result<Option<Self>> {
        let path = path(folder);
        let text = match std::fs::metadata(&path) {
            Ok(meta) if meta.len() <= FILE_BYTES_MAX => std::fs::read_to_string(&path)?,
            Ok(_) => return Err(malformed(&path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let file: File = serde_json::from_str(&text).map_err(|_| malformed(&path))?;
        Ok(Some(Self {
            relay: file.relay,
            token: SecretString::from(file.token),
        }))
    }

    /// Keeps it in `folder`, for its owner alone; the former one is replaced as a whole.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn save(&self, folder: &Path) -> io::Result<()> {
        let (path, fresh) = (path(folder), folder.join("identity.json.new"));
        let file = File {
            relay: self.relay.clone(),
            token: self.token.expose_secret().to_owned(),
        };
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
        out.write_all(serde_json::to_string(&file)?.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(fresh, path)
    }
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

//! What is kept of an authority between two starts: the account, the certificate with its key, and
//! how the last tries went. Each file has its old content or its new one, never a part.

use crate::tls::pair::{Held, PairError, bytes};
use serde::{Deserialize, Serialize};
use smsdesk_common::time::Timestamp;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

const ACCOUNT: &str = "account.json";
/// Key and chain in one file, so that they can only change together.
const PAIR: &str = "certificate.pem";
const TRIES: &str = "tries.json";

/// The folder of one authority.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

/// How the last tries went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tries {
    /// Failures since the last success.
    pub(super) failures: u32,
    /// No sooner than then.
    pub(super) not_before: Timestamp,
    /// As far as the authority itself asked for that.
    pub(super) held_off: Timestamp,
}

impl Folder {
    /// The folder below `root` of the authority with that directory: what another one issued, one
    /// for tests above all, is never taken for its.
    pub(super) fn open(root: &Path, directory: &str) -> std::io::Result<Self> {
        let name = directory.trim_start_matches("https://");
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let name: String = name
            .chars()
            .map(|c| if fits(c) { c } else { '_' })
            .collect();
        let path = root.join(name.trim_start_matches('.'));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)?;
        Ok(Self(path))
    }

    /// The certificate, where one is kept.
    pub(super) fn pair(&self) -> Result<Option<Held>, PairError> {
        let path = self.0.join(PAIR);
        if !path.exists() {
            return Ok(None);
        }
        let pem = bytes(&path)?;
        Held::parse(&pem, &pem).map(Some)
    }

    pub(super) fn keep_pair(&self, pem: &str) -> std::io::Result<()> {
        self.keep(PAIR, pem.as_bytes())
    }

    /// The account, where one is kept.
    pub(super) fn account(&self) -> std::io::Result<Option<String>> {
        match std::fs::read_to_string(self.0.join(ACCOUNT)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    pub(super) fn keep_account(&self, account: &str) -> std::io::Result<()> {
        self.keep(ACCOUNT, account.as_bytes())
    }

    /// Forgets an account that the authority does not know.
    pub(super) fn forget_account(&self) -> std::io::Result<()> {
        let gone = self.0.join(format!("{ACCOUNT}.unknown"));
        std::fs::rename(self.0.join(ACCOUNT), gone)
    }

    /// How the last tries went. What cannot be read is as if there had been none.
    pub(super) fn tries(&self) -> Tries {
        let text = std::fs::read_to_string(self.0.join(TRIES)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(super) fn keep_tries(&self, tries: Tries) -> std::io::Result<()> {
        self.keep(TRIES, serde_json::to_string(&tries)?.as_bytes())
    }

    fn keep(&self, name: &str, content: &[u8]) -> std::io::Result<()> {
        let part = self.0.join(format!("{name}.part"));
        // Of a start that was cut; its mode may have been another one.
        match std::fs::remove_file(&part) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&part, self.0.join(name))?;
        File::open(&self.0)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::testing::pair;
    use std::os::unix::fs::PermissionsExt as _;

    const DIRECTORY: &str = "https://ca.example.com:14000/dir";

    #[test]
    fn what_is_kept_is_found_again_and_nobody_elses() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path(), DIRECTORY).unwrap();
        assert_eq!(folder.0.file_name().unwrap(), "ca.example.com_14000_dir");
        assert!(folder.pair().unwrap().is_none() && folder.account().unwrap().is_none());
        assert_eq!(folder.tries(), Tries::default());
        let (certificate, key) = pair("sms.example.com");
        let tries = Tries {
            failures: 3,
            not_before: Timestamp::from_millis(7_000),
            held_off: Timestamp::from_millis(5_000),
        };
        for _ in 0..2 {
            folder.keep_pair(&format!("{key}{certificate}")).unwrap();
            folder.keep_account("{}").unwrap();
            folder.keep_tries(tries).unwrap();
        }
        let folder = Folder::open(root.path(), DIRECTORY).unwrap();
        assert!(folder.pair().unwrap().unwrap().is_for("sms.example.com"));
        assert_eq!(folder.account().unwrap().as_deref(), Some("{}"));
        assert_eq!(folder.tries(), tries);
        for (path, mode) in [
            (folder.0.clone(), 0o700),
            (folder.0.join(PAIR), 0o600),
            (folder.0.join(ACCOUNT), 0o600),
        ] {
            let found = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode, "{path:?}");
        }
        folder.forget_account().unwrap();
        assert_eq!(folder.account().unwrap(), None);
        let other = Folder::open(root.path(), "https://ca.example.com/dir").unwrap();
        assert!(other.pair().unwrap().is_none(), "another authority's");
    }

    #[test]
    fn a_kept_pair_that_is_damaged_is_an_error_and_not_a_missing_one() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path(), DIRECTORY).unwrap();
        folder.keep_pair("nonsense").unwrap();
        assert!(folder.pair().is_err());
        std::fs::write(folder.0.join(TRIES), "nonsense").unwrap();
        assert_eq!(folder.tries(), Tries::default());
    }
}

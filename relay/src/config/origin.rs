//! Where a configuration stands: its file, and the files that hold its secrets.

use super::RelayTable;
use secrecy::{ExposeSecret as _, SecretString};
use std::path::{Path, PathBuf};

/// How a secret says that a file holds it.
const IN_FILE: &str = "file:";

/// The files that a configuration was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The configuration itself; there is none where the environment said everything.
    pub file: PathBuf,
    /// What it names with `file:`.
    pub secrets: Vec<PathBuf>,
}

/// The file that holds a secret; none where it stands there itself.
pub(super) fn file_of(secret: &SecretString, folder: &Path) -> Option<PathBuf> {
    let named = secret.expose_secret().strip_prefix(IN_FILE)?;
    Some(folder.join(named))
}

impl Origin {
    /// Where `table` stands, which was read from `file`.
    pub(super) fn of(table: &RelayTable, file: &Path) -> Self {
        let folder = file.parent().unwrap_or_else(|| Path::new("."));
        let twilio = &table.twilio;
        let mut secrets = vec![
            &twilio.auth_token,
            &twilio.auth_token_secondary,
            &twilio.api_key_secret,
            table.insight.api_key(),
        ];
        for account in &twilio.accounts {
            secrets.extend([
                &account.auth_token,
                &account.auth_token_secondary,
                &account.api_key_secret,
            ]);
        }
        let secrets = secrets.into_iter().flatten();
        Self {
            file: file.to_owned(),
            secrets: secrets
                .filter_map(|secret| file_of(secret, folder))
                .collect(),
        }
    }
}

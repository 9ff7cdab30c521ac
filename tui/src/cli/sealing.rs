//! Whether the files of a profile are to be encrypted, and who is asked for their keys.

use crate::cache::Cache;
use crate::cache::cipher::{CAN_ENCRYPT, Sealing, Wish, is_any_encrypted};
use crate::clock;
use crate::config::Config;
use crate::keyring::{CommandKey, KeyStore};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

/// As configured. The command that prints the key is run now where anything needs one, because it may
/// ask on the terminal.
pub(super) fn of(config: &Config, folder: &Path) -> io::Result<Sealing> {
    let wish = config.encryption;
    let is_needed = wish == Wish::Encrypted || is_any_encrypted(folder);
    if !CAN_ENCRYPT || !is_needed {
        return Ok(Sealing { wish, keys: None });
    }
    let keys: Option<Arc<dyn KeyStore>> = match &config.cache_key_command {
        Some(command) => Some(Arc::new(
            CommandKey::ask(command).map_err(io::Error::other)?,
        )),
        None => keyring(),
    };
    Ok(Sealing { wish, keys })
}

#[cfg(feature = "encrypted-cache")]
fn keyring() -> Option<Arc<dyn KeyStore>> {
    Some(Arc::new(crate::keyring::OsKeyring))
}

#[cfg(not(feature = "encrypted-cache"))]
fn keyring() -> Option<Arc<dyn KeyStore>> {
    None
}

/// Puts away what no key opens any more, and says where.
pub(super) fn put_away(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let sealing = of(config, folder)?;
    let away = Cache::put_away_unreadable(folder, &sealing, clock::now())?;
    let mut out = io::stdout().lock();
    for path in &away {
        let _ = writeln!(out, "put away as {}", path.display());
    }
    let _ = match away.is_empty() {
        true => writeln!(out, "nothing to put away: every file can be read"),
        // The token was in there, too.
        false => writeln!(out, "begin anew with: smsdesk join INVITE"),
    };
    Ok(())
}

//! Whether what lies on this device is encrypted, and where the keys are.

use super::ENCRYPTION;
use crate::cache::CacheError;
use crate::cache::cipher::{CAN_ENCRYPT, Sealing, State, Wish, state};
use crate::cache::glance;
use smsdesk_common::checkup::Check;
use smsdesk_common::safe_text::SafeText;
use std::path::Path;

/// Looks at the files and whether their keys are there. `seen` is what came of reading them.
pub(super) fn look(
    folder: &Path,
    sealing: Result<&Sealing, &str>,
    seen: Result<(), &CacheError>,
) -> Check {
    let sealing = match sealing {
        Ok(sealing) => sealing,
        Err(problem) => return no_key(problem),
    };
    if let Err(CacheError::Key(problem)) = seen {
        return no_key(&problem.to_string());
    }
    let files = glance::files(folder);
    let states = files.map(|path| state(&path).unwrap_or(State::Nothing));
    let has = |wanted| states.contains(&wanted);
    match (sealing.wish, has(State::Plain), has(State::Encrypted)) {
        (_, false, false) => Check::skipped(
            ENCRYPTION,
            format!("There is nothing yet in {}.", folder.display()),
        ),
        (Wish::Plain, _, false) => Check::ok(ENCRYPTION, plain()),
        (Wish::Encrypted, false, _) => {
            let place = sealing.keys.as_ref().map_or("nowhere", |keys| keys.place());
            Check::ok(
                ENCRYPTION,
                format!(
                    "cache.db and outbox.db are encrypted, the token is in the latter; the key is in: \
                     {place}."
                ),
            )
        }
        _ => Check::warn(
            ENCRYPTION,
            "The files of this device are not yet as ui.encrypt_cache says.",
            "Start `smsdesk` once: it encrypts them, or makes them plain again.",
        ),
    }
}

fn plain() -> &'static str {
    if CAN_ENCRYPT {
        "cache.db and outbox.db are not encrypted: ui.encrypt_cache is off."
    } else {
        "cache.db and outbox.db are not encrypted, and this build cannot do that; the disk may be."
    }
}

fn no_key(problem: &str) -> Check {
    Check::fail(
        ENCRYPTION,
        format!("There is no key: {}.", SafeText::line(problem).as_str()),
        "Unlock the keyring, or have ui.cache_key_command print the key. `smsdesk lost-key` puts away \
         what no key opens any more.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::KeyError;
    use smsdesk_common::checkup::State as Outcome;

    #[test]
    fn what_is_plain_and_what_has_no_key_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let plain = Sealing::default();
        let look = |sealing, seen| look(folder.path(), sealing, seen);
        assert_eq!(look(Ok(&plain), Ok(())).state, Outcome::Skipped);
        for path in glance::files(folder.path()) {
            std::fs::write(path, b"SQLite format 3\0 and so on").unwrap();
        }
        let check = look(Ok(&plain), Ok(()));
        assert_eq!(check.state, Outcome::Ok);
        assert!(check.sentence.contains("not encrypted"), "{check:?}");
        let wanted = Sealing {
            wish: Wish::Encrypted,
            keys: None,
        };
        assert_eq!(look(Ok(&wanted), Ok(())).state, Outcome::Warn);
        let gone = CacheError::Key(KeyError("outbox.db: locked".to_owned()));
        let check = look(Ok(&wanted), Err(&gone));
        assert_eq!(check.state, Outcome::Fail);
        assert!(check.sentence.contains("outbox.db: locked"), "{check:?}");
        assert_eq!(look(Err("no command"), Ok(())).state, Outcome::Fail);
    }
}

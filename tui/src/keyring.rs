//! Keys of encrypted files: in the keyring of the desktop, or printed by a command of the agent's.
//!
//! A key is never written anywhere else, and never logged.

#[cfg(feature = "encrypted-cache")]
mod os;

#[cfg(feature = "encrypted-cache")]
pub use os::OsKeyring;

use secrecy::{ExposeSecret as _, SecretString};
use std::fmt::{self, Write as _};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// A key has 256 bits.
const KEY_BYTES: usize = 32;
/// The most that is read of what the command prints: a key, its line's end, and room to see that it is
/// something else.
const ANSWER_BYTES_MAX: u64 = 1024;

/// The key of a file, as 64 hexadecimal digits.
#[derive(Clone)]
pub struct Key(SecretString);

impl Key {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn random() -> Result<Self, KeyError> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| KeyError(format!("the system has no random bytes ({error})")))?;
        let mut digits = String::with_capacity(2 * KEY_BYTES);
        for byte in bytes {
            // A string takes whatever is written to it.
            let _ = write!(digits, "{byte:02x}");
        }
        Ok(Self(digits.into()))
    }

    /// A key that was written down; none where the text is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim();
        let whole = digits.len() == 2 * KEY_BYTES;
        let fits = whole && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self(digits.to_ascii_lowercase().into()))
    }

    /// The digits, for whoever opens or keeps something with them.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Why there is no answer about a key: what was asked, what is wrong, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(pub(crate) String);

/// Where keys are kept, one for each file.
pub trait KeyStore: fmt::Debug + Send + Sync {
    /// The key of a file; none where there is none.
    ///
    /// # Errors
    /// The place cannot be asked.
    fn get(&self, file: &Path) -> Result<Option<Key>, KeyError>;
    /// Keeps the key of a file.
    ///
    /// # Errors
    /// The place takes none.
    fn put(&self, file: &Path, key: &Key) -> Result<(), KeyError>;
    /// Forgets the key of a file, where that is up to us.
    ///
    /// # Errors
    /// The place cannot be asked.
    fn remove(&self, file: &Path) -> Result<(), KeyError>;
    /// What people call it.
    fn place(&self) -> &'static str;
}

/// A key that a command printed; it serves for every file.
#[derive(Clone, Debug)]
pub struct CommandKey(Key);

impl CommandKey {
    /// Has a shell run the command, which may ask on the terminal.
    ///
    /// # Errors
    /// It fails, or prints something else than a key.
    pub fn ask(command: &str) -> Result<Self, KeyError> {
        let fail = |problem: String| KeyError(format!("ui.cache_key_command {problem}"));
        let mut child = Command::new("sh")
            .args(["-c", command])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| fail(format!("was not run: no shell ({error})")))?;
        let mut printed = String::new();
        let read = child.stdout.take().map_or(Ok(0), |output| {
            output.take(ANSWER_BYTES_MAX).read_to_string(&mut printed)
        });
        let ended = child.wait();
        match ended {
            Ok(status) if status.success() => {}
            Ok(status) => {
                return Err(fail(match status.code() {
                    Some(code) => format!("ended with code {code} and gave no key"),
                    None => "was killed and gave no key".to_owned(),
                }));
            }
            Err(error) => return Err(fail(format!("was lost: {error}"))),
        }
        let key = read.ok().and_then(|_| Key::parse(&printed));
        key.map(Self).ok_or_else(|| {
            let expected = "printed no key: expected 64 hexadecimal digits, as `openssl rand -hex 32` \
                            makes them";
            fail(expected.to_owned())
        })
    }
}

impl KeyStore for CommandKey {
    fn get(&self, _: &Path) -> Result<Option<Key>, KeyError> {
        Ok(Some(self.0.clone()))
    }

    fn put(&self, _: &Path, _: &Key) -> Result<(), KeyError> {
        Ok(())
    }

    /// Whoever made the command has the key.
    fn remove(&self, _: &Path) -> Result<(), KeyError> {
        Ok(())
    }

    fn place(&self) -> &'static str {
        "what ui.cache_key_command prints"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_256_random_bits_and_shows_itself_to_nobody() {
        let (one, other) = (Key::random().unwrap(), Key::random().unwrap());
        assert!(one != other);
        assert!(Key::parse(one.expose()).unwrap() == one);
        assert_eq!(format!("{one:?}"), "Key(…)");
        for text in ["", "12", &"g".repeat(64), &"0".repeat(63), &"0".repeat(65)] {
            assert!(Key::parse(text).is_none(), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_command_prints_the_key_or_what_it_did_instead_is_told() {
        let digits = "5A".repeat(32);
        let asked = CommandKey::ask(&format!("echo {digits}")).unwrap();
        let key = asked.get(Path::new("any")).unwrap().unwrap();
        assert_eq!(key.expose(), digits.to_lowercase());
        for (command, problem) in [
            ("exit 3", "ended with code 3 and gave no key"),
            (
                "echo open sesame",
                "printed no key: expected 64 hexadecimal",
            ),
            ("kill -9 $$", "was killed and gave no key"),
            ("head -c 100000 /dev/zero", "ui.cache_key_command "),
        ] {
            let error = CommandKey::ask(command).unwrap_err().to_string();
            assert!(error.starts_with("ui.cache_key_command "), "{error}");
            assert!(error.contains(problem), "{error}");
            assert!(!error.contains("sesame"), "{error}");
        }
    }
}

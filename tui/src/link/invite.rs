//! Invites: `https://host/prefix#CODE`, as `smsdesk-relay agent invite` prints them.

use super::relay_url::{RelayUrl, RelayUrlError};
use std::fmt;

/// The longest code, in characters; real ones are far shorter.
const CODE_CHARACTERS_MAX: usize = 128;

/// A relay's address with a code that works once.
#[derive(Clone, PartialEq, Eq)]
pub struct Invite {
    relay: RelayUrl,
    code: String,
}

/// Why a text is no invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    /// Nothing behind a `#`.
    #[error("an invite looks like https://sms.example.com#CODE; the part from # on is missing")]
    CodeMissing,
    /// The code has characters that no code has.
    #[error("the code of an invite, the part after #, has only letters, digits, - and _")]
    CodeInvalid,
    /// The part before the `#`.
    #[error(transparent)]
    Relay(#[from] RelayUrlError),
}

impl Invite {
    /// Reads an invite; spaces around it are dropped.
    ///
    /// # Errors
    /// Says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, InviteError> {
        let (relay, code) = text
            .trim()
            .split_once('#')
            .ok_or(InviteError::CodeMissing)?;
        let relay = RelayUrl::parse(relay)?;
        if code.is_empty() {
            return Err(InviteError::CodeMissing);
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if code.len() > CODE_CHARACTERS_MAX || !code.bytes().all(fits) {
            return Err(InviteError::CodeInvalid);
        }
        Ok(Self {
            relay,
            code: code.to_owned(),
        })
    }

    /// Which relay it is for.
    pub const fn relay(&self) -> &RelayUrl {
        &self.relay
    }

    /// The code. It is worth a token until it was used.
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// Never shows the code.
impl fmt::Debug for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invite")
            .field("relay", &self.relay)
            .field("code", &"(secret)")
            .finish()
    }
}

impl std::str::FromStr for Invite {
    type Err = InviteError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invite_is_an_address_and_a_code() {
        let invite = Invite::parse(" https://sms.example.com/desk/#AB-cd_12\n").unwrap();
        assert_eq!(invite.relay().to_string(), "https://sms.example.com/desk");
        assert_eq!(invite.code(), "AB-cd_12");
        assert!(!format!("{invite:?}").contains("AB-cd_12"));
    }

    #[test]
    fn what_is_no_invite_is_refused_by_the_part_that_is_wrong() {
        for (text, error) in [
            ("https://sms.example.com", InviteError::CodeMissing),
            ("https://sms.example.com#", InviteError::CodeMissing),
            ("https://sms.example.com#a b", InviteError::CodeInvalid),
            ("https://sms.example.com#a#b", InviteError::CodeInvalid),
            (
                "sms.example.com#code",
                InviteError::Relay(RelayUrlError::Scheme),
            ),
            ("#code", InviteError::Relay(RelayUrlError::Scheme)),
        ] {
            assert_eq!(Invite::parse(text), Err(error), "{text}");
        }
        let endless = format!("https://host#{}", "a".repeat(CODE_CHARACTERS_MAX + 1));
        assert_eq!(Invite::parse(&endless), Err(InviteError::CodeInvalid));
    }
}

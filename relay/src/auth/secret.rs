//! Access tokens and invite codes: made of randomness, kept only as SHA-256.
//!
//! A token is `smsdesk_INSTANCE_SECRET`: the prefix lets scanners find leaked ones, the instance
//! tells a token of another relay from a wrong one, the secret has 256 bits. With that much
//! randomness a plain hash is enough (OWASP ASVS 5.0, 6.5.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Random bytes in a token.
const TOKEN_BYTES: usize = 32;
/// Random bytes in an invite's code: it lives a day and works once.
const INVITE_BYTES: usize = 16;
/// No secret of ours is longer; longer ones are refused unread.
const SECRET_CHARACTERS_MAX: usize = 128;

/// The machine has no randomness to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system's random generator failed")]
pub struct NoRandomness;

/// What an `Authorization: Bearer` header held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented {
    /// A token of this relay's form: its hash, to be looked up.
    Ours(Vec<u8>),
    /// A token that another relay made.
    Foreign,
    /// Something else.
    Nonsense,
}

/// A new token for the relay `instance`.
///
/// # Errors
/// The machine has no randomness to give.
pub fn new_token(instance: &str) -> Result<String, NoRandomness> {
    Ok(format!("smsdesk_{instance}_{}", random::<TOKEN_BYTES>()?))
}

/// A new invite code.
///
/// # Errors
/// The machine has no randomness to give.
pub fn new_invite_code() -> Result<String, NoRandomness> {
    random::<INVITE_BYTES>()
}

/// What the database keeps of a secret.
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Looks at a presented token as the relay `instance`.
pub fn read_token(presented: &str, instance: &str) -> Presented {
    let parts = (presented.len() <= SECRET_CHARACTERS_MAX)
        .then(|| presented.strip_prefix("smsdesk_"))
        .flatten()
        .and_then(|rest| rest.split_once('_'));
    match parts {
        Some((whose, _)) if whose == instance => Presented::Ours(hash(presented)),
        Some((whose, _)) if whose.len() == instance.len() => Presented::Foreign,
        _ => Presented::Nonsense,
    }
}

fn random<const BYTES: usize>() -> Result<String, NoRandomness> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_ours_foreign_or_nonsense() {
        let token = new_token("0badcafe").unwrap();
        assert_eq!(
            read_token(&token, "0badcafe"),
            Presented::Ours(hash(&token))
        );
        assert_eq!(read_token(&token, "deadbeef"), Presented::Foreign);
        for nonsense in [
            "",
            "x",
            "Bearer",
            "smsdesk_",
            "smsdesk_0badcafe",
            &"a".repeat(5_000),
        ] {
            assert_eq!(
                read_token(nonsense, "0badcafe"),
                Presented::Nonsense,
                "{nonsense}"
            );
        }
    }

    #[test]
    fn no_two_secrets_are_the_same() {
        assert_ne!(
            new_token("0badcafe").unwrap(),
            new_token("0badcafe").unwrap()
        );
        assert_eq!(new_invite_code().unwrap().len(), 22);
    }
}

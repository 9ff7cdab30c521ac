//! Access tokens and invite codes: made of randomness, kept only as SHA-256.
//!
//! A token is `smsdesk_INSTANCE_SECRET`: the prefix lets scanners find leaked ones, the instance
//! tells whoever finds one which relay it is for, the secret has 256 bits. With that much
//! randomness a plain hash is enough (OWASP ASVS 5.0, 6.5.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Random bytes in a token.
const TOKEN_BYTES: usize = 32;
/// Random bytes in an invite's code: it lives a day and works once.
const INVITE_BYTES: usize = 16;

/// The machine has no randomness to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system's random generator failed")]
pub struct NoRandomness;

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
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
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
    fn a_token_tells_whose_it_is_and_is_kept_as_a_hash() {
        let token = new_token("0badcafe").unwrap();
        assert!(token.starts_with("smsdesk_0badcafe_"), "for scanners");
        assert_ne!(hash(&token), hash(&format!("{token}x")));
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

//! Proof that a webhook comes from Twilio: `X-Twilio-Signature`, made and checked.
//!
//! Source: twilio.com/docs/usage/security#validating-requests, and for shared keys
//! docs/usage/webhooks/webhook-shared-keys. The signature covers the URL as Twilio wrote it (see
//! [`super::public_url`]) and every parameter; it carries neither time nor nonce, so a verified
//! request may still be a replay. Nothing here chooses a key or knows an account.

#[cfg(test)]
mod tests;
mod url;

use self::url::Target;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-twilio-signature";

/// The header that names key and algorithm where a shared key signs; see [`Settings`].
pub const SETTINGS_HEADER: &str = "x-twilio-webhooks-signature-settings";

/// The query parameter that holds the SHA-256 of a JSON body, in lower-case hexadecimal.
const BODY_HASH_PARAMETER: &str = "bodySHA256";

/// How a signature is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// What the auth token signs with, and the default for shared keys.
    HmacSha1,
    /// What shared keys may sign with.
    HmacSha256,
}

/// What [`SETTINGS_HEADER`] says: `key=webhooks_sharedkey_…,algorithm=HMAC_SHA256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings<'a> {
    /// The id of the shared key; none where the auth token signs.
    pub key: Option<&'a str>,
    /// How the signature is computed.
    pub algorithm: Algorithm,
}

impl<'a> Settings<'a> {
    /// Reads the header's value; an absent header is the same as an empty one. Spaces around names
    /// and values and the case of the algorithm do not matter. `None` for an algorithm that is not
    /// known: such a request must be refused.
    #[must_use]
    pub fn parse(header: &'a str) -> Option<Self> {
        let algorithm = match setting(header, "algorithm") {
            None => Algorithm::HmacSha1,
            Some(name) if name.eq_ignore_ascii_case("HMAC_SHA1") => Algorithm::HmacSha1,
            Some(name) if name.eq_ignore_ascii_case("HMAC_SHA256") => Algorithm::HmacSha256,
            Some(_) => return None,
        };
        Some(Self {
            key: setting(header, "key"),
            algorithm,
        })
    }
}

/// The first value of `name` in `name=value,name=value` that is not empty.
fn setting<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header
        .split(',')
        .filter_map(|part| part.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
        .find_map(|(key, value)| (key == name && !value.is_empty()).then_some(value))
}

/// A secret together with the way it signs, with what HMAC makes of the secret worked out once:
/// that is a third of a short signature.
#[derive(Clone)]
pub struct SigningKey {
    keyed: Keyed,
    /// Whether there is a secret at all.
    exists: bool,
}

/// HMAC that has seen its key and nothing else.
#[derive(Clone)]
enum Keyed {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
}

/// What it holds signs as well as the secret does.
impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(redacted)")
    }
}

impl SigningKey {
    /// The primary auth token of an account. Each subaccount signs with its own; API keys never sign.
    #[must_use]
    pub fn auth_token(secret: SecretString) -> Self {
        Self::shared(secret, Algorithm::HmacSha1)
    }

    /// A shared key, as a request's [`Settings`] say that it signed.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "nobody needs the secret any more"
    )]
    pub fn shared(secret: SecretString, algorithm: Algorithm) -> Self {
        let secret = secret.expose_secret().as_bytes();
        Self {
            keyed: match algorithm {
                Algorithm::HmacSha1 => Keyed::Sha1(keyed(secret)),
                Algorithm::HmacSha256 => Keyed::Sha256(keyed(secret)),
            },
            exists: !secret.is_empty(),
        }
    }

    fn code<'a>(&self, parts: impl Iterator<Item = &'a str>) -> String {
        match &self.keyed {
            Keyed::Sha1(mac) => code(mac.clone(), parts),
            Keyed::Sha256(mac) => code(mac.clone(), parts),
        }
    }
}

/// What a signature covers besides the URL.
#[derive(Clone, Debug)]
pub enum Content<'a> {
    /// A form's decoded pairs, all of them, in any order. Empty for GET, whose parameters are in
    /// the URL.
    Pairs(Vec<(&'a str, &'a str)>),
    /// The raw bytes of a JSON body; their hash is in the URL.
    Json(&'a [u8]),
}

impl<'a> Content<'a> {
    /// A form's pairs in whatever they are kept.
    pub fn pairs<K: AsRef<str>, V: AsRef<str>>(pairs: &'a [(K, V)]) -> Self {
        Self::Pairs(borrowed(pairs))
    }
}

/// A request as Twilio signed it.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    /// The full URL that Twilio called.
    pub url: &'a str,
    /// What came with it.
    pub content: Content<'a>,
}

/// Whether `header` is the signature of this request.
///
/// Twilio is not consistent about the port, so the URL counts with and without it. The time taken
/// tells nothing about how much of a forged signature was right. An empty key verifies nothing.
#[must_use]
pub fn verify(key: &SigningKey, signed: Signed<'_>, header: &str) -> bool {
    let Some(target) = Target::parse(signed.url) else {
        return false;
    };
    let (pairs, body_matches) = match signed.content {
        Content::Pairs(pairs) => (sorted(pairs), Choice::from(1)),
        Content::Json(body) => (Vec::new(), body_matches(&target, body)),
    };
    let key_exists = Choice::from(u8::from(key.exists));
    let url_matches = target
        .candidates()
        .iter()
        .fold(Choice::from(0), |found, candidate| {
            found
                | key
                    .code(parts(candidate, &pairs))
                    .as_bytes()
                    .ct_eq(header.as_bytes())
        });
    (key_exists & body_matches & url_matches).into()
}

/// The signature that Twilio would send for a form posted to `url` (no pairs for GET). A port stays
/// as it is written, which is what Twilio does for messages.
#[must_use]
pub fn sign<K: AsRef<str>, V: AsRef<str>>(key: &SigningKey, url: &str, pairs: &[(K, V)]) -> String {
    let url = Target::parse(url).map_or_else(|| url.to_owned(), |target| target.as_written());
    key.code(parts(&url, &sorted(borrowed(pairs))))
}

fn borrowed<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> Vec<(&str, &str)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| (name.as_ref(), value.as_ref()))
        .collect()
}

/// Pairs in byte order; the same pair counts once, however often it came.
fn sorted<'a>(mut pairs: Vec<(&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn parts<'a>(url: &'a str, pairs: &'a [(&str, &str)]) -> impl Iterator<Item = &'a str> {
    std::iter::once(url).chain(pairs.iter().flat_map(|&(name, value)| [name, value]))
}

fn body_matches(target: &Target<'_>, body: &[u8]) -> Choice {
    let Some(expected) = target.query_value(BODY_HASH_PARAMETER) else {
        return Choice::from(0);
    };
    let digest: String = Sha256::digest(body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    digest.as_bytes().ct_eq(expected.as_bytes())
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes a key of any length (RFC 2104)"
)]
fn keyed<M: KeyInit>(secret: &[u8]) -> M {
    M::new_from_slice(secret).expect("a key of any length")
}

fn code<'a>(mut mac: impl Mac, parts: impl Iterator<Item = &'a str>) -> String {
    for part in parts {
        mac.update(part.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

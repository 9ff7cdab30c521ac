//! The doctor's probe: a webhook signed as Twilio signs, about no message, so that nothing can come of
//! it. Whoever proves to hold an account's token is told what of it arrived. Pure.
//!
//! The proof covers a number of its own and the time, not the request: where a proxy changes the
//! request, the signature fails, and the proof is what still lets the relay answer.

use super::public_url::PublicUrl;
use super::sid::AccountSid;
use super::signature::{Content, Signed, SigningKey, sign, verify};
use core::net::IpAddr;
use serde::{Deserialize, Serialize};
use smsdesk_common::time::Timestamp;
use std::fmt::Write as _;

/// The header with the proof.
pub const PROOF_HEADER: &str = "x-smsdesk-probe";
/// How old a proof may be, or how far ahead, in milliseconds: a captured one is soon worthless.
pub const PROOF_MS_MAX: i64 = 5 * 60_000;

/// The number of one probe, so that no answer is taken for another's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nonce(String);

impl Nonce {
    /// From chance.
    pub fn of(bytes: [u8; 16]) -> Self {
        let mut text = String::with_capacity(32);
        for byte in bytes {
            // Writing to a text does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }
}

/// What came of the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signature {
    /// It fits what arrived.
    Right,
    /// It does not.
    Wrong,
    /// There was none.
    Missing,
}

/// What of a probe arrived at the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Which probe.
    pub nonce: Nonce,
    /// Which relay answers.
    pub instance: String,
    /// Its version.
    pub version: String,
    /// The method of the request line.
    pub method: String,
    /// Path and query of the request line, byte for byte.
    pub target: String,
    /// The body, broken bytes replaced; none where it could not be read.
    pub body: Option<String>,
    /// What a webhook's check would have said.
    pub signature: Signature,
    /// Whether a proxy said who asked.
    pub forwarded: bool,
    /// From where the connection came; none where the relay does not say.
    #[serde(default)]
    pub peer: Option<IpAddr>,
    /// Whether that is a proxy whose word is taken.
    #[serde(default)]
    pub trusted: bool,
    /// The address that whoever connected says it was asked from.
    #[serde(default)]
    pub said: Option<String>,
}

/// The parameters of a probe: what proxies and frameworks are known to change, and no message.
pub fn pairs(account: &AccountSid, nonce: &Nonce) -> Vec<(&'static str, String)> {
    vec![
        ("AccountSid", account.to_string()),
        (
            "Body",
            "caf\u{e9} \u{2713} 1+1=2 & 100% 'so' a%20b".to_owned(),
        ),
        ("Empty", String::new()),
        ("Nonce", nonce.0.clone()),
        ("Spaces", "  x  ".to_owned()),
        ("Tag", "b".to_owned()),
        ("Tag", "a".to_owned()),
    ]
}

/// What is signed in a proof. No webhook's address looks like it.
fn claim(account: &str, at: Timestamp, nonce: &Nonce) -> String {
    let (at, nonce) = (at.as_millis(), &nonce.0);
    format!("probe://{account}/{at}/{nonce}")
}

/// Nothing beside the address.
const NOTHING: &[(&str, &str)] = &[];

/// Proof that whoever asks holds the token of `account`.
pub fn proof(key: &SigningKey, account: &AccountSid, at: Timestamp, nonce: &Nonce) -> String {
    let code = sign(key, &claim(account.as_str(), at, nonce), NOTHING);
    format!("{account}.{}.{}.{code}", at.as_millis(), nonce.0)
}

/// What signs for whose proof it is, and of which probe; none where it proves nothing. `keys` gives
/// what signs for an account.
pub fn proven(
    keys: impl Fn(&str) -> Vec<SigningKey>,
    header: &str,
    now: Timestamp,
) -> Option<(Vec<SigningKey>, Nonce)> {
    let mut parts = header.splitn(4, '.');
    let (account, at, nonce) = (parts.next()?, parts.next()?, parts.next()?);
    let code = parts.next()?;
    let at = Timestamp::from_millis(at.parse().ok()?);
    let nonce = Nonce(nonce.to_owned());
    let keys = keys(account);
    let url = &claim(account, at, &nonce);
    let proves = |key: &SigningKey| {
        let content = Content::Pairs(NOTHING.to_vec());
        verify(key, Signed { url, content }, code)
    };
    let genuine = keys.iter().any(proves);
    let fresh = now.millis_since(at).unsigned_abs() <= PROOF_MS_MAX.unsigned_abs();
    (genuine && fresh).then_some((keys, nonce))
}

/// Whether `signature` is that of a form with these pairs at the address that `target` arrived by.
pub fn check(
    keys: &[SigningKey],
    public_url: &PublicUrl,
    target: &str,
    pairs: &[super::form::Pair<'_>],
    signature: Option<&str>,
) -> Signature {
    let Some(signature) = signature else {
        return Signature::Missing;
    };
    let url = &public_url.join(target);
    let signed = |key: &SigningKey| {
        let content = Content::pairs(pairs);
        verify(key, Signed { url, content }, signature)
    };
    if keys.iter().any(signed) {
        Signature::Right
    } else {
        Signature::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn key(token: &str) -> SigningKey {
        SigningKey::auth_token(token.into())
    }

    #[test]
    fn only_the_accounts_token_proves_and_only_for_a_while() {
        let keys = |account: &str| match account {
            ACCOUNT => vec![key("new"), key("token")],
            _ => Vec::new(),
        };
        let nonce = Nonce::of([7; 16]);
        let account: AccountSid = ACCOUNT.parse().unwrap();
        let good = proof(&key("token"), &account, NOW, &nonce);
        let taken = |header: &str, now| proven(keys, header, now).map(|(_, nonce)| nonce);
        assert_eq!(taken(&good, NOW), Some(nonce.clone()));
        for off in [PROOF_MS_MAX + 1, -PROOF_MS_MAX - 1] {
            assert_eq!(taken(&good, NOW.plus_millis(off)), None);
        }
        let other = proof(&key("other"), &account, NOW, &nonce);
        let later = good.replace("1700000000000", "1700000000001");
        for forged in [
            other.as_str(),
            &later,
            "",
            "a.b.c.d",
            "...",
            &good[..good.len() - 1],
        ] {
            assert_eq!(taken(forged, NOW), None, "{forged}");
        }
        let nobodys = proof(
            &key("token"),
            &"ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb".parse().unwrap(),
            NOW,
            &nonce,
        );
        assert_eq!(taken(&nobodys, NOW), None);
    }

    #[test]
    fn a_proof_is_no_webhooks_signature() {
        let nonce = Nonce::of([7; 16]);
        let header = proof(&key("token"), &ACCOUNT.parse().unwrap(), NOW, &nonce);
        let code = header.splitn(4, '.').last().unwrap();
        let url = PublicUrl::parse("https://h.example").unwrap();
        assert_eq!(
            check(
                &[key("token")],
                &url,
                "/webhooks/twilio/message",
                &[],
                Some(code)
            ),
            Signature::Wrong
        );
    }

    #[test]
    fn a_probe_is_no_message() {
        use crate::twilio::form::{Form, InboundMessage, StatusCallback};
        let pairs = pairs(&ACCOUNT.parse().unwrap(), &Nonce::of([7; 16]));
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let form = Form::parse(body.as_bytes()).unwrap();
        assert!(InboundMessage::from_form(&form).is_err());
        assert!(StatusCallback::from_form(&form).is_err());
    }
}

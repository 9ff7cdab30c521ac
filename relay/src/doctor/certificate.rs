//! The certificate of the public URL: whether Twilio and the terminals take it, and how long.

use super::report::{CERTIFICATE, Check};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Days before the end at which somebody should know; renewals happen well before.
const SOON_DAYS: i64 = 14;
/// The part of a short life that counts as its end, which is after the time of renewal, too.
const SOON_PART: i64 = 4;
/// The most that is told of a name, in cells of a terminal.
const NAME_WIDTH_MAX: usize = 80;
const DAY_MS: i64 = 24 * 3_600_000;
/// A time after the end of every certificate, in seconds: the year 9999 (RFC 5280, 4.1.2.5).
const FAR_S: u64 = 253_402_300_799;

/// What a server showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// Why clients refuse it; none where they take it.
    fault: Option<Fault>,
    /// From when it holds, where that could be read.
    begins: Option<Timestamp>,
    /// Until when it holds, where that could be read.
    ends: Option<Timestamp>,
}

impl Shown {
    /// Whether clients take it.
    pub(super) const fn is_taken(&self) -> bool {
        self.fault.is_none()
    }
}

/// Why clients refuse a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Expired,
    NotYet,
    /// Nobody known has signed it, or a part of the chain is missing.
    Unknown(Shows),
    /// It is of other names.
    Name(Vec<String>),
    Other(String),
}

/// What is shown beside a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    Nothing,
    Chain,
}

/// The certificates that this machine trusts.
///
/// # Errors
/// There are none.
fn roots() -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("this machine has no root certificates: install ca-certificates".to_owned());
    }
    Ok(roots)
}

/// What clients make of a chain at `now`.
///
/// # Errors
/// This machine trusts nobody.
pub(super) fn examine(
    chain: &[CertificateDer<'_>],
    name: &ServerName<'_>,
    now: Timestamp,
) -> Result<Shown, String> {
    examine_by(roots()?, chain, name, now)
}

fn examine_by(
    roots: RootCertStore,
    chain: &[CertificateDer<'_>],
    name: &ServerName<'_>,
    now: Timestamp,
) -> Result<Shown, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let verifier = verifier.map_err(|error| error.to_string())?;
    let Some((own, between)) = chain.split_first() else {
        return Ok(Shown {
            fault: Some(Fault::Unknown(Shows::Nothing)),
            begins: None,
            ends: None,
        });
    };
    let at = |seconds: u64| {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        verifier
            .verify_server_cert(own, between, name, &[], time)
            .err()
    };
    let beside = match between {
        [] => Shows::Nothing,
        _ => Shows::Chain,
    };
    let now_s = u64::try_from(now.as_millis() / 1_000).unwrap_or(0);
    // The verifier names the bounds of a certificate's life to whoever asks from outside of it.
    Ok(Shown {
        fault: at(now_s).map(|error| fault(error, beside)),
        begins: at(0).and_then(|error| bound(&error)),
        ends: at(FAR_S).and_then(|error| bound(&error)),
    })
}

fn bound(error: &Error) -> Option<Timestamp> {
    let bound = match error {
        Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => not_after,
        Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. }) => {
            not_before
        }
        _ => return None,
    };
    let seconds = i64::try_from(bound.as_secs()).ok()?;
    Some(Timestamp::from_millis(seconds.saturating_mul(1_000)))
}

fn fault(error: Error, beside: Shows) -> Fault {
    match error {
        Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => Fault::Expired,
        Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => Fault::NotYet,
        // A root that only bears the name of one that is trusted did not sign it.
        Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => Fault::Unknown(beside),
        Error::InvalidCertificate(CertificateError::NotValidForName) => Fault::Name(Vec::new()),
        Error::InvalidCertificate(CertificateError::NotValidForNameContext {
            presented, ..
        }) => Fault::Name(presented.iter().map(|name| bare(name)).collect()),
        other => Fault::Other(other.to_string()),
    }
}

/// Judges what `host` showed.
pub(super) fn judge(host: &str, shown: &Shown, now: Timestamp) -> Check {
    let day = |at: Timestamp| at.to_jiff().strftime("%Y-%m-%d").to_string();
    let ends = shown.ends.map(day).unwrap_or_default();
    let renew = "Renew it, and see to it that it is renewed by itself: certbot's timer, Caddy, or the \
                 relay's own ACME.";
    match &shown.fault {
        None => lasting(host, shown, now, renew),
        Some(Fault::Expired) => Check::fail(
            CERTIFICATE,
            format!(
                "The certificate of {host} has expired on {ends}: Twilio and every app refuse it."
            ),
            renew,
        ),
        Some(Fault::NotYet) => Check::fail(
            CERTIFICATE,
            format!(
                "The certificate of {host} does not hold before {}.",
                shown.begins.map(day).unwrap_or_default()
            ),
            "Look at this machine's clock first, then at the certificate.",
        ),
        Some(Fault::Unknown(beside)) => {
            let alone = match beside {
                Shows::Nothing => ", and comes without those in between",
                Shows::Chain => "",
            };
            Check::fail(
                CERTIFICATE,
                format!(
                    "The certificate of {host} is signed by nobody that this machine knows{alone}."
                ),
                "Serve the whole chain (certbot's fullchain.pem), of an authority that everybody knows, \
                 such as Let's Encrypt.",
            )
        }
        Some(Fault::Name(names)) => Check::fail(
            CERTIFICATE,
            format!("The certificate that {host} shows is of {}.", told(names)),
            format!(
                "Get one for {host}, or correct `relay.public_url` or the proxy's server name."
            ),
        ),
        Some(Fault::Other(why)) => Check::fail(
            CERTIFICATE,
            format!("The certificate of {host} is refused: {why}."),
            renew,
        ),
    }
}

fn told(names: &[String]) -> String {
    if names.is_empty() {
        "another name".to_owned()
    } else {
        names.join(", ")
    }
}

/// A name as the verifier tells it, `DnsName("sms.example.com")`, or as it stands there. Whoever made
/// the certificate wrote it.
fn bare(name: &str) -> String {
    let inside = name.split('"').nth(1).unwrap_or(name);
    let name = SafeText::line(inside).truncate_to_width(NAME_WIDTH_MAX);
    name.as_str().to_owned()
}

fn lasting(host: &str, shown: &Shown, now: Timestamp, renew: &str) -> Check {
    let Some(ends) = shown.ends else {
        return Check::ok(CERTIFICATE, format!("The certificate of {host} is taken."));
    };
    let left = ends.millis_since(now);
    let life = shown
        .begins
        .map_or(i64::MAX, |begins| ends.millis_since(begins));
    let days = left / DAY_MS;
    if left <= (SOON_DAYS * DAY_MS).min(life / SOON_PART) {
        let sentence =
            format!("The certificate of {host} ends in {days} days and was not renewed.");
        return Check::warn(CERTIFICATE, sentence, renew);
    }
    Check::ok(
        CERTIFICATE,
        format!("The certificate of {host} holds for {days} more days."),
    )
}

#[cfg(test)]
mod tests {
    use super::super::report::State;
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

    const NAME: &str = "sms.example.com";

    /// An authority, and what it issued for [`NAME`] from 2026-01-01 to 2026-04-01.
    fn issued() -> (RootCertStore, CertificateDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let mut above = CertificateParams::new(Vec::new()).unwrap();
        above.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = above.self_signed(&key).unwrap();
        let issuer = Issuer::new(above, key);
        let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2026, 4, 1);
        let own = params
            .signed_by(&KeyPair::generate().unwrap(), &issuer)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).unwrap();
        (roots, own.der().clone())
    }

    fn day(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).unwrap()
    }

    #[track_caller]
    fn check(
        roots: &RootCertStore,
        own: &CertificateDer<'_>,
        (name, at): (&str, &str),
        state: State,
        words: &str,
    ) {
        let server = ServerName::try_from(name.to_owned()).unwrap();
        let (own, now) = (own.clone(), day(at));
        let shown = examine_by(roots.clone(), &[own], &server, now).unwrap();
        let check = judge(name, &shown, now);
        assert_eq!(check.state, state, "{check:?}");
        assert!(check.sentence.contains(words), "{check:?}");
    }

    #[test]
    fn a_certificate_is_judged_by_its_time_its_signer_and_its_name() {
        let (roots, own) = issued();
        check(
            &roots,
            &own,
            (NAME, "2026-02-01"),
            State::Ok,
            "59 more days",
        );
        check(
            &roots,
            &own,
            (NAME, "2026-03-20"),
            State::Warn,
            "ends in 12 days",
        );
        check(
            &roots,
            &own,
            (NAME, "2026-04-02"),
            State::Fail,
            "has expired on 2026-04-01",
        );
        check(
            &roots,
            &own,
            (NAME, "2025-12-31"),
            State::Fail,
            "does not hold before 2026-01-01",
        );
        check(
            &roots,
            &own,
            ("other.example.com", "2026-02-01"),
            State::Fail,
            "is of sms.example.com",
        );
        let (strangers, _) = issued();
        check(
            &strangers,
            &own,
            (NAME, "2026-02-01"),
            State::Fail,
            "signed by nobody",
        );
    }

    #[test]
    fn the_bounds_of_a_life_are_read_whoever_signed() {
        let (roots, _) = issued();
        let (_, strange) = issued();
        let name = ServerName::try_from(NAME).unwrap();
        let shown = examine_by(roots, &[strange], &name, day("2026-02-01")).unwrap();
        assert_eq!(
            (shown.begins, shown.ends),
            (Some(day("2026-01-01")), Some(day("2026-04-01")))
        );
    }

    #[test]
    fn a_short_life_is_not_always_at_its_end() {
        let shown = |days: i64| Shown {
            fault: None,
            begins: Some(Timestamp::from_millis(0)),
            ends: Some(Timestamp::from_millis(days * DAY_MS)),
        };
        let at = |day: i64| Timestamp::from_millis(day * DAY_MS);
        assert_eq!(judge(NAME, &shown(6), at(3)).state, State::Ok);
        assert_eq!(judge(NAME, &shown(6), at(5)).state, State::Warn);
        assert_eq!(judge(NAME, &shown(90), at(75)).state, State::Ok);
        assert_eq!(judge(NAME, &shown(90), at(77)).state, State::Warn);
    }
}

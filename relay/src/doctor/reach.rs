//! The way to the public URL, a step at a time: name, connection, TLS.

use super::certificate::{self, Shown};
use super::report::{CERTIFICATE, Check, URL};
use crate::twilio::public_url::PublicUrl;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, InvalidMessage, SignatureScheme};
use smsdesk_common::time::Timestamp;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long each step may take, in seconds. Twilio gives a connection five by default.
const STEP_S_MAX: u64 = 5;

/// How far one gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// All the way, and over TLS to this certificate.
    Here(Option<Shown>),
    /// The name leads nowhere.
    NoName(String),
    /// Nobody takes the connection.
    NoConnection(String),
    /// No TLS comes about.
    NoTls(String),
}

/// The way and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// What the name stands for.
    pub(super) addresses: Vec<IpAddr>,
    /// How far one gets.
    pub(super) reached: Reached,
}

impl Way {
    /// Whether it leads to a machine where nobody listens.
    pub(super) const fn is_unanswered(&self) -> bool {
        matches!(self.reached, Reached::NoConnection(_))
    }

    /// Whether a request would get an answer.
    pub(super) fn is_open(&self) -> bool {
        match &self.reached {
            Reached::Here(shown) => shown.as_ref().is_none_or(Shown::is_taken),
            _ => false,
        }
    }
}

/// Goes there.
pub(super) async fn go(url: &PublicUrl, now: Timestamp) -> Way {
    let (host, port) = url.host_and_port();
    let step = Duration::from_secs(STEP_S_MAX);
    let found = match timeout(step, tokio::net::lookup_host((host, port))).await {
        Ok(Ok(found)) => found.collect::<Vec<_>>(),
        Ok(Err(error)) => return stopped(Vec::new(), Reached::NoName(error.to_string())),
        Err(_) => return stopped(Vec::new(), Reached::NoName("the time ran out".to_owned())),
    };
    let addresses = found.iter().map(SocketAddr::ip).collect();
    let stream = match timeout(step, TcpStream::connect(found.as_slice())).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return stopped(addresses, Reached::NoConnection(error.to_string())),
        Err(_) => {
            return stopped(
                addresses,
                Reached::NoConnection("the time ran out".to_owned()),
            );
        }
    };
    if !url.is_https() {
        return stopped(addresses, Reached::Here(None));
    }
    let reached = match timeout(step, shake_hands(stream, host, now)).await {
        Ok(Ok(shown)) => Reached::Here(Some(shown)),
        Ok(Err(why)) => Reached::NoTls(why),
        Err(_) => Reached::NoTls("the time ran out".to_owned()),
    };
    stopped(addresses, reached)
}

const fn stopped(addresses: Vec<IpAddr>, reached: Reached) -> Way {
    Way { addresses, reached }
}

async fn shake_hands(stream: TcpStream, host: &str, now: Timestamp) -> Result<Shown, String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(TakesAny(provider)))
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let connected = connector.connect(name.clone(), stream).await;
    let connected = connected.map_err(|error| no_tls(&error))?;
    let (_, connection) = connected.get_ref();
    let chain = connection.peer_certificates().unwrap_or_default();
    certificate::examine(chain, &name, now)
}

/// Why no TLS came about.
fn no_tls(error: &std::io::Error) -> String {
    let error_of_tls = error.get_ref().and_then(|error| error.downcast_ref());
    match error_of_tls {
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            "the answer is in the open, as that of a port for http:// is".to_owned()
        }
        _ => error.to_string(),
    }
}

/// Takes every certificate, so that it can be looked at afterwards. Nothing is ever said over such a
/// connection.
#[derive(Debug)]
struct TakesAny(Arc<CryptoProvider>);

impl ServerCertVerifier for TakesAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Who would call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Twilio itself, over the internet.
    Twilio,
    /// A simulator on this machine.
    Simulator,
}

/// What hinders a connection, where something does.
pub(super) fn judge(url: &PublicUrl, way: &Way) -> Option<Check> {
    let (host, port) = url.host_and_port();
    let fail = |sentence: String, remedy: &str| Some(Check::fail(URL, sentence, remedy));
    match &way.reached {
        Reached::NoName(why) => fail(
            format!("The name {host} of the public URL leads nowhere: {why}."),
            "Correct `relay.public_url`, or the name's A and AAAA records.",
        ),
        Reached::NoConnection(why) => fail(
            format!("Nobody answers at {host}, port {port}: {why}."),
            "Start the proxy, open the port in the firewall, and look whether the name leads to this \
             machine. Where a router does not let one call oneself by the public name, call from \
             outside.",
        ),
        Reached::NoTls(why) => fail(
            format!(
                "Whoever answers at {host}, port {port}, does not speak TLS as expected: {why}."
            ),
            "Look at the proxy's TLS for this port, or correct the scheme of `relay.public_url`.",
        ),
        Reached::Here(_) => None,
    }
}

/// A word about a name that leads nowhere from outside. This machine's own files may say otherwise of
/// it than the world's name servers, so that it is not certain.
pub(super) fn judge_name(url: &PublicUrl, way: &Way, caller: Caller) -> Option<Check> {
    let (host, _) = url.host_and_port();
    let inside = caller == Caller::Twilio && way.addresses.iter().all(is_inside);
    let addresses = told(&way.addresses);
    inside.then(|| {
        Check::warn(
            URL,
            format!("Seen from here, {host} leads to {addresses}, which Twilio cannot reach."),
            "Look from outside. Unless it leads here from there, give it an A or AAAA record with this \
             machine's public address.",
        )
    })
}

/// Judges the certificate, where there is one.
pub(super) fn judge_certificate(
    url: &PublicUrl,
    way: &Way,
    caller: Caller,
    now: Timestamp,
) -> Check {
    let (host, _) = url.host_and_port();
    match &way.reached {
        Reached::Here(Some(shown)) => certificate::judge(host, shown, now),
        _ if !url.is_https() && caller == Caller::Twilio => Check::warn(
            CERTIFICATE,
            "The public URL begins with http://: texts, numbers and tokens travel in the open.",
            "Put TLS in front of the relay, and set `relay.public_url` to https://.",
        ),
        _ if !url.is_https() => Check::skipped(
            CERTIFICATE,
            "The public URL begins with http://: there is no certificate.",
        ),
        _ => Check::skipped(CERTIFICATE, "No certificate was shown: see public_url."),
    }
}

fn told(addresses: &[IpAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    addresses.join(", ")
}

/// Whether an address is of this machine or a private network only.
fn is_inside(address: &IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
                // Shared by carriers (RFC 6598).
                || (address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64)
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> PublicUrl {
        PublicUrl::parse("https://h.example").unwrap()
    }

    #[test]
    fn each_step_that_fails_is_named() {
        let way = |addresses: &[&str], reached| Way {
            addresses: addresses.iter().map(|at| at.parse().unwrap()).collect(),
            reached,
        };
        for (way, words) in [
            (way(&[], Reached::NoName("unknown".into())), "leads nowhere"),
            (
                way(&["192.0.2.1"], Reached::NoConnection("refused".into())),
                "port 443: refused",
            ),
            (
                way(&["192.0.2.1"], Reached::NoTls("odd".into())),
                "does not speak TLS",
            ),
        ] {
            let check = judge(&url(), &way).unwrap();
            assert!(check.sentence.contains(words), "{check:?}");
        }
        let inside = way(&["10.0.0.1", "::1"], Reached::Here(None));
        assert_eq!(judge(&url(), &inside), None);
        let check = judge_name(&url(), &inside, Caller::Twilio).unwrap();
        assert!(
            check
                .sentence
                .contains("10.0.0.1, ::1, which Twilio cannot"),
            "{check:?}"
        );
        assert_eq!(judge_name(&url(), &inside, Caller::Simulator), None);
        let outside = way(&["10.0.0.1", "192.0.2.1"], Reached::Here(None));
        assert_eq!(judge_name(&url(), &outside, Caller::Twilio), None);
    }
}

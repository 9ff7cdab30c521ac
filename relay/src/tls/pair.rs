//! A certificate with its key, from PEM, checked before anybody is shown it.

use super::life::Life;
use rustls::client::verify_server_name;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use std::path::Path;
use std::sync::Arc;

/// The longest file, in bytes: a chain of many certificates has a tenth.
const PEM_BYTES_MAX: u64 = 256 * 1024;
/// The most certificates of a chain.
const CHAIN_MAX: usize = 16;

/// What can be shown to those who connect.
#[derive(Clone, Debug)]
pub struct Held {
    /// Certificate, chain and key.
    pub(super) key: Arc<CertifiedKey>,
    /// From when until when.
    pub life: Life,
}

/// Why a certificate and a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// A file cannot be read.
    #[error("{0}")]
    File(String),
    /// No certificate among what was read.
    #[error("no certificate in it: expected `-----BEGIN CERTIFICATE-----`")]
    NoCertificate,
    /// A chain that nobody would follow.
    #[error("more than {CHAIN_MAX} certificates in it")]
    Chain,
    /// No key among what was read.
    #[error("no private key in it: expected `-----BEGIN PRIVATE KEY-----`, without a password")]
    NoKey,
    /// A key of a kind that is not known.
    #[error(
        "the key is of no kind that can be used: expected ECDSA P-256 or P-384, Ed25519 or RSA"
    )]
    Key,
    /// Two files that do not belong together.
    #[error("the key belongs to another certificate")]
    Mismatch,
    /// Not a certificate.
    #[error("the certificate cannot be read: {0}")]
    Certificate(String),
}

impl Held {
    /// Reads a chain, the certificate first, and its key.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn parse(certificate: &[u8], key: &[u8]) -> Result<Self, PairError> {
        let chain: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_slice_iter(certificate).collect();
        let chain = chain.map_err(|error| PairError::Certificate(error.to_string()))?;
        let first = chain.first().ok_or(PairError::NoCertificate)?;
        if chain.len() > CHAIN_MAX {
            return Err(PairError::Chain);
        }
        let life = Life::of(first).ok_or_else(|| {
            PairError::Certificate("no times from when until when it is valid".to_owned())
        })?;
        ParsedCertificate::try_from(first)
            .map_err(|error| PairError::Certificate(error.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| PairError::NoKey)?;
        let key = any_supported_type(&key).map_err(|_| PairError::Key)?;
        let certified = CertifiedKey::new(chain, key);
        certified.keys_match().map_err(|_| PairError::Mismatch)?;
        Ok(Self {
            key: Arc::new(certified),
            life,
        })
    }

    /// Reads both from their files.
    ///
    /// # Errors
    /// A file cannot be read, or what is in them is wrong; names the file.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, PairError> {
        Self::parse(&bytes(certificate)?, &bytes(key)?).map_err(|error| {
            let file = match error {
                PairError::NoKey | PairError::Key | PairError::Mismatch => key,
                _ => certificate,
            };
            PairError::File(format!("{}: {error}", file.display()))
        })
    }

    /// Whether the certificate is for that host.
    pub fn is_for(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let Ok(name) = ServerName::try_from(bare) else {
            return false;
        };
        let Ok(certificate) = self.key.end_entity_cert() else {
            return false;
        };
        let parsed = ParsedCertificate::try_from(certificate);
        parsed.is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
    }
}

/// A file that is as long as such files are.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, PairError> {
    let fail = |problem: String| PairError::File(format!("{}: {problem}", path.display()));
    let read = || -> std::io::Result<Option<Vec<u8>>> {
        if std::fs::metadata(path)?.len() > PEM_BYTES_MAX {
            return Ok(None);
        }
        std::fs::read(path).map(Some)
    };
    let bytes = read().map_err(|error| fail(error.to_string()))?;
    bytes.ok_or_else(|| fail(format!("expected a file of at most {PEM_BYTES_MAX} bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::testing::pair;

    #[test]
    fn a_pair_is_for_its_names() {
        let (certificate, key) = pair("sms.example.com");
        let held = Held::parse(certificate.as_bytes(), key.as_bytes()).unwrap();
        assert!(held.is_for("sms.example.com"));
        assert!(!held.is_for("example.com") && !held.is_for("192.0.2.1") && !held.is_for(""));
        // As the relay keeps its own: one file.
        let both = format!("{key}{certificate}");
        Held::parse(both.as_bytes(), both.as_bytes()).unwrap();
    }

    #[test]
    fn what_cannot_be_shown_is_refused_by_what_is_wrong() {
        let (certificate, key) = pair("sms.example.com");
        let (other, _) = pair("sms.example.com");
        for (certificate, key, expected) in [
            ("", key.as_str(), PairError::NoCertificate),
            (key.as_str(), key.as_str(), PairError::NoCertificate),
            (&certificate, "", PairError::NoKey),
            (&certificate, &certificate, PairError::NoKey),
            (&other, &key, PairError::Mismatch),
            (&certificate.repeat(CHAIN_MAX + 1), &key, PairError::Chain),
        ] {
            let error = Held::parse(certificate.as_bytes(), key.as_bytes()).unwrap_err();
            assert_eq!(error, expected);
        }
        let broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let error = Held::parse(broken.as_bytes(), key.as_bytes()).unwrap_err();
        assert!(matches!(error, PairError::Certificate(_)), "{error}");
        let error = Held::read(Path::new("/nowhere/c.pem"), Path::new("/nowhere/k.pem"));
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("/nowhere/c.pem: "), "{error}");
    }
}

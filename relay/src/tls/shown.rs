//! What those who connect are shown: the certificate that is held now, or to an authority the proof
//! that the name is ours (RFC 8737; RFC 8555, 8.3).

use super::pair::Held;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::{Arc, PoisonError, RwLock};

/// The protocol by which an authority looks whether a name is ours.
pub(super) const ACME_ALPN: &[u8] = b"acme-tls/1";

/// What is shown now. It changes while connections come; those that stand keep what they saw.
#[derive(Debug, Default)]
pub(super) struct Shown {
    held: RwLock<Option<Held>>,
    proof: RwLock<Option<Proof>>,
}

/// The answer to an authority's challenge.
#[derive(Clone, Debug)]
pub(super) enum Proof {
    /// A certificate that only [`ACME_ALPN`] is shown.
    Certificate(Arc<CertifiedKey>),
    /// What is answered below `/.well-known/acme-challenge/` to a token.
    File {
        /// The last part of the path.
        token: String,
        /// The body.
        content: String,
    },
}

impl Shown {
    /// From now on this one.
    pub(super) fn show(&self, held: Held) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }

    /// What is shown now, if there is anything.
    pub(super) fn held(&self) -> Option<Held> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    /// Answers a challenge, until the next call.
    pub(super) fn prove(&self, proof: Option<Proof>) {
        *self.proof.write().unwrap_or_else(PoisonError::into_inner) = proof;
    }

    /// What is answered to a token.
    pub(super) fn file(&self, asked: &str) -> Option<String> {
        let proof = self.proof.read().unwrap_or_else(PoisonError::into_inner);
        match &*proof {
            Some(Proof::File { token, content }) if token == asked => Some(content.clone()),
            _ => None,
        }
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut protocols = hello.alpn().into_iter().flatten();
        if protocols.any(|protocol| protocol == ACME_ALPN) {
            let proof = self.proof.read().unwrap_or_else(PoisonError::into_inner);
            return match &*proof {
                Some(Proof::Certificate(key)) => Some(Arc::clone(key)),
                _ => None,
            };
        }
        self.held().map(|held| held.key)
    }
}

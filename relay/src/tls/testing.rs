//! Certificates for tests.

use rcgen::{CertificateParams, KeyPair};

/// A certificate for `name` that signs itself, and its key: PEM.
pub(crate) fn pair(name: &str) -> (String, String) {
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

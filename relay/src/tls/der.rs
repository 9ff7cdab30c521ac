//! Reads from when until when a certificate is valid (RFC 5280, 4.1). Nothing else of it is read
//! here: rustls checks the rest.

use smsdesk_common::time::Timestamp;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The version, which certificates of the first one leave out.
const VERSION: u8 = 0xa0;

/// `notBefore` and `notAfter`.
pub(super) fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let mut outer = Values(certificate);
    let mut certificate = Values(outer.next(SEQUENCE)?);
    let mut signed = Values(certificate.next(SEQUENCE)?);
    if signed.0.first() == Some(&VERSION) {
        signed.next(VERSION)?;
    }
    signed.next(INTEGER)?;
    // The signature's algorithm, the issuer.
    signed.next(SEQUENCE)?;
    signed.next(SEQUENCE)?;
    let mut validity = Values(signed.next(SEQUENCE)?);
    Some((validity.time()?, validity.time()?))
}

/// Values one behind the other.
struct Values<'a>(&'a [u8]);

impl<'a> Values<'a> {
    /// The content of the next value, which must have that tag.
    fn next(&mut self, expected: u8) -> Option<&'a [u8]> {
        let (&tag, rest) = self.0.split_first()?;
        if tag != expected {
            return None;
        }
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            // So many bytes with the length; four are more than any certificate has.
            let bytes = usize::from(first & 0x7f);
            let (length, rest) = rest.split_at_checked(bytes)?;
            if !(1..=4).contains(&bytes) {
                return None;
            }
            let length = length
                .iter()
                .fold(0, |all, byte| all << 8 | usize::from(*byte));
            (length, rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }

    fn time(&mut self) -> Option<Timestamp> {
        match *self.0.first()? {
            UTC_TIME => {
                let text = str::from_utf8(self.next(UTC_TIME)?).ok()?;
                let year: u8 = text.get(..2)?.parse().ok()?;
                let century = if year < 50 { "20" } else { "19" };
                moment(&format!("{century}{text}"))
            }
            GENERALIZED_TIME => moment(str::from_utf8(self.next(GENERALIZED_TIME)?).ok()?),
            _ => None,
        }
    }
}

/// `20261121T…` as certificates write it: `20261121121144Z`.
fn moment(text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix('Z')?;
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (date, time) = digits.split_at(8);
    Timestamp::parse_rfc3339(&format!(
        "{}-{}-{}T{}:{}:{}Z",
        &date[..4],
        &date[4..6],
        &date[6..],
        &time[..2],
        &time[2..4],
        &time[4..]
    ))
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    fn certificate(from: (i32, u8, u8), until: (i32, u8, u8)) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["sms.example.com".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from.0, from.1, from.2);
        params.not_after = date_time_ymd(until.0, until.1, until.2);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn both_ways_to_write_a_time_are_read() {
        for (from, until) in [
            (
                ("2026-11-21", (2026, 11, 21)),
                ("2027-02-19", (2027, 2, 19)),
            ),
            (("1975-01-01", (1975, 1, 1)), ("4096-01-01", (4096, 1, 1))),
        ] {
            let read = validity(&certificate(from.1, until.1)).unwrap();
            let time = |day: &str| Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z")).unwrap();
            assert_eq!(read, (time(from.0), time(until.0)));
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "Z",
            "20261121121144",
            "2026112112114Z",
            "2026-1121121144Z",
            "20261321121144Z",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
        assert!(moment("20261121121144Z").is_some());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = validity(&bytes);
        }

        #[test]
        fn a_damaged_certificate_is_read_or_refused(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
            let mut bytes = certificate((2026, 1, 1), (2027, 1, 1));
            let place = at.index(bytes.len());
            bytes[place] = byte;
            bytes.truncate(cut.index(bytes.len() + 1));
            let _ = validity(&bytes);
        }
    }
}

//! Where a request comes from, as far as it can be known.
//!
//! A proxy in front stands between. What it says of the address that it was asked from
//! (`X-Forwarded-For`) is believed only where the connection comes from a proxy of ours; of several
//! addresses the last one counts that is none of theirs, because whoever is outside can write the
//! ones before it.

use super::proxies::Proxies;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;

/// Addresses of one header that are looked at; a proxy of ours adds one.
const HOPS_MAX: usize = 16;

/// Where requests come from that are counted together: an address, or a network of IPv6, of which a
/// single customer has 2^64 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(IpAddr);

impl Source {
    /// This machine.
    pub const HERE: Self = Self(IpAddr::V4(Ipv4Addr::LOCALHOST));

    /// Where a request comes from that came over a connection from `peer`, with what the headers say
    /// in their order.
    pub fn of<'a>(
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
        proxies: &Proxies,
    ) -> Self {
        let mut found = peer.to_canonical();
        let hops = forwarded.rev().flat_map(|header| header.rsplit(','));
        for hop in hops.take(HOPS_MAX) {
            if !proxies.has(found) {
                break;
            }
            match address(hop.trim()) {
                Some(hop) => found = hop,
                None => break,
            }
        }
        Self::network(found)
    }

    /// Where a connection from `peer` is counted.
    pub fn network(peer: IpAddr) -> Self {
        match peer.to_canonical() {
            IpAddr::V6(address) if !address.is_loopback() => {
                let [a, b, c, d, ..] = address.segments();
                Self(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
            }
            address => Self(address),
        }
    }

    /// Whether it is this machine.
    pub fn is_here(self) -> bool {
        self.0.is_loopback()
    }
}

/// An address as proxies write it, some of them with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let parsed = match bare {
        Some((inside, _)) => inside.parse(),
        None => text.parse().or_else(|error| match text.split_once(':') {
            Some((address, port)) if port.bytes().all(|b| b.is_ascii_digit()) => address.parse(),
            _ => Err(error),
        }),
    };
    parsed.ok().map(|address: IpAddr| address.to_canonical())
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V6(address) if !address.is_loopback() => write!(f, "{address}/64"),
            address => write!(f, "{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: &[&str]) -> String {
        behind(&Proxies::default(), peer, forwarded)
    }

    fn behind(proxies: &Proxies, peer: &str, forwarded: &[&str]) -> String {
        Source::of(peer.parse().unwrap(), forwarded.iter().copied(), proxies).to_string()
    }

    #[test]
    fn only_proxies_of_ours_are_believed() {
        let proxies = Proxies::parse(&["10.0.0.0/8", "fd00::/64"]).unwrap();
        for (peer, forwarded, expected) in [
            ("10.0.0.5", vec!["203.0.113.7"], "203.0.113.7"),
            ("10.0.0.5", vec!["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            // Two proxies of ours, one behind the other.
            ("10.0.0.5", vec!["203.0.113.7, 10.9.9.9"], "203.0.113.7"),
            ("10.0.0.5", vec!["203.0.113.7", "fd00::9"], "203.0.113.7"),
            ("10.0.0.5", vec!["10.1.1.1"], "10.1.1.1"),
            ("10.0.0.5", vec![], "10.0.0.5"),
            ("127.0.0.1", vec!["203.0.113.7"], "127.0.0.1"),
            ("11.0.0.5", vec!["203.0.113.7"], "11.0.0.5"),
        ] {
            let found = behind(&proxies, peer, &forwarded);
            assert_eq!(found, expected, "{peer} {forwarded:?}");
        }
        let nobody = Proxies::parse::<&str>(&[]).unwrap();
        assert_eq!(behind(&nobody, "127.0.0.1", &["203.0.113.7"]), "127.0.0.1");
    }

    #[test]
    fn what_a_stranger_claims_changes_nothing() {
        assert_eq!(of("203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        assert_eq!(
            of("127.0.0.1", &["198.51.100.1, 203.0.113.7"]),
            "203.0.113.7"
        );
        assert_eq!(
            of("127.0.0.1", &["198.51.100.1", "203.0.113.7"]),
            "203.0.113.7"
        );
        assert_eq!(of("127.0.0.1", &["203.0.113.7, 127.0.0.1"]), "203.0.113.7");
        assert_eq!(of("127.0.0.1", &["203.0.113.7, nonsense"]), "127.0.0.1");
    }

    #[test]
    fn a_proxy_here_says_who_asked_it() {
        for (peer, forwarded, expected) in [
            ("127.0.0.1", vec![], "127.0.0.1"),
            ("::1", vec!["203.0.113.7"], "203.0.113.7"),
            ("::ffff:127.0.0.1", vec!["203.0.113.7:4711"], "203.0.113.7"),
            (
                "127.0.0.1",
                vec!["[2001:db8:1:2:3::4]:80"],
                "2001:db8:1:2::/64",
            ),
            ("127.0.0.1", vec!["::ffff:203.0.113.7"], "203.0.113.7"),
        ] {
            assert_eq!(of(peer, &forwarded), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn a_network_of_the_sixth_version_is_one_source() {
        let one = of("2001:db8:1:2:3::4", &[]);
        assert_eq!(one, of("2001:db8:1:2:ffff::1", &[]));
        assert_ne!(one, of("2001:db8:1:3::4", &[]));
    }

    #[test]
    fn no_more_addresses_are_looked_at_than_a_proxy_writes() {
        let long = format!("203.0.113.7{}", ", 127.0.0.1".repeat(HOPS_MAX));
        assert_eq!(of("127.0.0.1", &[&long]), "127.0.0.1");
    }
}

//! Whose word is taken on where a request comes from: the proxies in front of the relay.

use core::net::IpAddr;
use std::fmt;

/// Networks that can be listed: every hop of every request is held against each.
const NETWORKS_MAX: usize = 64;

/// The networks that proxies of ours are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxies {
    networks: Vec<Network>,
}

/// Why a text names no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// Neither an address nor one with a length behind.
    #[error("{0:?}: expected an address or a network, such as 10.0.0.5, 10.0.0.0/8 or fd00::/8")]
    Text(String),
    /// An address with bits behind the network's length.
    #[error("{0:?}: has bits behind its length: expected {1}")]
    Host(String, String),
    /// More than can be held against every request.
    #[error("expected at most {NETWORKS_MAX} networks")]
    TooMany,
}

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    first: IpAddr,
    bits: u8,
}

impl Proxies {
    /// What stands in the configuration where nothing does: this machine.
    pub const DEFAULT: [&str; 2] = ["127.0.0.1/32", "::1/128"];

    /// The networks of a list.
    ///
    /// # Errors
    /// The first text that names none.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, ProxyError> {
        if texts.len() > NETWORKS_MAX {
            return Err(ProxyError::TooMany);
        }
        let networks = texts.iter().map(|text| Network::parse(text.as_ref()));
        Ok(Self {
            networks: networks.collect::<Result<_, _>>()?,
        })
    }

    /// Whether an address is a proxy's.
    pub fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.has(address))
    }
}

impl Default for Proxies {
    fn default() -> Self {
        let here = |text| Network::parse(text).ok();
        Self {
            networks: Self::DEFAULT.into_iter().filter_map(here).collect(),
        }
    }
}

impl Network {
    fn parse(text: &str) -> Result<Self, ProxyError> {
        let wrong = || ProxyError::Text(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let bits: u8 = bits.parse().map_err(|_| wrong())?;
                if bits > most {
                    return Err(wrong());
                }
                bits
            }
            Some(_) => return Err(wrong()),
            None => most,
        };
        let first = masked(address, bits);
        let network = Self { first, bits };
        if first == address {
            Ok(network)
        } else {
            Err(ProxyError::Host(text.to_owned(), network.to_string()))
        }
    }

    fn has(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && masked(address, self.bits) == self.first
    }
}

/// The address with all bits behind the first so many set to zero.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32)));
            IpAddr::V4((u32::from(address) & mask.unwrap_or(0)).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128)));
            IpAddr::V6((u128::from(address) & mask.unwrap_or(0)).into())
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

/// As the configuration has it.
impl fmt::Display for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = self.networks.iter().map(|network| format!("\"{network}\""));
        write!(f, "[{}]", texts.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn has(networks: &[&str], address: &str) -> bool {
        let proxies = Proxies::parse(networks).unwrap();
        proxies.has(address.parse().unwrap())
    }

    #[test]
    fn an_address_belongs_to_the_networks_that_it_begins_like() {
        for (network, address, expected) in [
            ("127.0.0.1/32", "127.0.0.1", true),
            ("127.0.0.1/32", "127.0.0.2", false),
            ("127.0.0.1/32", "::ffff:127.0.0.1", true),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("172.16.0.0/12", "172.31.255.255", true),
            ("172.16.0.0/12", "172.32.0.0", false),
            ("0.0.0.0/0", "203.0.113.7", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "203.0.113.7", false),
            ("fd00::/8", "fdff::1", true),
            ("fd00::/8", "fe00::1", false),
            ("2001:db8::5", "2001:db8::5", true),
            ("2001:db8::5", "2001:db8::6", false),
        ] {
            assert_eq!(has(&[network], address), expected, "{network} {address}");
        }
        assert!(!has(&[], "127.0.0.1"), "nobody is trusted");
        assert!(has(&["10.0.0.0/8", "192.0.2.1"], "192.0.2.1"));
    }

    #[test]
    fn what_is_no_network_is_refused_with_what_was_expected() {
        for text in [
            "",
            "nginx",
            "10.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "fd00::/129",
            "10.0.0.0/8/8",
            "/8",
            "10.0.0.0/-1",
            "[::1]/128",
            "10.0.0.0/255.0.0.0",
            " 10.0.0.1",
        ] {
            let error = Proxies::parse(&[text]).unwrap_err();
            assert_eq!(error, ProxyError::Text(text.to_owned()));
        }
        let error = Proxies::parse(&["10.1.0.0/8"]).unwrap_err().to_string();
        assert!(error.ends_with("expected 10.0.0.0/8"), "{error}");
        let many = vec!["10.0.0.1"; NETWORKS_MAX + 1];
        assert_eq!(Proxies::parse(&many).unwrap_err(), ProxyError::TooMany);
    }

    #[test]
    fn nothing_configured_is_this_machine() {
        let proxies = Proxies::default();
        assert_eq!(proxies, Proxies::parse(&Proxies::DEFAULT).unwrap());
        assert_eq!(proxies.to_string(), "[\"127.0.0.1/32\", \"::1/128\"]");
    }

    proptest! {
        #[test]
        fn a_network_has_exactly_the_addresses_that_share_its_bits(
            one: u32, other: u32, bits in 0_u8..=32,
        ) {
            let network = Network { first: masked(IpAddr::V4(one.into()), bits), bits };
            let same = (0..u32::from(bits)).all(|bit| (one ^ other) & (1 << (31 - bit)) == 0);
            prop_assert_eq!(network.has(IpAddr::V4(other.into())), same);
        }
    }
}

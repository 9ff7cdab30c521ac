//! The address of a relay, as an agent pastes it.

use std::fmt;
use std::net::IpAddr;

/// The longest address, in bytes: it must fit a line of the configuration.
const ADDRESS_BYTES_MAX: usize = 1_024;

/// A relay's address: `https://host`, `https://host:8443/with/prefix`, or `http://…` for one on
/// this machine. Never ends in a slash; has no user, query or fragment.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RelayUrl {
    scheme: Scheme,
    /// Host and port, ASCII.
    authority: String,
    /// Empty, or begins with a slash.
    prefix: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Scheme {
    Plain,
    Tls,
}

/// Why a text is no relay's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelayUrlError {
    /// Neither `https://` nor `http://` in front.
    #[error("a relay's address begins with https://")]
    Scheme,
    /// No host, or one with other characters than letters, digits, dots and hyphens.
    #[error("a relay's address needs a host such as sms.example.com; write others in punycode")]
    Host,
    /// The port is no number up to 65535.
    #[error("the port in a relay's address is a number from 1 to 65535")]
    Port,
    /// A query, a fragment, a space, or another character that does not belong into a path.
    #[error("the path of a relay's address has only letters, digits and -._~/")]
    Path,
    /// Longer than any address.
    #[error("that is too long for a relay's address")]
    TooLong,
}

impl RelayUrl {
    /// Reads an address; spaces around it and a slash at its end are dropped.
    ///
    /// # Errors
    /// Says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, RelayUrlError> {
        let text = text.trim();
        if text.len() > ADDRESS_BYTES_MAX {
            return Err(RelayUrlError::TooLong);
        }
        let (scheme, rest) = text.split_once("://").ok_or(RelayUrlError::Scheme)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" => Scheme::Tls,
            "http" => Scheme::Plain,
            _ => return Err(RelayUrlError::Scheme),
        };
        let (authority, path) = rest
            .find(['/', '?', '#'])
            .map_or((rest, ""), |end| rest.split_at(end));
        check_authority(authority)?;
        let prefix = path.trim_end_matches('/');
        if !prefix
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte))
        {
            return Err(RelayUrlError::Path);
        }
        let authority = authority.to_ascii_lowercase();
        Ok(Self {
            scheme,
            authority,
            prefix: prefix.to_owned(),
        })
    }

    /// Host and port, for messages.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether the connection is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.scheme == Scheme::Tls
    }

    /// Whether others can read what goes there: not over TLS, and not to this machine.
    pub fn is_in_the_open(&self) -> bool {
        let host = match self.authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => &self.authority,
        };
        let host = host.trim_matches(['[', ']']);
        let here = host
            .parse()
            .map_or(host == "localhost", |it: IpAddr| it.is_loopback());
        !self.is_encrypted() && !here
    }

    /// The address of `path`, which begins with a slash, for HTTP.
    pub fn http(&self, path: &str) -> String {
        let scheme = if self.is_encrypted() { "https" } else { "http" };
        format!("{scheme}://{}{}{path}", self.authority, self.prefix)
    }

    /// The address of `path`, which begins with a slash, for WebSocket.
    pub fn websocket(&self, path: &str) -> String {
        let scheme = if self.is_encrypted() { "wss" } else { "ws" };
        format!("{scheme}://{}{}{path}", self.authority, self.prefix)
    }
}

fn check_authority(authority: &str) -> Result<(), RelayUrlError> {
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let (inner, allowed): (_, &[u8]) = match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(inner) => (inner, b":."),
        None => (host, b"-._"),
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || allowed.contains(&byte);
    if inner.is_empty() || !inner.bytes().all(fits) {
        return Err(RelayUrlError::Host);
    }
    match port.map(|port| (port, port.parse::<u16>())) {
        None => Ok(()),
        Some((digits, Ok(1..))) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
        Some(_) => Err(RelayUrlError::Port),
    }
}

impl fmt::Display for RelayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.http(""))
    }
}

impl fmt::Debug for RelayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for RelayUrl {
    type Err = RelayUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_leads_to_both_protocols() {
        let url = RelayUrl::parse(" HTTPS://SMS.example.com:8443/desk/ ").unwrap();
        assert_eq!(url.to_string(), "https://sms.example.com:8443/desk");
        assert_eq!(
            url.http("/v1/join"),
            "https://sms.example.com:8443/desk/v1/join"
        );
        assert_eq!(
            url.websocket("/v1/stream"),
            "wss://sms.example.com:8443/desk/v1/stream"
        );
        let local = RelayUrl::parse("http://127.0.0.1:8080").unwrap();
        assert_eq!(
            local.websocket("/v1/stream"),
            "ws://127.0.0.1:8080/v1/stream"
        );
        assert_eq!(
            RelayUrl::parse("http://[::1]:80").unwrap().authority(),
            "[::1]:80"
        );
        assert_eq!(
            RelayUrl::parse("http://[::1]").unwrap().authority(),
            "[::1]"
        );
    }

    #[test]
    fn what_is_no_address_is_refused_by_the_part_that_is_wrong() {
        for (text, error) in [
            ("sms.example.com", RelayUrlError::Scheme),
            ("ftp://sms.example.com", RelayUrlError::Scheme),
            ("", RelayUrlError::Scheme),
            ("https://", RelayUrlError::Host),
            ("https:///path", RelayUrlError::Host),
            ("https://user@host", RelayUrlError::Host),
            ("https://käse.example", RelayUrlError::Host),
            ("https://host name", RelayUrlError::Host),
            ("https://host:", RelayUrlError::Port),
            ("https://host:0", RelayUrlError::Port),
            ("https://host:65536", RelayUrlError::Port),
            ("https://host:+80", RelayUrlError::Port),
            ("https://host/a b", RelayUrlError::Path),
            ("https://host/?x=1", RelayUrlError::Path),
            ("https://host?x=1", RelayUrlError::Path),
            ("https://host#x", RelayUrlError::Path),
        ] {
            assert_eq!(RelayUrl::parse(text), Err(error), "{text}");
        }
        assert_eq!(
            RelayUrl::parse(&format!("https://h/{}", "a".repeat(2_000))),
            Err(RelayUrlError::TooLong)
        );
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_plain_text_and_reads_back_the_same(text in ".{0,40}") {
            for text in [text.clone(), format!("https://{text}"), format!("http://host/{text}")] {
                if let Ok(url) = RelayUrl::parse(&text) {
                    let written = url.to_string();
                    prop_assert!(written.bytes().all(|byte| byte.is_ascii_graphic()));
                    prop_assert_eq!(RelayUrl::parse(&written), Ok(url));
                }
            }
        }
    }
}

//! The public address of the relay, and the URL that Twilio asked for, byte for byte.
//!
//! Twilio signs the URL as it wrote it. What a proxy or a framework makes of that (another scheme,
//! an inner host name, a query written anew) is not it. So the URL is built from configuration and
//! from the raw bytes of the request line; no `Host` or `X-Forwarded-*` header is ever believed.

/// Below it lie all paths that Twilio calls.
pub const WEBHOOK_ROOT: &str = "/webhooks/";
/// How the paths end that are called about calls.
const CALL_PATHS: [&str; 2] = ["/voice", "/call-status"];

/// The configured address under which Twilio and the terminals reach the relay:
/// `https://sms.example.com`, `https://example.com:8443/sms-desk`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// Scheme, host and, where one is written, port: `https://example.com:8443`.
    origin: String,
    /// Empty, or a path that starts with a slash and does not end with one.
    prefix: String,
}

/// Why a text cannot be the relay's public address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicUrlError {
    /// Not `http` or `https`.
    #[error("expected an address that starts with https:// (or http:// for tests)")]
    Scheme,
    /// No host, or something in it that no host has.
    #[error("expected a host name behind the scheme, such as https://sms.example.com")]
    Host,
    /// The part behind the host's colon is no port.
    #[error("expected a port from 1 to 65535 behind the host's colon")]
    Port,
    /// `user:password@` in front of the host.
    #[error("expected no user name or password: Twilio leaves them out of what it signs")]
    UserInfo,
    /// A query behind the path.
    #[error("expected no query (the part behind a question mark)")]
    Query,
    /// A path with characters that a URL must escape.
    #[error("expected a path without spaces or other characters that a URL must escape")]
    Path,
}

impl PublicUrl {
    /// Reads a configured address. A fragment is dropped: Twilio takes connection overrides from it
    /// and does not sign it (docs/usage/webhooks/webhooks-connection-overrides).
    ///
    /// # Errors
    /// Says which part is not as expected.
    pub fn parse(text: &str) -> Result<Self, PublicUrlError> {
        let text = text.split('#').next().unwrap_or_default();
        let (scheme, rest) = text.split_once("://").ok_or(PublicUrlError::Scheme)?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https") {
            return Err(PublicUrlError::Scheme);
        }
        if rest.contains('?') {
            return Err(PublicUrlError::Query);
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        check_authority(authority)?;
        if !path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte))
        {
            return Err(PublicUrlError::Path);
        }
        Ok(Self {
            origin: format!("{scheme}://{authority}"),
            prefix: path.trim_end_matches('/').to_owned(),
        })
    }

    /// The URL that Twilio called, from the path and query of the request line exactly as they came.
    ///
    /// A reverse proxy may pass the prefix on or strip it; both lead to the same URL. A path counts
    /// as still prefixed only if [`WEBHOOK_ROOT`] follows, so that even the prefix `/webhooks` is
    /// not mistaken.
    #[must_use]
    pub fn join(&self, path_and_query: &str) -> String {
        let Self { origin, prefix } = self;
        let is_prefixed = path_and_query
            .strip_prefix(prefix.as_str())
            .is_some_and(|rest| rest.starts_with(WEBHOOK_ROOT));
        if is_prefixed {
            format!("{origin}{path_and_query}")
        } else {
            format!("{origin}{prefix}{path_and_query}")
        }
    }

    /// The URLs that Twilio may have signed when it called [`Self::join`]: for calls over https it leaves
    /// the port out, for texts it does not (docs/usage/security).
    #[must_use]
    pub fn signed(&self, path_and_query: &str) -> Vec<String> {
        let mut urls = vec![self.join(path_and_query)];
        let path = path_and_query.split('?').next().unwrap_or_default();
        let is_call = CALL_PATHS.iter().any(|call| path.ends_with(call));
        if let Some((origin, _)) = self.origin.rsplit_once(':')
            && is_call
            && self.is_https()
            && self.has_port()
        {
            let portless = Self {
                origin: origin.to_owned(),
                prefix: self.prefix.clone(),
            };
            urls.push(portless.join(path_and_query));
        }
        urls
    }

    fn has_port(&self) -> bool {
        let authority = self.origin.split_once("://").map_or("", |(_, rest)| rest);
        split_port(authority).1.is_some()
    }

    /// Whether it is called over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// The host, an IPv6 address without its brackets, and the port, the scheme's own where none is
    /// written.
    #[must_use]
    pub fn host_and_port(&self) -> (&str, u16) {
        let authority = self.origin.split_once("://").map_or("", |(_, rest)| rest);
        let (host, port) = split_port(authority);
        let usual = if self.is_https() { 443 } else { 80 };
        let port = port.and_then(|port| port.parse().ok()).unwrap_or(usual);
        (host.trim_matches(['[', ']']), port)
    }

    /// Scheme, host and, where one is written, port: `https://example.com:8443`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The name or address of the host, without a port.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.origin.split_once("://");
        split_port(authority.map_or("", |(_, authority)| authority)).0
    }

    /// The path in front of every route; empty where there is none, otherwise `/sms-desk`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl std::fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.origin, self.prefix)
    }
}

fn check_authority(authority: &str) -> Result<(), PublicUrlError> {
    if authority.contains('@') {
        return Err(PublicUrlError::UserInfo);
    }
    let (host, port) = split_port(authority);
    // The brackets and colons are those of an IPv6 address.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
    if host.is_empty() || !host.bytes().all(fits) {
        return Err(PublicUrlError::Host);
    }
    match port.map(str::parse::<u16>) {
        None | Some(Ok(1..)) => Ok(()),
        Some(_) => Err(PublicUrlError::Port),
    }
}

/// Splits `host:port`; the colons inside an IPv6 address in brackets are not the port's.
pub(super) fn split_port(authority: &str) -> (&str, Option<&str>) {
    let behind_brackets = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[behind_brackets..].find(':') {
        Some(at) => {
            let colon = behind_brackets + at;
            (&authority[..colon], Some(&authority[colon + 1..]))
        }
        None => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(public: &str, path_and_query: &str) -> String {
        PublicUrl::parse(public).unwrap().join(path_and_query)
    }

    #[test]
    fn the_query_is_kept_byte_for_byte() {
        let raw = "/webhooks/twilio/message?x=%20y+z&tag=b&tag=a&cb=%2b1&o='@:";
        assert_eq!(
            joined("https://h.example", raw),
            format!("https://h.example{raw}")
        );
        assert_eq!(
            joined("https://h.example", "/webhooks/twilio/message?"),
            "https://h.example/webhooks/twilio/message?"
        );
    }

    #[test]
    fn a_prefix_kept_or_stripped_by_a_proxy_leads_to_the_same_url() {
        let expected = "https://h.example/sms-desk/webhooks/twilio/message?x=%20y";
        for public in [
            "https://h.example/sms-desk",
            "https://h.example/sms-desk/",
            "HTTPS://h.example/sms-desk#rc=5",
        ] {
            assert_eq!(joined(public, "/webhooks/twilio/message?x=%20y"), expected);
            assert_eq!(
                joined(public, "/sms-desk/webhooks/twilio/message?x=%20y"),
                expected
            );
        }
    }

    #[test]
    fn a_prefix_that_looks_like_a_route_is_not_mistaken() {
        let expected = "https://h.example/webhooks/webhooks/twilio/status";
        assert_eq!(
            joined("https://h.example/webhooks", "/webhooks/twilio/status"),
            expected
        );
        assert_eq!(
            joined(
                "https://h.example/webhooks",
                "/webhooks/webhooks/twilio/status"
            ),
            expected
        );
        assert_eq!(
            joined("https://h.example/sms", "/sms-desk/webhooks/twilio/status"),
            "https://h.example/sms/sms-desk/webhooks/twilio/status"
        );
    }

    #[test]
    fn ports_and_ipv6_hosts_stay_as_configured() {
        for public in [
            "https://h.example:8443",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://[::1]",
        ] {
            assert_eq!(
                joined(public, "/webhooks/x"),
                format!("{public}/webhooks/x")
            );
            let public_url = PublicUrl::parse(public).unwrap();
            assert_eq!(public_url.to_string(), public);
            assert_eq!(public_url.origin(), public);
            assert_eq!(public_url.is_https(), public.starts_with("https"));
            let host = public_url.host();
            assert!(
                ["h.example", "127.0.0.1", "[::1]"].contains(&host),
                "{host}"
            );
        }
    }

    #[test]
    fn host_and_port_are_told_as_a_connection_needs_them() {
        for (public, expected) in [
            ("https://h.example/sms", ("h.example", 443)),
            ("http://h.example", ("h.example", 80)),
            ("https://h.example:8443", ("h.example", 8443)),
            ("http://[::1]:8080", ("::1", 8080)),
        ] {
            assert_eq!(PublicUrl::parse(public).unwrap().host_and_port(), expected);
        }
    }

    #[test]
    fn what_is_no_public_address_is_refused_by_its_fault() {
        let table = [
            ("h.example", PublicUrlError::Scheme),
            ("ftp://h.example", PublicUrlError::Scheme),
            ("https://", PublicUrlError::Host),
            ("https:///sms", PublicUrlError::Host),
            ("https://h example", PublicUrlError::Host),
            ("https://h.example:", PublicUrlError::Port),
            ("https://h.example:0", PublicUrlError::Port),
            ("https://h.example:65536", PublicUrlError::Port),
            ("https://u:p@h.example", PublicUrlError::UserInfo),
            ("https://h.example/sms?x=1", PublicUrlError::Query),
            ("https://h.example/s ms", PublicUrlError::Path),
        ];
        for (text, error) in table {
            assert_eq!(PublicUrl::parse(text), Err(error), "{text}");
        }
    }
}

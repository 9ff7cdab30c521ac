//! The forms in which Twilio may have signed a URL. Cuts the text, never rewrites it: a URL that was
//! parsed and written anew is not the one that was signed.

use crate::twilio::public_url::split_port;

/// A URL in the parts that matter, without `user:password@` and fragment, which are never signed.
#[derive(Debug)]
pub(super) struct Target<'a> {
    /// With `://`.
    scheme: &'a str,
    host: &'a str,
    port: Option<&'a str>,
    /// From the first slash or question mark on.
    path_and_query: &'a str,
}

impl<'a> Target<'a> {
    /// `None` for what is no absolute URL.
    pub(super) fn parse(url: &'a str) -> Option<Self> {
        let url = url.split('#').next()?;
        let (scheme, rest) = url.split_at(url.find("://")? + "://".len());
        let (authority, path_and_query) =
            rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let host_and_port = authority.rsplit('@').next()?;
        let (host, port) = split_port(host_and_port);
        (!host.is_empty()).then_some(Self {
            scheme,
            host,
            port: port.filter(|port| !port.is_empty()),
            path_and_query,
        })
    }

    /// The URL without its port, and with it; where none is written, with the scheme's own.
    pub(super) fn candidates(&self) -> [String; 2] {
        let default = if self.scheme.eq_ignore_ascii_case("https://") {
            "443"
        } else {
            "80"
        };
        [
            self.with_port(None),
            self.with_port(self.port.or(Some(default))),
        ]
    }

    /// The URL with the port only where one is written.
    pub(super) fn as_written(&self) -> String {
        self.with_port(self.port)
    }

    /// The first value of a parameter of the query, decoded.
    pub(super) fn query_value(&self, name: &str) -> Option<String> {
        let (_, query) = self.path_and_query.split_once('?')?;
        form_urlencoded::parse(query.as_bytes())
            .find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }

    fn with_port(&self, port: Option<&str>) -> String {
        let Self {
            scheme,
            host,
            path_and_query,
            ..
        } = self;
        match port {
            Some(port) => format!("{scheme}{host}:{port}{path_and_query}"),
            None => format!("{scheme}{host}{path_and_query}"),
        }
    }
}

//! What the file says about HTTPS.

use super::check::missing;
use crate::twilio::public_url::PublicUrl;
use serde::Deserialize;
use smsdesk_common::config::ConfigError;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The longest address of somebody, in characters (RFC 5321).
const CONTACT_CHARACTERS_MAX: usize = 254;

/// The table of the file.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Table {
    mode: String,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    http_listen: Option<SocketAddr>,
    acme_directory: String,
    acme_contact: Option<String>,
    acme_challenge: String,
    acme_ca: Option<PathBuf>,
    acme_folder: Option<PathBuf>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            mode: "off".to_owned(),
            certificate: None,
            key: None,
            http_listen: None,
            acme_directory: "https://acme-v02.api.letsencrypt.org/directory".to_owned(),
            acme_contact: None,
            acme_challenge: "tls-alpn-01".to_owned(),
            acme_ca: None,
            acme_folder: None,
        }
    }
}

/// How the relay speaks HTTPS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Where its certificate comes from.
    pub pair: Pair,
    /// The host of the public URL, in small letters: what the certificate must be for.
    pub host: String,
    /// Where plain HTTP leads to HTTPS.
    pub http_listen: Option<SocketAddr>,
}

impl Tls {
    /// The name in the configuration.
    pub const fn mode(&self) -> &'static str {
        match self.pair {
            Pair::Files { .. } => "files",
            Pair::Acme(_) => "acme",
        }
    }
}

/// Where certificate and key come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pair {
    /// Something else puts them there.
    Files {
        /// The certificate and those up to its root, PEM.
        certificate: PathBuf,
        /// The private key, PEM.
        key: PathBuf,
    },
    /// The relay gets them.
    Acme(Acme),
}

/// How an authority is asked for certificates (RFC 8555).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acme {
    /// Where it begins.
    pub directory: String,
    /// An e-mail address for it.
    pub contact: Option<String>,
    /// How it sees that the name is ours.
    pub challenge: Challenge,
    /// A further root for the directory, PEM.
    pub ca: Option<PathBuf>,
    /// Where account, certificate and key are kept.
    pub folder: PathBuf,
}

/// How an authority sees that a name is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// By a handshake with `acme-tls/1` (RFC 8737).
    TlsAlpn01,
    /// By a file below `/.well-known/acme-challenge/` (RFC 8555, 8.3).
    Http01,
}

impl Challenge {
    /// The name in the configuration, which is the standard's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TlsAlpn01 => "tls-alpn-01",
            Self::Http01 => "http-01",
        }
    }
}

/// How the relay speaks HTTPS, where it does.
pub(super) fn tls(
    table: Table,
    public_url: &PublicUrl,
    database: &Path,
    folder: &Path,
) -> Result<Option<Tls>, ConfigError> {
    let pair = match table.mode.as_str() {
        "off" if table.http_listen.is_some() => {
            let problem = "leads to HTTPS, which relay.tls.mode has switched off";
            return Err(ConfigError::new("relay.tls.http_listen", problem));
        }
        "off" => return Ok(None),
        "files" => {
            let file = |key: &str, file: Option<PathBuf>| {
                let file = file.map(|file| folder.join(file));
                file.ok_or_else(|| missing(key, "a PEM file, for relay.tls.mode = \"files\""))
            };
            Pair::Files {
                certificate: file("relay.tls.certificate", table.certificate)?,
                key: file("relay.tls.key", table.key)?,
            }
        }
        "acme" => Pair::Acme(acme(&table, public_url, database, folder)?),
        other => {
            let problem = format!("{other:?}: expected `off`, `files` or `acme`");
            return Err(ConfigError::new("relay.tls.mode", problem));
        }
    };
    if !public_url.is_https() {
        let problem = format!("expected https:// with relay.tls.mode = {:?}", table.mode);
        return Err(ConfigError::new("relay.public_url", problem));
    }
    Ok(Some(Tls {
        pair,
        host: public_url.host().to_ascii_lowercase(),
        http_listen: table.http_listen,
    }))
}

fn acme(
    table: &Table,
    public_url: &PublicUrl,
    database: &Path,
    folder: &Path,
) -> Result<Acme, ConfigError> {
    let directory = &table.acme_directory;
    let parsed = reqwest::Url::parse(directory);
    if !parsed.is_ok_and(|url| url.scheme() == "https" && url.has_host()) {
        let expected = "expected a URL that begins with https://";
        return Err(ConfigError::new("relay.tls.acme_directory", expected));
    }
    if !is_name(public_url.host()) {
        let problem = format!(
            "{}: expected the name of a host: certificates are issued for names",
            public_url.host()
        );
        return Err(ConfigError::new("relay.public_url", problem));
    }
    let challenge = match table.acme_challenge.as_str() {
        "tls-alpn-01" => Challenge::TlsAlpn01,
        "http-01" if table.http_listen.is_some() => Challenge::Http01,
        "http-01" => {
            let what = "http-01 is answered there, such as 0.0.0.0:80";
            return Err(missing("relay.tls.http_listen", what));
        }
        other => {
            let problem = format!("{other:?}: expected `tls-alpn-01` or `http-01`");
            return Err(ConfigError::new("relay.tls.acme_challenge", problem));
        }
    };
    let beside = || {
        let mut name = OsString::from(database);
        name.push(".acme");
        PathBuf::from(name)
    };
    let own = table.acme_folder.as_ref().map(|own| folder.join(own));
    Ok(Acme {
        directory: directory.clone(),
        contact: table.acme_contact.as_deref().map(contact).transpose()?,
        challenge,
        ca: table.acme_ca.as_ref().map(|file| folder.join(file)),
        folder: own.unwrap_or_else(beside),
    })
}

/// A host name of the kind that authorities issue for: letters, digits and hyphens, with a dot.
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(fits)
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253
        && host.contains('.')
        && host.split('.').all(label)
        && last.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn contact(text: &str) -> Result<String, ConfigError> {
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, ',' | '?' | '<' | '>');
    let parts = text.split_once('@');
    let is_address = parts.is_some_and(|(who, host)| !who.is_empty() && is_name(host));
    if is_address && text.chars().all(fits) && text.len() <= CONTACT_CHARACTERS_MAX {
        return Ok(text.to_owned());
    }
    let expected = "expected one e-mail address, such as admin@example.com";
    Err(ConfigError::new("relay.tls.acme_contact", expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_at(url: &str, text: &str) -> Result<Option<Tls>, String> {
        let table = toml::from_str(text).map_err(|error| error.to_string())?;
        let url = PublicUrl::parse(url).unwrap();
        let database = Path::new("/var/lib/smsdesk/smsdesk.db");
        let tls = tls(table, &url, database, Path::new("/etc/smsdesk"));
        tls.map_err(|error| error.to_string())
    }

    fn parse(text: &str) -> Result<Option<Tls>, String> {
        parse_at("https://SMS.example.com:8443/desk", text)
    }

    #[test]
    fn a_proxy_speaks_https_unless_the_relay_is_told_to() {
        assert_eq!(parse("").unwrap(), None);
        let text = "mode = \"files\"\ncertificate = \"c.pem\"\nkey = \"/run/k.pem\"";
        let tls = parse(text).unwrap().unwrap();
        let files = Pair::Files {
            certificate: "/etc/smsdesk/c.pem".into(),
            key: "/run/k.pem".into(),
        };
        assert_eq!(
            (tls.pair.clone(), tls.host.as_str()),
            (files, "sms.example.com")
        );
        assert_eq!(tls.mode(), "files");
    }

    #[test]
    fn an_authority_is_asked_for_the_public_host() {
        let Pair::Acme(acme) = parse("mode = \"acme\"").unwrap().unwrap().pair else {
            panic!("no authority");
        };
        let folder = Path::new("/var/lib/smsdesk/smsdesk.db.acme");
        assert_eq!(acme.folder, folder);
        assert_eq!(acme.challenge, Challenge::TlsAlpn01);
        let text = "mode = \"acme\"\nacme_challenge = \"http-01\"\nhttp_listen = \"0.0.0.0:80\"\n\
                    acme_contact = \"mailto:me@example.com\"\nacme_folder = \"acme\"\n\
                    acme_ca = \"ca.pem\"\nacme_directory = \"https://ca.internal:14000/dir\"";
        let Pair::Acme(acme) = parse(text).unwrap().unwrap().pair else {
            panic!("no authority");
        };
        assert_eq!(acme.contact.as_deref(), Some("me@example.com"));
        assert_eq!(acme.folder, Path::new("/etc/smsdesk/acme"));
        assert_eq!(acme.ca.as_deref(), Some(Path::new("/etc/smsdesk/ca.pem")));
        assert_eq!(acme.challenge, Challenge::Http01);
    }

    #[test]
    fn what_is_wrong_names_its_key() {
        let acme = "mode = \"acme\"\n";
        for (text, expected) in [
            ("mode = \"on\"", "relay.tls.mode: \"on\": expected `off`"),
            (
                "http_listen = \"0.0.0.0:80\"",
                "relay.tls.http_listen: leads",
            ),
            ("mode = \"files\"", "relay.tls.certificate: is required"),
            (
                "mode = \"files\"\ncertificate = \"c\"",
                "relay.tls.key: is required",
            ),
            (
                &format!("{acme}acme_challenge = \"http-01\""),
                "relay.tls.http_listen: is required",
            ),
            (
                &format!("{acme}acme_challenge = \"dns-01\""),
                "relay.tls.acme_challenge: \"dns-01\"",
            ),
            (
                &format!("{acme}acme_directory = \"http://ca\""),
                "relay.tls.acme_directory",
            ),
            (
                &format!("{acme}acme_contact = \"a@b.c, d@e.f\""),
                "relay.tls.acme_contact",
            ),
            (
                &format!("{acme}acme_contact = \"me\""),
                "relay.tls.acme_contact",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
        for (url, expected) in [
            ("http://sms.example.com", "relay.public_url: expected https"),
            (
                "https://192.0.2.1",
                "relay.public_url: 192.0.2.1: expected the name",
            ),
            (
                "https://[2001:db8::1]",
                "relay.public_url: [2001:db8::1]: expected",
            ),
            ("https://localhost", "relay.public_url: localhost: expected"),
        ] {
            let error = parse_at(url, acme).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}

//! Who brings HTTPS: the questions about it, and what the configuration gets of the answers.

use super::document::Setting;
use super::gather::text;
use super::known::Known;
use super::source::{Question, Source};
use crate::config::Challenge;
use crate::twilio::public_url::PublicUrl;
use std::net::SocketAddr;
use std::path::Path;

/// The table of it all.
const TABLE: &str = "relay.tls";
/// The answer that there is to be no such address.
const NONE: &str = "none";
/// Where browsers and authorities call plain HTTP.
const HTTP: &str = "0.0.0.0:80";

/// Who brings HTTPS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A proxy in front.
    Proxy,
    /// The relay, with files that something else renews.
    Files {
        /// PEM.
        certificate: String,
        /// PEM.
        key: String,
        /// Where plain HTTP leads to HTTPS, if anywhere.
        http: Option<SocketAddr>,
    },
    /// The relay, which gets its own certificate.
    Acme {
        /// Whom the authority writes to; may be empty.
        contact: String,
        /// How the authority sees that the name is ours.
        challenge: Challenge,
        /// Where plain HTTP leads to HTTPS, if anywhere; `http-01` is answered there.
        http: Option<SocketAddr>,
    },
}

impl Way {
    /// The answer that means it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::Files { .. } => "files",
            Self::Acme { .. } => "acme",
        }
    }

    /// Where plain HTTP is listened for.
    pub const fn http(&self) -> Option<SocketAddr> {
        match self {
            Self::Proxy => None,
            Self::Files { http, .. } | Self::Acme { http, .. } => *http,
        }
    }

    /// What the configuration gets. What it never had and what nobody wants is not written.
    pub fn settings(&self, known: &Known) -> Vec<Setting> {
        let set = |key, value: &str| Setting::text(TABLE, key, value);
        let mut settings = match self {
            Self::Proxy if known.value("tls").is_none() => Vec::new(),
            Self::Proxy => vec![set("mode", "off")],
            Self::Files {
                certificate, key, ..
            } => vec![
                set("mode", "files"),
                set("certificate", certificate),
                set("key", key),
            ],
            Self::Acme {
                contact, challenge, ..
            } => {
                let mut settings = vec![set("mode", "acme")];
                match contact.as_str() {
                    "" => settings.push(Setting::gone(TABLE, "acme_contact")),
                    contact => settings.push(set("acme_contact", contact)),
                }
                if *challenge != Challenge::TlsAlpn01 || known.value("acme_challenge").is_some() {
                    settings.push(set("acme_challenge", challenge.as_str()));
                }
                settings
            }
        };
        settings.push(match self.http() {
            Some(address) => set("http_listen", &address.to_string()),
            None => Setting::gone(TABLE, "http_listen"),
        });
        settings
    }
}

/// Asks who brings it, and what that needs.
///
/// # Errors
/// A file's answer will not do, or nobody answers any more.
pub fn way(source: &mut Source, known: &Known, public_url: &PublicUrl) -> anyhow::Result<Way> {
    let question = Question {
        key: "tls",
        words: "Who brings HTTPS: proxy (Caddy or nginx in front), files (a certificate of yours), \
                acme (the relay gets its own)",
        default: known.or("tls", "proxy"),
    };
    let word = source.ask(&question, |word| match word {
        "files" | "acme" if !public_url.is_https() => Err(format!(
            "{word:?}: expected a public address that begins with https://, or proxy"
        )),
        "proxy" | "files" | "acme" => Ok(word.to_owned()),
        _ => Err(format!("{word:?}: expected proxy, files or acme")),
    })?;
    Ok(match word.as_str() {
        "files" => Way::Files {
            certificate: file(
                source,
                known,
                "certificate",
                "File of the certificate (PEM)",
            )?,
            key: file(source, known, "key", "File of its key (PEM)")?,
            http: http(source, known, None)?,
        },
        "acme" => {
            let words = "E-mail address for the authority (may be empty)";
            let contact = text(source, "acme_contact", words, known.or("acme_contact", ""))?;
            let challenge = challenge(source, known)?;
            Way::Acme {
                contact,
                challenge,
                http: http(source, known, Some(challenge))?,
            }
        }
        _ => Way::Proxy,
    })
}

fn file(
    source: &mut Source,
    known: &Known,
    key: &'static str,
    words: &str,
) -> anyhow::Result<String> {
    let question = Question {
        key,
        words,
        default: known.value(key).map(str::to_owned),
    };
    source.ask(&question, |path| {
        let missing = || format!("{path:?}: expected a PEM file that is there");
        let is_file = Path::new(path).is_file();
        is_file.then(|| path.to_owned()).ok_or_else(missing)
    })
}

fn challenge(source: &mut Source, known: &Known) -> anyhow::Result<Challenge> {
    let question = Question {
        key: "acme_challenge",
        words: "How the authority sees that the name is yours: tls-alpn-01 (on port 443), http-01 \
                (on port 80, for where something in between ends TLS)",
        default: known.or("acme_challenge", Challenge::TlsAlpn01.as_str()),
    };
    source.ask(&question, |word| {
        let all = [Challenge::TlsAlpn01, Challenge::Http01];
        let meant = all.into_iter().find(|challenge| challenge.as_str() == word);
        meant.ok_or_else(|| format!("{word:?}: expected tls-alpn-01 or http-01"))
    })
}

fn http(
    source: &mut Source,
    known: &Known,
    challenge: Option<Challenge>,
) -> anyhow::Result<Option<SocketAddr>> {
    let is_needed = challenge == Some(Challenge::Http01);
    let words = if is_needed {
        "Address and port for plain HTTP, where http-01 is answered"
    } else {
        "Address and port for plain HTTP, which leads browsers to HTTPS, such as 0.0.0.0:80"
    };
    let question = Question {
        key: "http_listen",
        words,
        default: known.or("http_listen", if is_needed { HTTP } else { NONE }),
    };
    source.ask(&question, |word| match word {
        "" | NONE if is_needed => Err(format!(
            "expected an address and a port, such as {HTTP}: http-01 is answered there"
        )),
        "" | NONE => Ok(None),
        address => match address.parse() {
            Ok(address) => Ok(Some(address)),
            Err(error) => Err(format!("{address:?}: {error}")),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::answers::Answers;
    use super::*;

    const URL: &str = "https://sms.example.com";

    fn answered(answers: &str, url: &str) -> Result<Way, String> {
        let mut source = Source::File(Answers::parse("a.toml", answers).unwrap());
        let url = PublicUrl::parse(url).unwrap();
        way(&mut source, &Known::default(), &url).map_err(|error| error.to_string())
    }

    fn acme(challenge: Challenge, http: Option<&str>) -> Way {
        Way::Acme {
            contact: String::new(),
            challenge,
            http: http.map(|http| http.parse().unwrap()),
        }
    }

    #[test]
    fn plain_http_is_listened_for_where_it_is_needed_or_wanted() {
        let alpn = Challenge::TlsAlpn01;
        assert_eq!(answered("tls = \"acme\"", URL), Ok(acme(alpn, None)));
        let wanted = "tls = \"acme\"\nhttp_listen = \"[::]:80\"";
        assert_eq!(answered(wanted, URL), Ok(acme(alpn, Some("[::]:80"))));
        let needed = "tls = \"acme\"\nacme_challenge = \"http-01\"";
        let expected = acme(Challenge::Http01, Some("0.0.0.0:80"));
        assert_eq!(answered(needed, URL), Ok(expected));
        assert_eq!(answered("http_listen = \"none\"", URL), Ok(Way::Proxy));
    }

    #[test]
    fn what_does_not_go_together_is_named_with_its_line() {
        for (answers, url, words) in [
            (
                "tls = \"acme\"\nacme_challenge = \"dns-01\"",
                URL,
                "a.toml:2: acme_challenge: \"dns-01\": expected tls-alpn-01 or http-01",
            ),
            (
                "tls = \"acme\"\nacme_challenge = \"http-01\"\nhttp_listen = \"none\"",
                URL,
                "a.toml:3: http_listen: expected an address and a port, such as 0.0.0.0:80",
            ),
            (
                "tls = \"acme\"\nhttp_listen = \"80\"",
                URL,
                "a.toml:2: http_listen: \"80\": ",
            ),
            (
                "tls = \"acme\"",
                "http://sms.example.com",
                "a.toml:1: tls: \"acme\": expected a public address that begins with https://",
            ),
        ] {
            let told = answered(answers, url).unwrap_err();
            assert!(told.starts_with(words), "{told}");
        }
    }
}

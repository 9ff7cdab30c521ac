//! What a configuration that is there already answers.

use super::{disk, document};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The keys of a file of answers, and where a configuration has them.
const KEYS: [(&str, &str, &str); 14] = [
    ("public_url", "relay", "public_url"),
    ("tls", "relay.tls", "mode"),
    ("certificate", "relay.tls", "certificate"),
    ("key", "relay.tls", "key"),
    ("acme_contact", "relay.tls", "acme_contact"),
    ("acme_challenge", "relay.tls", "acme_challenge"),
    ("http_listen", "relay.tls", "http_listen"),
    ("listen", "relay", "listen"),
    ("default_region", "relay", "default_region"),
    ("company", "relay", "company"),
    ("database", "relay", "database"),
    ("account_sid", "relay.twilio", "account_sid"),
    ("api_base_url", "relay.twilio", "api_base_url"),
    ("lines", "relay.twilio", "lines"),
];

/// What is there.
#[derive(Default)]
pub struct Known {
    /// The configuration's text; empty where there is none.
    pub text: String,
    values: BTreeMap<&'static str, String>,
    /// The token, wherever it stands.
    pub token: Option<SecretString>,
    /// The token's own file, where it has one.
    pub token_file: Option<PathBuf>,
}

/// The text may hold the token.
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known")
            .field("values", &self.values)
            .field("token_file", &self.token_file)
            .finish_non_exhaustive()
    }
}

impl Known {
    /// Reads what is at `path`, and the token's file.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn at(path: &Path) -> anyhow::Result<Self> {
        let text = disk::read(path)?.unwrap_or_default();
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        let values = KEYS.into_iter().filter_map(|(key, table, name)| {
            Some((key, plain(&document::value(&text, table, name)?)?))
        });
        let mut known = Self {
            values: values.collect(),
            ..Self::default()
        };
        if known.value("tls") == Some("off") {
            known.values.insert("tls", "proxy".to_owned());
        }
        if let Some(database) = known
            .value("database")
            .and_then(|it| it.strip_prefix("sqlite:"))
        {
            let database = folder.join(database).display().to_string();
            known.values.insert("database", database);
        }
        let token = document::value(&text, "relay.twilio", "auth_token");
        let token = token.and_then(|value| value.as_str().map(str::to_owned));
        match token
            .as_deref()
            .map(|token| (token, token.strip_prefix("file:")))
        {
            None => {}
            Some((token, None)) => known.token = Some(SecretString::from(token.to_owned())),
            Some((_, Some(file))) => {
                let file = folder.join(file);
                let held = disk::read(&file)?.filter(|held| !held.trim().is_empty());
                known.token = held.map(|held| SecretString::from(held.trim().to_owned()));
                known.token_file = Some(file);
            }
        }
        known.text = text;
        Ok(known)
    }

    /// What is configured for a key of a file of answers.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// That, else something else.
    #[must_use]
    pub fn or(&self, key: &str, other: &str) -> Option<String> {
        Some(self.value(key).unwrap_or(other).to_owned())
    }
}

fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Array(list) => {
            let texts: Option<Vec<_>> = list.iter().map(toml::Value::as_str).collect();
            texts
                .map(|texts| texts.join(","))
                .filter(|texts| !texts.is_empty())
        }
        _ => None,
    }
}

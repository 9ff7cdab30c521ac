//! The answers that a file gives, for a set-up without questions. Reads nothing itself.

use secrecy::SecretString;
use serde::Deserialize;
use smsdesk_common::config::{self, ConfigError};
use std::collections::BTreeMap;
use std::fmt;

/// Every key with what it means, as a file of answers.
pub const EXAMPLE: &str = include_str!("answers.toml");

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    public_url: Option<String>,
    tls: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
    acme_contact: Option<String>,
    acme_challenge: Option<String>,
    http_listen: Option<String>,
    listen: Option<String>,
    default_region: Option<String>,
    company: Option<String>,
    database: Option<String>,
    account_sid: Option<String>,
    auth_token: Option<SecretString>,
    api_base_url: Option<String>,
    lines: Option<toml::Value>,
    webhooks: Option<bool>,
    fallback_url: Option<String>,
    service: Option<bool>,
    admin: Option<String>,
}

/// What a file answers.
pub struct Answers {
    file: String,
    text: String,
    given: BTreeMap<&'static str, String>,
    token: Option<SecretString>,
}

/// The text may hold the token.
impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers")
            .field("file", &self.file)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}

impl Answers {
    /// Reads `text`, the content of `file`.
    ///
    /// # Errors
    /// It is not TOML, has a key that does not exist or a value of another type: names file, line
    /// and key.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let read: File = config::read(file, text, &[], |_| None)?;
        let mut answers = Self {
            file: file.to_owned(),
            text: text.to_owned(),
            given: BTreeMap::new(),
            token: read.auth_token,
        };
        let lines = read.lines.as_ref().map(lines).transpose();
        let lines = lines.map_err(|problem| answers.bad("lines", problem))?;
        let given = [
            ("public_url", read.public_url),
            ("tls", read.tls),
            ("certificate", read.certificate),
            ("key", read.key),
            ("acme_contact", read.acme_contact),
            ("acme_challenge", read.acme_challenge),
            ("http_listen", read.http_listen),
            ("listen", read.listen),
            ("default_region", read.default_region),
            ("company", read.company),
            ("database", read.database),
            ("account_sid", read.account_sid),
            ("api_base_url", read.api_base_url),
            ("lines", lines),
            ("webhooks", read.webhooks.map(|is| is.to_string())),
            ("fallback_url", read.fallback_url),
            ("service", read.service.map(|is| is.to_string())),
            ("admin", read.admin),
        ];
        let given = given.into_iter().filter_map(|(key, of)| Some((key, of?)));
        answers.given = given.collect();
        Ok(answers)
    }

    /// What stands at `key`.
    #[must_use]
    pub fn given(&self, key: &str) -> Option<&str> {
        self.given.get(key).map(String::as_str)
    }

    /// The token, or `file:/path`.
    #[must_use]
    pub const fn token(&self) -> Option<&SecretString> {
        self.token.as_ref()
    }

    /// An answer that will not do.
    #[must_use]
    pub fn bad(&self, key: &str, problem: impl Into<String>) -> ConfigError {
        let place = config::place(&self.file, &self.text, &[], key, |_| None);
        let place = if place == key {
            format!("{}: {key}", self.file)
        } else {
            place
        };
        ConfigError::new(place, problem)
    }
}

/// `"all"` or a list, as words with commas between them.
fn lines(value: &toml::Value) -> Result<String, &'static str> {
    const EXPECTED: &str = "expected \"all\" or a list of numbers and messaging services";
    match value {
        toml::Value::String(word) => Ok(word.clone()),
        toml::Value::Array(list) => {
            let texts = list.iter().map(|one| one.as_str().ok_or(EXPECTED));
            Ok(texts.collect::<Result<Vec<_>, _>>()?.join(","))
        }
        _ => Err(EXPECTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Answers::parse("a.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_or_a_value_of_another_type_is_named_with_its_line() {
        let told = refused("admin = \"Ana\"\npublik_url = \"https://x\"\n");
        assert!(
            told.starts_with("a.toml:2: publik_url: unknown field"),
            "{told}"
        );
        assert!(told.contains("`public_url`"), "{told}");
        let told = refused("webhooks = \"perhaps\"\n");
        assert!(
            told.starts_with("a.toml:1: webhooks: invalid type"),
            "{told}"
        );
        assert!(told.contains("expected a boolean"), "{told}");
        let told = refused("\nlines = [1]\n");
        assert!(
            told.starts_with("a.toml:2: lines: expected \"all\""),
            "{told}"
        );
    }

    #[test]
    fn the_token_does_not_show_itself() {
        let answers = Answers::parse("a.toml", "auth_token = \"f00d\"\nadmin = \"Ana\"\n");
        let shown = format!("{:?}", answers.unwrap());
        assert!(shown.contains("Ana") && !shown.contains("f00d"), "{shown}");
    }

    #[test]
    fn lines_are_all_or_a_list() {
        let lines = |text: &str| {
            let answers = Answers::parse("a.toml", text).unwrap();
            answers.given("lines").map(str::to_owned)
        };
        assert_eq!(lines("lines = \"all\"").as_deref(), Some("all"));
        assert_eq!(
            lines("lines = [\"+1\", \"MG2\"]").as_deref(),
            Some("+1,MG2")
        );
        assert_eq!(lines(""), None);
    }

    #[test]
    fn an_answer_that_will_not_do_is_named_with_its_line() {
        let answers = Answers::parse("a.toml", "admin = \"x\"\ntls = \"no\"\n").unwrap();
        let told = answers.bad("tls", "expected proxy").to_string();
        assert_eq!(told, "a.toml:2: tls: expected proxy");
        let told = answers.bad("listen", "is required").to_string();
        assert_eq!(told, "a.toml: listen: is required");
    }

    #[test]
    fn the_example_has_every_key_and_is_good_with_each_of_them() {
        let uncommented: String = EXAMPLE
            .lines()
            .map(|line| {
                format!(
                    "{}\n",
                    line.strip_prefix('#')
                        .filter(|rest| !rest.starts_with(' '))
                        .unwrap_or(line)
                )
            })
            .collect();
        let answers = Answers::parse("answers.toml", &uncommented).unwrap();
        assert_eq!(answers.given.len(), 18, "{:?}", answers.given);
        assert!(answers.token().is_some());
        assert!(Answers::parse("answers.toml", EXAMPLE).is_ok());
    }
}

//! What a simulator is started with, checked before it starts.

use super::fate::Fate;
use secrecy::SecretString;
use std::time::Duration;

/// The account, its numbers and its manners.
#[derive(Clone, Debug)]
pub struct SimulatorConfig {
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// Opens the REST API and signs every webhook.
    pub auth_token: SecretString,
    /// A second way into the REST API; it never signs.
    pub api_key: Option<ApiKey>,
    /// The account's numbers: E.164, or a channel address such as `whatsapp:+15557122661`.
    pub lines: Vec<String>,
    /// A messaging service that has every line in its pool.
    pub messaging_service: Option<MessagingService>,
    /// Where a line's inbound messages go until REST gives it another `SmsUrl`. May carry
    /// connection overrides in its fragment.
    pub webhook_url: Option<String>,
    /// Asked when the webhook URL fails, until REST gives a line another `SmsFallbackUrl`.
    pub fallback_url: Option<String>,
    /// What media URLs start with; without it `http://` and the listener's address.
    pub public_base: Option<String>,
    /// When an outbound message reaches each status.
    pub timing: StatusTiming,
    /// How messages to certain numbers end: the first entry wins whose text ends the number.
    /// Numbers that match none follow [`Fate::of_number`].
    pub fates: Vec<(String, Fate)>,
    /// The same seed and the same requests in the same order give the same faults.
    pub seed: u64,
}

impl SimulatorConfig {
    /// One account with one line, no webhook, no faults and unhurried statuses.
    pub fn new(account_sid: impl Into<String>, auth_token: SecretString) -> Self {
        Self {
            account_sid: account_sid.into(),
            auth_token,
            api_key: None,
            lines: vec!["+15557122661".to_owned()],
            messaging_service: None,
            webhook_url: None,
            fallback_url: None,
            public_base: None,
            timing: StatusTiming::default(),
            fates: Vec::new(),
            seed: 0,
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        expect_sid("account_sid", "AC", &self.account_sid)?;
        if let Some(key) = &self.api_key {
            expect_sid("api_key.sid", "SK", &key.sid)?;
        }
        if let Some(service) = &self.messaging_service {
            expect_sid("messaging_service.sid", "MG", &service.sid)?;
        }
        if self.lines.is_empty() || self.lines.len() > MAX_LINES {
            return Err(ConfigError {
                field: "lines",
                expected: "1 to 1000 numbers",
            });
        }
        if self.lines.iter().any(|line| line.trim().is_empty()) {
            return Err(ConfigError {
                field: "lines",
                expected: "numbers that are not empty",
            });
        }
        let urls = [
            ("webhook_url", &self.webhook_url),
            ("fallback_url", &self.fallback_url),
            ("public_base", &self.public_base),
        ];
        for (field, url) in urls {
            if url.as_deref().is_some_and(|url| !is_http_url(url)) {
                return Err(ConfigError {
                    field,
                    expected: "an http or https URL",
                });
            }
        }
        Ok(())
    }
}

/// Lines that one page of `IncomingPhoneNumbers` can list.
const MAX_LINES: usize = 1000;

/// An API key of the account.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// `SK` and 32 hexadecimal digits.
    pub sid: String,
    /// Its secret.
    pub secret: SecretString,
}

/// A messaging service.
#[derive(Clone, Debug)]
pub struct MessagingService {
    /// `MG` and 32 hexadecimal digits.
    pub sid: String,
    /// Who knows about opt-outs, and when.
    pub opt_out: OptOutManagement,
}

/// How opt-outs are managed (Twilio's documentation, "Advanced Opt-Out").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptOutManagement {
    /// A create to an opted-out person is refused with 21610.
    Default,
    /// Webhooks carry `OptOutType`, and a create to an opted-out person is accepted and fails
    /// with 21610 later.
    Advanced,
    /// Twilio's support has turned it off for the account: keywords are texts like any other.
    Off,
}

/// When an outbound message reaches each status, counted from its acceptance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusTiming {
    /// `queued`, where a messaging service accepted the message first.
    pub queued: Duration,
    /// `sending`.
    pub sending: Duration,
    /// `sent`, or `failed` for a message that never leaves.
    pub sent: Duration,
    /// `delivered` or `undelivered`.
    pub delivered: Duration,
    /// The price stands on the message.
    pub billed: Duration,
}

impl StatusTiming {
    /// Every status at once, for tests.
    pub const IMMEDIATE: Self = Self {
        queued: Duration::ZERO,
        sending: Duration::ZERO,
        sent: Duration::ZERO,
        delivered: Duration::ZERO,
        billed: Duration::ZERO,
    };
}

impl Default for StatusTiming {
    /// About what a text within one country takes.
    fn default() -> Self {
        Self {
            queued: Duration::from_millis(50),
            sending: Duration::from_millis(100),
            sent: Duration::from_millis(400),
            delivered: Duration::from_millis(1600),
            billed: Duration::from_millis(2500),
        }
    }
}

/// A configuration that cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("simulator: {field}: expected {expected}")]
pub struct ConfigError {
    /// The field of [`SimulatorConfig`].
    pub field: &'static str,
    /// What it should be.
    pub expected: &'static str,
}

fn expect_sid(field: &'static str, prefix: &'static str, sid: &str) -> Result<(), ConfigError> {
    let good = sid
        .strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let expected = match prefix {
        "AC" => "AC and 32 hexadecimal digits",
        "SK" => "SK and 32 hexadecimal digits",
        _ => "MG and 32 hexadecimal digits",
    };
    if good {
        Ok(())
    } else {
        Err(ConfigError { field, expected })
    }
}

/// Whether `text` is an absolute `http` or `https` URL with a host.
pub(super) fn is_http_url(text: &str) -> bool {
    reqwest::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn config() -> SimulatorConfig {
        SimulatorConfig::new(ACCOUNT, SecretString::from("token"))
    }

    #[test]
    fn the_smallest_configuration_is_good() {
        config().check().unwrap();
    }

    #[test]
    fn a_bad_configuration_names_its_field() {
        let bad = [
            (
                "account_sid",
                SimulatorConfig {
                    account_sid: "AC12".into(),
                    ..config()
                },
            ),
            (
                "lines",
                SimulatorConfig {
                    lines: vec![],
                    ..config()
                },
            ),
            (
                "webhook_url",
                SimulatorConfig {
                    webhook_url: Some("/sms".into()),
                    ..config()
                },
            ),
            (
                "fallback_url",
                SimulatorConfig {
                    fallback_url: Some("ftp://x/".into()),
                    ..config()
                },
            ),
        ];
        for (field, config) in bad {
            assert_eq!(config.check().unwrap_err().field, field);
        }
    }

    #[test]
    fn a_debug_print_keeps_the_token_to_itself() {
        assert!(!format!("{:?}", config()).contains("token\""));
    }
}

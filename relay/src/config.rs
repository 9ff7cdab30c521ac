//! The relay's configuration: typed, and checked as a whole before anything starts.

use secrecy::SecretString;
use serde::Deserialize;
use smsdesk_common::config::{self, ConfigError, Key, KeyType};
use smsdesk_common::later::LatePolicy;
use smsdesk_common::phone::{Address, Region};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::desk::consent::answer::Answers;
use crate::outbox::probe::PROBE_FIRST_MS;
use crate::twilio::public_url::PublicUrl;

/// Every key that the relay knows.
pub const KEYS: &[Key] = &[
    Key {
        path: "relay.listen",
        kind: KeyType::Text,
        default: "\"127.0.0.1:8080\"",
        also: &[],
        doc: "Address and port for webhooks, API and stream.",
    },
    Key {
        path: "relay.public_url",
        kind: KeyType::Text,
        default: "required",
        also: &[],
        doc: "What Twilio and agents call, with a path prefix where a proxy adds one. Signatures \
              are checked against it.",
    },
    Key {
        path: "relay.database",
        kind: KeyType::Text,
        default: "\"sqlite:smsdesk.db\"",
        also: &[],
        doc: "Where everything is stored. A relative path is relative to the configuration file.",
    },
    Key {
        path: "relay.default_region",
        kind: KeyType::Text,
        default: "\"US\"",
        also: &[],
        doc: "Two-letter country of numbers that are written without a country code.",
    },
    Key {
        path: "relay.company",
        kind: KeyType::Text,
        default: "none",
        also: &[],
        doc: "How the company signs its texts: what `{{ company }}` in a template stands for, at \
              most 60 characters.",
    },
    Key {
        path: "relay.metrics_listen",
        kind: KeyType::Text,
        default: "none",
        also: &[],
        doc: "Address and port for Prometheus, such as `127.0.0.1:9464`; without it there are no \
              metrics.",
    },
    Key {
        path: "relay.connections_max",
        kind: KeyType::Number,
        default: "1000",
        also: &[],
        doc: "Connections at the same time; further ones wait. Keep it below the limit of open \
              files.",
    },
    Key {
        path: "relay.late_sends",
        kind: KeyType::Text,
        default: "\"send\"",
        also: &[],
        doc: "What happens to a timed text that could not go out at its time, because the relay \
              was down or the text came late from a device that was offline: `send` it unless it \
              is later than `late_sends_max`, or `hold` it. One that is held is flagged for \
              somebody to decide.",
    },
    Key {
        path: "relay.late_sends_max",
        kind: KeyType::Text,
        default: "\"1h\"",
        also: &[],
        doc: "How late a timed text may still go out by itself: a number and `s`, `m`, `h` or \
              `d`. Up to a minute is not late.",
    },
    Key {
        path: "relay.compliance.reply_to_stop",
        kind: KeyType::Text,
        default: "\"twilio\"",
        also: &[],
        doc: "Who answers STOP, START and HELP: `twilio`, which does so for every number and \
              service unless its support has turned that off, or `relay`. Both would be one text \
              too many.",
    },
    Key {
        path: "relay.compliance.stop_text",
        kind: KeyType::Text,
        default: "\"You have been unsubscribed and get no more texts from us. Reply START to get \
                  them again.\"",
        also: &[],
        doc: "What the relay answers to STOP: the last text that the person gets. At most 320 \
              characters, as the other two.",
    },
    Key {
        path: "relay.compliance.start_text",
        kind: KeyType::Text,
        default: "\"You get our texts again. Reply HELP for help, STOP to unsubscribe.\"",
        also: &[],
        doc: "What the relay answers to START.",
    },
    Key {
        path: "relay.compliance.help_text",
        kind: KeyType::Text,
        default: "\"Reply to this text to reach our team, STOP to get no more texts. Msg&Data \
                  rates may apply.\"",
        also: &[],
        doc: "What the relay answers to HELP: who writes, and how to reach somebody.",
    },
    Key {
        path: "relay.insight.adapter",
        kind: KeyType::Text,
        default: "\"none\"",
        also: &[],
        doc: "Who judges mood and matter of customers' texts: `none`, `lexicon` (built-in words, \
              English and Spanish; nothing leaves the relay), or `openai`, an endpoint that \
              understands OpenAI's `chat/completions`. See automation.md.",
    },
    Key {
        path: "relay.insight.max_age",
        kind: KeyType::Text,
        default: "\"6h\"",
        also: &[],
        doc: "Texts older than this are passed over, after an outage for one: a number and `s`, \
              `m`, `h` or `d`.",
    },
    Key {
        path: "relay.insight.url",
        kind: KeyType::Text,
        default: "none",
        also: &[],
        doc: "For `openai`, required: what stands before `/chat/completions`, such as \
              `https://api.openai.com/v1` or `http://127.0.0.1:11434/v1`.",
    },
    Key {
        path: "relay.insight.model",
        kind: KeyType::Text,
        default: "none",
        also: &[],
        doc: "For `openai`, required: the model, as the endpoint calls it.",
    },
    Key {
        path: "relay.insight.api_key",
        kind: KeyType::Text,
        default: "none",
        also: &["OPENAI_API_KEY"],
        doc: "What the endpoint is shown as a bearer token, or `file:/path`; a local one wants none.",
    },
    Key {
        path: "relay.insight.timeout_ms",
        kind: KeyType::Number,
        default: "10000",
        also: &[],
        doc: "How long an answer may take, in milliseconds, 100 to 120000. No webhook and no text \
              waits for it.",
    },
    Key {
        path: "relay.insight.limit_field",
        kind: KeyType::Text,
        default: "\"max_tokens\"",
        also: &[],
        doc: "By which name the endpoint is told how long an answer may be: `max_tokens`, which \
              nearly all know, or `max_completion_tokens`, which OpenAI's newer models want.",
    },
    Key {
        path: "relay.insight.price_in",
        kind: KeyType::Text,
        default: "\"0\"",
        also: &[],
        doc: "What 1,000 tokens of a question cost, such as `0.00015`.",
    },
    Key {
        path: "relay.insight.price_out",
        kind: KeyType::Text,
        default: "\"0\"",
        also: &[],
        doc: "What 1,000 tokens of an answer cost.",
    },
    Key {
        path: "relay.insight.daily_cost_cap",
        kind: KeyType::Text,
        default: "none",
        also: &[],
        doc: "The most that a day (UTC) may cost, such as `5.00`; wants the prices. What would go \
              beyond it waits for the next day, or is passed over.",
    },
    Key {
        path: "relay.insight.redact_numbers",
        kind: KeyType::Switch,
        default: "true",
        also: &[],
        doc: "Whether numbers of four digits and more and e-mail addresses are taken out before a \
              text goes to the endpoint.",
    },
    Key {
        path: "relay.insight.suggest",
        kind: KeyType::Switch,
        default: "false",
        also: &[],
        doc: "Whether the endpoint is asked for a reply that agents are offered. Only they send it.",
    },
    Key {
        path: "relay.insight.about",
        kind: KeyType::Text,
        default: "none",
        also: &[],
        doc: "What the endpoint should know of the company to write replies: services, area, tone. \
              At most 2000 characters.",
    },
    Key {
        path: "relay.insight.reply_confidence",
        kind: KeyType::Number,
        default: "80",
        also: &[],
        doc: "How sure the endpoint must be of a reply, in percent, for a rule with `reply_ai` to \
              send it; below, the conversation is flagged.",
    },
    Key {
        path: "relay.twilio.account_sid",
        kind: KeyType::Text,
        default: "required",
        also: &["TWILIO_ACCOUNT_SID"],
        doc: "The Twilio account.",
    },
    Key {
        path: "relay.twilio.auth_token",
        kind: KeyType::Text,
        default: "required",
        also: &["TWILIO_AUTH_TOKEN"],
        doc: "The account's primary auth token, or `file:/path` to read it from. Webhooks are \
              signed with it.",
    },
    Key {
        path: "relay.twilio.api_key_sid",
        kind: KeyType::Text,
        default: "none",
        also: &["TWILIO_API_KEY_SID"],
        doc: "An API key to send with instead of the auth token.",
    },
    Key {
        path: "relay.twilio.api_key_secret",
        kind: KeyType::Text,
        default: "none",
        also: &["TWILIO_API_KEY_SECRET"],
        doc: "The API key's secret, or `file:/path`.",
    },
    Key {
        path: "relay.twilio.api_base_url",
        kind: KeyType::Text,
        default: "\"https://api.twilio.com\"",
        also: &[],
        doc: "Where Twilio's API is; another one for the simulator or a mock.",
    },
    Key {
        path: "relay.twilio.lines",
        kind: KeyType::List,
        default: "[]",
        also: &["TWILIO_PHONE_NUMBER", "TWILIO_MESSAGING_SERVICE_SID"],
        doc: "The numbers (`+15557122661`) or messaging services (`MG…`) to send from.",
    },
    Key {
        path: "relay.twilio.segments_per_second",
        kind: KeyType::Number,
        default: "100",
        also: &[],
        doc: "How fast each line hands texts to Twilio, 1 to 10000. The default is what Twilio \
              allows its fastest sender, a short code, so that it slows nobody; with a line's own \
              rate (US long code 1, toll-free 3) a backlog waits here, where it is seen, and not \
              in Twilio's queue. After a rest, 50 segments go at once.",
    },
    Key {
        path: "relay.twilio.validity_s",
        kind: KeyType::Number,
        default: "14400",
        also: &[],
        doc: "For how many seconds a text may wait, here and at Twilio together, before it is \
              given up, 1 to 36000: a reply should not arrive hours late. Time in which Twilio \
              refuses the account does not count.",
    },
];

/// Further accounts and rates of single lines are tables, which no single variable can hold.
pub const ACCOUNTS_DOC: &str = "Further Twilio accounts (such as subaccounts) are tables \
    `[[relay.twilio.accounts]]` with `account_sid`, `auth_token`, `api_key_sid`, \
    `api_key_secret` and `lines` of their own. Lines with a rate of their own stand in the table \
    `[relay.twilio.line_rates]`, such as `\"+15557122661\" = 3` for three segments a second.";

/// A checked configuration.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What Twilio and agents call.
    pub public_url: PublicUrl,
    /// The SQLite file.
    pub database: PathBuf,
    /// For numbers without a country code.
    pub default_region: Region,
    /// How the company signs its texts.
    pub company: Option<String>,
    /// Where Prometheus asks, if it may.
    pub metrics_listen: Option<SocketAddr>,
    /// Connections at the same time.
    pub connections_max: usize,
    /// Where Twilio's API is, without a slash at the end.
    pub api_base_url: String,
    /// The accounts; the first one is the main one. At least one.
    pub accounts: Vec<Account>,
    /// How texts are handed over.
    pub sending: Sending,
    /// What is done about timed texts that are late.
    pub late: LatePolicy,
    /// The relay's own answers to STOP, START and HELP; none where the provider answers.
    pub answers: Option<Answers>,
    /// Who judges customers' texts; none where nobody does.
    pub insight: Option<Insights>,
    /// Where all of this stands.
    pub origin: Origin,
}

/// How texts are handed over to Twilio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Segments a second of a line that has no rate of its own.
    pub segments_per_second: u32,
    /// Lines with a rate of their own.
    pub line_rates: BTreeMap<Address, u32>,
    /// For how many seconds a text may wait.
    pub validity_s: u32,
    /// The shortest pause before a refused account is tried again, in milliseconds. No key sets it.
    pub probe_ms: u64,
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            // A short code's: it slows nobody below what Twilio allows them.
            segments_per_second: 100,
            line_rates: BTreeMap::new(),
            validity_s: 4 * 60 * 60,
            probe_ms: PROBE_FIRST_MS,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    relay: RelayTable,
    /// The terminal app's own; it checks them itself.
    ui: Option<toml::Table>,
    keys: Option<toml::Table>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RelayTable {
    listen: SocketAddr,
    public_url: Option<String>,
    database: String,
    default_region: String,
    company: Option<String>,
    metrics_listen: Option<SocketAddr>,
    connections_max: usize,
    late_sends: String,
    late_sends_max: String,
    compliance: compliance::Table,
    insight: insight::Table,
    twilio: TwilioTable,
}

impl Default for RelayTable {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            database: "sqlite:smsdesk.db".to_owned(),
            default_region: "US".to_owned(),
            company: None,
            metrics_listen: None,
            connections_max: 1_000,
            late_sends: "send".to_owned(),
            late_sends_max: "1h".to_owned(),
            compliance: compliance::Table::default(),
            insight: insight::Table::default(),
            twilio: TwilioTable::default(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TwilioTable {
    account_sid: Option<String>,
    auth_token: Option<SecretString>,
    api_key_sid: Option<String>,
    api_key_secret: Option<SecretString>,
    api_base_url: String,
    lines: Vec<String>,
    segments_per_second: u32,
    validity_s: u32,
    line_rates: BTreeMap<String, u32>,
    accounts: Vec<AccountTable>,
}

impl Default for TwilioTable {
    fn default() -> Self {
        let sending = Sending::default();
        Self {
            account_sid: None,
            auth_token: None,
            api_key_sid: None,
            api_key_secret: None,
            api_base_url: "https://api.twilio.com".to_owned(),
            lines: Vec::new(),
            segments_per_second: sending.segments_per_second,
            validity_s: sending.validity_s,
            line_rates: BTreeMap::new(),
            accounts: Vec::new(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AccountTable {
    account_sid: Option<String>,
    auth_token: Option<SecretString>,
    api_key_sid: Option<String>,
    api_key_secret: Option<SecretString>,
    lines: Vec<String>,
}

mod accounts;
mod check;
mod compliance;
mod insight;
mod late;
mod origin;

pub use accounts::{Account, ApiKey};
pub use insight::{Adapter, Endpoint, Insights};
pub use origin::Origin;

/// Checks the configuration in `text`, the content of `file`; relative paths are relative to the
/// file's folder.
///
/// # Errors
/// What is wrong, where, and what was expected.
pub fn parse(
    file: &Path,
    text: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Config, ConfigError> {
    let name = file.display().to_string();
    let parsed: File = config::read(&name, text, KEYS, variable)?;
    check::config(parsed, file)
}

#[cfg(test)]
mod tests;

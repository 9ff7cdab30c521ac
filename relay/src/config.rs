//! The relay's configuration: typed, and checked as a whole before anything starts.

use secrecy::SecretString;
use serde::Deserialize;
use smsdesk_common::config::{self, ConfigError};
use smsdesk_common::later::LatePolicy;
use smsdesk_common::phone::{Address, Region};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tracing::level_filters::LevelFilter;

use crate::auth::proxies::Proxies;
use crate::desk::consent::answer::Answers;
use crate::outbox::probe::PROBE_FIRST_MS;
use crate::twilio::call::CallPlan;
use crate::twilio::public_url::PublicUrl;
use crate::twilio::sid::{AccountSid, ApiKeySid};

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
    /// Whose word is taken on where a request comes from.
    pub trusted_proxies: Proxies,
    /// How the relay speaks HTTPS itself; none where a proxy does.
    pub tls: Option<Tls>,
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
    /// What happens to calls.
    pub calls: CallPlan,
    /// Who judges customers' texts; none where nobody does.
    pub insight: Option<Insights>,
    /// Where all of this stands.
    pub origin: Origin,
    /// Copies that are made, and what is taken out, by themselves.
    pub care: Care,
    /// How much is logged, where no argument says it.
    pub log_level: LevelFilter,
    /// What was said of each key.
    pub given: Given,
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

/// A Twilio account.
#[derive(Debug)]
pub struct Account {
    /// Which.
    pub sid: AccountSid,
    /// Signs webhooks.
    pub auth_token: SecretString,
    /// Signs them, too, while tokens are being exchanged.
    pub auth_token_secondary: Option<SecretString>,
    /// Sends, where set; else the auth token does.
    pub api_key: Option<ApiKey>,
    /// What it may send from.
    pub lines: Vec<Address>,
}

/// An API key of an account.
#[derive(Debug)]
pub struct ApiKey {
    /// Its public half.
    pub sid: ApiKeySid,
    /// Its secret half.
    pub secret: SecretString,
}

impl Config {
    /// Every line of every account.
    pub fn lines(&self) -> Vec<Address> {
        self.accounts
            .iter()
            .flat_map(|account| account.lines.iter().cloned())
            .collect()
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
    trusted_proxies: Vec<String>,
    log_level: String,
    tls: tls::Table,
    late_sends: String,
    late_sends_max: String,
    compliance: compliance::Table,
    calls: calls::Table,
    insight: insight::Table,
    backup: care::BackupTable,
    retention: care::RetentionTable,
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
            trusted_proxies: Proxies::DEFAULT.map(str::to_owned).to_vec(),
            log_level: "info".to_owned(),
            tls: tls::Table::default(),
            late_sends: "send".to_owned(),
            late_sends_max: "1h".to_owned(),
            compliance: compliance::Table::default(),
            calls: calls::Table::default(),
            insight: insight::Table::default(),
            backup: care::BackupTable::default(),
            retention: care::RetentionTable::default(),
            twilio: TwilioTable::default(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TwilioTable {
    account_sid: Option<String>,
    auth_token: Option<SecretString>,
    auth_token_secondary: Option<SecretString>,
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
            auth_token_secondary: None,
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
    auth_token_secondary: Option<SecretString>,
    api_key_sid: Option<String>,
    api_key_secret: Option<SecretString>,
    lines: Vec<String>,
}

mod calls;
mod care;
mod check;
mod compliance;
mod given;
mod insight;
mod keys;
mod late;
mod origin;
mod tls;

pub use care::{BackupPlan, Care, When, retention_span};
pub use given::Given;
pub use insight::{Adapter, Endpoint, Insights};
pub use keys::KEYS;
pub use origin::Origin;
pub use tls::{Acme, Challenge, Pair, Tls};

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
    let (parsed, table) = config::read_table::<File>(&name, text, KEYS, variable)?;
    check::config(parsed, Given::of(&table), file)
}

#[cfg(test)]
mod tests;

//! From what the file says to what the relay can rely on.

use super::origin::file_of;
use super::{
    Account, AccountTable, ApiKey, Config, File, Given, Origin, Sending, calls, care, compliance,
    insight, late, tls,
};
use crate::auth::proxies::Proxies;
use crate::outbox::age::{VALIDITY_S_MAX, VALIDITY_S_MIN};
use crate::twilio::public_url::PublicUrl;
use crate::twilio::sid::{AccountSid, SidError};
use secrecy::{ExposeSecret, SecretString};
use smsdesk_common::config::ConfigError;
use smsdesk_common::phone::{Address, AddressKind, Region};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tracing::level_filters::LevelFilter;

/// The longest secret in a file, in bytes: Twilio's have 32 to 64.
const SECRET_BYTES_MAX: u64 = 4_096;
/// The longest name of the company, in characters: a text of one segment must hold more than that.
const COMPANY_CHARACTERS_MAX: usize = 60;
/// The most connections at the same time that can be asked for: more than one process may open
/// files for.
const CONNECTIONS_MAX: usize = 100_000;
/// The fastest rate that can be asked for, in segments a second: a hundred times what Twilio allows
/// a short code, for simulators.
const RATE_MAX: u32 = 10_000;

/// Checks every value, and those against each other that depend on each other.
pub(super) fn config(file: File, given: Given, path: &Path) -> Result<Config, ConfigError> {
    let File { relay, .. } = file;
    let origin = Origin::of(&relay, path);
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let default_region: Region = relay.default_region.parse().map_err(|_| {
        ConfigError::new(
            "relay.default_region",
            "expected a two-letter country, such as US",
        )
    })?;
    let public_url = relay.public_url.as_deref().ok_or_else(|| {
        missing(
            "relay.public_url",
            "the address that Twilio and agents call",
        )
    })?;
    let twilio = relay.twilio;
    let main = AccountTable {
        account_sid: twilio.account_sid,
        auth_token: twilio.auth_token,
        auth_token_secondary: twilio.auth_token_secondary,
        api_key_sid: twilio.api_key_sid,
        api_key_secret: twilio.api_key_secret,
        lines: twilio.lines,
    };
    let mut accounts = vec![account(main, "relay.twilio", folder, default_region)?];
    for (table, index) in twilio.accounts.into_iter().zip(1..) {
        let at = format!("relay.twilio.accounts, number {index}");
        accounts.push(account(table, &at, folder, default_region)?);
    }
    refuse_twins(&accounts)?;
    let rates = Rates {
        segments_per_second: twilio.segments_per_second,
        validity_s: twilio.validity_s,
        line_rates: twilio.line_rates,
    };
    let sending = sending(rates, &accounts, default_region)?;
    let public_url = PublicUrl::parse(public_url)
        .map_err(|error| ConfigError::new("relay.public_url", error.to_string()))?;
    let database = database(&relay.database, folder)?;
    Ok(Config {
        listen: relay.listen,
        trusted_proxies: Proxies::parse(&relay.trusted_proxies)
            .map_err(|error| ConfigError::new("relay.trusted_proxies", error.to_string()))?,
        tls: tls::tls(relay.tls, &public_url, &database, folder)?,
        public_url,
        database,
        default_region,
        company: relay.company.as_deref().map(company).transpose()?,
        metrics_listen: relay.metrics_listen,
        connections_max: connections(relay.connections_max)?,
        late: late::policy(&relay.late_sends, &relay.late_sends_max)?,
        answers: compliance::answers(relay.compliance)?,
        calls: calls::plan(relay.calls, default_region)?,
        insight: insight::insights(relay.insight, folder)?,
        care: care::care(relay.backup, &relay.retention, folder)?,
        log_level: log_level(&relay.log_level)?,
        given,
        api_base_url: base_url(&twilio.api_base_url)?,
        accounts,
        sending,
        origin,
    })
}

/// How texts are handed over, as the file says it.
struct Rates {
    segments_per_second: u32,
    validity_s: u32,
    line_rates: BTreeMap<String, u32>,
}

fn sending(rates: Rates, accounts: &[Account], home: Region) -> Result<Sending, ConfigError> {
    let validity = VALIDITY_S_MIN..=VALIDITY_S_MAX;
    if !validity.contains(&rates.validity_s) {
        let expected = format!("expected {VALIDITY_S_MIN} to {VALIDITY_S_MAX}");
        return Err(ConfigError::new("relay.twilio.validity_s", expected));
    }
    let key = "relay.twilio.line_rates";
    let mut line_rates = BTreeMap::new();
    for (text, of_line) in rates.line_rates {
        let line = line(&text, key, home)?;
        if !accounts.iter().any(|account| account.lines.contains(&line)) {
            let problem = format!("{text:?} is none of the configured lines");
            return Err(ConfigError::new(key, problem));
        }
        line_rates.insert(line, rate(of_line, key)?);
    }
    let key = "relay.twilio.segments_per_second";
    Ok(Sending {
        segments_per_second: rate(rates.segments_per_second, key)?,
        line_rates,
        validity_s: rates.validity_s,
        ..Sending::default()
    })
}

fn rate(segments_per_second: u32, key: &str) -> Result<u32, ConfigError> {
    if (1..=RATE_MAX).contains(&segments_per_second) {
        return Ok(segments_per_second);
    }
    let expected = format!("expected 1 to {RATE_MAX} segments a second");
    Err(ConfigError::new(key, expected))
}

fn log_level(text: &str) -> Result<LevelFilter, ConfigError> {
    Ok(match text {
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        other => {
            let problem = format!("{other:?}: expected error, warn, info, debug or trace");
            return Err(ConfigError::new("relay.log_level", problem));
        }
    })
}

/// A name that fits into a text.
fn company(name: &str) -> Result<String, ConfigError> {
    let printable = name.chars().all(|c| !c.is_control());
    if (1..=COMPANY_CHARACTERS_MAX).contains(&name.trim().chars().count()) && printable {
        return Ok(name.trim().to_owned());
    }
    let expected = format!("expected 1 to {COMPANY_CHARACTERS_MAX} printable characters");
    Err(ConfigError::new("relay.company", expected))
}

pub(super) fn missing(key: &str, what: &str) -> ConfigError {
    ConfigError::new(key, format!("is required: {what}"))
}

fn database(text: &str, folder: &Path) -> Result<PathBuf, ConfigError> {
    let expected = "expected sqlite:PATH, such as sqlite:smsdesk.db";
    match text.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(folder.join(path)),
        _ => Err(ConfigError::new("relay.database", expected)),
    }
}

fn connections(number: usize) -> Result<usize, ConfigError> {
    if (1..=CONNECTIONS_MAX).contains(&number) {
        return Ok(number);
    }
    let expected = format!("expected 1 to {CONNECTIONS_MAX}");
    Err(ConfigError::new("relay.connections_max", expected))
}

fn base_url(text: &str) -> Result<String, ConfigError> {
    url("relay.twilio.api_base_url", text)
}

/// An address without a slash at its end.
pub(super) fn url(key: &str, text: &str) -> Result<String, ConfigError> {
    let url = text.trim_end_matches('/');
    let parsed = reqwest::Url::parse(url);
    if parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
        return Ok(url.to_owned());
    }
    let expected = "expected a URL that begins with https:// or http://";
    Err(ConfigError::new(key, expected))
}

fn account(
    table: AccountTable,
    at: &str,
    folder: &Path,
    home: Region,
) -> Result<Account, ConfigError> {
    let key = |name: &str| format!("{at}.{name}");
    let sid = table.account_sid.ok_or_else(|| {
        missing(
            &key("account_sid"),
            "Twilio's console shows it, AC and 32 digits",
        )
    })?;
    let auth_token = table.auth_token.ok_or_else(|| {
        missing(
            &key("auth_token"),
            "Twilio's console shows it beside the SID",
        )
    })?;
    let api_key = match (table.api_key_sid, table.api_key_secret) {
        (Some(sid), Some(secret)) => Some(ApiKey {
            sid: sid.parse().map_err(|error: SidError| {
                ConfigError::new(key("api_key_sid"), error.to_string())
            })?,
            secret: resolve(secret, &key("api_key_secret"), folder)?,
        }),
        (None, None) => None,
        (Some(_), None) => return Err(missing(&key("api_key_secret"), "api_key_sid is set")),
        (None, Some(_)) => return Err(missing(&key("api_key_sid"), "api_key_secret is set")),
    };
    let secondary = table.auth_token_secondary;
    let secondary = secondary.map(|it| resolve(it, &key("auth_token_secondary"), folder));
    Ok(Account {
        auth_token_secondary: secondary.transpose()?,
        sid: sid
            .parse::<AccountSid>()
            .map_err(|error| ConfigError::new(key("account_sid"), error.to_string()))?,
        auth_token: resolve(auth_token, &key("auth_token"), folder)?,
        api_key,
        lines: table
            .lines
            .iter()
            .map(|text| line(text, &key("lines"), home))
            .collect::<Result<_, _>>()?,
    })
}

fn line(text: &str, key: &str, home: Region) -> Result<Address, ConfigError> {
    let expected =
        "expected a number such as +15557122661, or a messaging service MG and 32 digits";
    let bad = || ConfigError::new(key, format!("{text:?}: {expected}"));
    // A line is ours whether or not the numbering plan knows it: simulators and test credentials
    // have numbers that do not exist.
    if (text.len() == 34 && text.starts_with("MG")) || is_e164(text) {
        return Address::from_twilio(text).map_err(|_| bad());
    }
    let address = Address::parse_dialable(text, Some(home)).map_err(|_| bad())?;
    if address.kind() == AddressKind::Alphanumeric {
        Err(bad())
    } else {
        Ok(address)
    }
}

/// Whether a text is written in full: a plus and 7 to 15 digits (ITU-T E.164).
fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The same account or line twice would make it a matter of chance whose token is used.
fn refuse_twins(accounts: &[Account]) -> Result<(), ConfigError> {
    let mut seen = BTreeSet::new();
    for account in accounts {
        if !seen.insert(account.sid.as_str().to_owned()) {
            let problem = format!("{} stands there twice", account.sid.as_str());
            return Err(ConfigError::new("relay.twilio.accounts", problem));
        }
        for line in &account.lines {
            if !seen.insert(line.as_str().to_owned()) {
                let problem = format!("{} stands there twice", line.as_str());
                return Err(ConfigError::new("relay.twilio.lines", problem));
            }
        }
    }
    Ok(())
}

/// The secret itself, or what the file that it names holds.
pub(super) fn resolve(
    secret: SecretString,
    key: &str,
    folder: &Path,
) -> Result<SecretString, ConfigError> {
    let Some(path) = file_of(&secret, folder) else {
        if secret.expose_secret().trim().is_empty() {
            return Err(ConfigError::new(key, "is empty"));
        }
        return Ok(secret);
    };
    let fail = |problem: String| ConfigError::new(key, format!("{}: {problem}", path.display()));
    let size = std::fs::metadata(&path)
        .map_err(|error| fail(error.to_string()))?
        .len();
    if size > SECRET_BYTES_MAX {
        return Err(fail(format!(
            "expected a secret of at most {SECRET_BYTES_MAX} bytes"
        )));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(fail("is empty".to_owned()));
    }
    Ok(SecretString::from(text.to_owned()))
}

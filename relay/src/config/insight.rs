//! What the file says about judging customers' texts.

use super::check::{missing, resolve, url};
use super::late::span;
use crate::store::insight::WRITER as ENDPOINT;
use secrecy::SecretString;
use serde::Deserialize;
use smsdesk_common::config::ConfigError;
use smsdesk_common::stats::Amount;
use std::path::Path;
use std::time::Duration;

/// How long an answer may take, in milliseconds: less is no network, more is no answer.
const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 100..=120_000;
/// The longest name of a model, in characters.
const MODEL_CHARACTERS_MAX: usize = 200;
/// The most that is told of the company, in characters: it is paid for with every text.
const ABOUT_CHARACTERS_MAX: usize = 2_000;

/// The table of the file.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Table {
    adapter: String,
    max_age: String,
    url: Option<String>,
    model: Option<String>,
    api_key: Option<SecretString>,
    timeout_ms: u64,
    limit_field: String,
    price_in: String,
    price_out: String,
    daily_cost_cap: Option<String>,
    redact_numbers: bool,
    suggest: bool,
    about: Option<String>,
    reply_confidence: u8,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            adapter: "none".to_owned(),
            max_age: "6h".to_owned(),
            url: None,
            model: None,
            api_key: None,
            timeout_ms: 10_000,
            limit_field: "max_tokens".to_owned(),
            price_in: "0".to_owned(),
            price_out: "0".to_owned(),
            daily_cost_cap: None,
            redact_numbers: true,
            suggest: false,
            about: None,
            reply_confidence: 80,
        }
    }
}

impl Table {
    /// What the endpoint is shown, as the file has it.
    pub(super) const fn api_key(&self) -> &Option<SecretString> {
        &self.api_key
    }
}

/// Who judges customers' texts, and which.
#[derive(Clone, Debug)]
pub struct Insights {
    /// Who.
    pub adapter: Adapter,
    /// Older texts are passed over, in milliseconds.
    pub max_age_ms: i64,
}

/// Who judges customers' texts.
#[derive(Clone, Debug)]
pub enum Adapter {
    /// The built-in words.
    Lexicon,
    /// An endpoint.
    Endpoint(Box<Endpoint>),
}

impl Adapter {
    /// The name in the configuration.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Lexicon => "lexicon",
            Self::Endpoint(_) => ENDPOINT,
        }
    }
}

/// An endpoint that understands OpenAI's `chat/completions`.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// What stands before `/chat/completions`, without a slash at the end.
    pub url: String,
    /// The model, as the endpoint calls it.
    pub model: String,
    /// What it is shown; a local one wants nothing.
    pub api_key: Option<SecretString>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// By which name it is told how long an answer may be.
    pub limit_field: String,
    /// What 1,000 tokens of a question cost.
    pub price_in: Amount,
    /// What 1,000 tokens of an answer cost.
    pub price_out: Amount,
    /// The most that a day may cost.
    pub daily_cost_cap: Option<Amount>,
    /// Whether numbers and addresses stay here.
    pub redact_numbers: bool,
    /// Whether agents are offered replies.
    pub suggest: bool,
    /// What it should know of the company.
    pub about: Option<String>,
    /// How sure it must be of a reply that goes out by itself, in percent.
    pub reply_confidence: u8,
}

/// Who judges, where anybody does.
pub(super) fn insights(table: Table, folder: &Path) -> Result<Option<Insights>, ConfigError> {
    let max_age_ms = span(&table.max_age).filter(|span| *span > 0);
    let max_age_ms = max_age_ms.ok_or_else(|| {
        let problem = format!(
            "{:?}: expected a time of at most 31 days, such as 90s, 30m, 6h or 2d",
            table.max_age
        );
        ConfigError::new("relay.insight.max_age", problem)
    })?;
    let adapter = match table.adapter.as_str() {
        "none" => return Ok(None),
        "lexicon" => Adapter::Lexicon,
        ENDPOINT => Adapter::Endpoint(Box::new(endpoint(table, folder)?)),
        other => {
            let problem = format!("{other:?}: expected `none`, `lexicon` or `openai`");
            return Err(ConfigError::new("relay.insight.adapter", problem));
        }
    };
    Ok(Some(Insights {
        adapter,
        max_age_ms,
    }))
}

fn endpoint(table: Table, folder: &Path) -> Result<Endpoint, ConfigError> {
    let asked = "relay.insight.url";
    let address = table
        .url
        .ok_or_else(|| missing(asked, "what stands before /chat/completions"))?;
    let model = table
        .model
        .ok_or_else(|| missing("relay.insight.model", "the model, as the endpoint calls it"))?;
    if model.trim().is_empty() || model.chars().count() > MODEL_CHARACTERS_MAX {
        let expected = format!("expected 1 to {MODEL_CHARACTERS_MAX} characters");
        return Err(ConfigError::new("relay.insight.model", expected));
    }
    if !TIMEOUT_MS.contains(&table.timeout_ms) {
        let (from, to) = (TIMEOUT_MS.start(), TIMEOUT_MS.end());
        let expected = format!("expected {from} to {to} milliseconds");
        return Err(ConfigError::new("relay.insight.timeout_ms", expected));
    }
    if !matches!(
        table.limit_field.as_str(),
        "max_tokens" | "max_completion_tokens"
    ) {
        let expected = "expected `max_tokens` or `max_completion_tokens`";
        return Err(ConfigError::new("relay.insight.limit_field", expected));
    }
    if table.reply_confidence > 100 {
        let expected = "expected 0 to 100 percent";
        return Err(ConfigError::new("relay.insight.reply_confidence", expected));
    }
    let price_in = amount("relay.insight.price_in", &table.price_in)?;
    let price_out = amount("relay.insight.price_out", &table.price_out)?;
    let cap = "relay.insight.daily_cost_cap";
    let daily_cost_cap = table.daily_cost_cap.map(|text| amount(cap, &text));
    let daily_cost_cap = daily_cost_cap.transpose()?;
    if daily_cost_cap.is_some() && price_in.0 == 0 && price_out.0 == 0 {
        let problem = "nothing costs anything: expected relay.insight.price_in and price_out";
        return Err(ConfigError::new(cap, problem));
    }
    let about = table.about.filter(|about| !about.trim().is_empty());
    if about
        .as_ref()
        .is_some_and(|it| it.chars().count() > ABOUT_CHARACTERS_MAX)
    {
        let expected = format!("expected at most {ABOUT_CHARACTERS_MAX} characters");
        return Err(ConfigError::new("relay.insight.about", expected));
    }
    let api_key = table.api_key;
    let api_key = api_key.map(|key| resolve(key, "relay.insight.api_key", folder));
    Ok(Endpoint {
        url: url(asked, &address)?,
        model,
        api_key: api_key.transpose()?,
        timeout: Duration::from_millis(table.timeout_ms),
        limit_field: table.limit_field,
        price_in,
        price_out,
        daily_cost_cap,
        redact_numbers: table.redact_numbers,
        suggest: table.suggest,
        about,
        reply_confidence: table.reply_confidence,
    })
}

fn amount(key: &str, text: &str) -> Result<Amount, ConfigError> {
    let amount = text.parse().ok().filter(|amount: &Amount| amount.0 >= 0);
    amount.ok_or_else(|| {
        let problem = format!("{text:?}: expected a decimal number such as 0.00015");
        ConfigError::new(key, problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Option<Insights>, String> {
        let table = toml::from_str(text).map_err(|error| error.to_string())?;
        insights(table, Path::new(".")).map_err(|error| error.to_string())
    }

    #[test]
    fn nobody_judges_unless_somebody_is_named() {
        assert!(parse("").unwrap().is_none());
        let lexicon = parse("adapter = \"lexicon\"").unwrap().unwrap();
        assert_eq!(lexicon.adapter.as_str(), "lexicon");
        assert_eq!(lexicon.max_age_ms, 6 * 3_600_000);
        let endpoint = parse(
            "adapter = \"openai\"\nurl = \"http://127.0.0.1:1/v1/\"\nmodel = \"m\"\n\
             price_in = \"0.0001\"\ndaily_cost_cap = \"5\"",
        );
        let Adapter::Endpoint(endpoint) = endpoint.unwrap().unwrap().adapter else {
            panic!("no endpoint");
        };
        assert_eq!(endpoint.url, "http://127.0.0.1:1/v1");
        assert!(endpoint.redact_numbers && !endpoint.suggest);
    }

    #[test]
    fn what_is_wrong_names_its_key() {
        let good = "adapter = \"openai\"\nurl = \"http://h/v1\"\nmodel = \"m\"\n";
        for (text, expected) in [
            ("adapter = \"magic\"".to_owned(), "relay.insight.adapter"),
            ("max_age = \"0s\"".to_owned(), "relay.insight.max_age"),
            (
                "adapter = \"openai\"".to_owned(),
                "relay.insight.url: is required",
            ),
            (
                "adapter = \"openai\"\nurl = \"http://h\"".to_owned(),
                "relay.insight.model: is required",
            ),
            (format!("{good}timeout_ms = 1"), "relay.insight.timeout_ms"),
            (format!("{good}price_in = \"-1\""), "relay.insight.price_in"),
            (
                format!("{good}daily_cost_cap = \"1\""),
                "relay.insight.daily_cost_cap",
            ),
            (format!("{good}api_key = \" \""), "relay.insight.api_key"),
            (
                format!("{good}limit_field = \"n\""),
                "relay.insight.limit_field",
            ),
            (
                format!("{good}reply_confidence = 101"),
                "relay.insight.reply_confidence",
            ),
            (
                format!("{good}about = \"{}\"", "x".repeat(2_001)),
                "relay.insight.about",
            ),
            (good.replace("http:", "ftp:"), "relay.insight.url"),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}

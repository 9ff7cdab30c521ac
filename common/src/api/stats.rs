//! `GET /v1/stats`: what the team's work amounts to. docs/stats.md defines every figure.

use crate::stats::{By, Period, Share};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long something took that happened several times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Took {
    /// How often it happened.
    pub count: u64,
    /// What half of them did not exceed, in milliseconds.
    #[serde(default)]
    pub median_ms: Option<i64>,
    /// What nine of ten did not exceed, in milliseconds.
    #[serde(default)]
    pub p90_ms: Option<i64>,
}

/// A sum of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// ISO 4217 currency.
    pub currency: String,
    /// A decimal number; positive where we pay.
    pub amount: String,
}

/// The figures of one period, or of a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// Texts of customers.
    #[serde(rename = "in")]
    pub inbound: u64,
    /// Texts of ours; none that waits for its time or was canceled.
    #[serde(rename = "out")]
    pub outbound: u64,
    /// Of these, those that arrived.
    pub delivered: u64,
    /// Of these, those that were sent and did not arrive.
    pub undelivered: u64,
    /// Of these, those that were not sent.
    pub failed: u64,
    /// Those that arrived, of all whose end is known; none where no end is known.
    #[serde(default)]
    pub delivery_rate: Option<Share>,
    /// Addresses that asked for no more texts.
    pub opt_outs: u64,
    /// Segments of our texts.
    pub segments: u64,
    /// What our texts cost, a sum for each currency, by its name.
    #[serde(default)]
    pub cost: Vec<Cost>,
    /// Texts that went out and whose price is not known yet.
    pub prices_unknown: u64,
    /// From the text that began a customer's wait to the first answer of a colleague.
    pub first_reply: Took,
    /// From a customer's first text to when the conversation was done.
    pub resolution: Took,
}

/// The figures of a part of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "StatsGroup")]
pub struct Group {
    /// An agent's id, `automatic` or `customers`; a line's address; a label, or nothing for
    /// conversations without one; an hour, `00` to `23`; a day, `2026-11-20`.
    pub key: String,
    /// What it is called, where it has a name: remote text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The figures of a period that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "StatsRange")]
pub struct Range {
    /// When.
    #[serde(flatten)]
    pub period: Period,
    /// All together.
    pub total: Figures,
    /// By what they are told apart.
    #[serde(default)]
    pub by: Option<By>,
    /// Each part; empty where none was asked for.
    #[serde(default)]
    pub groups: Vec<Group>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stats {
    /// Whose days they are, as IANA names it.
    pub zone: String,
    /// When it was asked.
    pub at: Timestamp,
    /// At most so many of the newest changes are not counted yet; zero where all are.
    #[serde(default)]
    pub uncounted: u64,
    /// The day.
    pub today: Figures,
    /// The month.
    pub month: Figures,
    /// What was asked for; the month up to today where nothing was.
    pub range: Range,
}

//! What a comparison found, in words and as JSON. Names ids and fields, never what they stand for.

use serde::Serialize;
use smsdesk_common::time::Timestamp;
use std::fmt;

/// One message about which the two sides do not agree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// The provider has it, the database does not.
    Missing {
        /// The provider's id of it.
        sid: String,
        /// Which list it stands in: `inbound` or `outbound`.
        list: &'static str,
    },
    /// The database has it, the provider does not know of it.
    Extra {
        /// The provider's id of it, as the database has it.
        sid: String,
    },
    /// Both have it, and not the same.
    Differs {
        /// The provider's id of it.
        sid: String,
        /// What is not the same: `direction`, `body` or `status`.
        fields: Vec<&'static str>,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { sid, list } => {
                write!(f, "missing: {sid} is in Twilio's list ({list}), not here")
            }
            Self::Extra { sid } => write!(f, "extra: {sid} is here, Twilio does not know it"),
            Self::Differs { sid, fields } => {
                write!(f, "differs: {sid} has another {}", fields.join(" and "))
            }
        }
    }
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// From when on was compared; none for everything.
    pub since: Option<Timestamp>,
    /// Messages of the provider that were compared.
    pub listed: u64,
    /// Entries of ours that were looked for.
    pub ours: u64,
    /// Messages whose words the account had removed; the rest of them was compared.
    pub redacted: u64,
    /// How the lists have served the database so far.
    pub reconciled: Reconciled,
    /// What does not agree, by id.
    pub differences: Vec<Difference>,
}

/// What the relay's own reading of the lists came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// Entries of the compared time that the lists brought, not a webhook or an agent.
    pub brought: u64,
    /// Texts of unknown fate that are still looked for.
    pub unknown: u64,
    /// Up to when every list of every line has been read in full; none where one never was.
    pub read_through: Option<Timestamp>,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            writeln!(f, "{difference}")?;
        }
        let (listed, ours, count) = (self.listed, self.ours, self.differences.len());
        let since = self
            .since
            .map(|since| format!(" since {}", since.to_rfc3339()));
        write!(
            f,
            "twilio: {listed} listed and {ours} of ours compared{}",
            since.unwrap_or_default()
        )?;
        if self.redacted > 0 {
            write!(f, ", {} of them without their words", self.redacted)?;
        }
        writeln!(f, ": {count} differences")?;
        write!(f, "{}", self.reconciled)
    }
}

impl fmt::Display for Reconciled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (brought, unknown) = (self.brought, self.unknown);
        write!(
            f,
            "reconciled: {brought} of ours came by the lists, {unknown} are of unknown fate, "
        )?;
        match self.read_through {
            Some(through) => write!(f, "lists read up to {}", through.to_rfc3339()),
            None => write!(f, "the lists were not read in full yet"),
        }
    }
}

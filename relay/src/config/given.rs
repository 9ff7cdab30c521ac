//! What was said of each key, to tell two configurations apart. Digests: secrets are among them.

use super::KEYS;
use sha2::{Digest as _, Sha256};
use smsdesk_common::config::{Holds, value_of};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// Rates of single lines: a table, which is no key.
pub(super) const LINE_RATES: &str = "relay.twilio.line_rates";
/// Further accounts, and what they may send from.
pub(super) const ACCOUNTS: &str = "relay.twilio.accounts";
/// The secrets of further accounts.
pub(super) const ACCOUNTS_SECRETS: &str = "relay.twilio.accounts (secrets)";
/// What tells which account is meant; the rest of its table are secrets.
const IDENTITY: &[&str] = &["account_sid", "lines"];

/// What was said of each key, in the order of the documentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given(BTreeMap<&'static str, (Holds, Option<[u8; 32]>)>);

impl Given {
    /// Of a table that was read.
    pub(super) fn of(table: &Table) -> Self {
        let said = |value: Option<&Value>| {
            value.map(|value| Sha256::digest(format!("{value:?}").as_bytes()).into())
        };
        let mut given: BTreeMap<_, _> = KEYS
            .iter()
            .map(|key| (key.path, (key.holds, said(value_of(table, key).as_ref()))))
            .collect();
        let twilio = table.get("relay").and_then(|relay| relay.get("twilio"));
        let inner = |name: &str| twilio.and_then(|twilio| twilio.get(name));
        given.insert(LINE_RATES, (Holds::Reload, said(inner("line_rates"))));
        let (who, secrets) = accounts(inner("accounts"));
        given.insert(ACCOUNTS, (Holds::Start, said(Some(&who))));
        given.insert(ACCOUNTS_SECRETS, (Holds::Reload, said(Some(&secrets))));
        Self(given)
    }

    /// The keys of which something else was said, of those that hold so.
    pub fn differing(&self, other: &Self, holds: Holds) -> Vec<&'static str> {
        let both = self.0.iter().filter(|(_, (of, _))| *of == holds);
        both.filter(|(key, said)| other.0.get(*key) != Some(said))
            .map(|(key, _)| *key)
            .collect()
    }
}

/// Who the accounts are, and their secrets.
fn accounts(given: Option<&Value>) -> (Value, Value) {
    let given = given.and_then(Value::as_array).cloned();
    let tables = given.unwrap_or_default().into_iter();
    let parts = tables.map(|account| match account {
        Value::Table(table) => {
            let is_identity = |(name, _): &(String, Value)| IDENTITY.contains(&name.as_str());
            let (who, secrets): (Vec<_>, Vec<_>) = table.into_iter().partition(is_identity);
            (
                Value::Table(who.into_iter().collect()),
                Value::Table(secrets.into_iter().collect()),
            )
        }
        other => (other.clone(), other),
    });
    let (who, secrets) = parts.unzip();
    (Value::Array(who), Value::Array(secrets))
}

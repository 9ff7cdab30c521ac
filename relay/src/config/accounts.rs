//! The accounts that the file names.

use super::Config;
use crate::twilio::sid::{AccountSid, ApiKeySid};
use secrecy::SecretString;
use smsdesk_common::phone::Address;

/// A Twilio account.
#[derive(Debug)]
pub struct Account {
    /// Which.
    pub sid: AccountSid,
    /// Signs webhooks.
    pub auth_token: SecretString,
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

//! What holds until another configuration is read: all that takes no restart, but for the secrets of
//! the accounts, which whoever uses them holds.

use crate::auth::proxies::Proxies;
use crate::config::{Care, Config, Sending};
use crate::desk::consent::answer::Answers;
use smsdesk_common::later::LatePolicy;
use smsdesk_common::phone::Region;
use tracing::level_filters::LevelFilter;

/// What holds now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// Whose word is taken on where a request comes from.
    pub trusted_proxies: Proxies,
    /// For numbers without a country code.
    pub default_region: Region,
    /// How the company signs its texts, for templates.
    pub company: Option<String>,
    /// What is done about timed texts that are late.
    pub late: LatePolicy,
    /// The relay's own answers to STOP, START and HELP; none where the provider answers.
    pub answers: Option<Answers>,
    /// How texts are handed over.
    pub sending: Sending,
    /// Copies that are made, and what is taken out, by themselves.
    pub care: Care,
    /// How much is logged, where no argument says it.
    pub log_level: LevelFilter,
}

impl Live {
    /// What a configuration says of it.
    pub fn of(config: &Config) -> Self {
        Self {
            trusted_proxies: config.trusted_proxies.clone(),
            default_region: config.default_region,
            company: config.company.clone(),
            late: config.late,
            answers: config.answers.clone(),
            sending: config.sending.clone(),
            care: config.care.clone(),
            log_level: config.log_level,
        }
    }
}

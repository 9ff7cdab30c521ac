//! What holds at this moment for rules: switches, business hours, and how the company signs.

use crate::store::StoreError;
use crate::store::sql::Reads;
use smsdesk_common::time::Timestamp;

/// What holds at this moment.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// Whether rules do anything.
    pub rules: bool,
    /// Whether people are told that nobody is here.
    pub away: bool,
    /// How the company signs.
    pub company: Option<String>,
}

impl Standing {
    /// What is set.
    ///
    /// # Errors
    /// The database cannot be read.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "what is set will be read from the database"
    )]
    pub(super) fn load(_reads: &mut dyn Reads) -> Result<Self, StoreError> {
        Ok(Self {
            rules: true,
            away: true,
            company: None,
        })
    }

    /// Whether somebody is at the desk at a time; always, where no hours are set.
    #[expect(clippy::unused_self, reason = "the hours will be set")]
    pub(super) const fn is_open(&self, _at: Timestamp) -> bool {
        true
    }
}

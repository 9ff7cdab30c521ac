//! What was acknowledged, as those saw it to whom it was said. Lives in the rig's process, which
//! is never killed.

use smsdesk_common::time::Timestamp;
use smsdesk_relay::twilio::simulator::{Attempt, Purpose};
use std::collections::{BTreeMap, BTreeSet};

/// Facts that must be true of the databases in the end.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Inbound texts (sids) whose webhook was answered with 200, and when first.
    pub texts: BTreeMap<String, Timestamp>,
    /// Delivery reports (sid, word) that were answered with 2xx.
    pub reports: BTreeSet<(String, String)>,
    /// Texts that an app said to have saved: entry id to body.
    pub saved: BTreeMap<String, String>,
    /// Webhooks that were not answered with 2xx.
    pub refused: u64,
    /// The last attempt of the provider's that was counted; none where the count begins anew.
    attempt: Option<u64>,
}

impl Ledger {
    /// The provider's last attempt that was counted.
    pub fn attempt(&self) -> u64 {
        self.attempt.unwrap_or(0)
    }

    /// Counts what the provider heard. A gap would be an acknowledgement that nobody checks.
    ///
    /// # Errors
    /// The provider has forgotten attempts already.
    pub fn count(&mut self, attempts: &[Attempt]) -> anyhow::Result<()> {
        for attempt in attempts {
            if let Some(last) = self.attempt {
                let number = attempt.number;
                anyhow::ensure!(
                    number == last + 1,
                    "attempts {last} to {number} were not seen"
                );
            }
            self.attempt = Some(attempt.number);
            if !attempt
                .status
                .is_some_and(|status| (200..300).contains(&status))
            {
                self.refused += 1;
                continue;
            }
            let sid = attempt.message_sid.as_str().to_owned();
            match attempt.purpose {
                Purpose::Message | Purpose::Fallback => {
                    self.texts.entry(sid).or_insert(attempt.at);
                }
                Purpose::Status => {
                    let word = attempt
                        .params
                        .iter()
                        .find(|(name, _)| name == "MessageStatus");
                    let word = word.map(|(_, word)| word.clone()).unwrap_or_default();
                    self.reports.insert((sid, word));
                }
            }
        }
        Ok(())
    }

    /// Takes what an app wrote on its standard output: `saved ENTRY BODY`.
    pub fn hear(&mut self, line: &str) {
        if let Some((entry, body)) = line
            .strip_prefix("saved ")
            .and_then(|rest| rest.split_once(' '))
        {
            self.saved.insert(entry.to_owned(), body.to_owned());
        }
    }
}

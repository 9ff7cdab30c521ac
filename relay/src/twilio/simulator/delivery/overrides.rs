//! Connection overrides in a webhook URL's fragment (pure).
//!
//! Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides.

use std::time::Duration;

/// How a URL wants to be requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overrides {
    /// `ct`: to connect.
    pub(super) connect: Duration,
    /// `rt`: to answer, and between two parts of an answer.
    pub(super) read: Duration,
    /// `tt`: for all tries together.
    pub(super) total: Duration,
    /// `rc`: tries after the first.
    pub(super) retries: u32,
    /// `rp`: which failures are tried again.
    pub(super) policy: Policy,
}

/// Why a try failed, as far as retry policies tell failures apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// No TCP or TLS connection.
    Connect,
    /// No answer in time, or a broken one.
    Read,
    /// An answer with this status, 400 or above.
    Status(u16),
}

/// The failures that are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Policy(u8);

impl Policy {
    const CONNECT: u8 = 1;
    const READ: u8 = 2;
    const CLIENT_ERROR: u8 = 4;
    const SERVER_ERROR: u8 = 8;

    /// Only connections that failed: Twilio's default.
    pub(super) const CONNECT_ONLY: Self = Self(Self::CONNECT);

    /// A list such as `4xx,rt`; none if a word is unknown.
    fn parse(list: &str) -> Option<Self> {
        list.split(',').try_fold(Self(0), |policy, word| {
            let bits = match word.trim() {
                "ct" => Self::CONNECT,
                "rt" => Self::READ,
                "4xx" => Self::CLIENT_ERROR,
                "5xx" => Self::SERVER_ERROR,
                "all" => Self::CONNECT | Self::READ | Self::CLIENT_ERROR | Self::SERVER_ERROR,
                _ => return None,
            };
            Some(Self(policy.0 | bits))
        })
    }

    pub(super) const fn retries(self, failure: Failure) -> bool {
        let bit = match failure {
            Failure::Connect => Self::CONNECT,
            Failure::Read => Self::READ,
            Failure::Status(status) if status >= 500 => Self::SERVER_ERROR,
            Failure::Status(_) => Self::CLIENT_ERROR,
        };
        self.0 & bit != 0
    }
}

impl Default for Overrides {
    fn default() -> Self {
        Self {
            connect: Duration::from_millis(5000),
            read: Duration::from_millis(15_000),
            total: Duration::from_millis(15_000),
            retries: 1,
            policy: Policy::CONNECT_ONLY,
        }
    }
}

impl Overrides {
    /// Reads a fragment such as `rc=5&rp=all&rt=500`. What is unknown or out of range is left at
    /// Twilio's default.
    pub(super) fn parse(fragment: &str) -> Self {
        let mut overrides = Self::default();
        for (name, value) in fragment.split('&').filter_map(|part| part.split_once('=')) {
            match name {
                "ct" => set_millis(&mut overrides.connect, value, 100..=10_000),
                "rt" => set_millis(&mut overrides.read, value, 100..=15_000),
                "tt" => set_millis(&mut overrides.total, value, 100..=15_000),
                "rc" => {
                    if let Some(retries) = value.parse().ok().filter(|retries| *retries <= 5) {
                        overrides.retries = retries;
                    }
                }
                "rp" => {
                    if let Some(policy) = Policy::parse(value) {
                        overrides.policy = policy;
                    }
                }
                _ => {}
            }
        }
        overrides
    }
}

fn set_millis(wait: &mut Duration, value: &str, range: std::ops::RangeInclusive<u64>) {
    if let Some(millis) = value.parse().ok().filter(|millis| range.contains(millis)) {
        *wait = Duration::from_millis(millis);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retried(policy: Policy) -> Vec<Failure> {
        let all = [
            Failure::Connect,
            Failure::Read,
            Failure::Status(404),
            Failure::Status(503),
        ];
        all.into_iter()
            .filter(|failure| policy.retries(*failure))
            .collect()
    }

    #[test]
    fn without_a_fragment_only_a_failed_connection_is_tried_once_more() {
        let overrides = Overrides::parse("");
        assert_eq!(overrides, Overrides::default());
        assert_eq!(overrides.retries, 1);
        assert_eq!(overrides.total, Duration::from_secs(15));
        assert_eq!(retried(overrides.policy), [Failure::Connect]);
    }

    #[test]
    fn a_policy_lists_what_is_tried_again() {
        let policy = |list: &str| retried(Overrides::parse(&format!("rp={list}")).policy);
        assert_eq!(policy("rt"), [Failure::Read]);
        assert_eq!(
            policy("4xx,5xx"),
            [Failure::Status(404), Failure::Status(503)]
        );
        assert_eq!(policy("all").len(), 4);
        assert_eq!(policy("5xx,sometimes"), [Failure::Connect]);
    }

    #[test]
    fn values_out_of_range_are_left_at_the_default() {
        let overrides = Overrides::parse("ct=99&rt=15001&tt=x&rc=6&e=ashburn&sni=y");
        assert_eq!(overrides, Overrides::default());
        let overrides = Overrides::parse("ct=100&rt=15000&tt=700&rc=5");
        assert_eq!(overrides.connect, Duration::from_millis(100));
        assert_eq!(overrides.total, Duration::from_millis(700));
        assert_eq!(overrides.retries, 5);
    }
}

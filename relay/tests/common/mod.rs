//! A relay to test against, and the people around it: who signs like Twilio, who answers like
//! Twilio's API, and who reads the stream.

pub(crate) mod client;
pub(crate) mod described;
pub(crate) mod desk;
pub(crate) mod endpoint;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod twilio;

pub(crate) use client::{Cache, Stream};
pub(crate) use desk::{Answer, Desk, Setup};
pub(crate) use twilio::{Reply, Twilio};

use std::time::Duration;

/// How long anything may take before a test gives up; no test waits for it unless it fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// How often a condition is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(10);

/// Waits for `check` to give something, and fails with `what` where it does not in time.
pub(crate) async fn eventually<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = check().await {
                return found;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(DEADLINE, looking)
        .await
        .unwrap_or_else(|_| panic!("it never came true that {what}"))
}

/// Waits for something that ends by itself.
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future)
        .await
        .unwrap_or_else(|_| panic!("it took too long: {what}"))
}

/// A body of `application/x-www-form-urlencoded`.
pub(crate) fn encode<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

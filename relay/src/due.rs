//! Things that happen at their time: sleeps until the next is due and looks at nothing in between.

use crate::state::Relay;
use crate::store::StoreError;
use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Things that happen in one commit: more are due together only on Monday at nine.
pub(crate) const BATCH_MAX: u32 = 100;
/// The pause after the store failed, in milliseconds.
const STORE_PAUSE_MS: u64 = 5_000;

/// Works until shutdown. A round does what is due and says how long nothing else is, or none where
/// nothing waits for a time; `bell` rings for what may be due earlier than that.
pub(crate) async fn run<F, R>(relay: Arc<Relay>, bell: fn(&Relay) -> &Notify, round: F)
where
    F: Fn(Arc<Relay>) -> R,
    R: Future<Output = Result<Option<Duration>, StoreError>>,
{
    loop {
        let pause = match round(Arc::clone(&relay)).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(%error, "what is due could not be looked at");
                Some(Duration::from_millis(STORE_PAUSE_MS))
            }
        };
        let sleep = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = relay.shutdown.cancelled() => return,
            () = bell(&relay).notified() => {}
            () = sleep => {}
        }
    }
}

/// How long to sleep for what is due in `left_ms`, at most `most_ms`: the machine's clock may be put
/// right meanwhile. None where it is due.
pub(crate) fn sleep(left_ms: i64, most_ms: i64) -> Option<Duration> {
    let left = u64::try_from(left_ms.min(most_ms)).ok()?;
    (left > 0).then(|| Duration::from_millis(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_is_not_slept_for_and_nothing_for_longer_than_the_limit() {
        assert_eq!(sleep(-1, 10), None);
        assert_eq!(sleep(0, 10), None);
        assert_eq!(sleep(4, 10), Some(Duration::from_millis(4)));
        assert_eq!(sleep(40, 10), Some(Duration::from_millis(10)));
    }
}

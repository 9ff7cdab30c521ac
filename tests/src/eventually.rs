//! Waiting for something to become true: with a deadline, never for a fixed time.

use std::future::Future;
use std::time::Duration;

/// How long anything may take that should happen at once. Generous, for a loaded machine.
pub const DEADLINE: Duration = Duration::from_secs(30);
/// How often to look.
const LOOK: Duration = Duration::from_millis(15);

/// Waits until `look` gives something, and gives that; fails with what `otherwise` says of the
/// last look.
///
/// # Panics
/// The deadline passed.
pub async fn eventually<T, F, L>(what: &str, mut look: L) -> T
where
    F: Future<Output = Result<T, String>>,
    L: FnMut() -> F,
{
    let mut last = String::from("(never looked)");
    let waited = tokio::time::timeout(DEADLINE, async {
        loop {
            match look().await {
                Ok(found) => return found,
                Err(why) => last = why,
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    if let Ok(found) = waited.await {
        return found;
    }
    panic!("waited {DEADLINE:?} for {what}; last seen:\n{last}")
}

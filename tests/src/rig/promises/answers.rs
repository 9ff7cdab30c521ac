//! The provider takes texts and its answers are lost: each is settled, none goes out again.

use super::super::check::Violations;
use super::super::watch::Watch;
use super::{Desk, LOOK, rate};
use smsdesk_relay::twilio::simulator::{Millis, Rate};
use std::time::{Duration, Instant};

/// The part of the answers that is lost.
const LOST: f64 = 0.3;
/// How late the callbacks are, so that texts are of unknown fate for a while.
const CALLBACK_MS: u64 = 2_000;
/// How long a text may be of unknown fate.
const SETTLED: Duration = Duration::from_secs(180);

/// What becomes of the callbacks meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callbacks {
    /// None comes: the list has to tell.
    Lost,
    /// They come, and name the entry.
    Come,
}

/// Runs it.
///
/// # Errors
/// The rig itself fails.
pub(super) async fn run(
    desk: &mut Desk,
    texts: u64,
    callbacks: Callbacks,
    wrong: &mut Violations,
) -> anyhow::Result<String> {
    let (answers, delay) = (rate(LOST)?, Millis::try_from(CALLBACK_MS)?);
    let (lost, also) = match callbacks {
        Callbacks::Lost => (Rate::ALWAYS, "every callback"),
        Callbacks::Come => (Rate::NEVER, "no callback"),
    };
    desk.turn(|knobs| {
        knobs.drop_answer = answers;
        knobs.lose_callbacks = lost;
        knobs.delay_callbacks_ms = delay;
    });
    let watch = Watch::start(desk.relay.address, &desk.token).await?;
    let began = Instant::now();
    let asked = desk.ask_for(texts).await?;
    let (asking, asked_at) = (began.elapsed(), Instant::now());
    let (mut unknown_max, mut settled) = (0, None);
    while asked_at.elapsed() < SETTLED {
        let health = desk.relay.health().await?;
        let count = |name: &str| health[name].as_u64().unwrap_or(u64::MAX);
        unknown_max = unknown_max.max(count("unknown_sends"));
        if count("waiting_to_send") == 0 && count("unknown_sends") == 0 && desk.provider.is_done() {
            settled = Some(asked_at.elapsed());
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    desk.turn(|_| ());
    wrong.unless(settled.is_some(), || {
        format!("not everything is settled after {SETTLED:?}")
    });
    desk.sends(&asked, wrong)?;
    let seen = watch.until(desk.head().await?).await?;
    wrong.each("statuses that went back", seen.backwards);
    Ok(format!(
        "{texts} sends in {:.1} s, 30 % of the answers and {also} lost: up to {unknown_max} at a time \
         of unknown fate, all settled {:.1} s after the last was asked for",
        asking.as_secs_f64(),
        settled.unwrap_or(SETTLED).as_secs_f64()
    ))
}

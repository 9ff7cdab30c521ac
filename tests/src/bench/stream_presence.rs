//! What one says that they do, at somebody else: the colleagues are told while it is true.

use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::stream_crowd::{Socket, connect};
use super::{Bench, ms, quantile};
use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::stream::{ClientFrame, PresenceState, RelayFrame};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

/// Other clients that are told as well.
const CROWD: usize = 100;
/// How often something is said.
const ROUNDS: u32 = 8;
/// Between two of them: who says more is believed the last of it later.
const PACE: Duration = Duration::from_millis(1_100);
/// What it should take at most, in milliseconds.
const MS_MAX: f64 = 200.0;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    bench.block_on(async {
        let relay = Relay::start().await?;
        let token = relay.join().await?.token;
        let mut sockets = connect(&relay, &token, CROWD + 2, None).await?;
        let mut says = sockets.pop().context("no client")?;
        let mut hears = sockets.pop().context("no client")?;
        let conversation = ConversationId(Uuid::from_u128(7));
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            let state = match round % 2 {
                0 => PresenceState::Viewing,
                _ => PresenceState::Typing,
            };
            let frame = ClientFrame::Presence {
                conversation,
                state,
            };
            let began = Instant::now();
            says.send(Message::text(serde_json::to_string(&frame)?))
                .await?;
            heard(&mut hears, state).await?;
            times.push(began.elapsed());
            tokio::time::sleep(PACE).await;
        }
        relay.stop()?;
        let name = |what| format!("presence → a colleague beside {CROWD}, {what}");
        Ok(vec![
            Figure::told(name("p50"), ms(quantile(&mut times, 0.5)), "ms"),
            Figure::told(name("slowest"), ms(quantile(&mut times, 1.0)), "ms")
                .goal(Goal::AtMost(MS_MAX)),
        ])
    })
}

/// Waits until the relay says so.
async fn heard(socket: &mut Socket, wanted: PresenceState) -> anyhow::Result<()> {
    loop {
        let message = socket
            .next()
            .await
            .context("the relay closed the stream")??;
        let Message::Text(text) = message else {
            continue;
        };
        if let RelayFrame::Presence { state, .. } = serde_json::from_str(&text)?
            && state == wanted
        {
            return Ok(());
        }
    }
}

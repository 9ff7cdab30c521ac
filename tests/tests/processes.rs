//! Simulator, relay and app apart, the relay as a process that is killed.

#![expect(clippy::unwrap_used, reason = "tests")]

use secrecy::SecretString;
use smsdesk::link::{self, Invite};
use smsdesk_common::api::join::Joined;
use smsdesk_common::ids::DeviceId;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::twilio::simulator::{
    Direction, InboundText, Simulator, SimulatorConfig, StatusTiming,
};
use smsdesk_tests::agent::Agent;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::process::RelayProcess;
use smsdesk_tests::world::{ACCOUNT, LINE, MARIA, TOKEN, free_address, install_crypto};
use std::collections::BTreeSet;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const RELAY: &str = env!("CARGO_BIN_EXE_relay-under-test");

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_relay_comes_back_with_nothing_lost_or_doubled() {
    install_crypto();
    let folder = tempfile::tempdir().unwrap();
    let address = free_address().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let config = SimulatorConfig {
        lines: vec![LINE.to_owned()],
        webhook_url: Some(format!(
            "http://{address}/webhooks/twilio/message#rc=5&rp=all"
        )),
        timing: StatusTiming::IMMEDIATE,
        ..SimulatorConfig::new(ACCOUNT, SecretString::from(TOKEN))
    };
    let shutdown = CancellationToken::new();
    let simulator =
        Simulator::start(config, listener, Clock::system().as_fn(), shutdown.clone()).unwrap();
    let mut relay = RelayProcess::start(RELAY.into(), folder.path(), address, simulator.base_url())
        .await
        .unwrap();
    let invite = Invite::parse(&relay.invite("Ana").unwrap()).unwrap();
    let joined = link::join(&invite, DeviceId(smsdesk::clock::new_id()))
        .await
        .unwrap();
    let ana = Agent::start(&folder.path().join("ana"), &joined);
    ana.sees("live").await;

    // Texts come in while the relay is killed three times; whatever it answered 200 must stay.
    let mut acknowledged = BTreeSet::new();
    for round in 0..3 {
        let flood = tokio::spawn({
            let simulator = simulator.clone();
            async move {
                let text = InboundText {
                    count: 40,
                    ..InboundText::new(MARIA, format!("round {round} text {{n}}"))
                };
                simulator.inbound(&text).await.unwrap()
            }
        });
        ana.sees(&format!("round {round} text")).await;
        relay.kill().unwrap();
        for received in flood.await.unwrap() {
            if received
                .webhooks
                .last()
                .is_some_and(|webhook| webhook.status == Some(200))
            {
                acknowledged.insert(received.message.sid.as_str().to_owned());
            }
        }
        ana.sees("offline").await;
        relay.start_again().await.unwrap();
        ana.sees("live").await;
    }
    relay.kill().unwrap();
    ana.sees("offline").await;
    writes_to_a_dead_relay(&ana).await;
    relay.start_again().await.unwrap();
    says_yes_until(&ana, "delivered ✓✓").await;

    judge(&joined, &simulator, &acknowledged).await;
    ana.leave().await;
    shutdown.cancel();
    simulator.stopped().await;
}

/// Replies, and says yes where it is asked.
async fn writes_to_a_dead_relay(ana: &Agent) {
    ana.press(crossterm::event::KeyCode::Char('r')).await;
    ana.types("typed while it was dead").await;
    ana.press(crossterm::event::KeyCode::Enter).await;
    says_yes_until(ana, "1 waiting to send").await;
}

/// Sends the text anyway, however often it is asked, until the screen shows `words`.
async fn says_yes_until(ana: &Agent, words: &str) {
    eventually(words, || async {
        let shown = ana.screen.text();
        if shown.contains(words) {
            return Ok(());
        }
        // What the provider's lists brought, before or after the relay came back, may stand above the
        // screen: nobody has seen it.
        if shown.contains("Enter sends it anyway") {
            ana.press(crossterm::event::KeyCode::Enter).await;
        }
        Err(shown)
    })
    .await;
}

/// Everything acknowledged is stored, nothing is stored twice, and one text went out.
async fn judge(joined: &Joined, simulator: &Simulator, acknowledged: &BTreeSet<String>) {
    let kept = stored(joined).await;
    let once: BTreeSet<_> = kept.iter().cloned().collect();
    assert_eq!(kept.len(), once.len(), "a text is stored twice");
    let lost: Vec<_> = acknowledged.difference(&once).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let sent = simulator.messages().into_iter();
    assert_eq!(
        sent.filter(|m| m.direction == Direction::OutboundApi)
            .count(),
        1
    );
}

/// The sids of every inbound text that the relay has.
async fn stored(joined: &Joined) -> Vec<String> {
    let url = format!("{}/v1/changes?after=0&limit=2000", joined.relay);
    let answer = reqwest::Client::new()
        .get(url)
        .bearer_auth(&joined.token)
        .send()
        .await
        .unwrap();
    let page: serde_json::Value = answer.json().await.unwrap();
    let changes = page["changes"].as_array().unwrap();
    changes
        .iter()
        .filter(|change| change["direction"] == "inbound" && change["kind"] == "entry")
        .map(|change| change["sid"].as_str().unwrap().to_owned())
        .collect()
}

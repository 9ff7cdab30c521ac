//! Simulator, relay and app apart, the relay as a process that is killed.

#![expect(clippy::unwrap_used, reason = "tests")]

use secrecy::SecretString;
use serde_json::{Value, json};
use smsdesk::link::{self, Invite};
use smsdesk_common::api::join::Joined;
use smsdesk_common::ids::DeviceId;
use smsdesk_common::time::Timestamp;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::twilio::simulator::{
    Direction, InboundText, Simulator, SimulatorConfig, StatusTiming,
};
use smsdesk_tests::agent::Agent;
use smsdesk_tests::api::Api;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::process::{Program, RelayProcess};
use smsdesk_tests::rig::ROLE;
use smsdesk_tests::visits::{DAY_MS, id, job, values, visit};
use smsdesk_tests::world::{ACCOUNT, LINE, MARIA, TOKEN, free_address, install_crypto};
use std::collections::BTreeSet;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const RELAY: &str = env!("CARGO_BIN_EXE_relay-under-test");
const RIG: &str = env!("CARGO_BIN_EXE_rig");
/// The file beside the configuration by which the rig's relay knows how wrong its clock is.
const CLOCK: &str = "clock-offset";

/// A desk whose relay is a process of its own.
struct Desk {
    folder: TempDir,
    simulator: Simulator,
    relay: RelayProcess,
    shutdown: CancellationToken,
}

impl Desk {
    async fn start(program: Program) -> Self {
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
        let now = Clock::system().as_fn();
        let simulator = Simulator::start(config, listener, now, shutdown.clone()).unwrap();
        let relay = RelayProcess::start(program, folder.path(), address, simulator.base_url());
        let relay = relay.await.unwrap();
        Self {
            folder,
            simulator,
            relay,
            shutdown,
        }
    }

    async fn join(&self) -> Joined {
        let invite = Invite::parse(&self.relay.invite("Ana").unwrap()).unwrap();
        let device = DeviceId(smsdesk::clock::new_id());
        link::join(&invite, device).await.unwrap()
    }

    async fn is_killed(&mut self) {
        self.relay.kill().unwrap();
        self.relay.start_again().await.unwrap();
    }

    /// Nothing is handed over, or everything again; the relay need not run. What is being handed over
    /// at a kill is another matter: nobody can tell what became of it.
    fn sends(&self, what: &str) {
        self.relay.run(&["sends", what]).unwrap();
    }

    async fn writes(&self, who: &str, body: &str) {
        let text = InboundText::new(who, body);
        let received = self.simulator.inbound(&text).await.unwrap();
        assert_eq!(received[0].webhooks.last().unwrap().status, Some(200));
    }

    fn handed_over(&self, who: &str) -> Vec<String> {
        let messages = self.simulator.messages().into_iter();
        let ours = messages.filter(|it| it.direction == Direction::OutboundApi && it.to == who);
        ours.map(|it| it.body).collect()
    }

    /// Waits until somebody has these texts and no others, by how they begin.
    async fn gets(&self, who: &str, beginnings: &[&str]) {
        eventually(&format!("{beginnings:?} for {who}"), || async {
            let sent = self.handed_over(who);
            let mut pairs = sent.iter().zip(beginnings);
            let is_so =
                sent.len() == beginnings.len() && pairs.all(|(it, word)| it.starts_with(word));
            if is_so {
                Ok(())
            } else {
                Err(format!("{sent:?}"))
            }
        })
        .await;
    }

    /// Waits until the relay has handed everything over.
    async fn is_done(&self) {
        let url = format!("http://{}/health", self.relay.address);
        eventually("nothing waits to be sent", || async {
            let health = reqwest::get(&url).await.map_err(|it| it.to_string())?;
            let health: Value = health.json().await.map_err(|it| it.to_string())?;
            match &health["waiting_to_send"] {
                waiting if *waiting == 0 => Ok(()),
                _ => Err(health.to_string()),
            }
        })
        .await;
    }

    async fn end(self) {
        self.shutdown.cancel();
        self.simulator.stopped().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_relay_comes_back_with_nothing_lost_or_doubled() {
    let mut desk = Desk::start(RELAY.into()).await;
    let joined = desk.join().await;
    let (simulator, relay) = (desk.simulator.clone(), &mut desk.relay);
    let ana = Agent::start(&desk.folder.path().join("ana"), &joined);
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
    desk.end().await;
}

const BY_RULE: &str = "+12394267001";
const BY_TRIGGER: &str = "+12394267002";
const BY_JOB: &str = "+12394267003";
const OF_REMINDER: &str = "+12394267004";
const BOOKED: &str = "Hi there, your visit from Riverside Plumbing is booked";
const HOUR_MS: i64 = 3_600_000;

/// As in [`visits`], where the desk has no name.
fn at_riverside(mut body: Value) -> Value {
    body["variables"]["company_name"] = json!("Riverside Plumbing");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_before_a_kill_is_sent_once_after_it() {
    let mut desk = Desk::start(RELAY.into()).await;
    desk.relay.run(&["rules", "seed"]).unwrap();
    let api = Api::of(&desk.join().await);
    desk.sends("pause");
    desk.writes(BY_RULE, "I need help").await;
    let arrived = json!({ "id": id(100), "to": BY_TRIGGER, "variables": values() });
    let arrived = at_riverside(arrived);
    let made = at_riverside(visit(1, BY_JOB));
    for (path, body) in [("/v1/triggers/arrived", &arrived), ("/v1/jobs", &made)] {
        let (status, answer) = api.post(path, body).await;
        assert_eq!(status, 201, "{answer}");
    }
    desk.relay.kill().unwrap();
    assert!(
        desk.simulator
            .messages()
            .iter()
            .all(|it| it.direction == Direction::Inbound)
    );
    desk.sends("resume");
    desk.relay.start_again().await.unwrap();
    for _ in 0..3 {
        desk.gets(BY_RULE, &["Thanks for your message!"]).await;
        desk.gets(
            BY_TRIGGER,
            &["Hi Maria, Tom from Riverside Plumbing has arrived"],
        )
        .await;
        desk.gets(BY_JOB, &[BOOKED]).await;
        desk.is_killed().await;
        // What is asked again is answered by what there is.
        for (path, body) in [("/v1/triggers/arrived", &arrived), ("/v1/jobs", &made)] {
            assert_eq!(api.post(path, body).await.0, 200);
        }
        desk.is_done().await;
    }
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_that_was_decided_before_a_kill_is_sent_once_after_it() {
    let program = Program {
        path: RIG.into(),
        environment: vec![(ROLE, "clock-relay")],
    };
    let mut desk = Desk::start(program).await;
    let api = Api::of(&desk.join().await);
    let mut made = at_riverside(visit(1, OF_REMINDER));
    let now = Clock::system().now().as_millis();
    let today = now - now.rem_euclid(DAY_MS);
    let noon = Timestamp::from_millis(today + 2 * DAY_MS + 12 * HOUR_MS);
    made["starts_at"] = json!(noon.to_rfc3339());
    assert_eq!(api.post("/v1/jobs", &made).await.0, 201);
    desk.gets(OF_REMINDER, &[BOOKED]).await;
    desk.relay.kill().unwrap();
    desk.sends("pause");
    let ahead = today + DAY_MS + 18 * HOUR_MS - now;
    std::fs::write(desk.folder.path().join(CLOCK), ahead.to_string()).unwrap();
    desk.relay.start_again().await.unwrap();
    eventually("the decision to remind", || async {
        match api.get(&job(1)).await {
            job if job["notices"]["reminder"]["outcome"] == "texted" => Ok(()),
            job => Err(job.to_string()),
        }
    })
    .await;
    desk.is_killed().await;
    assert_eq!(desk.handed_over(OF_REMINDER).len(), 1);
    // By the relay, for its clock is not that of the machine.
    desk.sends("resume");
    for _ in 0..3 {
        let both = [BOOKED, "Hi there, a reminder from Riverside Plumbing"];
        desk.gets(OF_REMINDER, &both).await;
        desk.is_killed().await;
        desk.is_done().await;
    }
    assert_eq!(desk.handed_over(OF_REMINDER).len(), 2);
    desk.end().await;
}

/// How often the relay is killed the moment that it has answered.
const KILLS: u128 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_killed_as_soon_as_it_has_answered_sends_nothing_twice() {
    let mut desk = Desk::start(RELAY.into()).await;
    desk.relay.run(&["rules", "seed"]).unwrap();
    let api = Api::of(&desk.join().await);
    let who = |n: u128| format!("+1239426{n:04}");
    for n in 0..KILLS {
        let arrived = json!({ "id": id(100 + n), "to": who(100 + n), "variables": values() });
        let arrived = at_riverside(arrived);
        let made = at_riverside(visit(200 + n, &who(200 + n)));
        let ruled = who(300 + n);
        tokio::join!(
            api.post("/v1/triggers/arrived", &arrived),
            api.post("/v1/jobs", &made),
            desk.writes(&ruled, "I need help"),
        );
        desk.is_killed().await;
    }
    desk.is_done().await;
    for n in 0..KILLS {
        for n in [100 + n, 200 + n, 300 + n] {
            let sent = desk.handed_over(&who(n)).len();
            // Nobody can tell what became of the one that was being handed over.
            let in_doubt = sent == 0 && is_in_doubt(&api, &who(n)).await;
            assert!(sent == 1 || in_doubt, "{sent} texts for {}", who(n));
        }
    }
    desk.end().await;
}

/// Whether nobody knows if the last text to somebody went out.
async fn is_in_doubt(api: &Api, who: &str) -> bool {
    let conversation = api.conversation(who).await;
    let id = conversation["id"].as_str().unwrap();
    let page = api.get(&format!("/v1/conversations/{id}/entries")).await;
    let entries = page["entries"].as_array().unwrap();
    entries.iter().any(|entry| {
        ["unknown", "unconfirmed"].contains(&entry["status"].as_str().unwrap_or_default())
    })
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
    let page: Value = answer.json().await.unwrap();
    let changes = page["changes"].as_array().unwrap();
    changes
        .iter()
        .filter(|change| change["direction"] == "inbound" && change["kind"] == "entry")
        .map(|change| change["sid"].as_str().unwrap().to_owned())
        .collect()
}

//! Rules over the whole house: a customer writes at the simulator, and what a rule answers comes back
//! there once.

#![expect(clippy::unwrap_used, reason = "tests")]

use reqwest::StatusCode;
use serde_json::{Value, json};
use smsdesk_common::agent::Role;
use smsdesk_common::api::join::Joined;
use smsdesk_common::rule::SEEDS;
use smsdesk_relay::twilio::simulator::Direction;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::world::{MARIA, World, rate};

const BO: &str = "+12394267059";
const HELP: &str = "Thanks for your message! Somebody from our team will get back to you as soon as \
                    possible.";

struct Desk {
    world: World,
    boss: Joined,
}

impl Desk {
    /// A desk with the rules to begin with.
    async fn start() -> Self {
        let world = World::start().await;
        let boss = world.join_as("Boss", Some(Role::Admin)).await;
        let desk = Self { world, boss };
        desk.put("/v1/rules", &json!({ "text": SEEDS })).await;
        desk
    }

    async fn put(&self, path: &str, body: &Value) {
        let url = format!("{}{path}", self.boss.relay);
        let request = reqwest::Client::new().put(url);
        let request = request.bearer_auth(&self.boss.token).json(body);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        assert_eq!(status, StatusCode::OK, "{}", answer.text().await.unwrap());
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.boss.relay);
        let request = reqwest::Client::new()
            .get(url)
            .bearer_auth(&self.boss.token);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The conversation with a customer.
    async fn conversation(&self, who: &str) -> Value {
        let page = self.get("/v1/conversations").await;
        let all = page["conversations"].as_array().unwrap();
        let found = all.iter().find(|it| it["address"] == who);
        found.cloned().unwrap_or_default()
    }

    async fn hits(&self, rule: &str) -> u64 {
        let rules = self.get("/v1/rules").await;
        let all = rules["rules"].as_array().unwrap();
        let found = all.iter().find(|it| it["says"]["name"] == rule).unwrap();
        found["hits"].as_u64().unwrap()
    }

    /// What the provider was given for a customer, the oldest first.
    fn sent(&self, who: &str) -> Vec<String> {
        let messages = self.world.simulator.messages();
        let ours = messages
            .iter()
            .filter(|message| message.direction == Direction::OutboundApi && message.to == who);
        ours.map(|message| message.body.clone()).collect()
    }

    async fn gets(&self, who: &str, expected: &[&str]) {
        eventually("what a rule answers", || async {
            match self.sent(who) {
                found if found == expected => Ok(()),
                found => Err(format!("{found:?}")),
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_to_begin_with_answers_its_words_once_and_asks_for_somebody() {
    let desk = Desk::start().await;
    desk.world
        .turn(|knobs| knobs.duplicate_webhooks = rate(1.0));
    for (who, body, rule, answer, flag) in [
        (
            "+12394267001",
            "I need some HELP!",
            "help",
            Some(HELP),
            Some("asks for help"),
        ),
        (
            "+12394267002",
            "can I upload my papers",
            "documents",
            Some(
                "You can send us photos of your documents right here. We will take a look and \
                 get back to you.",
            ),
            Some("wants to send documents"),
        ),
        (
            "+12394267003",
            "any update?",
            "status",
            Some("Thanks for asking! We are looking up where things stand and will tell you here."),
            Some("asks how things stand"),
        ),
        ("+12394267004", "Yes please", "confirmed", None, None),
    ] {
        desk.world.customer_writes(who, body).await;
        let answers: Vec<&str> = answer.into_iter().collect();
        desk.gets(who, &answers).await;
        assert_eq!(desk.hits(rule).await, 1, "{body}");
        let conversation = desk.conversation(who).await;
        assert_eq!(conversation["flag_reason"].as_str(), flag, "{body}");
        assert!(
            conversation["waiting_since"].is_string(),
            "nobody has answered"
        );
        let labels = if rule == "confirmed" {
            json!(["confirmed"])
        } else {
            json!([])
        };
        assert_eq!(conversation["labels"], labels, "{body}");
    }
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switches_hold_and_who_opted_out_gets_nothing() {
    let desk = Desk::start().await;
    for switch in ["automation.rules", "automation.enabled"] {
        desk.put("/v1/settings", &json!({ switch: false })).await;
        desk.world.customer_writes(MARIA, "help me").await;
        desk.put("/v1/settings", &json!({ switch: true })).await;
    }
    assert_eq!(desk.hits("help").await, 0);
    desk.world.customer_writes(BO, "STOP").await;
    desk.world.customer_writes(BO, "help me").await;
    // Whoever writes last is answered; had the others been, it was before.
    desk.world.customer_writes("+12394267060", "help me").await;
    desk.gets("+12394267060", &[HELP]).await;
    assert!(desk.sent(MARIA).is_empty());
    assert!(desk.sent(BO).is_empty());
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_answers_each_answer_gets_three_and_then_somebody_looks() {
    let desk = Desk::start().await;
    for n in 1..=6 {
        let body = format!("I am a machine and need support, case {n}");
        desk.world.customer_writes(MARIA, &body).await;
    }
    desk.gets(MARIA, &[HELP, HELP, HELP]).await;
    desk.world.customer_writes(BO, "support").await;
    desk.gets(BO, &[HELP]).await;
    assert_eq!(desk.sent(MARIA).len(), 3);
    assert_eq!(desk.conversation(MARIA).await["flagged"], json!(true));
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_away_message_goes_once_in_an_absence() {
    let desk = Desk::start().await;
    let url = format!("{}/v1/templates", desk.boss.relay);
    let template = json!({ "name": "away", "body": "We are back at 9, {{ company }}." });
    let request = reqwest::Client::new()
        .post(url)
        .bearer_auth(&desk.boss.token);
    let made = request.json(&template).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    // A minute a week that is far from now, whenever that is.
    let now = smsdesk_relay::clock::Clock::system().now().to_jiff();
    let day = now
        .to_zoned(jiff::tz::TimeZone::UTC)
        .weekday()
        .wrapping_add(3);
    let day = format!("{day:?}").to_lowercase();
    let hours = format!("{} 03:00-03:01", &day[..3]);
    let settings = json!({ "company": "Riverside", "business_hours.hours": hours,
        "business_hours.zone": "UTC" });
    desk.put("/v1/settings", &settings).await;
    desk.world.customer_writes(MARIA, "anybody there?").await;
    let away = "We are back at 9, Riverside.";
    desk.gets(MARIA, &[away]).await;
    desk.world.customer_writes(MARIA, "hello?").await;
    desk.world.customer_writes(MARIA, "I need help").await;
    desk.gets(MARIA, &[away, HELP]).await;
    desk.put("/v1/settings", &json!({ "automation.away": false }))
        .await;
    desk.world.customer_writes(BO, "anybody?").await;
    desk.world.customer_writes(BO, "I need help").await;
    desk.gets(BO, &[HELP]).await;
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_restarted_between_decision_and_sending_sends_once() {
    let mut desk = Desk::start().await;
    desk.world.turn(|knobs| knobs.http_429 = rate(1.0));
    desk.world.customer_writes(MARIA, "I need help").await;
    assert_eq!(desk.hits("help").await, 1, "it was decided");
    desk.world.stop_relay().await;
    assert!(desk.sent(MARIA).is_empty());
    desk.world.turn(|knobs| knobs.http_429 = rate(0.0));
    desk.world.start_relay().await;
    desk.gets(MARIA, &[HELP]).await;
    desk.world.stop_relay().await;
    desk.world.start_relay().await;
    desk.world.customer_writes(BO, "I need help").await;
    desk.gets(BO, &[HELP]).await;
    assert_eq!(desk.sent(MARIA).len(), 1);
    assert_eq!(desk.hits("help").await, 2);
    desk.world.end().await;
}

//! Rules over the whole house: a customer writes at the simulator, and what a rule answers comes back
//! there once.

#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use smsdesk::demo::customers::CUSTOMERS;
use smsdesk::demo::{Customers, Demo, DemoOptions};
use smsdesk_common::agent::Role;
use smsdesk_common::rule::SEEDS;
use smsdesk_tests::api::Api;
use smsdesk_tests::world::{ACCOUNT, BO, LINE, MARIA, TOKEN, World, install_crypto, rate};
use std::path::Path;
use std::process::Command;

const RELAY: &str = env!("CARGO_BIN_EXE_relay-under-test");
const HELP: &str = "Thanks for your message! Somebody from our team will get back to you as soon as \
                    possible.";

/// A rule to begin with: what calls it, what it answers, why it asks for somebody, its label.
struct Seed {
    rule: &'static str,
    body: &'static str,
    answer: Option<&'static str>,
    flag: Option<&'static str>,
    label: Option<&'static str>,
}

const SEEDED: [Seed; 4] = [
    Seed {
        rule: "help",
        body: "I need some HELP!",
        answer: Some(HELP),
        flag: Some("asks for help"),
        label: None,
    },
    Seed {
        rule: "documents",
        body: "can I upload my papers",
        answer: Some(
            "You can send us photos of your documents right here. We will take a look and get \
             back to you.",
        ),
        flag: Some("wants to send documents"),
        label: None,
    },
    Seed {
        rule: "status",
        body: "any update?",
        answer: Some(
            "Thanks for asking! We are looking up where things stand and will tell you here.",
        ),
        flag: Some("asks how things stand"),
        label: None,
    },
    Seed {
        rule: "confirmed",
        body: "Yes please",
        answer: None,
        flag: None,
        label: Some("confirmed"),
    },
];

impl Seed {
    fn answers(&self) -> Vec<&str> {
        self.answer.into_iter().collect()
    }
}

struct Desk {
    world: World,
    api: Api,
}

impl Desk {
    /// A desk with the rules to begin with.
    async fn start() -> Self {
        let world = World::start().await;
        let boss = world.join_as("Boss", Some(Role::Admin)).await;
        let desk = Self {
            world,
            api: Api::of(&boss),
        };
        desk.rules(SEEDS).await;
        desk
    }

    async fn rules(&self, text: &str) {
        self.api.put("/v1/rules", &json!({ "text": text })).await;
    }

    async fn hits(&self, rule: &str) -> u64 {
        let rules = self.api.get("/v1/rules").await;
        let all = rules["rules"].as_array().unwrap();
        let found = all.iter().find(|it| it["says"]["name"] == rule).unwrap();
        found["hits"].as_u64().unwrap()
    }

    /// What a rule has made of a conversation: its reason and its labels.
    async fn sorted(&self, who: &str) -> (Option<String>, Value) {
        let conversation = self.api.conversation(who).await;
        let flag = conversation["flag_reason"].as_str().map(str::to_owned);
        (flag, conversation["labels"].clone())
    }

    /// Waits until all that was decided before is at the provider: whoever writes last is answered
    /// last.
    async fn is_done(&self, last: &str) {
        self.world.customer_writes(last, "support").await;
        self.world.gets(last, &[HELP]).await;
    }
}

fn customer(n: usize) -> String {
    format!("+1239426{n:04}")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_to_begin_with_answers_its_words_once_and_asks_for_somebody() {
    let desk = Desk::start().await;
    desk.world
        .turn(|knobs| knobs.duplicate_webhooks = rate(1.0));
    for (n, seed) in SEEDED.iter().enumerate() {
        let (who, rule) = (customer(n), seed.rule);
        desk.world.customer_writes(&who, seed.body).await;
        desk.world.gets(&who, &seed.answers()).await;
        assert_eq!(desk.hits(rule).await, 1, "{rule}");
        let labels: Vec<_> = seed.label.into_iter().collect();
        let sorted = (seed.flag.map(str::to_owned), json!(labels));
        assert_eq!(desk.sorted(&who).await, sorted, "{rule}");
        let conversation = desk.api.conversation(&who).await;
        assert!(
            conversation["waiting_since"].is_string(),
            "nobody has answered"
        );
    }
    desk.is_done(MARIA).await;
    for (n, seed) in SEEDED.iter().enumerate() {
        assert_eq!(desk.world.handed_over(&customer(n)), seed.answers());
    }
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_switched_off_does_nothing_and_the_others_go_on() {
    let desk = Desk::start().await;
    for (n, off) in SEEDED.iter().enumerate() {
        let name = format!("name = \"{}\"\n", off.rule);
        let text = SEEDS.replace(&name, &format!("{name}enabled = false\n"));
        assert_ne!(text, SEEDS);
        desk.rules(&text).await;
        for (m, seed) in SEEDED.iter().enumerate() {
            let who = customer(100 + 10 * n + m);
            desk.world.customer_writes(&who, seed.body).await;
            if seed.rule == off.rule {
                assert_eq!(desk.sorted(&who).await, (None, json!([])), "{}", off.rule);
            } else {
                desk.world.gets(&who, &seed.answers()).await;
            }
        }
        desk.rules(SEEDS).await;
        desk.is_done(&customer(200 + n)).await;
        let who = customer(100 + 11 * n);
        assert!(desk.world.handed_over(&who).is_empty(), "{}", off.rule);
    }
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rule_answers_anybody_who_opted_out_or_while_the_switches_are_off() {
    let desk = Desk::start().await;
    for (n, seed) in SEEDED.iter().enumerate() {
        let who = customer(n);
        desk.world.customer_writes(&who, "STOP").await;
        desk.world.customer_writes(&who, seed.body).await;
    }
    for (n, switch) in ["automation.rules", "automation.enabled"]
        .iter()
        .enumerate()
    {
        desk.api.set(switch, false).await;
        let before = desk.hits("help").await;
        for (m, seed) in SEEDED.iter().enumerate() {
            let who = customer(100 + 10 * n + m);
            desk.world.customer_writes(&who, seed.body).await;
        }
        assert_eq!(desk.hits("help").await, before);
        desk.api.set(switch, true).await;
    }
    desk.is_done(MARIA).await;
    for n in (0..4).chain(100..104).chain(110..114) {
        let sent = desk.world.handed_over(&customer(n));
        assert!(sent.is_empty(), "{n}: {sent:?}");
    }
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_answers_by_a_template_with_what_is_known_of_the_customer() {
    let desk = Desk::start().await;
    desk.api.set("company", "Riverside Plumbing").await;
    let body = "Hola {{ contact.first_name }}, {{ company }} is closed today.";
    let template = json!({ "name": "closed", "body": body });
    assert_eq!(desk.api.post("/v1/templates", &template).await.0, 201);
    let rule = "[[rule]]\nname = \"closed\"\nany = \"open\"\nreply = { template = \"closed\" }\n";
    desk.rules(rule).await;
    // Nobody knows the name yet: colleagues are asked instead.
    desk.world.customer_writes(MARIA, "are you open?").await;
    let conversation = desk.api.conversation(MARIA).await;
    assert_eq!(conversation["flagged"], true, "{conversation}");
    let contact = conversation["contact"].as_str().unwrap();
    let path = format!("/v1/contacts/{contact}");
    let name = json!({ "id": smsdesk::clock::new_id(), "name": "Maria Lopez" });
    desk.api.patch(&path, &name).await;
    desk.world.customer_writes(MARIA, "open now?").await;
    let answer = "Hola Maria, Riverside Plumbing is closed today.";
    desk.world.gets(MARIA, &[answer]).await;
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_answers_each_answer_gets_three_and_then_somebody_looks() {
    let desk = Desk::start().await;
    for n in 1..=6 {
        let body = format!("I am a machine and need support, case {n}");
        desk.world.customer_writes(MARIA, &body).await;
    }
    desk.world.gets(MARIA, &[HELP, HELP, HELP]).await;
    desk.world.customer_writes(BO, "support").await;
    desk.world.gets(BO, &[HELP]).await;
    assert_eq!(desk.world.handed_over(MARIA).len(), 3);
    assert_eq!(desk.api.conversation(MARIA).await["flagged"], json!(true));
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_away_message_goes_once_in_an_absence() {
    let desk = Desk::start().await;
    let template = json!({ "name": "away", "body": "We are back at 9, {{ company }}." });
    assert_eq!(desk.api.post("/v1/templates", &template).await.0, 201);
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
    desk.api.put("/v1/settings", &settings).await;
    desk.world.customer_writes(MARIA, "anybody there?").await;
    let away = "We are back at 9, Riverside.";
    desk.world.gets(MARIA, &[away]).await;
    desk.world.customer_writes(MARIA, "hello?").await;
    desk.world.customer_writes(MARIA, "I need help").await;
    desk.world.gets(MARIA, &[away, HELP]).await;
    desk.api.set("automation.away", false).await;
    desk.world.customer_writes(BO, "anybody?").await;
    desk.world.customer_writes(BO, "I need help").await;
    desk.world.gets(BO, &[HELP]).await;
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_restarted_between_decision_and_sending_sends_once() {
    let mut desk = Desk::start().await;
    desk.world.turn(|knobs| knobs.http_429 = rate(1.0));
    desk.world.customer_writes(MARIA, "I need help").await;
    assert_eq!(desk.hits("help").await, 1, "it was decided");
    desk.world.stop_relay().await;
    assert!(desk.world.handed_over(MARIA).is_empty());
    desk.world.turn(|knobs| knobs.http_429 = rate(0.0));
    desk.world.start_relay().await;
    desk.world.gets(MARIA, &[HELP]).await;
    desk.world.stop_relay().await;
    desk.world.start_relay().await;
    desk.world.customer_writes(BO, "I need help").await;
    desk.world.gets(BO, &[HELP]).await;
    assert_eq!(desk.world.handed_over(MARIA).len(), 1);
    assert_eq!(desk.hits("help").await, 2);
    desk.world.end().await;
}

/// Has the relay's program hold rules against what came in the last 30 days.
fn replayed(config: &Path, more: &[&str]) -> String {
    let output = Command::new(RELAY)
        .args(["rules", "test", "--since", "30d", "--config"])
        .arg(config)
        .args(more)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rules_would_have_answered_at_the_practice_desk_is_told_by_the_relays_program() {
    let desk = Desk::start().await;
    desk.api.set("automation.rules", false).await;
    for customer in CUSTOMERS {
        for body in customer.opens {
            desk.world.customer_writes(customer.number, body).await;
        }
    }
    let (url, database) = (desk.world.relay_url(), desk.world.folder("relay.db"));
    let config = desk.world.folder("relay.toml");
    let text = format!(
        "[relay]\npublic_url = \"{url}\"\ndatabase = \"sqlite:{}\"\n[relay.twilio]\n\
         account_sid = \"{ACCOUNT}\"\nauth_token = \"{TOKEN}\"\nlines = [\"{LINE}\"]\n",
        database.display()
    );
    std::fs::write(&config, text).unwrap();
    let told = replayed(&config, &[]);
    let texts: usize = CUSTOMERS.iter().map(|it| it.opens.len()).sum();
    for line in [
        "  documents  Documents attached\n".to_owned(),
        "  status  invoice #2291 says $420 but the quote was $380? Is there any update?\n"
            .to_owned(),
        "  help  Please confirm receipt of our order 7781, or can we help with anything?\n"
            .to_owned(),
        "help: means 1, would have answered 1\n".to_owned(),
        "confirmed: means 0, would have answered 0\n".to_owned(),
        format!("{texts} texts, 3 would have been answered\n"),
    ] {
        assert!(told.contains(&line), "{line:?} in {told}");
    }
    assert!(!told.contains("warning"), "{told}");
    let everyday = desk.world.folder("everyday.toml");
    let rule =
        "[[rule]]\nname = \"hello\"\nany = [\"is\", \"the\", \"please\"]\nreply = \"Hello!\"\n";
    std::fs::write(&everyday, rule).unwrap();
    let told = replayed(&config, &["--file", everyday.to_str().unwrap()]);
    let warning = "warning: hello swallows everyday texts: it would have answered ";
    assert!(told.contains(warning), "{told}");
    // Nothing of it went out, and nothing was stored.
    assert_eq!(desk.hits("help").await, 0);
    desk.api.set("automation.rules", true).await;
    desk.is_done(MARIA).await;
    for customer in CUSTOMERS {
        assert!(desk.world.handed_over(customer.number).is_empty());
    }
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relays_own_commands_work_on_a_practice_desk() {
    install_crypto();
    let demo = Demo::start(DemoOptions {
        seed: 1,
        customers: Customers::Silent,
    });
    let demo = demo.await.unwrap();
    let config = demo.folder().join("relay.toml");
    let told = replayed(&config, &[]);
    assert!(
        told.ends_with("0 texts, 0 would have been answered\n"),
        "{told}"
    );
    demo.stop().await;
}

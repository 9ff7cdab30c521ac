//! The nights in which clocks are put forward or back, in three zones, from outside: the relay runs
//! by a clock that is moved, and is started anew at each of its moments.

use crate::common::desk::inbound;
use crate::common::twilio::{Reply, Twilio};
use crate::common::{Desk, Setup, eventually};
use crate::jobs::{Hands, id};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::time::Timestamp;

const MINUTE_MS: i64 = 60_000;
const DAY_MIN: i64 = 24 * 60;
/// From where on texts of customers are numbered: those of ours are numbered from 1.
const INBOUND: u32 = 1_000_000;

/// A change of clocks: all that is needed to say when a clock there shows what, without asking the
/// tables that the relay asks.
struct Change {
    zone: &'static str,
    /// The day of the change there.
    day: &'static str,
    at: &'static str,
    /// How far the clock is ahead of UTC before and after, in minutes.
    ahead: [i64; 2],
}

impl Change {
    /// When the clock on the wall shows so many minutes behind the midnight that begins the day of
    /// the change.
    fn shows(&self, minutes: i64) -> Timestamp {
        let midnight = Timestamp::parse_rfc3339(&format!("{}T00:00:00Z", self.day)).unwrap();
        let by = |ahead: i64| midnight.plus_millis((minutes - ahead) * MINUTE_MS);
        let change = Timestamp::parse_rfc3339(self.at).unwrap();
        let [before, after] = self.ahead;
        if by(before) < change {
            by(before)
        } else {
            by(after)
        }
    }
}

const NEW_YORK: [Change; 2] = [
    Change {
        zone: "America/New_York",
        day: "2027-03-14",
        at: "2027-03-14T07:00:00Z",
        ahead: [-300, -240],
    },
    Change {
        zone: "America/New_York",
        day: "2027-11-07",
        at: "2027-11-07T06:00:00Z",
        ahead: [-240, -300],
    },
];

const BERLIN: [Change; 2] = [
    Change {
        zone: "Europe/Berlin",
        day: "2027-03-28",
        at: "2027-03-28T01:00:00Z",
        ahead: [60, 120],
    },
    Change {
        zone: "Europe/Berlin",
        day: "2027-10-31",
        at: "2027-10-31T01:00:00Z",
        ahead: [120, 60],
    },
];

/// Where clocks are moved by half an hour.
const LORD_HOWE: [Change; 2] = [
    Change {
        zone: "Australia/Lord_Howe",
        day: "2027-04-04",
        at: "2027-04-03T15:00:00Z",
        ahead: [660, 630],
    },
    Change {
        zone: "Australia/Lord_Howe",
        day: "2027-10-03",
        at: "2027-10-02T15:30:00Z",
        ahead: [630, 660],
    },
];

const VISITED_THAT_DAY: &str = "+12394267001";
const VISITED_THE_DAY_AFTER: &str = "+12394267002";
const TOLD_AT_NIGHT: &str = "+12394267003";
const WRITTEN_TO: &str = "+12394267004";

/// A relay that is started anew at each moment of its night, and the provider that outlives it.
struct Night {
    twilio: Twilio,
    setup: Setup,
    hands: Hands,
    desk: Desk,
    /// Texts that came in so far.
    received: u32,
}

impl Night {
    async fn begins(change: &Change) -> Self {
        let twilio = Twilio::start(|_, n| Reply::Accept(u32::try_from(n).unwrap() + 1)).await;
        let setup = Setup {
            // The clock stands, so that no pace would ever let a second text go.
            more: "segments_per_second = 10000".to_owned(),
            ..Setup::calling(twilio.url())
        };
        let hands = Hands::new();
        hands.go_to(&change.shows(-12 * 60).to_rfc3339());
        let desk = Desk::by(setup.clone(), &hands).await;
        let boss = desk.join("Boss", "admin").await;
        let ask = async |method, path, body: Value| {
            let (kind, body) = ("application/json", Some(body.to_string()));
            let answer = desk.request(method, path, &boss, kind, body).await;
            assert!([200, 201].contains(&answer.status), "{answer:?}");
        };
        let away = json!({ "name": "away", "body": "We are back at 8." });
        ask(Method::POST, "/v1/templates", away).await;
        let settings = json!({
            "quiet.enabled": true, "quiet.zone": change.zone, "zone": change.zone,
            "business_hours.hours": "mon-sun 08:00-17:00", "business_hours.zone": change.zone,
        });
        ask(Method::PUT, "/v1/settings", settings).await;
        Self {
            twilio,
            setup,
            hands,
            desk,
            received: 0,
        }
    }

    /// The relay is down until the clock shows that.
    async fn goes_to(&mut self, at: Timestamp) {
        self.desk.stop().await.unwrap();
        self.hands.go_to(&at.to_rfc3339());
        self.desk = Desk::by(self.setup.clone(), &self.hands).await;
    }

    /// What the provider was given for somebody.
    fn sent(&self, to: &str) -> Vec<String> {
        let calls = self.twilio.calls().into_iter().filter(|it| it["To"] == to);
        calls.map(|it| it["Body"].clone()).collect()
    }

    async fn has_sent(&self, to: &str, count: usize) {
        eventually(&format!("{count} texts for {to}"), async || {
            (self.sent(to).len() == count).then_some(())
        })
        .await;
    }

    /// Just before a moment somebody has so many texts.
    async fn is_early(&mut self, to: &str, at: Timestamp, count: usize) {
        self.goes_to(at.plus_millis(-1)).await;
        self.is_awake().await;
        assert_eq!(self.sent(to).len(), count, "too early: {to}");
    }

    /// From that moment on they have one more.
    async fn comes(&mut self, to: &str, at: Timestamp, count: usize) {
        self.is_early(to, at, count - 1).await;
        self.goes_to(at).await;
        self.has_sent(to, count).await;
    }

    /// Whether somebody who writes now is told that nobody is there.
    async fn is_away(&mut self) -> bool {
        self.received += 1;
        let who = format!("+1239426{:04}", 8_000 + self.received);
        let body = format!("hello {}", self.received);
        let pairs = inbound(INBOUND + self.received, &who, &body);
        let taken = self.desk.signed("/webhooks/twilio/message", &pairs).await;
        assert_eq!(taken.status, 200);
        // It is decided in the commit that stores the text.
        let page = self.desk.get("/v1/conversations").await.json();
        let all = page["conversations"].as_array().unwrap();
        let theirs = all.iter().find(|it| it["address"] == who).unwrap();
        let path = format!(
            "/v1/conversations/{}/entries",
            theirs["id"].as_str().unwrap()
        );
        let page = self.desk.get(&path).await.json();
        page["entries"].as_array().unwrap().len() == 2
    }

    /// The relay works and sends: what was due when it started has had its turn.
    async fn is_awake(&mut self) {
        self.received += 1;
        let n = u128::from(self.received) + 1_000;
        let who = format!("+1239426{:04}", 9_000 + self.received);
        let body = json!({ "id": id(n), "to": who, "body": "awake", "confirm": true });
        let sent = self.desk.post("/v1/messages", &body).await;
        assert_eq!(sent.status, 201, "{sent:?}");
        self.has_sent(&who, 1).await;
    }
}

fn visit(n: u128, to: &str, starts_at: Timestamp, zone: &str) -> Value {
    json!({
        "id": id(n), "to": to, "technician": "Tom", "starts_at": starts_at.to_rfc3339(),
        "zone": zone, "variables": { "company_name": "Riverside" },
    })
}

/// Noon before the change to the morning behind it. Minutes count from the midnight between.
async fn passes(change: &Change) {
    let mut night = Night::begins(change).await;
    let ten = 10 * 60;
    for (n, to, minutes) in [
        (1, VISITED_THAT_DAY, ten),
        (2, VISITED_THE_DAY_AFTER, DAY_MIN + ten),
    ] {
        let visit = visit(n, to, change.shows(minutes), change.zone);
        let made = night.desk.post("/v1/jobs", &visit).await;
        assert_eq!(made.status, 201, "{made:?}");
        night.has_sent(to, 1).await;
    }
    let at = change.shows(9 * 60).to_rfc3339();
    let timed = json!({ "id": id(3), "to": WRITTEN_TO, "body": "on time", "send_at": at });
    assert_eq!(night.desk.post("/v1/messages", &timed).await.status, 201);
    assert!(!night.is_away().await, "noon");
    // The day before at 18:00.
    night
        .comes(VISITED_THAT_DAY, change.shows(-6 * 60), 2)
        .await;
    // At night nobody is told anything until the clock shows 8.
    night.goes_to(change.shows(-60)).await;
    let told = json!({ "id": id(4), "to": TOLD_AT_NIGHT, "variables": {
        "company_name": "Riverside", "tech_first_name": "Tom" } });
    let told = night.desk.post("/v1/triggers/arrived", &told).await;
    assert_eq!(told.status, 201, "{told:?}");
    let eight = change.shows(8 * 60);
    assert_eq!(told.json()["send_at"], eight.to_rfc3339());
    let change_at = Timestamp::parse_rfc3339(change.at).unwrap();
    for moment in [
        change_at.plus_millis(-1),
        change_at,
        change_at.plus_millis(60 * MINUTE_MS),
    ] {
        night.goes_to(moment).await;
        assert!(night.is_away().await, "at night");
    }
    night.is_early(TOLD_AT_NIGHT, eight, 0).await;
    assert!(night.is_away().await, "just before 8:00");
    night.comes(TOLD_AT_NIGHT, eight, 1).await;
    assert!(!night.is_away().await, "8:00");
    night.comes(WRITTEN_TO, change.shows(9 * 60), 1).await;
    let five = change.shows(17 * 60);
    night.goes_to(five.plus_millis(-1)).await;
    assert!(!night.is_away().await, "just before 17:00");
    night.hands.go_to(&five.to_rfc3339());
    assert!(night.is_away().await, "17:00");
    night
        .comes(VISITED_THE_DAY_AFTER, change.shows(18 * 60), 2)
        .await;
    night.goes_to(change.shows(DAY_MIN + 9 * 60)).await;
    night.is_awake().await;
    for (to, texts) in [
        (VISITED_THAT_DAY, 2),
        (VISITED_THE_DAY_AFTER, 2),
        (TOLD_AT_NIGHT, 1),
        (WRITTEN_TO, 1),
    ] {
        let sent = night.sent(to);
        assert_eq!(sent.len(), texts, "{}, {to}: {sent:?}", change.zone);
    }
}

#[tokio::test]
async fn nothing_is_told_twice_or_skipped_in_new_york() {
    for change in &NEW_YORK {
        passes(change).await;
    }
}

#[tokio::test]
async fn nothing_is_told_twice_or_skipped_in_berlin() {
    for change in &BERLIN {
        passes(change).await;
    }
}

#[tokio::test]
async fn nothing_is_told_twice_or_skipped_on_lord_howe_island() {
    for change in &LORD_HOWE {
        passes(change).await;
    }
}

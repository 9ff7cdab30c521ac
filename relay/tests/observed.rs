//! What operators see: figures, the relay's own account of how it fares, and lines that belong
//! together.

use crate::common::client::Stream;
use crate::common::desk::{LINE, MARIA, inbound};
use crate::common::endpoint::{Endpoint, Says, judged};
use crate::common::program::Program;
use crate::common::twilio::REQUEST;
use crate::common::{Desk, Reply, Setup, Twilio, encode, eventually};
use reqwest::Method;
use serde_json::Value;
use smsdesk_common::api::REQUEST_ID_HEADER;
use smsdesk_common::api::status::RelayStatus;
use smsdesk_relay::metrics::table::{FIGURES, Figure};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The figures of a text of metrics: value by name and labels.
fn figures(text: &str) -> BTreeMap<&str, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let figures = lines.map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name, value.parse().unwrap())
    });
    figures.collect()
}

/// Kind and labels of each figure by its name.
fn shapes(text: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let mut shapes: BTreeMap<_, _> = types
        .map(|line| {
            let (name, kind) = line.split_once(' ').unwrap();
            (name.to_owned(), (kind.to_owned(), BTreeSet::new()))
        })
        .collect();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, _) = line.rsplit_once(' ').unwrap();
        let (name, labels) = name.split_once('{').unwrap_or((name, ""));
        let part = ["_bucket", "_sum", "_count"].into_iter();
        let mut of_a_histogram = part.filter_map(|end| name.strip_suffix(end));
        let name = of_a_histogram
            .find(|name| shapes.contains_key(*name))
            .unwrap_or(name);
        let found = &mut shapes.get_mut(name).unwrap().1;
        let labels = labels
            .split("\",")
            .filter_map(|label| label.split_once('='));
        let labels = labels.map(|(label, _)| label.to_owned());
        found.extend(labels.filter(|label| label != "le"));
    }
    shapes
}

/// What a relay tells that shows no certificate.
fn expected() -> impl Iterator<Item = &'static Figure> {
    let certificate = "smsdesk_certificate_left_seconds";
    FIGURES.iter().filter(move |it| it.name != certificate)
}

#[tokio::test]
async fn every_figure_is_in_the_table_and_every_one_of_the_table_is_told() {
    let endpoint = Endpoint::start(|_, _| Says::Content(judged("", 0))).await;
    let twilio = Twilio::start(|_, _| Reply::Accept(7)).await;
    let setup = Setup {
        more: endpoint.configured(""),
        ..Setup::calling(twilio.url())
    };
    let desk = Desk::start(setup.watched()).await;
    desk.receive(1, MARIA, "hello").await;
    // The log is moved once nobody writes, the lists are read at the start.
    let text = eventually("every figure is there", async || {
        let text = desk.metrics().await;
        let told = shapes(&text);
        let all = expected().all(|it| told.contains_key(it.name));
        all.then_some(text)
    })
    .await;
    let told = shapes(&text);
    for figure in expected() {
        let (kind, labels) = &told[figure.name];
        assert_eq!(kind, figure.kind.as_str(), "{}", figure.name);
        let expected = figure.labels.iter().map(|label| (*label).to_owned());
        assert_eq!(*labels, expected.collect(), "{}", figure.name);
        let help = format!("# HELP {} {}\n", figure.name, figure.help);
        assert!(text.contains(&help), "{}", figure.name);
    }
    let table: BTreeSet<_> = FIGURES.iter().map(|figure| figure.name).collect();
    let strange: Vec<_> = told
        .keys()
        .filter(|it| !table.contains(it.as_str()))
        .collect();
    assert!(strange.is_empty(), "{strange:?} are not in the table");
}

/// What is told after a few deeds of each kind.
const COUNTED: &[(&str, f64)] = &[
    (
        "smsdesk_webhooks_total{kind=\"message\",outcome=\"stored\"}",
        1.0,
    ),
    (
        "smsdesk_webhooks_total{kind=\"message\",outcome=\"repeated\"}",
        1.0,
    ),
    (
        "smsdesk_webhooks_total{kind=\"message\",outcome=\"signature\"}",
        1.0,
    ),
    (
        "smsdesk_webhooks_total{kind=\"status\",outcome=\"stored\"}",
        0.0,
    ),
    ("smsdesk_webhook_seconds_count{kind=\"message\"}", 3.0),
    (
        "smsdesk_webhook_seconds_bucket{kind=\"message\",le=\"+Inf\"}",
        3.0,
    ),
    (
        "smsdesk_twilio_calls_total{endpoint=\"create\",outcome=\"2xx\"}",
        1.0,
    ),
    (
        "smsdesk_twilio_calls_total{endpoint=\"create\",outcome=\"4xx\"}",
        1.0,
    ),
    (
        "smsdesk_twilio_call_seconds_count{endpoint=\"create\"}",
        2.0,
    ),
    ("smsdesk_refused_total{code=\"token_unknown\"}", 1.0),
    ("smsdesk_stream_sessions{kind=\"person\"}", 1.0),
    ("smsdesk_stream_sessions{kind=\"program\"}", 0.0),
    ("smsdesk_feed_lag_changes", 0.0),
    ("smsdesk_outbox_waiting", 0.0),
    ("smsdesk_sends_paused", 0.0),
];

#[tokio::test]
async fn what_happens_is_counted_as_what_it_was() {
    let twilio = Twilio::start(|_, count| match count {
        0 => Reply::Accept(7),
        _ => Reply::Status(400, r#"{"code":21211,"message":"no"}"#.to_owned()),
    })
    .await;
    let desk = Desk::start(Setup::calling(twilio.url()).watched()).await;
    desk.receive(1, MARIA, "hello").await;
    desk.receive(1, MARIA, "hello").await;
    let unsigned = encode(&inbound(2, MARIA, "unsigned"));
    desk.webhook("/webhooks/twilio/message", "wrong", unsigned)
        .await;
    desk.send(1, MARIA, "taken").await;
    desk.becomes(1, "accepted").await;
    desk.send(2, MARIA, "refused").await;
    desk.becomes(2, "failed").await;
    let stranger = desk.raw(Method::GET, "/v1/agents").bearer_auth("nobody");
    assert_eq!(stranger.send().await.unwrap().status(), 401);
    let mut stream = Stream::open(&desk, &desk.token).await;
    stream.hello(None, None).await;
    let text = desk.metrics().await;
    let found = figures(&text);
    for (name, value) in COUNTED {
        assert_eq!(found.get(name), Some(value), "{name} in {text}");
    }
    assert!(found["smsdesk_commit_seconds_count"] > 0.0);
    assert!(found["smsdesk_commit_jobs_sum"] >= found["smsdesk_commit_jobs_count"]);
    // What the client does not acknowledge is what it is behind.
    desk.receive(2, MARIA, "more").await;
    let text = desk.metrics().await;
    assert!(figures(&text)["smsdesk_feed_lag_changes"] > 0.0, "{text}");
    drop(stream);
    eventually("the stream is closed", async || {
        let text = desk.metrics().await;
        (figures(&text)["smsdesk_stream_sessions{kind=\"person\"}"] == 0.0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_relay_tells_everybody_who_may_look_how_it_fares() {
    let twilio = Twilio::start(|_, _| Reply::Accept(7)).await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    desk.receive(1, MARIA, "hello").await;
    let unsigned = encode(&inbound(2, MARIA, "unsigned"));
    desk.webhook("/webhooks/twilio/message", "wrong", unsigned)
        .await;
    desk.send(1, MARIA, "taken").await;
    desk.becomes(1, "accepted").await;
    let reader = desk.join("Bo", "readonly").await;
    let answer = desk
        .request(Method::GET, "/v1/status", &reader, "", None)
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let status: RelayStatus = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(status.version, smsdesk_relay::VERSION);
    let webhooks = &status.webhooks;
    assert_eq!((webhooks.accepted, webhooks.refused), (1, 1));
    let ack = webhooks.ack.unwrap();
    assert_eq!(ack.count, 1);
    assert!(ack.p50_us > 0 && ack.p50_us <= ack.p99_us);
    assert!(status.commits.unwrap().count > 0);
    assert!(status.twilio.called >= 1 && status.twilio.calls.is_some());
    assert_eq!(status.outbox.waiting, 0);
    assert!(status.head.0 > 0 && status.disk.database_bytes.is_some());
    for private in [MARIA, LINE, "Ana", "hello"] {
        assert!(
            !answer.body.contains(private),
            "{private} in {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn every_answer_names_its_request_by_an_id_that_nobody_else_chooses() {
    let desk = Desk::start(Setup::new()).await;
    let mut ids = BTreeSet::new();
    let asked = [
        (Method::GET, "/ready"),
        (Method::GET, "/nowhere"),
        (Method::GET, "/v1/agents"),
        (Method::POST, "/v1/join"),
        (Method::POST, "/webhooks/twilio/message"),
    ];
    for (method, path) in &asked {
        let request = desk.raw(method.clone(), path);
        let request = request.header(REQUEST_ID_HEADER, "chosen-by-a-stranger");
        let answer = request.send().await.unwrap();
        let id = answer.headers()[REQUEST_ID_HEADER].to_str().unwrap();
        ids.insert(id.parse::<Uuid>().unwrap());
    }
    assert_eq!(ids.len(), asked.len(), "each has its own");
}

/// The lines of a log in JSON.
fn lines(log: &str) -> Vec<Value> {
    let line = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
    log.lines().map(line).collect()
}

#[tokio::test]
async fn a_text_is_followed_through_the_log_from_its_request_to_twilios_id() {
    let twilio = Twilio::start(|_, _| Reply::Accept(7)).await;
    let arguments = ["--log-level", "debug", "--log", "json"];
    let mut program = Program::serve(Setup::calling(twilio.url()), &arguments).await;
    let desk = &mut program.desk;
    desk.token = desk.join("Ana", "agent").await;
    let id = Uuid::from_u128(1);
    let body = serde_json::json!({ "id": id, "to": MARIA, "body": "hello" });
    let request = desk.raw(Method::POST, "/v1/messages");
    let request = request.bearer_auth(&desk.token).json(&body);
    let answer = request.send().await.unwrap();
    let request_id = answer.headers()[REQUEST_ID_HEADER].clone();
    let request_id = request_id.to_str().unwrap();
    desk.becomes(1, "accepted").await;
    assert!(program.terminate("-TERM").await.success());
    let lines = lines(&program.log());
    let of = |name: &str, value: &str| -> Vec<&Value> {
        lines.iter().filter(|line| line[name] == value).collect()
    };
    let said = |lines: &[&Value], words: &str| {
        let found = lines.iter().find(|line| line["message"] == words);
        found.map(|line| (*line).clone()).unwrap()
    };
    let ours = of("request", request_id);
    assert_eq!(said(&ours, "a text was taken")["entry"], id.to_string());
    let answered = said(&ours, "answered");
    assert_eq!(
        (&answered["status"], &answered["path"]),
        (&Value::from(201), &Value::from("/v1/messages"))
    );
    let entry = of("entry", &id.to_string());
    let handed_over = said(&entry, "handed over");
    assert_eq!(handed_over["twilio_request"], REQUEST);
    assert_eq!(handed_over.get("request"), None, "it was over long before");
    for line in &lines {
        let is_flat = |value: &Value| !value.is_object() && !value.is_array();
        assert!(line.as_object().unwrap().values().all(is_flat), "{line}");
    }
}

//! `verify --twilio`: the program itself against the simulator, beside a running relay and without.

use crate::common::desk::MARIA;
use crate::common::program::{run, text};
use crate::common::{Desk, Setup};
use crate::reconcile::{Provider, many, until_inbound};
use serde_json::{Value, json};
use smsdesk_relay::twilio::simulator::{Knobs, Rate};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Output;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// In no list: all of its digits are the same.
const STRANGER: u32 = 0x7777_7777;

async fn verify(setup: &Setup, more: &[&str]) -> Output {
    let arguments = [&["verify", "--twilio"], more].concat();
    run(setup, ANY_PORT, &arguments).await
}

async fn json_of(setup: &Setup, more: &[&str]) -> Value {
    let output = verify(setup, &[&["--json"], more].concat()).await;
    let words = text(&output.stdout);
    serde_json::from_str(&words).unwrap_or_else(|_| panic!("{words} {}", text(&output.stderr)))
}

/// Texts in both directions, all of them known from the lists.
async fn in_step(provider: &Provider) -> Desk {
    let desk = Desk::start(provider.setup()).await;
    provider.write(many(5)).await;
    until_inbound(&desk, 5).await;
    for n in 1..=3 {
        desk.send(n, MARIA, &format!("reply {n}")).await;
        desk.becomes(n, "delivered").await;
    }
    desk
}

#[tokio::test]
async fn both_sides_agree_while_the_relay_runs_and_when_it_does_not() {
    let provider = Provider::start().await;
    let mut desk = in_step(&provider).await;
    for running in [true, false] {
        if !running {
            desk.stop().await.unwrap();
        }
        let output = verify(&desk.setup, &[]).await;
        let (words, errors) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{words}{errors}");
        assert!(words.contains("twilio: 8 listed and "), "{words}");
        assert!(words.contains(": 0 differences\n"), "{words}");
        let reconciled = "reconciled: 5 of ours came by the lists, 0 are of unknown fate, \
                          lists read up to 20";
        assert!(words.contains(reconciled), "{words}");
    }
    let report = json_of(&desk.setup, &["--since", "all"]).await;
    assert_eq!(report["findings"], json!([]));
    assert_eq!(report["twilio"]["since"], Value::Null);
    assert_eq!(report["twilio"]["differences"], json!([]));
    let nothing = json_of(&desk.setup, &["--since", "0m"]).await;
    assert_eq!(nothing["twilio"]["listed"], 0);
}

#[tokio::test]
async fn a_deleted_text_a_text_that_twilio_does_not_know_and_changed_ones_are_found() {
    let provider = Provider::start().await;
    let mut desk = in_step(&provider).await;
    assert_eq!(
        desk.receive(STRANGER, MARIA, "never sent").await.status,
        200
    );
    desk.stop().await.unwrap();
    let inbound: Vec<_> = provider.simulator.messages();
    let [deleted, changed] = [0, 1].map(|n| inbound[n].sid.to_string());
    let sent = inbound.last().unwrap().sid.to_string();
    let extra = format!("SM{STRANGER:032x}");
    let conn = rusqlite::Connection::open(desk.setup.database()).unwrap();
    for (sql, sid) in [
        ("DELETE FROM entry WHERE sid = ?1", &deleted),
        ("UPDATE entry SET body = 'another' WHERE sid = ?1", &changed),
        ("UPDATE entry SET status = 'failed' WHERE sid = ?1", &sent),
        // What is younger than two minutes may be on its way to Twilio's lists.
        ("UPDATE entry SET at = at - 180000 WHERE sid = ?1", &extra),
    ] {
        assert_eq!(conn.execute(sql, [sid]).unwrap(), 1, "{sql}");
    }
    drop(conn);
    let expected = [
        json!({ "difference": "missing", "sid": deleted, "list": "inbound" }),
        json!({ "difference": "differs", "sid": changed, "fields": ["body"] }),
        json!({ "difference": "differs", "sid": sent, "fields": ["status"] }),
        json!({ "difference": "extra", "sid": extra }),
    ];
    let report = json_of(&desk.setup, &[]).await;
    let found = report["twilio"]["differences"].as_array().unwrap().clone();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert!(expected.iter().all(|one| found.contains(one)), "{found:?}");
    let output = verify(&desk.setup, &[]).await;
    let words = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    for line in [
        format!("missing: {deleted} is in Twilio's list (inbound), not here\n"),
        format!("differs: {changed} has another body\n"),
        format!("differs: {sent} has another status\n"),
        format!("extra: {extra} is here, Twilio does not know it\n"),
    ] {
        assert!(words.contains(&line), "{words}");
    }
    assert!(words.contains(": 4 differences\n"), "{words}");
    assert!(
        !words.contains(MARIA) && !words.contains("another text"),
        "{words}"
    );
}

#[tokio::test]
async fn without_an_answer_from_twilio_nothing_is_said_to_agree() {
    let provider = Provider::start().await;
    let desk = in_step(&provider).await;
    let refused = Setup {
        api_base_url: format!("{}/elsewhere", provider.simulator.base_url()),
        ..desk.setup.clone()
    };
    let output = verify(&refused, &[]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(!text(&output.stdout).contains("differences"));
    provider.simulator.turn(Knobs {
        http_503: Rate::try_from(0.2).unwrap(),
        ..Knobs::default()
    });
    let output = verify(&desk.setup, &[]).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[tokio::test]
async fn how_far_back_needs_a_time_that_can_be_read() {
    let setup = Setup::new();
    for arguments in [&["--twilio", "--since", "soon"][..], &["--since", "72h"]] {
        let output = run(&setup, ANY_PORT, &[&["verify"], arguments].concat()).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    let output = verify(&setup, &[]).await;
    assert_eq!(output.status.code(), Some(1), "there is no database");
}

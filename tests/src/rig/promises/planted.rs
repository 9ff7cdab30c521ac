//! `smsdesk-relay verify --twilio`, the program itself: nothing after all that, and then exactly
//! what was planted.

use super::super::check::{self, Violations};
use super::super::http::Connection;
use super::super::provider::customer;
use super::Desk;
use anyhow::Context as _;
use serde_json::{Value, json};
use smsdesk_relay::outbox::compare::SETTLED_MS;
use smsdesk_relay::twilio::simulator::InboundText;
use std::time::{Duration, Instant};

/// How long lost callbacks may show: the lists are read every five minutes, and the status of a
/// text younger than two is left to its callback.
const READ: Duration = Duration::from_secs(8 * 60);
/// The pause between two comparisons.
const PAUSE: Duration = Duration::from_secs(10);
/// Texts that are there for certain, to be spoiled.
const SPOILED: u64 = 3;
/// Of a text that no provider has.
const STRANGER: &str = "SMffffffffffffffffffffffffffffffff";

/// Runs it.
///
/// # Errors
/// The rig itself fails.
pub(super) async fn run(desk: &mut Desk, wrong: &mut Violations) -> anyhow::Result<String> {
    desk.turn(|_| ());
    let mut sids = Vec::new();
    for n in 0..SPOILED {
        let text = InboundText::new(customer(n), format!("to be spoiled {n}"));
        let received = desk.provider.simulator.inbound(&text).await?;
        sids.extend(received.into_iter().map(|one| one.message.sid.to_string()));
    }
    let began = Instant::now();
    let (mut status, mut report) = desk.relay.verify_twilio().await?;
    while !differences(&report)?.is_empty() && began.elapsed() < READ {
        tokio::time::sleep(PAUSE).await;
        (status, report) = desk.relay.verify_twilio().await?;
    }
    let found = differences(&report)?.into_iter();
    wrong.each("differences", found.map(|one| one.to_string()));
    wrong.each(
        "findings",
        report["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .map(Value::to_string),
    );
    wrong.unless(status == Some(0), || format!("verify ends with {status:?}"));

    let mut line = Connection::open(desk.relay.address).await?;
    let answer = line.webhook(STRANGER, &customer(0), "never sent").await?;
    anyhow::ensure!(
        answer.status == 200,
        "a webhook is answered {}",
        answer.status
    );
    desk.relay.terminate().await?;
    let planted = plant(desk, &sids)?;
    let (status, spoiled) = desk.relay.verify_twilio().await?;
    let found = differences(&spoiled)?;
    let missed = planted.iter().filter(|one| !found.contains(one));
    wrong.each("planted and not found", missed.map(Value::to_string));
    let extra = found.iter().filter(|one| !planted.contains(one));
    wrong.each("found and not planted", extra.map(Value::to_string));
    wrong.unless(status == Some(1), || format!("verify ends with {status:?}"));
    let twilio = &report["twilio"];
    Ok(format!(
        "verify --twilio compares {} and {}: {} differences{}; of {} planted it finds {}",
        twilio["listed"],
        twilio["ours"],
        differences(&report)?.len(),
        waited(began.elapsed()),
        planted.len(),
        planted.len() - planted.iter().filter(|one| !found.contains(one)).count()
    ))
}

fn waited(elapsed: Duration) -> String {
    if elapsed < PAUSE {
        return String::new();
    }
    format!(" once the lists were read again ({} s)", elapsed.as_secs())
}

/// Spoils the database of a relay that does not run. What is to be found.
fn plant(desk: &Desk, sids: &[String]) -> anyhow::Result<Vec<Value>> {
    let [deleted, body, direction] = sids else {
        anyhow::bail!("{} texts were to be spoiled", sids.len());
    };
    let relay = check::open(&desk.relay.database())?;
    // What is young may be on its way to the lists.
    let age = format!(
        "UPDATE entry SET at = at - {} WHERE sid = ?1",
        2 * SETTLED_MS
    );
    for (sql, sid) in [
        ("DELETE FROM entry WHERE sid = ?1", deleted.as_str()),
        ("UPDATE entry SET body = 'another' WHERE sid = ?1", body),
        (
            "UPDATE entry SET direction = 'outbound' WHERE sid = ?1",
            direction,
        ),
        (&age, STRANGER),
    ] {
        let changed = relay.execute(sql, [sid])?;
        anyhow::ensure!(changed == 1, "{changed} rows by {sql}");
    }
    Ok(vec![
        json!({ "difference": "missing", "sid": deleted, "list": "inbound" }),
        json!({ "difference": "differs", "sid": body, "fields": ["body"] }),
        json!({ "difference": "differs", "sid": direction, "fields": ["direction"] }),
        json!({ "difference": "extra", "sid": STRANGER }),
    ])
}

fn differences(report: &Value) -> anyhow::Result<Vec<Value>> {
    let found = report["twilio"]["differences"].as_array();
    Ok(found.context("no comparison")?.clone())
}

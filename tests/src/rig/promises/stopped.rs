//! Texts that come while the relay is stopped: there soon after its start, once.

use super::super::check::{self, Violations};
use super::super::http::Connection;
use super::super::provider::customer;
use super::{CONNECTIONS, Desk, LOOK, PEOPLE};
use smsdesk_relay::twilio::simulator::{InboundText, Message};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How long after the start the last of them may come.
const PRESENT: Duration = Duration::from_secs(120);

/// Runs it.
///
/// # Errors
/// The rig itself fails.
pub(super) async fn run(
    desk: &mut Desk,
    texts: u64,
    wrong: &mut Violations,
) -> anyhow::Result<String> {
    desk.turn(|_| ());
    let status = desk.relay.terminate().await?;
    wrong.unless(status.success(), || {
        format!("after SIGTERM the relay ends with {status}")
    });
    let missed = write(desk, texts).await?;
    desk.relay.start().await?;
    let started = Instant::now();
    let mut present = None;
    while present.is_none() && started.elapsed() < PRESENT {
        let origins = origins(desk)?;
        let here = missed
            .iter()
            .filter(|text| origins.contains_key(text.sid.as_str()));
        if here.count() == missed.len() {
            present = Some(started.elapsed());
        }
        tokio::time::sleep(LOOK).await;
    }
    accounts(desk, &missed, "after the start", wrong)?;
    late(desk, &missed).await?;
    accounts(desk, &missed, "after late webhooks", wrong)?;
    Ok(format!(
        "{texts} texts while the relay was stopped: {} after its start, by the lists; then as many \
         late webhooks",
        present.map_or("not all there".to_owned(), |took| format!(
            "all there {:.1} s",
            took.as_secs_f64()
        ))
    ))
}

/// Customers write; the webhooks reach nobody.
async fn write(desk: &Desk, texts: u64) -> anyhow::Result<Vec<Message>> {
    let mut writing = JoinSet::new();
    for n in 0..texts {
        let simulator = desk.provider.simulator.clone();
        let text = InboundText::new(customer(n % PEOPLE), format!("while you slept {n}"));
        writing.spawn(async move { simulator.inbound(&text).await });
    }
    let mut missed = Vec::new();
    while let Some(received) = writing.join_next().await {
        for received in received?? {
            let taken = received
                .webhooks
                .iter()
                .any(|webhook| webhook.status.is_some());
            anyhow::ensure!(!taken, "somebody answers in the place of the relay");
            missed.push(received.message);
        }
    }
    Ok(missed)
}

/// The webhooks come after all.
async fn late(desk: &Desk, missed: &[Message]) -> anyhow::Result<()> {
    let mut posting = JoinSet::new();
    for lane in 0..CONNECTIONS {
        let address = desk.relay.address;
        let mine: Vec<Message> = (0..CONNECTIONS)
            .cycle()
            .zip(missed)
            .filter(|(turn, _)| *turn == lane)
            .map(|(_, message)| message.clone())
            .collect();
        posting.spawn(async move {
            let mut line = Connection::open(address).await?;
            for message in mine {
                let from = message.from.unwrap_or_default();
                let answer = line
                    .webhook(message.sid.as_str(), &from, &message.body)
                    .await?;
                anyhow::ensure!(
                    answer.status == 200,
                    "a webhook is answered {}",
                    answer.status
                );
            }
            anyhow::Ok(())
        });
    }
    while let Some(lane) = posting.join_next().await {
        lane??;
    }
    Ok(())
}

/// Each text once, found by the lists, and counted once by its conversation.
fn accounts(
    desk: &Desk,
    missed: &[Message],
    when: &str,
    wrong: &mut Violations,
) -> anyhow::Result<()> {
    let origins = origins(desk)?;
    let (mut lost, mut doubled, mut otherwise) = (Vec::new(), Vec::new(), Vec::new());
    for text in missed {
        let sid = text.sid.to_string();
        match origins.get(&sid).map(Vec::as_slice) {
            None => lost.push(sid),
            Some([origin]) if origin == "backfill" => {}
            Some([_]) => otherwise.push(sid),
            Some(_) => doubled.push(sid),
        }
    }
    wrong.each(&format!("{when}, texts that are not there"), lost);
    wrong.each(&format!("{when}, texts that are there twice"), doubled);
    wrong.each(&format!("{when}, texts of another origin"), otherwise);
    check::soundness(&check::open(&desk.relay.database())?, wrong)?;
    Ok(())
}

/// The origins of the entries with each sid.
fn origins(desk: &Desk) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let relay = check::open(&desk.relay.database())?;
    let mut statement = relay.prepare("SELECT sid, origin FROM entry WHERE sid NOT NULL")?;
    let mut rows = statement.query(())?;
    let mut origins: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        origins.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(origins)
}

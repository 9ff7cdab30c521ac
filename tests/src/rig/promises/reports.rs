//! Delivery reports in any order, any number of times, over several sockets at once.

use super::super::check::{self, Violations};
use super::super::http::Connection;
use super::super::watch::Watch;
use super::{CONNECTIONS, Desk, entry_of, rate};
use anyhow::Context as _;
use smsdesk_relay::twilio::simulator::{Message, Rate, Status};
use std::time::Instant;
use tokio::task::JoinSet;

/// How often a report comes at most.
const TIMES_MAX: u64 = 5;
/// One text in so many does not arrive.
const FAILURES: f64 = 0.1;
/// The carrier could not reach the handset (Twilio's error 30003).
const UNREACHABLE: &str = "30003";

/// A report that is about to be posted.
struct Report {
    entry: String,
    sid: String,
    word: &'static str,
}

/// Runs it.
///
/// # Errors
/// The rig itself fails.
pub(super) async fn run(
    desk: &mut Desk,
    texts: u64,
    wrong: &mut Violations,
) -> anyhow::Result<String> {
    // The provider's own callbacks would come in their order; the rig posts them in its own.
    let failures = rate(FAILURES)?;
    desk.turn(|knobs| {
        knobs.lose_callbacks = Rate::ALWAYS;
        knobs.delivery_failure = failures;
    });
    let watch = Watch::start(desk.relay.address, &desk.token).await?;
    let asked = desk.ask_for(texts).await?;
    desk.handed_over().await?;
    desk.turn(|_| ());
    let sent = desk.messages_of(&asked);
    let lanes = deal(desk, &sent)?;
    let count: usize = lanes.iter().map(Vec::len).sum();
    let began = Instant::now();
    let mut posting = JoinSet::new();
    for lane in lanes {
        posting.spawn(post(desk.relay.address, lane));
    }
    while let Some(lane) = posting.join_next().await {
        lane??;
    }
    let took = began.elapsed();
    let seen = watch.until(desk.head().await?).await?;
    wrong.unless(seen.statuses.len() == sent.len(), || {
        format!(
            "the stream told of {} of {} texts",
            seen.statuses.len(),
            sent.len()
        )
    });
    let back = seen.backwards.len();
    wrong.each("statuses that went back", seen.backwards);
    desk.sends(&asked, wrong)?;
    let relay = check::open(&desk.relay.database())?;
    check::reconciled(&relay, &[], &sent, wrong)?;
    let failed = sent
        .iter()
        .filter(|text| text.status == Status::Undelivered);
    Ok(format!(
        "{count} reports of {texts} texts, shuffled, over {CONNECTIONS} sockets at once in {:.1} s: \
         {} steps on the stream, {back} of them back; {} of the texts are undelivered",
        took.as_secs_f64(),
        seen.steps,
        failed.count()
    ))
}

/// Every report of every text, 1 to 5 times, in an order without sense, for each socket.
fn deal(desk: &mut Desk, sent: &[Message]) -> anyhow::Result<Vec<Vec<Report>>> {
    let random = &mut desk.random;
    let mut reports = Vec::new();
    for message in sent {
        let entry = entry_of(message).context("a text without an entry")?;
        for word in ["queued", "sending", "sent", message.status.as_str()] {
            for _ in 0..=random.below(TIMES_MAX) {
                let (entry, sid) = (entry.to_owned(), message.sid.to_string());
                reports.push(Report { entry, sid, word });
            }
        }
    }
    // Fisher and Yates: every order is equally likely.
    for last in (1..reports.len()).rev() {
        reports.swap(last, random.place(last + 1));
    }
    let mut lanes: Vec<Vec<Report>> = (0..CONNECTIONS).map(|_| Vec::new()).collect();
    for report in reports {
        let lane = random.place(lanes.len());
        lanes[lane].push(report);
    }
    Ok(lanes)
}

async fn post(relay: std::net::SocketAddr, reports: Vec<Report>) -> anyhow::Result<()> {
    let mut line = Connection::open(relay).await?;
    for Report { entry, sid, word } in reports {
        let mut more = vec![("SmsStatus", word), ("MessageStatus", word)];
        if word == Status::Undelivered.as_str() {
            more.push(("ErrorCode", UNREACHABLE));
        }
        let answer = line.report(&entry, &sid, &more).await?;
        anyhow::ensure!(
            answer.status == 204,
            "a report is answered {}",
            answer.status
        );
    }
    Ok(())
}

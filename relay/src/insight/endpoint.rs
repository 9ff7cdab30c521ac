//! Asks an endpoint about some texts at a time, pays for it, and stores what was learned.

use super::answer::Judged;
use super::breaker::{Breaker, PAUSE_MS_MAX};
use super::client::{Client, Failure, Outcome};
use super::prompt::Wish;
use super::tally::{Reason, State};
use super::{Next, PAUSE_MS, Work, pending};
use crate::desk::insight::{self as desk, Learned};
use crate::desk::rules::{self, Made};
use crate::state::Relay;
use crate::store::{StoreError, insight};
use futures_util::future::join_all;
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{EntryId, Seq};
use smsdesk_common::time::Timestamp;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Texts that are asked about at the same time: a slow endpoint still keeps up with a busy desk.
const CALLS_MAX: u32 = 4;
/// How many times a text is asked about before it stays as it is.
const TRIES_MAX: u32 = 5;
/// How often it is looked for replies that come too late, in milliseconds.
const LATE_LOOK_MS: u64 = 60_000;
/// The longest pause while the day's money is spent, in milliseconds: the clock may be put right.
const CAPPED_MS_MAX: i64 = 10 * 60_000;

/// What is remembered of the endpoint, and may be forgotten.
#[derive(Default)]
pub(super) struct Memory {
    breaker: Breaker,
    tries: HashMap<EntryId, u32>,
    /// Texts that are done with, behind one that is to be asked about again.
    passed: BTreeSet<Seq>,
}

/// Asks about the next texts.
pub(super) async fn round(
    relay: &Relay,
    client: &Client,
    work: &mut Work,
) -> Result<Next, StoreError> {
    if relay.store.is_low() {
        return Ok(Next::Grown(None));
    }
    let left = relay
        .store
        .read(|reads| insight::all_wanted(reads, 1))
        .await?;
    let left = !left.is_empty() && relay.store.write(rules::answer_late).await?;
    let wait = work.endpoint.breaker.wait_ms(work.elapsed_ms());
    if wait > 0 {
        return Ok(Next::After(Duration::from_millis(wait)));
    }
    let limit = match work.endpoint.breaker.is_wary() {
        true => 1,
        false => CALLS_MAX,
    };
    let asked = asked(relay, client, pending(relay, work, limit).await?).await?;
    if asked.is_empty() {
        return Ok(Next::Grown(
            left.then(|| Duration::from_millis(LATE_LOOK_MS)),
        ));
    }
    let passed = &work.endpoint.passed;
    let asks = |text: &Entry| has_words(text) && !passed.contains(&text.position);
    let open = asked.iter().filter(|(text, _)| asks(text));
    let most = open
        .map(|(text, wish)| client.cost_max(&text.body, *wish))
        .fold(0_i64, i64::saturating_add);
    let now = relay.clock.now();
    let Some(reserved) = reserve(relay, client, (now, most)).await? else {
        return Ok(Next::After(capped(relay)));
    };
    let calls = asked.iter().map(|(text, wish)| async move {
        match asks(text) {
            true => Some(client.ask(&text.body, *wish).await),
            false => None,
        }
    });
    let outcomes = join_all(calls).await;
    let found = sort(relay, client, work, asked.iter().zip(outcomes));
    let spent = found.cost.saturating_sub(reserved);
    let store = relay.store.write(move |tx| {
        for one in &found.learned {
            desk::learn(tx, one)?;
        }
        let mut sends = false;
        for one in &found.made {
            sends |= rules::answer_made(tx, one)?;
        }
        if spent != 0 {
            insight::spend(tx, now, spent)?;
        }
        if let Some(place) = found.place {
            insight::set_place(tx, place)?;
        }
        Ok::<_, StoreError>(sends)
    });
    if store.await? {
        relay.outbox_bell.notify_one();
        relay.timed_bell.notify_one();
    }
    let wait = work.endpoint.breaker.wait_ms(work.elapsed_ms());
    Ok(Next::After(Duration::from_millis(wait.max(PAUSE_MS))))
}

/// What is asked about each text: a reply where agents are offered some, or a rule wants one.
async fn asked(
    relay: &Relay,
    client: &Client,
    texts: Vec<Entry>,
) -> Result<Vec<(Entry, Wish)>, StoreError> {
    let suggest = client.endpoint().suggest;
    let look = relay.store.read(move |reads| {
        let with_wish = texts.into_iter().map(|text| {
            let reply = suggest || insight::wanted(reads, text.id)?.is_some();
            let wish = if reply { Wish::Reply } else { Wish::Judgement };
            Ok((text, wish))
        });
        with_wish.collect::<Result<Vec<_>, StoreError>>()
    });
    look.await
}

fn has_words(text: &Entry) -> bool {
    !text.body.trim().is_empty()
}

/// Sets aside what questions may cost at most, before they are asked: a relay that is killed then has
/// rather counted too much than too little. How much that is; none where the day does not allow it.
async fn reserve(
    relay: &Relay,
    client: &Client,
    (now, most): (Timestamp, i64),
) -> Result<Option<i64>, StoreError> {
    let Some(cap) = client.endpoint().daily_cost_cap.filter(|_| most > 0) else {
        return Ok(Some(0));
    };
    let reserve = relay.store.write(move |tx| {
        if insight::spent(tx, now)?.saturating_add(most) > cap.0 {
            return Ok::<_, StoreError>(None);
        }
        insight::spend(tx, now, most)?;
        Ok(Some(most))
    });
    reserve.await
}

/// How long to wait where the day's money is spent.
fn capped(relay: &Relay) -> Duration {
    if relay.insights.set(State::Capped) {
        tracing::warn!("customers' texts are not judged today any more: the cost cap is reached");
    }
    let left = insight::left_of_day_ms(relay.clock.now());
    let left = left.clamp(1, CAPPED_MS_MAX);
    Duration::from_millis(u64::try_from(left).unwrap_or(PAUSE_MS_MAX))
}

/// What came of some questions.
struct Found {
    learned: Vec<Learned>,
    /// For the rules that want an answer.
    made: Vec<Made>,
    /// Up to here nothing is to be asked again.
    place: Option<Seq>,
    /// What it cost, in billionths.
    cost: i64,
}

/// Sorts what was learned from what is to be asked again, and counts it.
fn sort<'a>(
    relay: &Relay,
    client: &Client,
    work: &mut Work,
    outcomes: impl Iterator<Item = (&'a (Entry, Wish), Option<Outcome>)>,
) -> Found {
    let mut found = Found {
        learned: Vec::new(),
        made: Vec::new(),
        place: None,
        cost: 0,
    };
    let (mut goes_on, mut trouble, mut answered) = (true, None, false);
    for ((text, wish), outcome) in outcomes {
        let mut made = nothing_made(client, text);
        let done = match outcome {
            None => true,
            Some(Outcome { judged, cost }) => {
                let most = || client.cost_max(&text.body, *wish);
                found.cost = found.cost.saturating_add(cost.unwrap_or_else(most));
                answered |= !matches!(judged, Err(Failure::Later(..)));
                match judged {
                    Ok(judged) => {
                        found.learned.push(learned(client, text, judged, &mut made));
                        true
                    }
                    Err(Failure::Refused(reason)) => refused(relay, reason),
                    Err(Failure::Later(reason, wished)) => {
                        relay.insights.count(reason);
                        trouble = trouble.or(Some((reason, wished)));
                        has_failed_enough(relay, work, text.id)
                    }
                }
            }
        };
        if done {
            found.made.push(made);
            work.endpoint.tries.remove(&text.id);
            work.endpoint.passed.insert(text.position);
        }
        goes_on &= done;
        found.place = goes_on.then_some(text.position).or(found.place);
    }
    if let Some(place) = found.place {
        work.endpoint.passed.retain(|position| *position > place);
    }
    relay.insights.judged(found.learned.len());
    note(relay, work, trouble, answered);
    found
}

fn nothing_made(client: &Client, text: &Entry) -> Made {
    Made {
        text: text.id,
        reply: None,
        confidence: 0,
        enough: client.endpoint().reply_confidence,
    }
}

fn learned(client: &Client, text: &Entry, judged: Judged, made: &mut Made) -> Learned {
    if let Some(reply) = judged.reply {
        made.confidence = reply.confidence;
        made.reply = Some(reply.words);
    }
    Learned {
        text: text.id,
        insight: judged.insight,
        suggestion: made.reply.clone().filter(|_| client.endpoint().suggest),
    }
}

/// The text stays as it is.
fn refused(relay: &Relay, reason: Reason) -> bool {
    relay.insights.count(reason);
    let reason = reason.name();
    tracing::warn!(reason, "a customer's text stays without a judgement");
    true
}

/// Whether a text was asked about in vain for the last time.
fn has_failed_enough(relay: &Relay, work: &mut Work, text: EntryId) -> bool {
    let tries = work.endpoint.tries.entry(text).or_insert(0);
    *tries += 1;
    *tries >= TRIES_MAX && refused(relay, Reason::GaveUp)
}

/// Notes how the endpoint does.
fn note(relay: &Relay, work: &mut Work, trouble: Option<(Reason, Option<u64>)>, answered: bool) {
    let now = work.elapsed_ms();
    let breaker = &mut work.endpoint.breaker;
    match trouble {
        Some((reason, wished)) => {
            breaker.failed(now, wished);
            if breaker.is_open() && relay.insights.set(State::Broken) {
                let reason = reason.name();
                tracing::warn!(reason, "the endpoint that judges texts is out of order");
            }
        }
        None if answered => {
            breaker.succeeded();
            if relay.insights.set(State::Well) {
                tracing::info!("the endpoint that judges texts answers again");
            }
        }
        None => {}
    }
}

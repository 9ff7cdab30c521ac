//! A large broadcast with all that goes wrong: how fast it goes, and what an agent feels of it.

use super::figure::{Figure, Goal};
use super::{Bench, ms, quantile};
use crate::bulk::{CALLS_MAX, Outcome, Scale, run as broadcast};
use crate::process::Program;
use smsdesk_common::broadcast::RecipientState;
use std::time::Duration;

/// As large as a desk of some thousand customers needs it.
const SCALE: Scale = Scale {
    rows: 20_000,
    opted_out_every: 20,
    rubbish_every: 33,
    limited: 0.3,
    kills: 2,
    rate: "100",
    deadline: Duration::from_secs(3_600),
    to_the_end: true,
};
/// The rate that the line has, in segments a second.
const RATE: f64 = 100.0;
/// The most in any ten seconds: what goes at once after a rest and after a kill comes on top, a
/// second's worth each.
const BUSIEST_MAX: f64 = RATE * 12.0;
/// The least on the whole: a refused call takes its place in the rate, three in ten are, and each kill
/// takes some seconds.
const RATE_MIN: f64 = RATE * 0.6;
/// How long half of the agent's replies may take while the broadcast runs, in milliseconds. The outbox
/// holds two seconds' worth of it: whoever waits behind that takes longer.
const REPLY_MS_HALF: f64 = 1_000.0;
/// How long nearly all of them may take, in milliseconds: with three calls in ten refused some are
/// handed over again, twice and more.
const REPLY_MS_MAX: f64 = 5_000.0;
/// The fewest rows that make sense: some are rubbish, some want no texts.
const ROWS_MIN: u64 = 100;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let program = Program {
        path: std::env::current_exe()?,
        environment: vec![(super::ROLE, "relay")],
    };
    let rows = bench.entries.clamp(ROWS_MIN, u64::from(SCALE.rows));
    let scale = Scale {
        rows: u32::try_from(rows)?,
        ..SCALE
    };
    let outcome = bench.block_on(broadcast(program, folder.path(), scale))?;
    adds_up(&scale, &outcome)?;
    let (taken, totals) = (outcome.taken.len() as f64, &outcome.totals);
    let mut replies = outcome.replies.times;
    Ok(vec![
        Figure::told(format!("broadcast to {rows}, texts taken"), taken, "texts")
            .limit(format!("each once; {totals:?}")),
        Figure::told(
            format!("broadcast to {rows}, rate"),
            taken / outcome.took.as_secs_f64(),
            "1/s",
        )
        .goal(Goal::AtLeast(RATE_MIN))
        .limit("the line has 100 segments a second; 30 % of calls 429, two kills"),
        Figure::told("busiest ten seconds", outcome.busiest as f64, "texts")
            .goal(Goal::AtMost(BUSIEST_MAX)),
        Figure::told(
            "agent's reply meanwhile, p50",
            ms(quantile(&mut replies, 0.5)),
            "ms",
        )
        .goal(Goal::AtMost(REPLY_MS_HALF)),
        Figure::told(
            "agent's reply meanwhile, p99",
            ms(quantile(&mut replies, 0.99)),
            "ms",
        )
        .goal(Goal::AtMost(REPLY_MS_MAX)),
    ])
}

/// Everybody once at most, and every row of the list in the totals as what it is.
fn adds_up(scale: &Scale, outcome: &Outcome) -> anyhow::Result<()> {
    let totals = &outcome.totals;
    let doubled = outcome.taken.values().filter(|count| **count > 1).count();
    anyhow::ensure!(doubled == 0, "{doubled} were texted twice");
    anyhow::ensure!(totals.all() == scale.rows, "totals: {totals:?}");
    let invalid = totals.of(RecipientState::Invalid);
    anyhow::ensure!(invalid == scale.rubbish(), "totals: {totals:?}");
    let out = totals.of(RecipientState::OptedOut);
    anyhow::ensure!(out == scale.out(), "totals: {totals:?}");
    let taken = u32::try_from(outcome.taken.len())?;
    anyhow::ensure!(taken == totals.out(), "{taken} taken, {totals:?}");
    // What was under way at a kill and never reached the provider is the only loss.
    let unconfirmed = totals.of(RecipientState::Unconfirmed);
    let reachable = scale.rows - scale.rubbish() - scale.out();
    anyhow::ensure!(taken + unconfirmed == reachable, "totals: {totals:?}");
    anyhow::ensure!(unconfirmed <= scale.kills * CALLS_MAX, "totals: {totals:?}");
    let replies = &outcome.replies;
    anyhow::ensure!(!replies.times.is_empty(), "no reply went out");
    anyhow::ensure!(replies.lost <= scale.kills, "{replies:?}");
    Ok(())
}

//! A large broadcast with all that goes wrong: how fast it goes, and what an agent feels of it.

use super::figure::{Figure, Goal};
use super::{Bench, ms, quantile};
use crate::bulk::{Scale, run as broadcast};
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
/// What goes at once after a rest is more than the rate: two seconds' worth.
const RATE_MAX: f64 = RATE * 1.05;
/// How long an agent's reply may take while the broadcast runs, in milliseconds: with three calls in
/// ten refused it is handed over again, twice and more.
const REPLY_MS_MAX: f64 = 5_000.0;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let program = Program {
        path: std::env::current_exe()?,
        environment: vec![(super::ROLE, "relay")],
    };
    let outcome = bench.block_on(broadcast(program, folder.path(), SCALE))?;
    let totals = &outcome.totals;
    let doubled = outcome.taken.values().filter(|count| **count > 1).count();
    anyhow::ensure!(doubled == 0, "{doubled} were texted twice");
    anyhow::ensure!(totals.all() == SCALE.rows, "totals: {totals:?}");
    let invalid = totals.of(RecipientState::Invalid);
    anyhow::ensure!(invalid == SCALE.rubbish(), "totals: {totals:?}");
    let stopped = totals.of(RecipientState::OptedOut) + totals.of(RecipientState::Failed);
    anyhow::ensure!(stopped == SCALE.out(), "totals: {totals:?}");
    let taken = outcome.taken.len() as f64;
    let out = f64::from(totals.out());
    anyhow::ensure!((taken - out).abs() < 1.0, "{taken} taken, {totals:?}");
    let mut replies = outcome.replies;
    let rows = SCALE.rows;
    Ok(vec![
        Figure::told(format!("broadcast to {rows}, texts taken"), taken, "texts")
            .limit(format!("each once; {totals:?}")),
        Figure::told(
            format!("broadcast to {rows}, rate"),
            taken / outcome.took.as_secs_f64(),
            "1/s",
        )
        .goal(Goal::AtMost(RATE_MAX))
        .limit("the line has 100 segments a second; 30 % of calls 429, two kills"),
        Figure::told(
            "agent's reply meanwhile, p50",
            ms(quantile(&mut replies, 0.5)),
            "ms",
        ),
        Figure::told(
            "agent's reply meanwhile, p99",
            ms(quantile(&mut replies, 0.99)),
            "ms",
        )
        .goal(Goal::AtMost(REPLY_MS_MAX)),
    ])
}

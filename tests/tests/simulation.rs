//! The simulated house: many seeds hold, and a house that is broken on purpose does not.

use smsdesk_tests::simulation::{Options, Sabotage, Stage, Tracing, run};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many seeds each run of the tests looks at.
const SEEDS: u64 = 2_000;
/// Where the seeds for broken houses begin: elsewhere, so that they are not those that hold.
const BROKEN_FROM: u64 = 100_000;
/// In how many seeds a break has to show.
const BROKEN_SEEDS: u64 = 300;

/// Seeds in which something was wrong once, and what it was.
const REGRESSIONS: &[(u64, &str)] = &[
    (24, "texts waited for the wall clock after it had gone back"),
    (284, "the same, for one text"),
    (312, "a text went out again by a relay that was restored"),
    (
        1_771,
        "a copy was called wrong whose history was read later than its feed had come",
    ),
    (1_833, "the same"),
    (2_768, "a text went out again by a relay that was restored"),
];

/// Runs seeds on two threads, as many as the smallest machine has; gives the first that fails.
fn first_failure(seeds: &[u64], sabotage: Option<Sabotage>) -> Option<u64> {
    let (next, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let failed = Mutex::new(None);
    let work = || {
        let mut stage = Stage::default();
        // A seed that was taken is run, so that the lowest one that fails is always found.
        while !over.load(Ordering::Relaxed) {
            let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            let options = Options {
                sabotage,
                ..Options::of(*seed)
            };
            if run(options, &mut stage).is_err() {
                over.store(true, Ordering::Relaxed);
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                let first = failed.map_or(*seed, |other: u64| other.min(*seed));
                *failed = Some(first);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What happened in a seed, in words.
fn told(seed: u64, sabotage: Option<Sabotage>) -> String {
    let options = Options {
        sabotage,
        tracing: Tracing::On,
        ..Options::of(seed)
    };
    match run(options, &mut Stage::default()) {
        Err(failure) => failure.to_string(),
        Ok(_) => format!("seed {seed} failed, and not again"),
    }
}

fn must_hold(seeds: &[u64]) {
    if let Some(seed) = first_failure(seeds, None) {
        let told = told(seed, None);
        panic!(
            "{told}\nagain: cargo run -p smsdesk-tests --bin simulation -- --seed {seed} --trace"
        );
    }
}

/// A house broken in one way shows it, and by the invariant that is meant to.
fn must_show(sabotage: Sabotage, invariants: &[&str]) {
    let seeds: Vec<_> = (BROKEN_FROM..BROKEN_FROM + BROKEN_SEEDS).collect();
    let seed = first_failure(&seeds, Some(sabotage));
    let seed = seed.unwrap_or_else(|| panic!("{sabotage:?} does not show in {BROKEN_SEEDS} seeds"));
    let told = told(seed, Some(sabotage));
    let verdict = told.lines().last().unwrap_or_default();
    assert!(
        invariants.iter().any(|name| verdict.contains(name)),
        "{sabotage:?} shows as something else: {verdict}"
    );
}

#[test]
fn every_seed_holds_every_invariant() {
    must_hold(&(0..SEEDS).collect::<Vec<_>>());
}

#[test]
fn a_seed_that_failed_once_holds() {
    must_hold(
        &REGRESSIONS
            .iter()
            .map(|(seed, _)| *seed)
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_same_seed_does_the_same() {
    for seed in 0..5 {
        let once = run(Options::of(seed), &mut Stage::default());
        let mut used = Stage::default();
        let _ = run(Options::of(seed + 1), &mut used);
        assert_eq!(once, run(Options::of(seed), &mut used));
    }
}

macro_rules! breaks {
    ($($name:ident: $sabotage:ident shows as $($invariant:literal)|+;)+) => {$(
        #[test]
        fn $name() {
            must_show(Sabotage::$sabotage, &[$($invariant),+]);
        }
    )+};
}

breaks! {
    a_relay_that_answers_before_it_stores_is_noticed: AnswerBeforeCommit shows as "I1";
    a_relay_that_stores_a_webhook_twice_is_noticed: NoDedupe shows as "I1";
    a_relay_that_repeats_what_may_have_gone_out_is_noticed: RepeatUnknown shows as "I7";
    a_relay_that_repeats_after_a_crash_is_noticed: RepeatClaimed shows as "I7";
    a_relay_whose_statuses_go_back_is_noticed: StatusAsItComes shows as "I9";
    a_relay_that_goes_on_after_a_revocation_is_noticed: DeafToRevocation shows as "I11";
    a_relay_that_takes_unsigned_webhooks_is_noticed: Unsigned shows as "I2";
    a_relay_that_leaves_a_change_out_is_noticed: SkippedChange shows as "I5" | "I6";
    a_relay_that_keeps_its_epoch_after_a_restore_is_noticed: SameEpoch shows as "I4" | "I5" | "I7";
    an_app_that_applies_over_a_gap_is_noticed: OverAGap shows as "I5" | "I6";
    an_app_that_shows_what_it_has_not_stored_is_noticed: EchoBeforeCommit shows as "I8";
    an_app_that_renames_a_text_is_noticed: OtherIdAgain shows as "I7";
}

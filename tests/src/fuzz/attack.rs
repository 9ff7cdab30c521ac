//! Tries inputs, keeps those that show something new, and makes the one that breaks something small.

use super::Target;
use super::mutate::mutated;
use crate::random::Random;
use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// The most inputs that are kept to be changed further: the oldest stay, the rest take turns.
const POOL_MAX: usize = 4_096;
/// The most tries at making an input smaller.
const SMALLER_TRIES_MAX: usize = 2_000;

/// How long to go on.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// So many inputs.
    Tries(u64),
    /// So long.
    For(Duration),
}

/// An input that breaks something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// What was read.
    pub input: Vec<u8>,
    /// What the target says.
    pub message: String,
}

/// What was tried without harm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// How many inputs.
    pub inputs: u64,
    /// How many different things were made of them.
    pub signs: usize,
    /// How long the slowest took.
    pub slowest: Duration,
    /// The slowest.
    pub slow: Vec<u8>,
}

/// Reads one input.
///
/// # Errors
/// It breaks something.
pub fn check(target: &Target, input: &[u8]) -> Result<u64, Crash> {
    let run = AssertUnwindSafe(|| (target.run)(input));
    catch_unwind(run).map_err(|panic| Crash {
        input: input.to_vec(),
        message: said(panic.as_ref()),
    })
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it panicked without a word".to_owned())
}

/// Reads the inputs that are kept, and changes of them. `before` sees each input before it is read.
///
/// # Errors
/// The first input that breaks something.
pub fn attack(
    target: &Target,
    kept: impl IntoIterator<Item = Vec<u8>>,
    seed: u64,
    limit: Limit,
    mut before: impl FnMut(&[u8]),
) -> Result<Tried, Crash> {
    let mut random = Random::new(seed);
    let (mut pool, mut signs) = (Vec::new(), BTreeSet::new());
    let mut tried = Tried::default();
    let begun = Instant::now();
    let mut kept = kept.into_iter();
    loop {
        let (input, is_kept) = match kept.next() {
            Some(input) => (input, true),
            None => (mutated(&pool, target.words, &mut random), false),
        };
        let is_over = match limit {
            Limit::Tries(most) => tried.inputs >= most,
            Limit::For(long) => begun.elapsed() >= long,
        };
        if is_over && !is_kept {
            tried.signs = signs.len();
            return Ok(tried);
        }
        before(&input);
        let started = Instant::now();
        let sign = check(target, &input)?;
        let took = started.elapsed();
        tried.inputs += 1;
        if took > tried.slowest {
            tried.slowest = took;
            tried.slow.clone_from(&input);
        }
        if signs.insert(sign) || is_kept {
            keep(&mut pool, input, &mut random);
        }
    }
}

fn keep(pool: &mut Vec<Vec<u8>>, input: Vec<u8>, random: &mut Random) {
    if pool.len() < POOL_MAX {
        pool.push(input);
    } else {
        let at = POOL_MAX / 2 + random.place(POOL_MAX / 2);
        pool[at] = input;
    }
}

/// A smaller input that breaks something, too.
pub fn smaller(target: &Target, crash: Crash) -> Crash {
    let mut smallest = crash;
    let mut tries = 0;
    let mut step = smallest.input.len().div_ceil(2);
    while step > 0 {
        let mut at = 0;
        while at < smallest.input.len() && tries < SMALLER_TRIES_MAX {
            tries += 1;
            let end = (at + step).min(smallest.input.len());
            let mut less = smallest.input.clone();
            less.drain(at..end);
            match check(target, &less) {
                Err(crash) => smallest = crash,
                Ok(_) => at = end,
            }
        }
        step /= 2;
    }
    smallest
}

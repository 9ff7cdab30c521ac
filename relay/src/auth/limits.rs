//! How often one may ask: buckets that are emptied by asking and fill again with time.
//!
//! Guesses of tokens and of invites are counted by where they come from, requests by their token, and
//! what needs no token by where it comes from again. Time is a parameter.

use crate::auth::source::Source;
use smsdesk_common::ids::TokenId;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

/// Milliseconds on a clock that never jumps.
pub type Millis = u64;

/// Sources or tokens that are counted one by one: some hundred bytes each. Those beyond share one
/// bucket, so that somebody with many addresses fills no memory.
const COUNTED_MAX: usize = 10_000;
/// How seldom full buckets are looked for where there is no room, in milliseconds.
const SWEEP_MS: Millis = 1_000;
/// Sources whose refusals are told one by one; the rest are told together.
const TOLD_MAX: usize = 20;
/// Under which name the rest are told.
const ELSEWHERE: &str = "elsewhere";

/// How much a bucket holds and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once after a rest.
    pub burst: u64,
    /// One more after so many milliseconds.
    pub refill_ms: Millis,
}

/// How often what may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Tokens that may be wrong, from one source. A person has one device with one wrong token; with
    /// 256 random bits not even an unlimited number of guesses leads anywhere, but each costs a look
    /// at the database. In ten minutes 30 are looked at.
    pub guesses: Rate,
    /// Invites, from one source: a team that joins together, from one office.
    pub invites: Rate,
    /// What needs no token, from one source other than this machine: somebody who looks at the
    /// relay's health every second from several places behind one address.
    pub strangers: Rate,
    /// Requests by one token: ten times what a terminal asks that fetches the whole history, and a
    /// part of what the smallest machine answers.
    pub requests: Rate,
}

impl Rates {
    /// What a real relay goes by.
    pub const STANDARD: Self = Self {
        guesses: Rate {
            burst: 20,
            refill_ms: 60_000,
        },
        invites: Rate {
            burst: 20,
            refill_ms: 60_000,
        },
        strangers: Rate {
            burst: 300,
            refill_ms: 100,
        },
        requests: Rate {
            burst: 5_000,
            refill_ms: 2,
        },
    };
}

/// Asked too often: one may ask again in so many milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOften(pub Millis);

impl TooOften {
    /// In whole seconds, as HTTP says it; at least one.
    pub const fn seconds(self) -> u64 {
        let seconds = self.0.div_ceil(1_000);
        if seconds == 0 { 1 } else { seconds }
    }
}

/// Buckets of one rate. Each is the time at which it is full again.
#[derive(Debug)]
struct Buckets<K> {
    rate: Rate,
    full_at: HashMap<K, Millis>,
    /// Of those that had no room.
    others: Millis,
    swept: Millis,
}

impl<K: Eq + Hash> Buckets<K> {
    fn new(rate: Rate) -> Self {
        Self {
            rate,
            full_at: HashMap::new(),
            others: 0,
            swept: 0,
        }
    }

    fn bucket(&mut self, key: K, now: Millis) -> &mut Millis {
        if self.full_at.len() >= COUNTED_MAX && now >= self.swept + SWEEP_MS {
            self.swept = now;
            self.full_at.retain(|_, full| *full > now);
        }
        if self.full_at.len() >= COUNTED_MAX && !self.full_at.contains_key(&key) {
            return &mut self.others;
        }
        self.full_at.entry(key).or_insert(now)
    }

    fn take(&mut self, key: K, now: Millis) -> Result<(), TooOften> {
        let Rate { burst, refill_ms } = self.rate;
        let full = self.bucket(key, now);
        let after = (*full).max(now) + refill_ms;
        let empty = now + burst * refill_ms;
        if after > empty {
            return Err(TooOften(after - empty));
        }
        *full = after;
        Ok(())
    }

    fn give_back(&mut self, key: K, now: Millis) {
        let refill = self.rate.refill_ms;
        let full = self.bucket(key, now);
        *full = full.saturating_sub(refill);
    }
}

/// SHA-256 of a token.
pub type Hashed = [u8; 32];

/// Everything that is counted.
#[derive(Debug)]
pub struct Limits {
    guesses: Buckets<Source>,
    invites: Buckets<Source>,
    strangers: Buckets<Source>,
    requests: Buckets<TokenId>,
    /// Tokens that were accepted and not refused since: they are no guesses, so that a colleague
    /// behind the same address as somebody who guesses goes on. There are no more than were given out.
    accepted: HashSet<Hashed>,
    /// What was refused since it was told last.
    refused: BTreeMap<Source, u64>,
    refused_elsewhere: u64,
}

impl Limits {
    /// Nothing was asked yet.
    pub fn new(rates: Rates) -> Self {
        Self {
            guesses: Buckets::new(rates.guesses),
            invites: Buckets::new(rates.invites),
            strangers: Buckets::new(rates.strangers),
            requests: Buckets::new(rates.requests),
            accepted: HashSet::new(),
            refused: BTreeMap::new(),
            refused_elsewhere: 0,
        }
    }

    /// Somebody presents a token: whether it may be looked at.
    ///
    /// # Errors
    /// Not now.
    pub fn present(&mut self, token: &Hashed, from: Source, now: Millis) -> Result<(), TooOften> {
        if self.accepted.contains(token) {
            return Ok(());
        }
        self.guesses
            .take(from, now)
            .inspect_err(|_| self.count_refusal(from))
    }

    /// The token was looked at, and it is somebody's: whether they may ask.
    ///
    /// # Errors
    /// They ask too often.
    pub fn accept(
        &mut self,
        (token, id): (Hashed, TokenId),
        from: Source,
        now: Millis,
    ) -> Result<(), TooOften> {
        if self.accepted.insert(token) {
            self.guesses.give_back(from, now);
        }
        self.requests.take(id, now)
    }

    /// The token was looked at, and it is nobody's.
    pub fn refuse(&mut self, token: &Hashed, from: Source) {
        self.accepted.remove(token);
        self.count_refusal(from);
    }

    /// Somebody comes with an invite: whether it may be looked at.
    ///
    /// # Errors
    /// Not now.
    pub fn invite(&mut self, from: Source, now: Millis) -> Result<(), TooOften> {
        self.invites
            .take(from, now)
            .inspect_err(|_| self.count_refusal(from))
    }

    /// The invite was nobody's.
    pub fn refuse_invite(&mut self, from: Source) {
        self.count_refusal(from);
    }

    /// Somebody asks for what needs no token.
    ///
    /// # Errors
    /// Not now.
    pub fn stranger(&mut self, from: Source, now: Millis) -> Result<(), TooOften> {
        if from.is_here() {
            return Ok(());
        }
        self.strangers.take(from, now)
    }

    fn count_refusal(&mut self, from: Source) {
        if self.refused.len() < TOLD_MAX || self.refused.contains_key(&from) {
            *self.refused.entry(from).or_default() += 1;
        } else {
            self.refused_elsewhere += 1;
        }
    }

    /// What was refused since the last time, by where it came from.
    pub fn take_refused(&mut self) -> Vec<(String, u64)> {
        let elsewhere = std::mem::take(&mut self.refused_elsewhere);
        std::mem::take(&mut self.refused)
            .into_iter()
            .map(|(from, times)| (from.to_string(), times))
            .chain((elsewhere > 0).then(|| (ELSEWHERE.to_owned(), elsewhere)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::IpAddr;
    use uuid::Uuid;

    fn source(n: u32) -> Source {
        Source::network(IpAddr::V4((0x0a00_0000 + n).into()))
    }

    const fn token(n: u8) -> Hashed {
        [n; 32]
    }

    #[test]
    fn of_ten_thousand_guesses_in_ten_minutes_thirty_are_looked_at() {
        let mut limits = Limits::new(Rates::STANDARD);
        let mut looked = 0;
        for guess in 0..10_000_u64 {
            let now = guess * 60;
            let hash = [&[1; 24][..], &guess.to_be_bytes()]
                .concat()
                .try_into()
                .unwrap();
            if limits.present(&hash, source(1), now).is_ok() {
                limits.refuse(&hash, source(1));
                looked += 1;
            }
        }
        assert!((20..=30).contains(&looked), "{looked}");
        let told = limits.take_refused();
        assert_eq!(told, [("10.0.0.1".to_owned(), 10_000)]);
        assert_eq!(limits.take_refused(), []);
    }

    #[test]
    fn whoever_guesses_hinders_nobody_who_was_accepted_before() {
        let mut limits = Limits::new(Rates::STANDARD);
        let (mine, id) = (token(7), TokenId(Uuid::nil()));
        limits.present(&mine, source(1), 0).unwrap();
        limits.accept((mine, id), source(1), 0).unwrap();
        while limits.present(&token(9), source(1), 0).is_ok() {}
        limits.present(&mine, source(1), 0).unwrap();
        limits.present(&token(9), source(2), 0).unwrap();
        limits.refuse(&mine, source(1));
        let again = limits.present(&mine, source(1), 0).unwrap_err();
        assert_eq!(again.seconds(), 60, "one that is refused is a guess again");
    }

    #[test]
    fn a_token_that_is_accepted_is_no_guess() {
        let mut limits = Limits::new(Rates::STANDARD);
        for n in 0..100 {
            limits.present(&token(n), source(1), 0).unwrap();
            let id = TokenId(Uuid::from_u128(n.into()));
            limits.accept((token(n), id), source(1), 0).unwrap();
        }
    }

    #[test]
    fn one_token_asks_so_often_and_another_one_all_the_same() {
        let rate = Rate {
            burst: 3,
            refill_ms: 10,
        };
        let mut buckets = Buckets::new(rate);
        for _ in 0..3 {
            assert_eq!(buckets.take(1, 1_000), Ok(()));
        }
        assert_eq!(buckets.take(1, 1_000), Err(TooOften(10)));
        assert_eq!(buckets.take(2, 1_000), Ok(()));
        assert_eq!(buckets.take(1, 1_009), Err(TooOften(1)));
        assert_eq!(buckets.take(1, 1_010), Ok(()));
        assert_eq!(TooOften(1).seconds(), 1);
        assert_eq!(TooOften(1_001).seconds(), 2);
    }

    #[test]
    fn many_sources_fill_no_memory_and_share_what_is_left() {
        let mut limits = Limits::new(Rates::STANDARD);
        for n in 0..20_000 {
            let _ = limits.present(&token(1), source(n), 0);
        }
        assert_eq!(limits.guesses.full_at.len(), COUNTED_MAX);
        assert!(limits.present(&token(1), source(30_000), 0).is_err());
        // The first have a full bucket again, and make room.
        let later = 2 * Rates::STANDARD.guesses.refill_ms;
        limits.present(&token(1), source(30_000), later).unwrap();
        assert_eq!(limits.guesses.full_at.len(), 1);
        for n in 0..100 {
            limits.refuse(&token(1), source(n));
        }
        assert_eq!(limits.take_refused().len(), TOLD_MAX + 1);
    }

    #[test]
    fn this_machine_looks_at_the_relays_health_as_often_as_it_likes() {
        let mut limits = Limits::new(Rates::STANDARD);
        for _ in 0..10_000 {
            limits.stranger(Source::HERE, 0).unwrap();
        }
        let often = (0..10_000).filter(|_| limits.stranger(source(1), 0).is_ok());
        assert_eq!(often.count(), 300);
    }
}

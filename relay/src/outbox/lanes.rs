//! Which lines hand texts over now, and how many each. Pure: what waits and the time in, grants out.
//!
//! A line is held back by its rate ([`Bucket`]) and by its account: while the provider refuses that,
//! one text at a time asks whether it still does ([`Probes`]). Lines take turns, so that a long
//! queue on one never keeps a short one on another waiting.

use super::pace::Bucket;
use super::probe::Probes;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use std::collections::BTreeMap;

/// Names an account by its place in the configuration.
pub type AccountNumber = usize;

/// How fast each line may go, and whose it is.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Segments a second of a line that has no rate of its own.
    pub rate: u32,
    /// Lines with a rate of their own.
    pub rates: BTreeMap<Address, u32>,
    /// Whose each line is; lines that stand nowhere are the first account's.
    pub accounts: BTreeMap<Address, AccountNumber>,
    /// The shortest pause between two probes, in milliseconds.
    pub probe_ms: u64,
}

impl Rules {
    /// Whose a line is.
    pub fn account(&self, line: &Address) -> AccountNumber {
        self.accounts.get(line).copied().unwrap_or(0)
    }
}

/// A line on which texts wait that could go as far as their order is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Which line.
    pub line: Address,
    /// When the first of them is due.
    pub due: Timestamp,
    /// How many segments the next one in order has, where one is due.
    pub segments: u32,
    /// Whether the provider refuses its account.
    pub paused: bool,
}

/// What a line may hand over now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Which line.
    pub line: Address,
    /// Of all that is handed over now, how many texts may be its own; see [`share`].
    pub texts: usize,
    /// How many segments they may have together.
    pub segments: u32,
    /// Whether it asks if the account is still refused.
    pub probe: bool,
}

/// A fair part of `room` places for the next of `lines` lines: what the first ones leave over goes
/// to those behind them.
pub const fn share(room: usize, lines: usize) -> usize {
    if lines == 0 { 0 } else { room.div_ceil(lines) }
}

/// What came of a text, as far as its account is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The provider judged the text itself: it takes texts of this account.
    Heard,
    /// The provider refused the account.
    Refused,
    /// Neither.
    Nothing,
}

/// The lines' state. It is not kept: after a start every line has rested, and a refused account is
/// probed at once.
#[derive(Debug)]
pub struct Lanes {
    rules: Rules,
    buckets: BTreeMap<Address, Bucket>,
    probes: BTreeMap<AccountNumber, Probes>,
    /// Texts that are being handed over, by account.
    flying: BTreeMap<AccountNumber, usize>,
    /// Which line comes first next time.
    turn: usize,
}

impl Lanes {
    /// Lines that have rested.
    pub const fn new(rules: Rules) -> Self {
        Self {
            rules,
            buckets: BTreeMap::new(),
            probes: BTreeMap::new(),
            flying: BTreeMap::new(),
            turn: 0,
        }
    }

    /// The lines go at other rates from now on.
    pub fn go_by(&mut self, rate: u32, rates: &BTreeMap<Address, u32>, now_ms: u64) {
        let rules = &mut self.rules;
        if rules.rate == rate && rules.rates == *rates {
            return;
        }
        rules.rate = rate;
        rules.rates.clone_from(rates);
        for (line, bucket) in &mut self.buckets {
            let rate = rules.rates.get(line).copied();
            bucket.go_by(rate.unwrap_or(rules.rate), now_ms);
        }
    }

    /// What each line may hand over now, in the order of their turns. Nothing counts as handed over
    /// until [`Self::began`] says so.
    pub fn grants(&mut self, queues: &[Queue], now: Timestamp, now_ms: u64) -> Vec<Grant> {
        let mut probed = Vec::new();
        let mut grants = Vec::new();
        for queue in queues.iter().filter(|queue| queue.due <= now) {
            let account = self.rules.account(&queue.line);
            if queue.paused {
                if probed.contains(&account) || self.probe_in_ms(account, now_ms) != Some(0) {
                    continue;
                }
                probed.push(account);
            }
            let segments = self.bucket(&queue.line, now_ms).available(now_ms);
            // A long text waits for its turn; short ones behind it do not pass.
            if segments >= queue.segments {
                grants.push(Grant {
                    line: queue.line.clone(),
                    texts: if queue.paused { 1 } else { usize::MAX },
                    segments,
                    probe: queue.paused,
                });
            }
        }
        self.turn = self.turn.wrapping_add(1);
        let first = self.turn.checked_rem(grants.len()).unwrap_or(0);
        grants.rotate_left(first);
        grants
    }

    /// In how many milliseconds any line may do something that it may not now; none where only an
    /// answer or a new text can change that.
    pub fn wakes_in_ms(&mut self, queues: &[Queue], now: Timestamp, now_ms: u64) -> Option<u64> {
        let waits = queues.iter().filter_map(|queue| {
            let until_due = u64::try_from(queue.due.millis_since(now)).unwrap_or(0);
            let account = self.rules.account(&queue.line);
            let probe = match queue.paused {
                true => self.probe_in_ms(account, now_ms)?,
                false => 0,
            };
            let bucket = self.bucket(&queue.line, now_ms);
            let tokens = bucket.ready_in_ms(queue.segments, now_ms);
            Some(until_due.max(probe).max(tokens))
        });
        waits.min()
    }

    /// In how many milliseconds a refused account may be probed; none while one of its texts is
    /// being handed over, whose answer says more.
    fn probe_in_ms(&mut self, account: AccountNumber, now_ms: u64) -> Option<u64> {
        if self.flying.get(&account).is_some_and(|count| *count > 0) {
            return None;
        }
        let probe_ms = self.rules.probe_ms;
        let probes = self.probes.entry(account);
        let probes = probes.or_insert_with(|| Probes::at_once(probe_ms));
        Some(probes.due_in_ms(now_ms))
    }

    fn bucket(&mut self, line: &Address, now_ms: u64) -> &mut Bucket {
        let rate = self.rules.rates.get(line).copied();
        let rate = rate.unwrap_or(self.rules.rate);
        let bucket = self.buckets.entry(line.clone());
        bucket.or_insert_with(|| Bucket::full(rate, now_ms))
    }

    /// Notes that a text is being handed over.
    pub fn began(&mut self, line: &Address, segments: u32, now_ms: u64) {
        self.bucket(line, now_ms).take(segments, now_ms);
        let account = self.rules.account(line);
        *self.flying.entry(account).or_default() += 1;
    }

    /// Notes what came of a text.
    pub fn ended(&mut self, line: &Address, probe: bool, answer: Answer, now_ms: u64) {
        let account = self.rules.account(line);
        if let Some(flying) = self.flying.get_mut(&account) {
            *flying = flying.saturating_sub(1);
        }
        match (answer, self.probes.get_mut(&account)) {
            (Answer::Heard, _) => {
                self.probes.remove(&account);
            }
            // Others were under way as the first one was refused: they say nothing new.
            (Answer::Refused, Some(probes)) if probe => probes.missed(now_ms),
            (Answer::Nothing, Some(probes)) if probe => probes.missed(now_ms),
            (Answer::Refused, None) => {
                let probes = Probes::refused_now(self.rules.probe_ms, now_ms);
                self.probes.insert(account, probes);
            }
            (Answer::Refused | Answer::Nothing, _) => {}
        }
    }
}

#[cfg(test)]
mod tests;

//! When each customer of the practice desk writes what. Pure: time goes in, texts come out.

use crate::demo::customers::{CUSTOMERS, Manner};
use smsdesk_common::time::Timestamp;
use std::collections::BTreeMap;

/// Between two texts of one customer, in milliseconds.
const BETWEEN_MS: i64 = 2_500;
/// The quickest answer, in milliseconds.
const ANSWER_MS_MIN: i64 = 2_000;
/// How much longer an answer may take, in milliseconds.
const ANSWER_MS_SPREAD: u64 = 6_000;
/// How much later a first text may come, in milliseconds.
const OPEN_MS_SPREAD: u64 = 1_500;

/// A text that a customer writes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// The customer's number.
    pub from: &'static str,
    /// The words.
    pub body: &'static str,
    /// How many pictures come with it.
    pub pictures: usize,
}

/// The practice desk's script. The same seed and the same acts of the agent make the same texts.
#[derive(Debug)]
pub struct Script {
    random: Random,
    /// What is still to come, by time and then by order of planning.
    due: BTreeMap<(Timestamp, u32), Text>,
    planned: u32,
    /// How many answers each customer has given.
    given: BTreeMap<&'static str, usize>,
}

impl Script {
    /// The script of a desk that opens at `start`.
    pub fn new(seed: u64, start: Timestamp) -> Self {
        let random = Random(seed);
        let mut script = Self {
            random,
            due: BTreeMap::new(),
            planned: 0,
            given: BTreeMap::new(),
        };
        for customer in CUSTOMERS {
            let jitter = script.random.below(OPEN_MS_SPREAD);
            let mut at = start.plus_millis(i64::from(customer.begins_s) * 1_000 + jitter);
            let mut pictures = customer.pictures;
            for body in customer.opens {
                script.plan(
                    at,
                    Text {
                        from: customer.number,
                        body,
                        pictures,
                    },
                );
                at = at.plus_millis(BETWEEN_MS);
                pictures = 0;
            }
        }
        script
    }

    /// An agent's text reached a customer; what follows comes out of [`Self::take`] later.
    pub fn on_answer(&mut self, to: &str, now: Timestamp) {
        let Some(customer) = CUSTOMERS.iter().find(|customer| customer.number == to) else {
            return;
        };
        if customer.manner == Manner::Landline {
            return;
        }
        let given = self.given.entry(customer.number).or_default();
        let Some(body) = customer.answers.get(*given) else {
            return;
        };
        *given += 1;
        let pause = ANSWER_MS_MIN + self.random.below(ANSWER_MS_SPREAD);
        let text = Text {
            from: customer.number,
            body,
            pictures: 0,
        };
        self.plan(now.plus_millis(pause), text);
    }

    /// The texts that are due by `now`, in order.
    pub fn take(&mut self, now: Timestamp) -> Vec<Text> {
        let later = self.due.split_off(&(now.plus_millis(1), 0));
        std::mem::replace(&mut self.due, later)
            .into_values()
            .collect()
    }

    /// When the next text is due; none while everybody waits for the agent.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    fn plan(&mut self, at: Timestamp, text: Text) {
        self.planned += 1;
        self.due.insert((at, self.planned), text);
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every machine.
#[derive(Clone, Copy, Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) % limit.max(1)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);

    fn whole(script: &mut Script) -> Vec<Text> {
        script.take(START.plus_millis(1_000_000))
    }

    #[test]
    fn everybody_writes_and_nobody_twice_the_same() {
        let texts = whole(&mut Script::new(1, START));
        let opened: usize = CUSTOMERS.iter().map(|customer| customer.opens.len()).sum();
        assert_eq!(texts.len(), opened);
    }

    #[test]
    fn the_same_seed_is_the_same_desk_and_another_seed_another() {
        let due = |seed| Script::new(seed, START).due;
        assert_eq!(due(7), due(7));
        assert_ne!(due(7), due(8));
    }

    #[test]
    fn each_text_of_ours_gets_one_answer_until_there_is_nothing_left_to_say() {
        let mut script = Script::new(1, START);
        whole(&mut script);
        let maria = &CUSTOMERS[0];
        for answer in maria.answers {
            script.on_answer(maria.number, START);
            let text = Text {
                from: maria.number,
                body: answer,
                pictures: 0,
            };
            assert_eq!(whole(&mut script), [text]);
        }
        script.on_answer(maria.number, START);
        assert_eq!(script.next_due(), None);
        script.on_answer("+15550000000", START);
        assert_eq!(script.next_due(), None);
    }

    #[test]
    fn what_is_due_is_taken_once() {
        let mut script = Script::new(1, START);
        let first = script.next_due().unwrap();
        assert!(!script.take(first).is_empty());
        assert!(script.take(first).is_empty());
        assert!(script.next_due().unwrap() > first);
    }
}

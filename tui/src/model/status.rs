//! How this app and its relay fare: what the relay says of itself, how far the clocks are apart, and
//! how long texts take from the webhook to this disk and this screen.

pub mod lines;

use serde::{Deserialize, Serialize};
use smsdesk_common::api::status::RelayStatus;
use smsdesk_common::entry::{Direction, Entry, Origin};
use smsdesk_common::ids::Seq;
use smsdesk_common::latency::{Spread, spread};
use smsdesk_common::time::Timestamp;
use std::collections::VecDeque;

/// Texts whose way here is remembered: of a hundred the slowest is among them.
const JOURNEYS_MAX: usize = 256;
/// Answers of the relay by which the clocks are compared. Of several the quickest is the best.
const SAMPLES_MAX: usize = 8;

/// What this device says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here {
    /// Up to where the relay's feed is on this disk; none where there is no copy.
    pub head: Option<Seq>,
    /// The copy of the records, in bytes; none where the disk does not say.
    pub bytes: Option<u64>,
    /// Texts that can be found by their words.
    pub indexed: u32,
    /// Texts that are here.
    pub entries: u32,
}

/// An answer of the relay, and between which times of this clock it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Before it was asked.
    pub asked: Timestamp,
    /// After it had answered.
    pub heard: Timestamp,
    /// What it said.
    pub status: RelayStatus,
}

/// The way of one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Journey {
    /// When the relay took it, by the relay's clock.
    taken: Timestamp,
    /// When it was on this disk.
    stored: Timestamp,
    /// When it was on this screen; none before.
    drawn: Option<Timestamp>,
}

/// How long an answer took, and how far the relay's clock is ahead, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sample {
    trip_ms: i64,
    ahead_ms: i64,
}

/// Everything that is known of it.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    journeys: VecDeque<Journey>,
    samples: VecDeque<Sample>,
    told: Option<RelayStatus>,
    here: Option<Here>,
    problem: Option<String>,
    is_asking: bool,
    /// How many lines are scrolled away.
    pub scroll: usize,
}

/// Whether a text counts: a customer's, and as it came, not as it was found later.
pub fn counts(entry: &Entry) -> bool {
    entry.direction == Direction::Inbound && entry.origin == Origin::Webhook
}

impl Watch {
    /// Texts have come while the stream was live: when the relay took each of them, and when they
    /// were on this disk.
    pub fn arrived(&mut self, taken: &[Timestamp], stored: Timestamp) {
        for taken in taken.iter().copied() {
            if self.journeys.len() >= JOURNEYS_MAX {
                self.journeys.pop_front();
            }
            self.journeys.push_back(Journey {
                taken,
                stored,
                drawn: None,
            });
        }
    }

    /// Whether texts have come that were not on a screen yet.
    pub fn awaits_frame(&self) -> bool {
        self.journeys.back().is_some_and(|it| it.drawn.is_none())
    }

    /// A frame that shows everything was drawn.
    pub fn drawn(&mut self, now: Timestamp) {
        let fresh = self.journeys.iter_mut().rev();
        for journey in fresh.take_while(|journey| journey.drawn.is_none()) {
            journey.drawn = Some(now);
        }
    }

    /// Whether the relay is to be asked now; it is then.
    pub fn ask(&mut self) -> bool {
        !std::mem::replace(&mut self.is_asking, true)
    }

    /// Takes what the relay said.
    pub fn heard(&mut self, answer: Result<Box<Told>, String>) {
        self.is_asking = false;
        match answer {
            Ok(told) => {
                self.problem = None;
                self.compare(&told);
                self.told = Some(told.status);
            }
            Err(why) => self.problem = Some(why),
        }
    }

    fn compare(&mut self, told: &Told) {
        let trip_ms = told.heard.millis_since(told.asked);
        // A clock that was set between the two says nothing.
        if trip_ms < 0 {
            return;
        }
        if self.samples.len() >= SAMPLES_MAX {
            self.samples.pop_front();
        }
        let middle = told.asked.plus_millis(trip_ms / 2);
        self.samples.push_back(Sample {
            trip_ms,
            ahead_ms: told.status.now.millis_since(middle),
        });
    }

    /// Takes what this device says.
    pub fn looked(&mut self, here: Here) {
        self.here = Some(here);
    }

    fn best(&self) -> Option<&Sample> {
        self.samples.iter().min_by_key(|sample| sample.trip_ms)
    }

    /// What the relay said last.
    pub const fn told(&self) -> Option<&RelayStatus> {
        self.told.as_ref()
    }

    /// What this device said last.
    pub const fn here(&self) -> Option<Here> {
        self.here
    }

    /// Why the last question has no answer.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// How far the relay's clock is ahead of this one, and to how much that is exact, in
    /// milliseconds; none before it was asked.
    pub fn clock(&self) -> Option<(i64, i64)> {
        self.best().map(|best| (best.ahead_ms, best.trip_ms / 2))
    }

    /// How long the newest answer took, in milliseconds.
    pub fn trip_ms(&self) -> Option<i64> {
        self.samples.back().map(|sample| sample.trip_ms)
    }

    /// From the relay's commit to this disk; none before the clocks were compared.
    pub fn to_disk(&self) -> Option<Spread> {
        self.since_taken(|journey| Some(journey.stored))
    }

    /// From the relay's commit to this screen, as [`Self::to_disk`].
    pub fn to_screen(&self) -> Option<Spread> {
        self.since_taken(|journey| journey.drawn)
    }

    /// The difference of the clocks is taken out with what is known of it now.
    fn since_taken(&self, until: impl Fn(&Journey) -> Option<Timestamp>) -> Option<Spread> {
        let ahead_ms = self.best()?.ahead_ms;
        let took = self.journeys.iter().filter_map(|journey| {
            let ms = until(journey)?
                .plus_millis(ahead_ms)
                .millis_since(journey.taken);
            // The clocks are compared to a few milliseconds only.
            Some(u64::try_from(ms).unwrap_or(0).saturating_mul(1_000))
        });
        spread(took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    fn told(asked: i64, heard: i64, now: i64) -> Result<Box<Told>, String> {
        Ok(Box::new(Told {
            asked: at(asked),
            heard: at(heard),
            status: RelayStatus {
                now: at(now),
                ..RelayStatus::default()
            },
        }))
    }

    #[test]
    fn the_difference_of_the_clocks_is_taken_out() {
        let mut watch = Watch::default();
        // The relay's clock is ten seconds ahead.
        watch.arrived(&[at(10_000), at(10_002)], at(30));
        assert!(watch.awaits_frame());
        watch.drawn(at(42));
        assert!(!watch.awaits_frame());
        watch.drawn(at(99));
        assert_eq!((watch.to_disk(), watch.clock()), (None, None), "not yet");
        watch.heard(told(100, 120, 10_110));
        assert_eq!(watch.clock(), Some((10_000, 10)));
        let disk = watch.to_disk().unwrap();
        assert_eq!((disk.count, disk.p50_us, disk.p99_us), (2, 28_000, 30_000));
        let screen = watch.to_screen().unwrap();
        assert_eq!((screen.count, screen.p99_us), (2, 42_000));
    }

    #[test]
    fn the_quickest_answer_tells_the_difference_and_a_clock_that_went_back_none() {
        let mut watch = Watch::default();
        watch.heard(told(0, 400, 5_000));
        watch.heard(told(1_000, 1_010, 6_005));
        watch.heard(told(2_000, 1_500, 99_000));
        assert_eq!(watch.clock(), Some((5_000, 5)));
        assert_eq!(watch.trip_ms(), Some(10));
    }

    #[test]
    fn one_question_is_under_way_at_a_time_and_what_was_said_stays_when_the_next_fails() {
        let mut watch = Watch::default();
        assert!(watch.ask() && !watch.ask());
        watch.heard(told(0, 10, 5));
        assert!(watch.ask());
        watch.heard(Err("cannot reach the relay".to_owned()));
        assert_eq!(watch.problem(), Some("cannot reach the relay"));
        assert!(watch.told().is_some() && watch.ask());
        watch.heard(told(0, 10, 5));
        assert_eq!(watch.problem(), None);
    }

    proptest! {
        #[test]
        fn whatever_the_clocks_say_no_time_is_negative_and_few_are_kept(
            ways in prop::collection::vec((-9_000_i64..9_000, 0_i64..500), 0..600),
            now in -9_000_i64..9_000,
        ) {
            let mut watch = Watch::default();
            for (taken, later) in &ways {
                watch.arrived(&[at(*taken)], at(taken + later));
                watch.drawn(at(taken + 2 * later));
            }
            watch.heard(told(0, 4, now));
            let kept = u64::try_from(ways.len().min(JOURNEYS_MAX)).unwrap();
            for told in [watch.to_disk(), watch.to_screen()] {
                prop_assert_eq!(told.map_or(0, |told| told.count), kept);
            }
        }
    }
}

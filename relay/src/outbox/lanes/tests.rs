//! The lines in virtual time, over a queue that does what the store does.

use super::*;
use crate::outbox::pace::BURST_SEGMENTS_MIN;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Texts that may be handed over at the same time.
const ROOM: usize = 4;
const PROBE_MS: u64 = 30_000;

fn line(n: usize) -> Address {
    Address::from_twilio(&format!("+1555712266{n}")).unwrap()
}

fn rules(lines: usize, rate: u32) -> Rules {
    Rules {
        rate,
        rates: BTreeMap::new(),
        accounts: (0..lines).map(|n| (line(n), 0)).collect(),
        probe_ms: PROBE_MS,
    }
}

#[derive(Clone, Debug)]
struct Text {
    line: usize,
    contact: usize,
    segments: u32,
    /// For how long the provider thinks about it.
    takes_ms: u64,
}

/// One that goes out: which, when it began and when it ended.
#[derive(Clone, Debug)]
struct Flight {
    text: usize,
    began: u64,
    ends: u64,
}

#[derive(Debug)]
struct World {
    lanes: Lanes,
    texts: Vec<Text>,
    waiting: BTreeSet<usize>,
    flying: Vec<Flight>,
    done: Vec<Flight>,
    now: u64,
    paused: bool,
}

impl World {
    fn new(lines: usize, rate: u32, texts: Vec<Text>) -> Self {
        Self {
            lanes: Lanes::new(rules(lines, rate)),
            waiting: (0..texts.len()).collect(),
            texts,
            flying: Vec::new(),
            done: Vec::new(),
            now: 0,
            paused: false,
        }
    }

    /// The oldest waiting text of each contact whose older ones are all done, in order.
    fn heads(&self, on: usize) -> Vec<usize> {
        let mut taken: BTreeSet<usize> = self
            .flying
            .iter()
            .map(|flight| &self.texts[flight.text])
            .filter(|text| text.line == on)
            .map(|text| text.contact)
            .collect();
        self.waiting
            .iter()
            .copied()
            .filter(|n| self.texts[*n].line == on && taken.insert(self.texts[*n].contact))
            .collect()
    }

    fn queues(&self) -> Vec<Queue> {
        let lines: BTreeSet<usize> = self.texts.iter().map(|text| text.line).collect();
        let queue = |n: usize| {
            let head = self.heads(n).first().copied()?;
            Some(Queue {
                line: line(n),
                due: Timestamp::from_millis(0),
                segments: self.texts[head].segments,
                paused: self.paused,
            })
        };
        lines.into_iter().filter_map(queue).collect()
    }

    fn clock(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.now).unwrap())
    }

    /// Hands over what may go; says how many.
    fn round(&mut self) -> usize {
        let (queues, now) = (self.queues(), self.clock());
        let grants = self.lanes.grants(&queues, now, self.now);
        let before = self.flying.len();
        for (at, grant) in grants.iter().enumerate() {
            let room = share(ROOM - self.flying.len(), grants.len() - at).min(grant.texts);
            let mut left = grant.segments;
            let on = (0..10).find(|n| line(*n) == grant.line).unwrap();
            for text in self.heads(on).into_iter().take(room) {
                let segments = self.texts[text].segments;
                if segments > left {
                    break;
                }
                left -= segments;
                self.waiting.remove(&text);
                self.lanes.began(&grant.line, segments, self.now);
                let ends = self.now + self.texts[text].takes_ms;
                self.flying.push(Flight {
                    text,
                    began: self.now,
                    ends,
                });
            }
        }
        self.flying.len() - before
    }

    /// Lets time pass until something may happen; false where nothing ever will.
    fn wait(&mut self) -> bool {
        let (queues, now) = (self.queues(), self.clock());
        let ends = self.flying.iter().map(|flight| flight.ends).min();
        let wakes = match self.flying.len() < ROOM {
            true => self.lanes.wakes_in_ms(&queues, now, self.now),
            false => None,
        };
        let wakes = wakes.map(|ms| self.now + ms);
        let Some(next) = ends.into_iter().chain(wakes).min() else {
            return false;
        };
        self.now = next;
        let (ended, flying) = std::mem::take(&mut self.flying)
            .into_iter()
            .partition(|flight| flight.ends <= next);
        self.flying = flying;
        let ended: Vec<Flight> = ended;
        for flight in ended {
            let on = line(self.texts[flight.text].line);
            self.lanes.ended(&on, false, Answer::Heard, self.now);
            self.done.push(flight);
        }
        true
    }

    fn run(&mut self) {
        for _ in 0..100_000 {
            while self.round() > 0 {}
            if !self.wait() {
                break;
            }
        }
    }
}

fn texts(lines: usize) -> impl Strategy<Value = Vec<Text>> {
    let text = (0..lines, 0..5_usize, 1..=BURST_SEGMENTS_MIN, 0..2_000_u64);
    let text = text.prop_map(|(line, contact, segments, takes_ms)| Text {
        line,
        contact,
        segments,
        takes_ms,
    });
    prop::collection::vec(text, 1..120)
}

proptest! {
    #[test]
    fn every_text_goes_out_in_its_order_and_no_line_is_faster_than_its_rate(
        rate in 1..120_u32,
        texts in texts(3),
    ) {
        let mut world = World::new(3, rate, texts);
        world.run();
        prop_assert!(world.waiting.is_empty(), "left: {:?}", world.waiting);
        let burst = u64::from(rate.max(BURST_SEGMENTS_MIN));
        for on in 0..3 {
            let mut sent: Vec<&Flight> = world.done.iter().collect();
            sent.retain(|flight| world.texts[flight.text].line == on);
            sent.sort_by_key(|flight| flight.began);
            for (first, start) in sent.iter().enumerate() {
                let mut total = 0;
                for end in &sent[first..] {
                    total += u64::from(world.texts[end.text].segments) * 1_000;
                    let allowed = burst * 1_000 + u64::from(rate) * (end.began - start.began);
                    prop_assert!(total <= allowed, "{} parts of {}", total, allowed);
                }
            }
            for contact in 0..5 {
                let mut own = sent.clone();
                own.retain(|flight| world.texts[flight.text].contact == contact);
                for pair in own.windows(2) {
                    prop_assert!(pair[0].text < pair[1].text);
                    prop_assert!(pair[0].ends <= pair[1].began, "one after the other");
                }
            }
        }
    }

    #[test]
    fn a_flooded_line_does_not_starve_a_quiet_one(flood in 50..400_usize, rate in 100..500_u32) {
        let flooded = (0..flood).map(|n| Text { line: 0, contact: n, segments: 1, takes_ms: 100 });
        let quiet = Text { line: 1, contact: 0, segments: 1, takes_ms: 100 };
        let mut world = World::new(2, rate, flooded.chain([quiet]).collect());
        world.run();
        let began = world.done.iter().find(|flight| flight.text == flood).unwrap().began;
        prop_assert!(began <= 200, "{began} ms");
    }
}

#[test]
fn a_long_text_is_not_passed_by_short_ones_behind_it() {
    let text = |contact, segments| Text {
        line: 0,
        contact,
        segments,
        takes_ms: 0,
    };
    let mut texts = vec![text(0, 50), text(1, 50)];
    texts.extend((2..40).map(|contact| text(contact, 1)));
    let mut world = World::new(1, 1, texts);
    world.run();
    let order: Vec<usize> = world.done.iter().map(|flight| flight.text).collect();
    assert_eq!(order, (0..40).collect::<Vec<_>>());
}

/// What one line of a refused account may do at a time, and when it may do more.
fn look(lanes: &mut Lanes, queues: &[Queue], now_ms: u64) -> (Vec<(Address, bool)>, Option<u64>) {
    let now = Timestamp::from_millis(0);
    let grants = lanes.grants(queues, now, now_ms);
    let granted = grants.into_iter().map(|grant| {
        assert!(!grant.probe || grant.texts == 1);
        (grant.line, grant.probe)
    });
    let granted = granted.collect();
    (granted, lanes.wakes_in_ms(queues, now, now_ms))
}

fn queue(n: usize, paused: bool) -> Queue {
    Queue {
        line: line(n),
        due: Timestamp::from_millis(0),
        segments: 1,
        paused,
    }
}

#[test]
fn a_refused_account_is_asked_by_one_text_of_one_line_at_a_time() {
    let mut lanes = Lanes::new(rules(2, 100));
    for n in [0, 0, 1] {
        lanes.began(&line(n), 1, 0);
    }
    lanes.ended(&line(0), false, Answer::Refused, 0);
    let both = [queue(0, true), queue(1, true)];
    // Two are under way still; what they bring says as much as a probe.
    assert_eq!(look(&mut lanes, &both, PROBE_MS), (vec![], None));
    lanes.ended(&line(0), false, Answer::Refused, 10);
    lanes.ended(&line(1), false, Answer::Refused, 20);
    assert_eq!(look(&mut lanes, &both, 20), (vec![], Some(PROBE_MS - 20)));
    let (granted, _) = look(&mut lanes, &both, PROBE_MS);
    assert_eq!(granted, [(line(0), true)]);
    lanes.began(&line(0), 1, PROBE_MS);
    assert_eq!(look(&mut lanes, &both, 2 * PROBE_MS), (vec![], None));
    lanes.ended(&line(0), true, Answer::Nothing, PROBE_MS + 5);
    let (granted, wakes) = look(&mut lanes, &both, PROBE_MS + 5);
    assert_eq!((granted.len(), wakes), (0, Some(PROBE_MS)));
}

#[test]
fn an_accepted_probe_lets_every_line_of_the_account_go() {
    let mut lanes = Lanes::new(rules(2, 100));
    lanes.began(&line(0), 1, 0);
    lanes.ended(&line(0), true, Answer::Heard, 0);
    let both = [queue(0, false), queue(1, false)];
    let (mut granted, _) = look(&mut lanes, &both, 0);
    granted.sort();
    assert_eq!(granted, [(line(0), false), (line(1), false)]);
}

#[test]
fn another_account_goes_on_while_one_is_refused() {
    let mut own = rules(2, 100);
    own.accounts.insert(line(1), 1);
    let mut lanes = Lanes::new(own);
    lanes.began(&line(0), 1, 0);
    lanes.ended(&line(0), false, Answer::Refused, 0);
    let (granted, _) = look(&mut lanes, &[queue(0, true), queue(1, false)], 1);
    assert_eq!(granted, [(line(1), false)]);
}

#[test]
fn a_pause_of_an_earlier_life_is_probed_at_once() {
    let mut lanes = Lanes::new(rules(1, 100));
    let (granted, _) = look(&mut lanes, &[queue(0, true)], 0);
    assert_eq!(granted, [(line(0), true)]);
}

#[test]
fn a_line_has_the_rate_that_is_its_own() {
    let mut own = rules(2, 1_000);
    own.rates.insert(line(1), 1);
    let mut lanes = Lanes::new(own);
    let now = Timestamp::from_millis(0);
    let both = [queue(0, false), queue(1, false)];
    let grants = lanes.grants(&both, now, 0);
    let of = |n| grants.iter().find(|grant| grant.line == line(n)).unwrap();
    assert_eq!(
        (of(0).segments, of(1).segments),
        (1_000, BURST_SEGMENTS_MIN)
    );
}

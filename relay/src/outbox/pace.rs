//! How fast a line hands texts over: a token bucket of segments. Pure: the time is a parameter.
//!
//! Twilio sends so many segments a second for each sender (a US long code 1, a toll-free number 3,
//! a short code 100; twilio.com/docs/api/errors/21611) and queues what comes faster, for hours if
//! need be. What waits here instead of there keeps its order, is seen, and can still be given up.

/// What may go at once after a rest, in segments, where a second's worth is less: the longest text
/// there is (1,600 emoji take 49). A smaller bucket would never let that text go; and agents'
/// replies come in bursts.
pub const BURST_SEGMENTS_MIN: u32 = 50;

/// Thousandths of a segment: at one segment a second, one comes in each millisecond.
const PARTS: u64 = 1_000;

/// A line's allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Segments a second.
    rate: u32,
    /// Thousandths of a segment that may go now.
    parts: u64,
    /// When `parts` was right, in milliseconds of a clock that never goes back.
    at_ms: u64,
}

impl Bucket {
    /// A line that has rested. `rate` is in segments a second, at least one.
    pub fn full(rate: u32, now_ms: u64) -> Self {
        let rate = rate.max(1);
        let mut bucket = Self {
            rate,
            parts: 0,
            at_ms: now_ms,
        };
        bucket.parts = bucket.parts_max();
        bucket
    }

    /// It fills at another rate from now on; what may go now stays, up to the new burst.
    pub fn go_by(&mut self, rate: u32, now_ms: u64) {
        self.refill(now_ms);
        self.rate = rate.max(1);
        self.parts = self.parts.min(self.parts_max());
    }

    /// The most that may go at once, in segments.
    pub fn burst(&self) -> u32 {
        self.rate.max(BURST_SEGMENTS_MIN)
    }

    fn parts_max(&self) -> u64 {
        u64::from(self.burst()) * PARTS
    }

    fn refill(&mut self, now_ms: u64) {
        let passed = now_ms.saturating_sub(self.at_ms);
        let gained = passed.saturating_mul(u64::from(self.rate));
        self.parts = self.parts.saturating_add(gained).min(self.parts_max());
        self.at_ms = self.at_ms.max(now_ms);
    }

    /// How many segments may go now.
    pub fn available(&mut self, now_ms: u64) -> u32 {
        self.refill(now_ms);
        u32::try_from(self.parts / PARTS).unwrap_or(u32::MAX)
    }

    /// Notes that so many went. More than were available leave nothing, and no debt.
    pub fn take(&mut self, segments: u32, now_ms: u64) {
        self.refill(now_ms);
        self.parts = self.parts.saturating_sub(u64::from(segments) * PARTS);
    }

    /// In how many milliseconds so many segments may go; more than ever fit count as what fits.
    pub fn ready_in_ms(&mut self, segments: u32, now_ms: u64) -> u64 {
        self.refill(now_ms);
        let wanted = u64::from(segments.min(self.burst())) * PARTS;
        wanted
            .saturating_sub(self.parts)
            .div_ceil(u64::from(self.rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Texts of so many segments, handed over as soon as each may go: (when, segments).
    fn run(rate: u32, texts: &[u32], rests: &[u64]) -> Vec<(u64, u32)> {
        let (mut now, mut sent) = (5_000, Vec::new());
        let mut bucket = Bucket::full(rate, now);
        for (text, rest) in texts.iter().zip(rests.iter().cycle()) {
            now += rest;
            now += bucket.ready_in_ms(*text, now);
            assert!(bucket.available(now) >= *text, "what is ready may go");
            bucket.take(*text, now);
            sent.push((now, *text));
        }
        sent
    }

    proptest! {
        #[test]
        fn no_window_of_time_ever_sees_more_than_its_rate_and_one_burst(
            rate in 1..200_u32,
            texts in prop::collection::vec(1..=BURST_SEGMENTS_MIN, 1..60),
            rests in prop::collection::vec(0..3_000_u64, 1..60),
        ) {
            let sent = run(rate, &texts, &rests);
            let burst = u64::from(rate.max(BURST_SEGMENTS_MIN));
            for (first, (start, _)) in sent.iter().enumerate() {
                let mut total = 0;
                for (end, segments) in &sent[first..] {
                    total += u64::from(*segments);
                    let allowed = burst * 1_000 + u64::from(rate) * (end - start);
                    prop_assert!(total * 1_000 <= allowed, "{} in {} ms", total, end - start);
                }
            }
        }

        #[test]
        fn a_backlog_flows_at_the_full_rate(rate in 1..200_u32, texts in 100..400_u32) {
            let sent = run(rate, &vec![1; texts as usize], &[0]);
            let took = sent.last().unwrap().0 - 5_000;
            let beyond = u64::from(texts.saturating_sub(rate.max(BURST_SEGMENTS_MIN)));
            // Each wait is rounded up to a whole millisecond, at most.
            prop_assert!(took <= beyond * 1_000 / u64::from(rate) + beyond, "{took} ms");
        }

        #[test]
        fn a_clock_that_stands_still_or_goes_back_gives_nothing(back in 0..10_000_u64) {
            let mut bucket = Bucket::full(1, 10_000);
            bucket.take(BURST_SEGMENTS_MIN, 10_000);
            prop_assert_eq!(bucket.available(10_000 - back), 0);
            prop_assert_eq!(bucket.available(10_999), 0);
            prop_assert_eq!(bucket.available(11_000), 1);
        }
    }

    #[test]
    fn the_longest_text_there_is_fits_the_smallest_bucket() {
        use smsdesk_common::segments::{BODY_CHARACTERS_MAX, Segments};
        let longest = "😀".repeat(BODY_CHARACTERS_MAX);
        let segments = Segments::of(&longest).segments;
        assert!(segments <= BURST_SEGMENTS_MIN, "{segments}");
        assert!(Bucket::full(1, 0).available(0) >= segments);
    }
}

//! When an endpoint that failed is asked again. Pure: the time is a parameter.

/// The pause after a first failure, in milliseconds: most pass at once.
const PAUSE_FIRST_MS: u64 = 1_000;
/// The longest pause, in milliseconds: what is asked seldom must not stay unnoticed for long once it
/// is well again.
pub const PAUSE_MS_MAX: u64 = 5 * 60_000;
/// How many failures in a row make an endpoint one that is out of order.
const OPEN_FAILURES: u32 = 3;

/// What is remembered of an endpoint's failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    until_ms: u64,
}

impl Breaker {
    /// It answered.
    pub const fn succeeded(&mut self) {
        *self = Self {
            failures: 0,
            until_ms: 0,
        };
    }

    /// It did not; `wished_ms` is how long it wants to be left alone, where it said so.
    pub fn failed(&mut self, now_ms: u64, wished_ms: Option<u64>) {
        let own = PAUSE_FIRST_MS.saturating_mul(1 << self.failures.min(16));
        let pause = own.max(wished_ms.unwrap_or(0)).min(PAUSE_MS_MAX);
        self.failures = self.failures.saturating_add(1);
        self.until_ms = now_ms.saturating_add(pause);
    }

    /// In how many milliseconds it may be asked again; zero where it may.
    pub const fn wait_ms(&self, now_ms: u64) -> u64 {
        self.until_ms.saturating_sub(now_ms)
    }

    /// Whether one question is enough to see how it does.
    pub const fn is_wary(&self) -> bool {
        self.failures > 0
    }

    /// Whether it is out of order.
    pub const fn is_open(&self) -> bool {
        self.failures >= OPEN_FAILURES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit_and_an_answer_ends_them() {
        let (mut breaker, mut now) = (Breaker::default(), 1_000_000);
        let mut pauses = Vec::new();
        for _ in 0..11 {
            breaker.failed(now, None);
            pauses.push(breaker.wait_ms(now) / 1_000);
            now += breaker.wait_ms(now);
            assert_eq!(breaker.wait_ms(now), 0);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert!(breaker.is_open() && breaker.is_wary());
        breaker.succeeded();
        assert_eq!(breaker, Breaker::default());
        assert!(!breaker.is_open() && !breaker.is_wary());
    }

    #[test]
    fn a_wish_is_heard_within_the_limit() {
        let mut breaker = Breaker::default();
        breaker.failed(0, Some(30_000));
        assert_eq!(breaker.wait_ms(0), 30_000);
        assert!(!breaker.is_open());
        breaker.failed(0, Some(u64::MAX));
        assert_eq!(breaker.wait_ms(0), PAUSE_MS_MAX);
    }
}

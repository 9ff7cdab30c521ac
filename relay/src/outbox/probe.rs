//! When an account that was refused is tried again. Pure: the time is a parameter.
//!
//! One text at a time asks whether the provider takes texts again. The first ones follow each other
//! soon, because an operator who has just mended something waits for it; an account that stays
//! refused is asked seldom.

/// The pause before the first probe, and between the first few, in milliseconds.
pub const PROBE_FIRST_MS: u64 = 30_000;
/// The longest pause between two probes, in milliseconds: nobody who mends an account should wait
/// for longer, and one refused request in that time harms nobody.
pub const PROBE_MS_MAX: u64 = 240_000;
/// How many probes come at the shortest pause.
const PROBES_SOON: u32 = 4;

/// The probes of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probes {
    first_ms: u64,
    refused: u32,
    due_ms: u64,
}

impl Probes {
    /// An account that was refused before this process began: it is probed at once, because a
    /// restart is how a new token comes into force.
    pub const fn at_once(first_ms: u64) -> Self {
        Self {
            first_ms,
            refused: 0,
            due_ms: 0,
        }
    }

    /// An account that was refused just now.
    pub const fn refused_now(first_ms: u64, now_ms: u64) -> Self {
        Self {
            first_ms,
            refused: 1,
            due_ms: now_ms.saturating_add(first_ms),
        }
    }

    /// Notes that a probe brought no acceptance.
    pub fn missed(&mut self, now_ms: u64) {
        self.refused = self.refused.saturating_add(1);
        self.due_ms = now_ms.saturating_add(self.pause_ms());
    }

    fn pause_ms(&self) -> u64 {
        let doublings = self.refused.saturating_sub(PROBES_SOON).min(16);
        let longest = PROBE_MS_MAX.max(self.first_ms);
        self.first_ms.saturating_mul(1 << doublings).min(longest)
    }

    /// In how many milliseconds the next one is due; zero where it is.
    pub const fn due_in_ms(&self, now_ms: u64) -> u64 {
        self.due_ms.saturating_sub(now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_probes_come_soon_and_later_ones_seldom() {
        let mut now = 1_000_000;
        let mut probes = Probes::refused_now(PROBE_FIRST_MS, now);
        let mut pauses = Vec::new();
        for _ in 0..10 {
            let pause = probes.due_in_ms(now);
            now += pause;
            assert_eq!(probes.due_in_ms(now), 0);
            probes.missed(now);
            pauses.push(pause / 1_000);
        }
        assert_eq!(pauses, [30, 30, 30, 30, 60, 120, 240, 240, 240, 240]);
    }

    #[test]
    fn an_account_that_was_refused_before_the_start_is_probed_at_once() {
        let mut probes = Probes::at_once(PROBE_FIRST_MS);
        assert_eq!(probes.due_in_ms(0), 0);
        probes.missed(0);
        assert_eq!(probes.due_in_ms(0), PROBE_FIRST_MS);
    }
}

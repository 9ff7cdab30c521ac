//! Chance that repeats itself: every roll is a hash of the seed, its purpose and its number.
//!
//! Each purpose counts for itself, so turning one knob never changes what another one does.
//! Nothing here is fit for secrets.

use super::knobs::Rate;

/// What a roll decides.
#[derive(Clone, Copy, Debug)]
pub(super) enum Roll {
    DropAnswer,
    Http429,
    Http500,
    Http500Accepted,
    Http503,
    LoseWebhook,
    DuplicateWebhook,
    LoseCallback,
    DuplicateCallback,
    LateCallback,
    ShuffleCallbacks,
    ShuffleOrder,
    EarlyCallback,
    SendingCallback,
    DeliveryFailure,
    NoReceipt,
}

/// Purposes in [`Roll`].
const PURPOSES: usize = 16;

/// The simulator's only source of chance.
#[derive(Debug)]
pub(super) struct Dice {
    seed: u64,
    rolled: [u64; PURPOSES],
}

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            seed,
            rolled: [0; PURPOSES],
        }
    }

    /// Starts every purpose over, as if nothing had been rolled.
    pub(super) const fn restart(&mut self) {
        self.rolled = [0; PURPOSES];
    }

    /// The next number of this purpose.
    pub(super) fn next(&mut self, roll: Roll) -> u64 {
        let purpose = roll as usize;
        let number = self.rolled[purpose];
        self.rolled[purpose] += 1;
        hash(self.seed, purpose as u64, number)
    }

    /// Whether something that happens at `rate` happens this time.
    pub(super) fn happens(&mut self, roll: Roll, rate: Rate) -> bool {
        // 53 bits are what a float between 0 and 1 can tell apart.
        let unit = (self.next(roll) >> 11) as f64 / (1_u64 << 53) as f64;
        unit < rate.get()
    }
}

/// Mixes three numbers into one that looks unrelated to each of them.
pub(super) const fn hash(seed: u64, stream: u64, number: u64) -> u64 {
    mix(mix(mix(seed).wrapping_add(stream)).wrapping_add(number))
}

/// One step of the SplitMix64 generator (Steele, Lea and Flood, 2014).
const fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_rolls_the_same_and_another_seed_does_not() {
        let rolls = |seed| {
            let mut dice = Dice::new(seed);
            [(); 8].map(|()| dice.next(Roll::DropAnswer))
        };
        assert_eq!(rolls(7), rolls(7));
        assert_ne!(rolls(7), rolls(8));
    }

    #[test]
    fn one_purpose_does_not_disturb_another() {
        let mut quiet = Dice::new(3);
        let mut busy = Dice::new(3);
        for _ in 0..5 {
            busy.next(Roll::Http429);
        }
        assert_eq!(
            quiet.next(Roll::LoseCallback),
            busy.next(Roll::LoseCallback)
        );
    }

    #[test]
    fn a_rate_comes_out_about_as_often_as_it_says() {
        let mut dice = Dice::new(1);
        let rate = Rate::try_from(0.25).unwrap();
        let hits = (0..4000)
            .filter(|_| dice.happens(Roll::NoReceipt, rate))
            .count();
        assert!((900..1100).contains(&hits), "{hits} of 4000");
        assert!((0..100).all(|_| dice.happens(Roll::Http500, Rate::ALWAYS)));
        assert!(!(0..100).any(|_| dice.happens(Roll::Http503, Rate::NEVER)));
    }
}

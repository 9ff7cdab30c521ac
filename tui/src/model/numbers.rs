//! How numbers are written here, so that a frame need not work it out: reading a number by the
//! rules of its country takes some 30 µs, a list has forty, and a frame is drawn for every key.

use smsdesk_common::phone::{Address, Region};
use smsdesk_common::safe_text::SafeText;
use std::collections::HashMap;

/// So many are remembered: screens that an agent goes back and forth between. Beyond, the book is
/// begun anew.
const NUMBERS_MAX: usize = 2_000;

/// The numbers that are on the screen, or were.
#[derive(Debug, Default)]
pub struct Numbers {
    home: Option<Region>,
    written: HashMap<Address, SafeText>,
}

impl Numbers {
    /// Remembers how `addresses` are written where `home` is home.
    pub fn learn<'a>(
        &mut self,
        home: Option<Region>,
        addresses: impl IntoIterator<Item = &'a Address>,
    ) {
        if self.home != home {
            self.home = home;
            self.written.clear();
        }
        for address in addresses {
            if self.written.contains_key(address) {
                continue;
            }
            if self.written.len() >= NUMBERS_MAX {
                self.written.clear();
            }
            self.written.insert(address.clone(), address.display(home));
        }
    }

    /// How `address` is written where `home` is home, remembered or not.
    pub fn written(&self, home: Option<Region>, address: &Address) -> SafeText {
        let known = self.written.get(address).filter(|_| self.home == home);
        known.map_or_else(|| address.display(home), SafeText::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr as _;

    #[test]
    fn a_number_is_written_alike_whether_it_is_remembered_or_not() {
        let home = |code| Some(Region::from_str(code).unwrap());
        let maria = Address::from_twilio("+12394267058").unwrap();
        let mut numbers = Numbers::default();
        numbers.learn(home("US"), [&maria]);
        for region in [home("US"), home("GB"), None] {
            assert_eq!(numbers.written(region, &maria), maria.display(region));
        }
        numbers.learn(home("GB"), []);
        assert_eq!(
            numbers.written(home("GB"), &maria),
            maria.display(home("GB"))
        );
    }

    #[test]
    fn no_more_are_remembered_than_the_limit() {
        let mut numbers = Numbers::default();
        let all: Vec<_> = (0..NUMBERS_MAX + 10)
            .map(|n| Address::from_twilio(&format!("+1239426{n:04}")).unwrap())
            .collect();
        numbers.learn(None, &all);
        assert!(numbers.written.len() <= NUMBERS_MAX);
    }
}

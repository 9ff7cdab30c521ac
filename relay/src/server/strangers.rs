//! Who holds connections, and who of them goes when there is room for no more: those who have not yet
//! shown a token or a signature by where they come from, the others by their token.
//!
//! Not by a fixed number each: a burst of webhooks comes from one address, too. Where every place is
//! taken, the source with the most strangers loses the one that came first; whoever opens thousands
//! of connections and says nothing on them so takes the place of nobody but themselves. Where there is
//! no stranger, the same goes for the token with the most connections.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

/// The holders of connections by what they are counted by, each with what ends its connection.
#[derive(Debug)]
pub(super) struct Strangers<K, H> {
    next: u64,
    all: HashMap<u64, (K, H)>,
    each: HashMap<K, BTreeSet<u64>>,
    /// Those with few connections first, of as many the ones whose first came last.
    crowds: BTreeMap<(usize, Reverse<u64>), K>,
}

impl<K: Copy + Eq + Hash, H> Strangers<K, H> {
    pub(super) fn new() -> Self {
        Self {
            next: 0,
            all: HashMap::new(),
            each: HashMap::new(),
            crowds: BTreeMap::new(),
        }
    }

    /// Somebody came; the number by which they go.
    pub(super) fn enter(&mut self, from: K, handle: H) -> u64 {
        let number = self.next;
        self.next += 1;
        self.all.insert(number, (from, handle));
        self.change(from, |numbers| {
            numbers.insert(number);
        });
        number
    }

    /// They are known now, or gone. The second time it does nothing.
    pub(super) fn leave(&mut self, number: u64) -> Option<H> {
        let (from, handle) = self.all.remove(&number)?;
        self.change(from, |numbers| {
            numbers.remove(&number);
        });
        Some(handle)
    }

    /// Who must go where there is no room: the first of those with the most, if that is more than
    /// `left`.
    pub(super) fn show_out(&mut self, left: usize) -> Option<H> {
        let (&(most, Reverse(first)), _) = self.crowds.last_key_value()?;
        if most > left {
            return self.leave(first);
        }
        None
    }

    fn change(&mut self, from: K, change: impl FnOnce(&mut BTreeSet<u64>)) {
        let numbers = self.each.entry(from).or_default();
        if let Some(first) = numbers.first() {
            self.crowds.remove(&(numbers.len(), Reverse(*first)));
        }
        change(numbers);
        match numbers.first() {
            Some(first) => {
                let crowd = (numbers.len(), Reverse(*first));
                self.crowds.insert(crowd, from);
            }
            None => {
                self.each.remove(&from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::source::Source;
    use core::net::{IpAddr, Ipv4Addr};
    use proptest::prelude::*;

    fn source(n: u8) -> Source {
        Source::network(IpAddr::V4(Ipv4Addr::new(203, 0, 113, n)))
    }

    #[test]
    fn whoever_has_most_goes_first_and_of_them_the_one_who_came_first() {
        let mut strangers = Strangers::new();
        for (from, name) in [(1, "a1"), (2, "b1"), (2, "b2"), (3, "c1"), (2, "b3")] {
            strangers.enter(source(from), name);
        }
        assert_eq!(strangers.show_out(0), Some("b1"));
        assert_eq!(strangers.show_out(0), Some("b2"));
        assert_eq!(
            strangers.show_out(0),
            Some("a1"),
            "one each: the first of all"
        );
        assert_eq!(strangers.show_out(0), Some("c1"));
        assert_eq!(strangers.show_out(0), Some("b3"));
        assert_eq!(strangers.show_out(0), None);
    }

    #[test]
    fn whoever_has_few_keeps_them_all() {
        let mut strangers = Strangers::new();
        for name in ["a1", "a2", "a3"] {
            strangers.enter(source(1), name);
        }
        assert_eq!(strangers.show_out(3), None);
        assert_eq!(strangers.show_out(2), Some("a1"));
        assert_eq!(strangers.show_out(2), None);
    }

    #[test]
    fn whoever_is_known_is_not_shown_out() {
        let mut strangers = Strangers::new();
        let known = strangers.enter(source(1), "known");
        assert_eq!(strangers.leave(known), Some("known"));
        assert_eq!(strangers.leave(known), None);
        assert_eq!(strangers.show_out(0), None);
        assert!(strangers.each.is_empty() && strangers.crowds.is_empty());
    }

    /// Somebody comes from there, the one of that number leaves, somebody is shown out.
    #[derive(Clone, Debug)]
    enum Step {
        Enter(u8),
        Leave(u64),
        ShowOut,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0_u8..4).prop_map(Step::Enter),
            1 => (0_u64..40).prop_map(Step::Leave),
            1 => Just(Step::ShowOut),
        ]
    }

    proptest! {
        #[test]
        fn it_is_always_the_first_of_the_largest_crowd(
            steps in prop::collection::vec(step(), 0..80),
        ) {
            let mut strangers = Strangers::new();
            let mut model: BTreeMap<u64, u8> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Enter(from) => {
                        let expected = strangers.next;
                        prop_assert_eq!(strangers.enter(source(from), expected), expected);
                        model.insert(expected, from);
                    }
                    Step::Leave(number) => {
                        let left = strangers.leave(number);
                        prop_assert_eq!(left, model.remove(&number).map(|_| number));
                    }
                    Step::ShowOut => {
                        let crowd = |from: u8| model.values().filter(|of| **of == from).count();
                        let expected = model.iter().map(|(n, from)| (crowd(*from), Reverse(*n))).max();
                        let expected = expected.map(|(_, Reverse(number))| number);
                        prop_assert_eq!(strangers.show_out(0), expected);
                        if let Some(number) = expected {
                            model.remove(&number);
                        }
                    }
                }
            }
            prop_assert_eq!(strangers.all.len(), model.len());
        }
    }
}

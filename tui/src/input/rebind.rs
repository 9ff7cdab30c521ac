//! Keys that the agent chose: what the configuration asks for, checked against the actions, the places
//! and each other.
//!
//! Nothing here stops the app: what cannot be done is told, the rest is in force.

use super::command::{named, nearest, places};
use super::context::Context;
use super::key::{Key, parse_sequence, sequence_label};
use super::keymap::{Keymap, clash};
use super::preset::Preset;
use crate::action::Action;

/// The names of places in the configuration.
pub const PLACES: [(&str, Context); 6] = [
    ("list", Context::List),
    ("chat", Context::Chat),
    ("composer", Context::Composer),
    ("help", Context::Help),
    ("prompt", Context::Prompt),
    ("search", Context::Search),
];

/// Keys for an action, as the configuration asks for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Where in the configuration; handed back with what is wrong.
    pub line: usize,
    /// The only place that is meant; none for wherever the action has one.
    pub place: Option<Context>,
    /// The action's name.
    pub action: String,
    /// Key sequences; none to take its keys away.
    pub keys: Vec<String>,
}

/// Something that cannot be done as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The line of the [`Wish`].
    pub line: usize,
    /// What is wrong, and what was expected.
    pub problem: String,
}

/// The keys of a preset with what was asked for, and what of it could not be done.
pub fn keymap(preset: Preset, wishes: &[Wish]) -> (Keymap, Vec<Trouble>) {
    let mut work = Work {
        keymap: preset.keymap(),
        taken: Vec::new(),
        troubles: Vec::new(),
    };
    for wish in wishes {
        work.grant(wish);
    }
    (work.keymap, work.troubles)
}

/// A key that was given away.
struct Taken {
    line: usize,
    context: Context,
    action: Action,
    sequence: Vec<Key>,
}

struct Work {
    keymap: Keymap,
    taken: Vec<Taken>,
    troubles: Vec<Trouble>,
}

impl Work {
    fn trouble(&mut self, line: usize, problem: String) {
        self.troubles.push(Trouble { line, problem });
    }

    fn grant(&mut self, wish: &Wish) {
        let line = wish.line;
        let Some(action) = named(&wish.action).filter(|action| action.name() == wish.action) else {
            let near = nearest(&wish.action).map_or_else(
                || "; docs/keys.md has their names".to_owned(),
                |near| format!("; did you mean `{}`?", near.name()),
            );
            return self.trouble(line, format!("unknown action `{}`{near}", wish.action));
        };
        let contexts = match wish.place {
            None => places(action),
            Some(place) if places(action).contains(&place) => vec![place],
            Some(place) => {
                let name = action.name();
                let problem = format!("`{name}` has no meaning {}", place.place());
                return self.trouble(line, problem);
            }
        };
        let mut sequences = Vec::new();
        for keys in &wish.keys {
            match parse_sequence(keys) {
                Ok(sequence) => sequences.push(sequence),
                Err(error) => self.trouble(line, error.to_string()),
            }
        }
        // A list of keys of which none can be read is a mistake, an empty one takes the keys away.
        if sequences.is_empty() && !wish.keys.is_empty() {
            return;
        }
        for context in contexts {
            self.bind(line, context, action, &sequences);
        }
    }

    fn bind(&mut self, line: usize, context: Context, action: Action, sequences: &[Vec<Key>]) {
        let mut free: Vec<Vec<Key>> = Vec::new();
        for sequence in sequences {
            if free.contains(sequence) {
                continue;
            }
            let own = free.iter().find(|own| clash(own, sequence));
            let own = own.map(|own| {
                let (keys, own) = (sequence_label(sequence), sequence_label(own));
                format!("`{keys}` and `{own}` cannot both be keys: one begins the other")
            });
            match own.or_else(|| self.refusal(context, action, sequence)) {
                Some(problem) => self.trouble(line, problem),
                None => free.push(sequence.clone()),
            }
        }
        if free.is_empty() && !sequences.is_empty() {
            return;
        }
        for lost in self.keymap.rebind(context, action, &free) {
            let problem = format!(
                "`{}` takes the last key of `{}` {}; it is left in the palette",
                action.name(),
                lost.name(),
                context.place()
            );
            self.trouble(line, problem);
        }
        self.taken
            .retain(|taken| taken.context != context || taken.action != action);
        self.taken.extend(free.into_iter().map(|sequence| Taken {
            line,
            context,
            action,
            sequence,
        }));
    }

    /// Why these keys cannot mean the action there.
    fn refusal(&self, context: Context, action: Action, sequence: &[Key]) -> Option<String> {
        let keys = sequence_label(sequence);
        let is_text = |key: &Key| key.text().is_some();
        if context.takes_text() && sequence.first().is_some_and(is_text) {
            let place = context.place();
            let expected = "expected one with ctrl- or alt-, or a function key";
            return Some(format!("`{keys}` is text {place}: {expected}"));
        }
        let before = self.taken.iter().find(|taken| {
            taken.context == context && taken.action != action && clash(&taken.sequence, sequence)
        })?;
        Some(format!(
            "`{keys}` for `{}` clashes with `{}` for `{}` in line {}, which stays",
            action.name(),
            sequence_label(&before.sequence),
            before.action.name(),
            before.line,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::keymap::Lookup;
    use proptest::prelude::*;

    fn wish(line: usize, action: &str, keys: &[&str]) -> Wish {
        Wish {
            line,
            place: None,
            action: action.to_owned(),
            keys: keys.iter().map(|keys| (*keys).to_owned()).collect(),
        }
    }

    fn granted(wishes: &[Wish]) -> (Keymap, Vec<String>) {
        let (keymap, troubles) = keymap(Preset::Default, wishes);
        keymap.check_no_clash();
        let told = troubles.into_iter();
        let told = told.map(|trouble| format!("{}: {}", trouble.line, trouble.problem));
        (keymap, told.collect())
    }

    fn means(keymap: &Keymap, context: Context, keys: &str) -> Lookup {
        keymap.lookup(context, &parse_sequence(keys).unwrap())
    }

    #[test]
    fn an_action_has_the_keys_that_were_asked_for_and_no_others() {
        let (keymap, told) = granted(&[wish(1, "snooze", &["s", "ctrl-s"])]);
        assert_eq!(told, [""; 0]);
        for (keys, lookup) in [
            ("s", Lookup::Action(Action::Snooze)),
            ("ctrl-s", Lookup::Action(Action::Snooze)),
            ("b", Lookup::Unbound),
        ] {
            assert_eq!(means(&keymap, Context::List, keys), lookup, "{keys}");
            assert_eq!(means(&keymap, Context::Chat, keys), lookup, "{keys}");
        }
        assert_eq!(keymap.key_for(Context::List, Action::Snooze).unwrap(), "s");
    }

    #[test]
    fn a_place_can_be_named() {
        let only = Wish {
            place: Some(Context::Chat),
            ..wish(1, "snooze", &["s"])
        };
        let (keymap, told) = granted(&[only]);
        assert_eq!(told, [""; 0]);
        assert_eq!(keymap.key_for(Context::Chat, Action::Snooze).unwrap(), "s");
        assert_eq!(keymap.key_for(Context::List, Action::Snooze).unwrap(), "b");
    }

    #[test]
    fn what_cannot_be_done_is_told_and_the_rest_is_in_force() {
        let somewhere = Wish {
            place: Some(Context::Help),
            ..wish(6, "snooze", &["s"])
        };
        let (keymap, told) = granted(&[
            wish(1, "snoze", &["s"]),
            wish(2, "snooze", &["shift-s", "s"]),
            wish(3, "flag", &["s"]),
            wish(4, "send", &["x"]),
            wish(5, "take", &["e"]),
            somewhere,
        ]);
        assert_eq!(told[0], "1: unknown action `snoze`; did you mean `snooze`?");
        assert!(told[1].starts_with("2: `shift-s` is no key: expected one such as"));
        let clash = "3: `s` for `flag` clashes with `s` for `snooze` in line 2, which stays";
        assert_eq!(told[2..4], [clash, clash], "in the list and in the chat");
        assert!(told[4].starts_with("4: `x` is text in the composer: expected"));
        let lost =
            "5: `take` takes the last key of `done-next` in the list; it is left in the palette";
        assert_eq!(told[5], lost);
        assert_eq!(told[7], "6: `snooze` has no meaning in the help");
        let snooze = Lookup::Action(Action::Snooze);
        assert_eq!(means(&keymap, Context::List, "s"), snooze);
        let flag = Lookup::Action(Action::Flag);
        assert_eq!(means(&keymap, Context::List, "*"), flag, "it keeps its own");
    }

    proptest! {
        #[test]
        fn no_wishes_make_a_key_mean_two_things(
            wishes in prop::collection::vec(
                (
                    prop::sample::select(Action::ALL.to_vec()),
                    prop::collection::vec("[a-e] ?[a-e]?|ctrl-[a-e]|f[1-9]", 0..3),
                ),
                0..12,
            ),
        ) {
            let wishes = wishes.into_iter().zip(1..).map(|((action, keys), line)| Wish {
                line,
                place: None,
                action: action.name().to_owned(),
                keys,
            });
            let (keymap, _) = keymap(Preset::Default, &wishes.collect::<Vec<_>>());
            keymap.check_no_clash();
        }
    }
}

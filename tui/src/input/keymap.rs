//! Which key sequence means which action in which context.

use super::context::Context;
use super::key::{Code, Key, parse_sequence, sequence_label};
use super::table::ROWS;
use crate::action::Action;
use crate::model::batch::Deed;
use crate::model::macros::Macro;
use serde::{Deserialize, Serialize};

/// The key before the letter of a macro.
pub const MACRO_PREFIX: Key = Key::plain(Code::Char('m'));

/// Where macros can be used.
const fn has_macros(context: Context) -> bool {
    matches!(context, Context::List | Context::Chat)
}

/// One key sequence with its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Binding {
    context: Context,
    sequence: Vec<Key>,
    action: Action,
}

/// All bindings in force, in the order of the help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keymap {
    bindings: Vec<Binding>,
    macros: Vec<Macro>,
}

/// What a sequence of keys means so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It means this.
    Action(Action),
    /// It means the macro of this number; see [`Keymap::deed`].
    Macro(usize),
    /// It begins at least one longer sequence.
    Prefix,
    /// It means nothing.
    Unbound,
}

/// An action with every key that means it, for the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What.
    pub action: Action,
    /// The sequences as people read them, the one to teach first.
    pub keys: Vec<String>,
}

/// A key worth a place in the status bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What it means.
    pub action: Action,
    /// The key as people read it.
    pub key: String,
    /// What it does, in a word or two.
    pub word: &'static str,
}

impl Default for Keymap {
    /// The default keys.
    fn default() -> Self {
        let mut bindings = Vec::new();
        for row in ROWS {
            for keys in row.keys {
                // A test proves that every sequence of the table parses.
                let Ok(sequence) = parse_sequence(keys) else {
                    continue;
                };
                bindings.extend(row.contexts.iter().map(|&context| Binding {
                    context,
                    sequence: sequence.clone(),
                    action: row.action,
                }));
            }
        }
        Self {
            bindings,
            macros: Vec::new(),
        }
    }
}

impl Keymap {
    /// Has an action mean these keys alone in a context. What else meant one of them, began with one
    /// or was begun by one, loses it: the actions that have no key left there are told.
    pub fn rebind(&mut self, context: Context, action: Action, keys: &[Vec<Key>]) -> Vec<Action> {
        let (mut lost, mut place) = (Vec::new(), None);
        let mut kept = Vec::new();
        for binding in std::mem::take(&mut self.bindings) {
            let here = binding.context == context;
            if here && binding.action == action {
                place.get_or_insert(kept.len());
            } else if here && keys.iter().any(|keys| clash(keys, &binding.sequence)) {
                lost.push(binding.action);
            } else {
                kept.push(binding);
            }
        }
        let place = place.unwrap_or(kept.len());
        let own = keys.iter().map(|sequence| Binding {
            context,
            sequence: sequence.clone(),
            action,
        });
        kept.splice(place..place, own);
        self.bindings = kept;
        lost.retain(|action| self.key_for(context, *action).is_none());
        lost.dedup();
        lost
    }

    /// Takes the sequences away in which such a key occurs.
    pub(super) fn drop_keys(&mut self, contexts: &[Context], is_such: impl Fn(&Key) -> bool) {
        self.bindings.retain(|binding| {
            !contexts.contains(&binding.context) || !binding.sequence.iter().any(&is_such)
        });
    }

    /// The same, with macros behind [`MACRO_PREFIX`].
    pub fn with_macros(self, macros: Vec<Macro>) -> Self {
        Self { macros, ..self }
    }

    /// Its macros, in their order.
    pub fn macros(&self) -> &[Macro] {
        &self.macros
    }

    /// What a macro does.
    pub fn deed(&self, number: usize) -> Option<&Deed> {
        self.macros.get(number).map(|named| &named.deed)
    }

    /// The macros that can follow `prefix` in `context`: the key and the name.
    pub fn macros_behind(
        &self,
        context: Context,
        prefix: &[Key],
    ) -> impl Iterator<Item = (String, &str)> {
        let follow = has_macros(context) && prefix == [MACRO_PREFIX];
        let macros = self.macros.iter().filter(move |_| follow);
        macros.map(|named| (named.key.to_string(), named.name.as_str()))
    }

    fn lookup_macro(&self, context: Context, keys: &[Key]) -> Lookup {
        match keys {
            _ if !has_macros(context) || self.macros.is_empty() => Lookup::Unbound,
            [MACRO_PREFIX] => Lookup::Prefix,
            [MACRO_PREFIX, key] => {
                let is_meant = |named: &Macro| key.text() == Some(named.key);
                let found = self.macros.iter().position(is_meant);
                found.map_or(Lookup::Unbound, Lookup::Macro)
            }
            _ => Lookup::Unbound,
        }
    }

    /// What `keys` mean in `context`.
    pub fn lookup(&self, context: Context, keys: &[Key]) -> Lookup {
        let here = || self.bindings.iter().filter(move |b| b.context == context);
        if let Some(binding) = here().find(|binding| binding.sequence == keys) {
            return Lookup::Action(binding.action);
        }
        if here().any(|binding| binding.sequence.starts_with(keys)) {
            return Lookup::Prefix;
        }
        self.lookup_macro(context, keys)
    }

    /// What can follow `prefix` in `context`: the remaining keys and what they mean.
    pub fn continuations(&self, context: Context, prefix: &[Key]) -> Vec<(String, Action)> {
        let follows = |b: &&Binding| {
            b.context == context
                && b.sequence.len() > prefix.len()
                && b.sequence.starts_with(prefix)
        };
        self.bindings
            .iter()
            .filter(follows)
            .map(|b| (sequence_label(&b.sequence[prefix.len()..]), b.action))
            .collect()
    }

    /// The key to teach for `action` in `context`, as people read it.
    pub fn key_for(&self, context: Context, action: Action) -> Option<String> {
        self.bindings
            .iter()
            .find(|b| b.context == context && b.action == action)
            .map(|b| sequence_label(&b.sequence))
    }

    /// Every action of `context` with its keys, in the order of the help.
    pub fn entries(&self, context: Context) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for binding in self.bindings.iter().filter(|b| b.context == context) {
            let label = sequence_label(&binding.sequence);
            match entries
                .iter_mut()
                .find(|entry| entry.action == binding.action)
            {
                Some(entry) => entry.keys.push(label),
                None => entries.push(Entry {
                    action: binding.action,
                    keys: vec![label],
                }),
            }
        }
        entries
    }

    /// The keys of `context` that are worth a place in the status bar, most useful first.
    pub fn hints(&self, context: Context) -> Vec<Hint> {
        ROWS.iter()
            .filter(|row| row.contexts.contains(&context))
            .filter_map(|row| {
                let word = row.hint?;
                let key = self.key_for(context, row.action)?;
                Some(Hint {
                    action: row.action,
                    key,
                    word,
                })
            })
            .collect()
    }
}

/// Whether one of them would hide the other.
pub(super) fn clash(a: &[Key], b: &[Key]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

#[cfg(test)]
impl Keymap {
    /// Panics where a sequence means two things or hides a longer one.
    pub(super) fn check_no_clash(&self) {
        for (at, a) in self.bindings.iter().enumerate() {
            for b in self.bindings.iter().skip(at + 1) {
                let clashes = a.context == b.context && clash(&a.sequence, &b.sequence);
                let keys = sequence_label(&a.sequence);
                assert!(!clashes, "{keys} in {:?}", a.context);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn lookup(context: Context, keys: &str) -> Lookup {
        Keymap::default().lookup(context, &parse_sequence(keys).unwrap())
    }

    #[test]
    fn every_sequence_of_the_table_is_one_that_parses() {
        for row in ROWS {
            for keys in row.keys {
                let sequence = parse_sequence(keys).unwrap();
                let written: Vec<_> = sequence.iter().map(ToString::to_string).collect();
                assert_eq!(written.join(" "), *keys, "write it in its one spelling");
            }
        }
    }

    #[test]
    fn no_sequence_means_two_things_or_hides_a_longer_one() {
        Keymap::default().check_no_clash();
    }

    #[test]
    fn every_action_has_a_key() {
        let bound: HashSet<_> = ROWS.iter().map(|row| row.action).collect();
        for action in Action::ALL {
            assert!(bound.contains(action), "{}", action.name());
        }
    }

    #[test]
    fn where_text_is_written_no_character_is_taken_for_a_command() {
        for context in Context::ALL
            .into_iter()
            .filter(|context| context.takes_text())
        {
            for binding in Keymap::default()
                .bindings
                .iter()
                .filter(|b| b.context == context)
            {
                assert_eq!(
                    binding.sequence[0].text(),
                    None,
                    "{}",
                    binding.action.name()
                );
            }
        }
    }

    #[test]
    fn a_prefix_waits_for_what_follows() {
        assert_eq!(lookup(Context::List, "g"), Lookup::Prefix);
        assert_eq!(
            lookup(Context::List, "g i"),
            Lookup::Action(Action::ViewInbox)
        );
        assert_eq!(lookup(Context::List, "g z"), Lookup::Unbound);
        assert_eq!(lookup(Context::List, "x"), Lookup::Unbound);
        let keymap = Keymap::default();
        let after = keymap.continuations(Context::List, &parse_sequence("g").unwrap());
        assert!(after.contains(&("u".to_owned(), Action::ViewUnassigned)));
        assert!(after.contains(&("g".to_owned(), Action::FirstConversation)));
    }

    #[test]
    fn hints_teach_the_first_key_of_what_matters_here() {
        let hints = Keymap::default().hints(Context::List);
        let told: Vec<_> = hints
            .iter()
            .map(|h| format!("{} {}", h.key, h.word))
            .collect();
        assert_eq!(told[..2], ["Enter open", "r reply"]);
    }
}

//! How a sentence names the key of an action: as it is bound, whatever the preset and the
//! configuration say. The one door for every notice, question and hint.

use super::command::places;
use super::context::Context;
use super::keymap::Keymap;
use crate::action::Action;

impl Keymap {
    /// The key to teach for `action` with the hands in `hands`: the one there, else the one in the
    /// nearest place that has one. Without any key it is what to type instead, such as `:undo`.
    pub fn teach(&self, hands: Context, action: Action) -> String {
        let panes = [
            Context::List,
            Context::Chat,
            Context::Composer,
            Context::Note,
        ];
        let all = places(action);
        // A key that works only in a window over the panes would mislead whoever is in a pane.
        let in_panes = all.iter().any(|place| panes.contains(place));
        let all = all
            .into_iter()
            .filter(|place| !in_panes || panes.contains(place));
        let places = [hands, Context::List, Context::Chat].into_iter().chain(all);
        let mut keys = places.filter_map(|place| self.key_for(place, action));
        keys.next().unwrap_or_else(|| self.by_name(action))
    }

    fn by_name(&self, action: Action) -> String {
        let doors = [Action::Command, Action::Palette];
        let mut keys = doors.iter().filter_map(|door| {
            let places = [Context::List, Context::Chat, Context::Composer];
            places.iter().find_map(|place| self.key_for(*place, *door))
        });
        match keys.next() {
            // As it stands on the line that the key opens.
            Some(key) if key == ":" => format!(":{}", action.name()),
            Some(key) => format!("{key} {}", action.name()),
            None => action.name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::preset::Preset;
    use crate::input::rebind::{Wish, keymap};

    fn wish(action: &str, keys: &[&str]) -> Wish {
        Wish {
            line: 1,
            place: None,
            action: action.to_owned(),
            keys: keys.iter().map(|keys| (*keys).to_owned()).collect(),
        }
    }

    #[test]
    fn a_sentence_names_the_key_of_the_preset() {
        for (preset, action, key) in [
            (Preset::Default, Action::Undo, "z"),
            (Preset::Default, Action::Send, "Enter"),
            (Preset::Vim, Action::DoneNext, "x"),
            (Preset::Vim, Action::Reply, "i"),
            (Preset::Plain, Action::Reply, "F2"),
            (Preset::Plain, Action::Undo, "F12 undo"),
        ] {
            let keymap = preset.keymap();
            assert_eq!(keymap.teach(Context::List, action), key);
            assert_eq!(keymap.teach(Context::Chat, action), key);
        }
    }

    #[test]
    fn an_action_without_a_key_is_taught_by_its_name() {
        let (bare, _) = keymap(Preset::Default, &[wish("undo", &[])]);
        assert_eq!(bare.teach(Context::Chat, Action::Undo), ":undo");
        let (barer, _) = keymap(
            Preset::Default,
            &[
                wish("undo", &[]),
                wish("command", &[]),
                wish("palette", &[]),
            ],
        );
        assert_eq!(barer.teach(Context::Chat, Action::Undo), "undo");
    }

    #[test]
    fn in_a_text_the_key_that_works_there_comes_first() {
        let keymap = Keymap::default();
        assert_eq!(keymap.teach(Context::Composer, Action::Palette), "Alt-x");
        assert_eq!(keymap.teach(Context::Composer, Action::Undo), "z");
    }
}

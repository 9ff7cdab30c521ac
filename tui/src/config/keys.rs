//! `[keys]`: a preset, and keys for actions by their names. What is wrong in it is told when the app
//! starts and keeps nobody from working.

use crate::input::context::Context;
use crate::input::keymap::Keymap;
use crate::input::preset::Preset;
use crate::input::rebind::{self, PLACES, Wish};
use smsdesk_common::config::ConfigError;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What no table of keys can say about `[keys]`.
pub const KEYS_DOC: &str = "\
Every other setting of `[keys]` is the name of an action from [keys.md](keys.md) with its keys, which \
replace those of the preset wherever the action has a meaning: `snooze = [\"b\", \"g z\"]`. An empty \
list leaves the action to the palette. A table such as `[keys.chat]` is about one place: `list`, \
`chat`, `composer`, `help` or `prompt`. A key is a character, `enter`, `esc`, `tab`, `backtab`, \
`backspace`, `delete`, `up`, `down`, `left`, `right`, `home`, `end`, `pgup`, `pgdn`, `space` or `f1` to \
`f24`, with `ctrl-` or `alt-` before it; keys that follow each other stand with a blank between. A \
name that no action has, a key that there is not and keys that clash are told with file and line \
when the app starts or reads it again; the rest is in force.";

/// The keymap that `text`, the content of `file`, asks for with this preset, and what is wrong in it.
/// The text is TOML: that was checked.
pub(super) fn read(file: &str, text: &str, preset: Option<&str>) -> (Keymap, Vec<ConfigError>) {
    let mut wrong: Vec<(usize, String)> = Vec::new();
    let chosen = preset.unwrap_or_default();
    let preset = Preset::named(chosen).unwrap_or_else(|| {
        if !chosen.is_empty() {
            let names = Preset::ALL.map(Preset::name).join(", ");
            let line = line_of_preset(text);
            wrong.push((line, format!("preset `{chosen}`: expected one of {names}")));
        }
        Preset::Default
    });
    let (wishes, unreadable) = wishes(text);
    wrong.extend(unreadable);
    let (keymap, troubles) = rebind::keymap(preset, &wishes);
    let troubles = troubles.into_iter();
    wrong.extend(troubles.map(|trouble| (trouble.line, trouble.problem)));
    wrong.sort_by_key(|(line, _)| *line);
    // List and chat say the same.
    wrong.dedup();
    let told = wrong.into_iter().map(|(line, problem)| match line {
        0 => ConfigError::new("[keys]", problem),
        line => ConfigError::new(format!("{file}:{line}"), problem),
    });
    (keymap, told.collect())
}

type Unreadable = Vec<(usize, String)>;

fn wishes(text: &str) -> (Vec<Wish>, Unreadable) {
    let (mut wishes, mut unreadable) = (Vec::new(), Vec::new());
    for (name, value) in table(text) {
        let line = line(text, &name);
        let place = PLACES
            .iter()
            .find(|(place, _)| *place == name.get_ref().as_ref());
        match (place, value.get_ref()) {
            _ if name.get_ref() == "preset" => {}
            (Some((_, context)), DeValue::Table(inner)) => {
                for (name, value) in inner {
                    wish(
                        text,
                        Some(*context),
                        name.get_ref(),
                        value,
                        &mut wishes,
                        &mut unreadable,
                    );
                }
            }
            (None, DeValue::Table(_)) => {
                let places = PLACES.map(|(place, _)| place).join(", ");
                let name = name.get_ref();
                unreadable.push((line, format!("place `{name}`: expected one of {places}")));
            }
            _ => wish(
                text,
                None,
                name.get_ref(),
                &value,
                &mut wishes,
                &mut unreadable,
            ),
        }
    }
    (wishes, unreadable)
}

fn wish(
    text: &str,
    place: Option<Context>,
    action: &str,
    value: &Spanned<DeValue<'_>>,
    wishes: &mut Vec<Wish>,
    unreadable: &mut Unreadable,
) {
    let line = line(text, value);
    let keys = match value.get_ref() {
        DeValue::String(key) => Some(vec![key.to_string()]),
        DeValue::Array(keys) => keys
            .iter()
            .map(|key| key.get_ref().as_str().map(str::to_owned))
            .collect(),
        _ => None,
    };
    match keys {
        Some(keys) => wishes.push(Wish {
            line,
            place,
            action: action.to_owned(),
            keys,
        }),
        None => unreadable.push((line, format!("`{action}`: expected a list of keys"))),
    }
}

/// The settings of `[keys]`, as they stand in the text.
fn table(text: &str) -> Vec<(Spanned<std::borrow::Cow<'_, str>>, Spanned<DeValue<'_>>)> {
    let Ok(all) = DeTable::parse(text) else {
        return Vec::new();
    };
    let mut tables = all.into_inner().into_iter();
    let keys = tables.find(|(name, _)| name.get_ref() == "keys");
    let mut settings: Vec<_> = match keys.map(|(_, value)| value.into_inner()) {
        Some(DeValue::Table(keys)) => keys.into_iter().collect(),
        _ => Vec::new(),
    };
    settings.sort_by_key(|(name, _)| name.span().start);
    settings
}

fn line_of_preset(text: &str) -> usize {
    let settings = table(text);
    let preset = settings.iter().find(|(name, _)| name.get_ref() == "preset");
    preset.map_or(0, |(name, _)| line(text, name))
}

fn line<T>(text: &str, spanned: &Spanned<T>) -> usize {
    let before = text.get(..spanned.span().start).unwrap_or(text);
    before.matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;

    fn check(text: &str, preset: Option<&str>) -> (Keymap, Vec<String>) {
        let (keymap, told) = read("smsdesk.toml", text, preset);
        (keymap, told.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn keys_are_read_for_all_places_and_for_one() {
        let text = "[keys]\nsnooze = [\"s\", \"g z\"]\nflag = \"W\"\n[keys.chat]\ntake = [\"T\"]\n";
        let (keymap, told) = check(text, None);
        assert_eq!(told, [""; 0]);
        let key = |context, action| keymap.key_for(context, action).unwrap();
        assert_eq!(key(Context::Chat, Action::Snooze), "s");
        assert_eq!(key(Context::List, Action::Flag), "W");
        assert_eq!(key(Context::Chat, Action::Take), "T");
        assert_eq!(key(Context::List, Action::Take), "A");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_the_rest_is_in_force() {
        let text =
            "[keys]\npreset = \"emacs\"\nsnoze = [\"s\"]\nflag = 7\ntake = [\"T\", \"hyper-t\"]\n";
        let (keymap, told) = check(text, Some("emacs"));
        let preset = "smsdesk.toml:2: preset `emacs`: expected one of default, vim, gmail, plain";
        assert_eq!(told[0], preset);
        let snoze = "smsdesk.toml:3: unknown action `snoze`; did you mean `snooze`?";
        assert_eq!(told[1], snoze);
        assert_eq!(told[2], "smsdesk.toml:4: `flag`: expected a list of keys");
        assert_eq!(keymap.key_for(Context::List, Action::Take).unwrap(), "T");
    }

    #[test]
    fn a_preset_comes_first_and_single_keys_after_it() {
        let (keymap, told) = check("[keys]\nflag = [\"W\"]\n", Some("gmail"));
        assert_eq!(told, [""; 0]);
        assert_eq!(keymap.key_for(Context::List, Action::Flag).unwrap(), "W");
        assert_eq!(keymap.key_for(Context::Chat, Action::Back).unwrap(), "u");
        let (_, told) = check("", Some("emacs"));
        assert!(told[0].starts_with("[keys]: preset `emacs`: expected"));
    }
}

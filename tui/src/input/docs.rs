//! The help screen and `docs/keys.md`, written from the keymap so that they cannot lie.

use super::command::{Argument, argument, obstacle, places};
use super::context::Context;
use super::keymap::Keymap;
use super::reach::{Script, script};
use crate::action::Action;

/// Characters for an action's keys in the help, which names as many as fit; `docs/keys.md` names
/// all. With [`crate::action::DESCRIPTION_CHARACTERS_MAX`] it fits the smallest screen.
const HELP_KEYS_CHARACTERS_MAX: usize = 17;

const HEAD: &str = "# Keys

This page is generated from the keymap table (`tui/src/input/table.rs`); a test compares the two.
Every action has a name. After a prefix key such as `g` a box lists what can follow.
Digits before a motion repeat it (`5j`), before an act they reach to so many rows from the cursor on
(`3e`); `Esc` drops them. What is selected with `Space` or `V` is what the next act is done to, as one step of undo.
`m` and a letter is a macro of the configuration (docs/configuration.md).
What is not bound in a composer is text. A paste, bracketed or as a burst of keys, never sends.
";

const ALL_HEAD: &str = "
## All actions

`:` takes a name with what the action takes, the palette finds it by its words; both leave out what can
only be meant elsewhere. `[keys]` in the configuration gives an action other keys. From a script it is
a command of `smsdesk`.

| action | does | keys | by name | from a script |
|---|---|---|---|---|
";

/// The default keys as Markdown, a table for each context.
pub fn docs_markdown() -> String {
    let keymap = Keymap::default();
    let mut page = String::from(HEAD);
    for context in Context::ALL {
        page.push_str(&format!(
            "\n## {}\n\n| keys | action | does |\n|---|---|---|\n",
            context.title()
        ));
        for entry in keymap.entries(context) {
            let keys: Vec<_> = entry.keys.iter().map(|keys| format!("`{keys}`")).collect();
            let row = format!(
                "| {} | `{}` | {} |\n",
                keys.join(" "),
                entry.action.name(),
                entry.action.describe()
            );
            page.push_str(&row);
        }
    }
    page.push_str(&every_action());
    page
}

/// Every action with all the ways to it.
fn every_action() -> String {
    let keymap = Keymap::default();
    let mut table = String::from(ALL_HEAD);
    for action in Action::ALL {
        let mut keys: Vec<String> = Vec::new();
        for place in places(*action) {
            let mut entries = keymap.entries(place).into_iter();
            let entry = entries.find(|entry| entry.action == *action);
            for key in entry.map_or_else(Vec::new, |entry| entry.keys) {
                let key = format!("`{key}`");
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        let desk = [Context::List, Context::Composer];
        let by_name = match desk.into_iter().find(|at| obstacle(*action, *at).is_none()) {
            Some(_) if argument(*action) == Argument::None => format!("`:{}`", action.name()),
            Some(_) => format!("`:{}` {}", action.name(), argument(*action).expects()),
            None if *action == Action::Command || *action == Action::Palette => String::new(),
            None => obstacle(*action, Context::List).unwrap_or_default(),
        };
        let script = match script(*action) {
            Script::Commands(commands) => {
                let commands = commands.iter().map(|name| format!("`{name}`"));
                commands.collect::<Vec<_>>().join(" ")
            }
            Script::Nothing(why) => why.to_owned(),
        };
        table.push_str(&format!(
            "| `{}` | {} | {} | {by_name} | {script} |\n",
            action.name(),
            action.describe(),
            keys.join(" "),
        ));
    }
    table
}

/// A line of the help screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpLine {
    /// The name of a context.
    Title(&'static str),
    /// Keys and what they do.
    Keys {
        /// As people read them.
        keys: String,
        /// What they do.
        does: &'static str,
        /// What that is called.
        name: &'static str,
    },
    /// Room between two contexts.
    Gap,
}

/// The help for `context`: its own keys first, then those of the neighbouring contexts.
pub fn help_lines(keymap: &Keymap, context: Context) -> Vec<HelpLine> {
    let neighbours = [Context::List, Context::Chat, Context::Composer];
    let others = neighbours.into_iter().filter(|other| *other != context);
    let mut lines = Vec::new();
    for shown in std::iter::once(context).chain(others) {
        if !lines.is_empty() {
            lines.push(HelpLine::Gap);
        }
        lines.push(HelpLine::Title(shown.title()));
        lines.extend(
            keymap
                .entries(shown)
                .into_iter()
                .map(|entry| HelpLine::Keys {
                    keys: fitting(&entry.keys),
                    does: entry.action.describe(),
                    name: entry.action.name(),
                }),
        );
    }
    lines
}

/// The lines that have all of these words in their keys, their names or in what they do, below their titles.
pub fn narrowed(lines: Vec<HelpLine>, words: &str) -> Vec<HelpLine> {
    let words = words.to_lowercase();
    if words.trim().is_empty() {
        return lines;
    }
    let fits = |keys: &str, does: &str, name: &str| {
        let line = format!("{keys} {does} {name}").to_lowercase();
        words.split_whitespace().all(|word| line.contains(word))
    };
    let mut left: Vec<HelpLine> = Vec::new();
    let mut title = None;
    for line in lines {
        match &line {
            HelpLine::Title(_) => title = Some(line),
            HelpLine::Keys { keys, does, name } if fits(keys, does, name) => {
                left.extend(title.take());
                left.push(line);
            }
            HelpLine::Keys { .. } | HelpLine::Gap => {}
        }
    }
    left
}

/// The first key, and those behind it that fit.
fn fitting(keys: &[String]) -> String {
    let mut shown = String::new();
    for key in keys {
        let gap = if shown.is_empty() { "" } else { "  " };
        let length = shown.chars().count() + gap.len() + key.chars().count();
        if !shown.is_empty() && length > HELP_KEYS_CHARACTERS_MAX {
            break;
        }
        shown.push_str(gap);
        shown.push_str(key);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `UPDATE_DOCS=1 cargo test -p smsdesk the_page_of_keys` writes the page.
    #[test]
    fn the_page_of_keys_is_in_step_with_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/keys.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, docs_markdown()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), docs_markdown());
    }

    #[test]
    fn help_begins_with_where_the_agent_is() {
        let lines = help_lines(&Keymap::default(), Context::Composer);
        assert_eq!(lines[0], HelpLine::Title("Composer"));
        let titles = lines
            .iter()
            .filter(|line| matches!(line, HelpLine::Title(_)));
        assert_eq!(titles.count(), 3);
        for line in lines {
            if let HelpLine::Keys { keys, .. } = line {
                assert!(keys.chars().count() <= HELP_KEYS_CHARACTERS_MAX, "{keys}");
            }
        }
    }
}

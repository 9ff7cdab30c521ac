//! The macros of a configuration file. One that is wrong is left out and told of; the others work.

use crate::model::macros::{MACRO_NAME_CHARACTERS_MAX, Macro, deed};
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// What no table of keys can say.
pub const MACROS_DOC: &str = "### Macros\n\nMacros are tables `[[ui.macros]]` with a `name`, a `key` (one letter, \
    pressed behind `m`) and `actions`, such as `[\"take\", \"flag\", \"done-next\"]`: `done`, \
    `done-stay`, `flag`, `take`, `snooze 2h`, `assign me` (`nobody`, or a name), `tag billing`, and as the last one `done-next` or `next-conversation`. What an \
    action takes stands behind its name and a blank. A macro acts on what is selected, is one step \
    of undo, and `.` repeats it. One that is wrong is left out, and said with file, line and column \
    at the start.";

/// The macros, and in words what is wrong with those that were left out.
pub(super) fn read(file: &str, text: &str) -> (Vec<Macro>, Vec<String>) {
    let (mut macros, mut troubles) = (Vec::<Macro>::new(), Vec::new());
    // Whoever calls has read the text as TOML before, and said what was wrong with that.
    let Ok(table) = DeTable::parse(text) else {
        return (macros, troubles);
    };
    let Some(all) = table
        .get_ref()
        .get("ui")
        .and_then(|ui| ui.get_ref().get("macros"))
    else {
        return (macros, troubles);
    };
    let Some(list) = all.get_ref().as_array() else {
        let place = place(text, all.span());
        troubles.push(format!(
            "{file}:{place}: ui.macros: expected tables [[ui.macros]]"
        ));
        return (macros, troubles);
    };
    for (n, item) in (1..).zip(list.iter()) {
        let read = one(item.get_ref(), item.span()).and_then(|(made, key)| {
            match macros.iter().find(|other| other.key == made.key) {
                Some(other) => {
                    let problem = format!("its key `{}` is that of `{}`", made.key, other.name);
                    Err((key, format!("`{}`: {problem}", made.name)))
                }
                None => Ok(made),
            }
        });
        match read {
            Ok(made) => macros.push(made),
            Err((span, problem)) => {
                let place = place(text, span);
                troubles.push(format!(
                    "{file}:{place}: macro {n}, {problem}; it was left out"
                ));
            }
        }
    }
    (macros, troubles)
}

type Wrong = (Range<usize>, String);

/// A macro, and where its key stands.
fn one(item: &DeValue<'_>, at: Range<usize>) -> Result<(Macro, Range<usize>), Wrong> {
    let field = |name: &str| {
        let found = item.get(name);
        found.ok_or_else(|| (at.clone(), format!("expected `{name}`")))
    };
    let name = field("name")?;
    let is_fit = |name: &&str| (1..=MACRO_NAME_CHARACTERS_MAX).contains(&name.chars().count());
    let Some(called) = name.get_ref().as_str().filter(is_fit) else {
        let problem = format!("`name`: expected 1 to {MACRO_NAME_CHARACTERS_MAX} characters");
        return Err((name.span(), problem));
    };
    let key = field("key")?;
    let letter = key
        .get_ref()
        .as_str()
        .and_then(|text| text.parse::<char>().ok());
    let Some(letter) = letter.filter(char::is_ascii_alphabetic) else {
        let problem = format!("`{called}`: `key`: expected one letter");
        return Err((key.span(), problem));
    };
    let actions = field("actions")?;
    let wrong = |span, problem: String| (span, format!("`{called}`: {problem}"));
    let Some(list) = actions.get_ref().as_array() else {
        return Err(wrong(
            actions.span(),
            "`actions`: expected a list of texts".to_owned(),
        ));
    };
    let mut texts = Vec::new();
    for action in list {
        let text = action.get_ref().as_str();
        let expected = || wrong(action.span(), "`actions`: expected texts".to_owned());
        texts.push(text.ok_or_else(expected)?);
    }
    let deed = deed(&texts).map_err(|(at, problem)| {
        let span = list
            .get(at)
            .map_or_else(|| actions.span(), toml::Spanned::span);
        wrong(span, problem)
    })?;
    let made = Macro {
        name: called.to_owned(),
        key: letter,
        deed,
    };
    Ok((made, key.span()))
}

/// Line and column of a place in the text, both counted from one.
fn place(text: &str, span: Range<usize>) -> String {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("{line}:{column}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::batch::{Then, Wish};
    use crate::model::triage::Act;

    fn made(key: &str, actions: &str) -> String {
        format!("[[ui.macros]]\nname = \"close\"\nkey = {key}\nactions = {actions}\n")
    }

    fn trouble(text: &str) -> String {
        let (macros, troubles) = read("smsdesk.toml", text);
        assert_eq!((macros.len(), troubles.len()), (0, 1), "{troubles:?}");
        troubles.into_iter().next().unwrap()
    }

    #[test]
    fn a_macro_is_read_as_it_is_written() {
        let text = made("\"c\"", "[\"take\", \"flag\", \"done-next\"]");
        let (macros, troubles) = read("smsdesk.toml", &text);
        assert_eq!(troubles, [""; 0]);
        assert_eq!((macros[0].name.as_str(), macros[0].key), ("close", 'c'));
        let deed = &macros[0].deed;
        let wishes = [Act::Take, Act::PutFlag, Act::Done].map(Wish::Act);
        assert_eq!(deed.wishes, wishes);
        assert_eq!(deed.then, Then::Next);
    }

    #[test]
    fn what_is_wrong_is_said_with_line_column_macro_and_what_was_expected() {
        for (key, actions, expected) in [
            (
                "\"cc\"",
                "[\"flag\"]",
                "3:7: macro 1, `close`: `key`: expected one letter",
            ),
            (
                "7",
                "[\"flag\"]",
                "3:7: macro 1, `close`: `key`: expected one letter",
            ),
            (
                "\"c\"",
                "\"flag\"",
                "4:11: macro 1, `close`: `actions`: expected a list of texts",
            ),
            (
                "\"c\"",
                "[]",
                "4:11: macro 1, `close`: expected 1 to 16 actions, found 0",
            ),
            (
                "\"c\"",
                "[\"flag\", \"dnoe\"]",
                "4:20: macro 1, `close`: `dnoe` is no action",
            ),
            (
                "\"c\"",
                "[\"flag it\"]",
                "4:12: macro 1, `close`: `flag` takes nothing behind",
            ),
            (
                "\"c\"",
                "[\"snooze sometime\"]",
                "4:12: macro 1, `close`: `snooze` expected a time",
            ),
            (
                "\"c\"",
                "[\"assign\"]",
                "4:12: macro 1, `close`: `assign` expected me, nobody or a name",
            ),
            (
                "\"c\"",
                "[\"tag\"]",
                "4:12: macro 1, `close`: `tag` holds an empty label",
            ),
            (
                "\"c\"",
                "[\"done-next\", \"flag\"]",
                "4:12: macro 1, `close`: `done-next` goes on",
            ),
            (
                "\"c\"",
                "[\"next-conversation\"]",
                "4:12: macro 1, `close`: expected an action",
            ),
        ] {
            let said = trouble(&made(key, actions));
            let expected = format!("smsdesk.toml:{expected}");
            assert!(said.starts_with(&expected), "{said}\n{expected}");
        }
        assert!(trouble("[ui]\nmacros = 1\n").contains("2:10: ui.macros: expected tables"));
        assert!(trouble("[[ui.macros]]\nkey = \"c\"\n").contains("macro 1, expected `name`"));
    }

    #[test]
    fn the_rest_works_beside_one_that_is_wrong() {
        let good = made("\"c\"", "[\"flag\"]");
        let (macros, troubles) = read("f", &format!("{good}{}", made("\"d\"", "[\"x\"]")));
        assert_eq!((macros.len(), troubles.len()), (1, 1));
        let (macros, troubles) = read("f", &format!("{good}{good}"));
        assert_eq!(macros.len(), 1);
        assert!(
            troubles[0].contains("its key `c` is that of `close`"),
            "{troubles:?}"
        );
    }
}

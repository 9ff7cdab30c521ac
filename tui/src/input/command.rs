//! Actions by their names: the language of the command line, `name argument`, and the one table that
//! says what an action takes.
//!
//! Knows names and places, never what an action does.

use super::context::Context;
use super::table::ROWS;
use crate::action::Action;

/// The most words of an action's name: `view mine` means `view-mine`.
const NAME_WORDS_MAX: usize = 4;

/// The longest name to which another one is near, in characters: twice as long as the longest there is.
const NAME_CHARACTERS_MAX: usize = 60;

/// Further names that people try, each with the action that it means.
const ALIASES: &[(&str, Action)] = &[
    ("compose", Action::NewText),
    ("done", Action::DoneNext),
    ("new", Action::NewText),
    ("q", Action::Quit),
    ("find", Action::Search),
    ("tag", Action::Labels),
    ("tags", Action::Labels),
    ("unread", Action::MarkUnread),
];

/// What stands behind an action's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    None,
    /// A time.
    Time,
    /// A colleague.
    Agent,
    /// Labels.
    Labels,
    /// A view.
    View,
    /// A number, or somebody's name.
    Person,
    /// A label or a filter.
    Whom,
    /// Words, as they are.
    Words,
}

impl Argument {
    /// What is expected, with an example; empty where nothing is.
    pub const fn expects(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Time => "a time such as 2h, 18:00, tue 9, tomorrow 9, reply",
            Self::Agent => "a colleague's name, or nobody",
            Self::Labels => "labels to turn over, with commas between",
            Self::View => "a view's name, such as inbox or one of your own",
            Self::Person => "a number in any writing, or a name",
            Self::Whom => "a label, or a filter such as is:open label:vip",
            Self::Words => "words",
        }
    }
}

/// What an action takes. Without it, it asks.
pub const fn argument(action: Action) -> Argument {
    match action {
        Action::Snooze => Argument::Time,
        Action::Assign => Argument::Agent,
        Action::Labels => Argument::Labels,
        Action::View => Argument::View,
        Action::NewText => Argument::Person,
        Action::Bulk => Argument::Whom,
        Action::FlagReason | Action::Narrow | Action::Search => Argument::Words,
        _ => Argument::None,
    }
}

/// An action with what it is to be done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// Which.
    pub action: Action,
    /// With what; empty for nothing.
    pub argument: &'a str,
}

/// A line that is no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// There is nothing in it.
    #[error("expected the name of an action, such as snooze or view-mine")]
    Empty,
    /// No action is called so.
    #[error("unknown action `{name}`{}", suggestion(.nearest))]
    Unknown {
        /// What was given.
        name: String,
        /// The action whose name is nearest.
        nearest: Option<Action>,
    },
    /// The action takes nothing.
    #[error("`{}` takes nothing behind its name; `{argument}` was given", .action.name())]
    TakesNothing {
        /// Which.
        action: Action,
        /// What was given.
        argument: String,
    },
}

fn suggestion(nearest: &Option<Action>) -> String {
    nearest.map_or_else(
        || "; an empty line shows which there are".to_owned(),
        |nearest| format!("; did you mean `{}`?", nearest.name()),
    )
}

/// Reads a command. A colon in front is dropped; blanks in a name count as hyphens.
///
/// # Errors
/// Says what is wrong and which name comes nearest.
pub fn parse(line: &str) -> Result<Command<'_>, CommandError> {
    let line = line.trim().trim_start_matches(':').trim_start();
    if line.is_empty() {
        return Err(CommandError::Empty);
    }
    let command = word_ends(line)
        .into_iter()
        .rev()
        .find_map(|end| {
            let (name, rest) = line.split_at(end);
            let action = named(&words(name))?;
            let argument = rest.trim();
            Some(Command { action, argument })
        })
        .ok_or_else(|| {
            let first = line.split_whitespace().next().unwrap_or(line);
            CommandError::Unknown {
                name: first.to_owned(),
                nearest: nearest(first).or_else(|| nearest(&words(line))),
            }
        })?;
    if argument(command.action) == Argument::None && !command.argument.is_empty() {
        return Err(CommandError::TakesNothing {
            action: command.action,
            argument: command.argument.to_owned(),
        });
    }
    Ok(command)
}

/// The action of that name.
pub fn named(name: &str) -> Option<Action> {
    let by_name = Action::ALL.iter().find(|action| action.name() == name);
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == name);
    by_name.copied().or_else(|| Some(alias()?.1))
}

/// The action whose name is nearest to a name that there is not, if any is near.
pub fn nearest(name: &str) -> Option<Action> {
    // A pasted text is no misspelt name, and comparing it takes long.
    if name.chars().count() > NAME_CHARACTERS_MAX {
        return None;
    }
    let name = name.to_lowercase();
    let begins = |action: &&Action| name.len() > 1 && action.name().starts_with(&name);
    if let Some(action) = Action::ALL.iter().find(begins) {
        return Some(*action);
    }
    let most = (name.chars().count() / 3).max(1);
    let distances = Action::ALL
        .iter()
        .map(|action| (distance(&name, action.name()), *action));
    let (distance, action) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= most).then_some(action)
}

/// Where an action can be meant, in the order of the documentation.
pub fn places(action: Action) -> Vec<Context> {
    let here = |context: &Context| {
        let mut rows = ROWS.iter();
        rows.any(|row| row.action == action && row.contexts.contains(context))
    };
    Context::ALL.into_iter().filter(here).collect()
}

/// Why `action` cannot be asked for by its name with the hands in `hands`, in words.
pub fn obstacle(action: Action, hands: Context) -> Option<String> {
    if matches!(action, Action::Command | Action::Palette) {
        return Some("it is open already".to_owned());
    }
    let is_normal = |place: &Context| matches!(place, Context::List | Context::Chat);
    let places = places(action);
    // List and chat are one place here: what a name means depends on neither.
    let works = |place: &Context| *place == hands || (is_normal(place) && is_normal(&hands));
    if places.iter().any(works) {
        return None;
    }
    let where_it_works: Vec<&str> = places.into_iter().map(Context::place).collect();
    Some(format!("only {}", where_it_works.join(", ")))
}

fn word_ends(line: &str) -> Vec<usize> {
    let ends = line.char_indices().zip(line.chars().skip(1).chain([' ']));
    ends.filter(|((_, c), next)| !c.is_whitespace() && next.is_whitespace())
        .map(|((at, c), _)| at + c.len_utf8())
        .take(NAME_WORDS_MAX)
        .collect()
}

fn words(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join("-").to_lowercase()
}

/// How many characters have to be put in, left out, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (row[j] + usize::from(x != y)).min(row[j + 1] + 1);
            least = least.min(next[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && b[j - 1] == *x {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(line: &str, action: Action, argument: &str) {
        assert_eq!(parse(line), Ok(Command { action, argument }), "{line}");
    }

    fn refused(line: &str) -> String {
        parse(line).unwrap_err().to_string()
    }

    #[test]
    fn a_command_is_a_name_and_what_the_action_takes() {
        check("snooze tue 9", Action::Snooze, "tue 9");
        check(" :snooze   tomorrow  9 ", Action::Snooze, "tomorrow  9");
        check("snooze", Action::Snooze, "");
        check("view mine", Action::ViewMine, "");
        check("View-Mine", Action::ViewMine, "");
        check("next waiting", Action::NextWaiting, "");
        check("done", Action::DoneNext, "");
    }

    #[test]
    fn what_is_no_command_is_told_with_what_was_expected() {
        let snoze = "unknown action `snoze`; did you mean `snooze`?";
        assert_eq!(refused("snoze tue 9"), snoze);
        assert_eq!(
            refused("sno"),
            "unknown action `sno`; did you mean `snooze`?"
        );
        assert!(refused("zzzzzz").starts_with("unknown action `zzzzzz`; an empty line"));
        assert!(refused(" : ").starts_with("expected the name of an action"));
        let flag = "`flag` takes nothing behind its name; `on` was given";
        assert_eq!(refused("flag on"), flag);
    }

    #[test]
    fn a_name_means_nothing_where_its_action_has_no_place() {
        assert_eq!(obstacle(Action::Snooze, Context::Chat), None);
        assert_eq!(obstacle(Action::JumpToTop, Context::List), None);
        assert_eq!(obstacle(Action::Send, Context::Composer), None);
        let only = |action, hands| obstacle(action, hands).unwrap();
        assert_eq!(only(Action::Send, Context::List), "only in the composer");
        let list = "only in the list, in the chat";
        assert_eq!(only(Action::Snooze, Context::Composer), list);
    }

    proptest! {
        #[test]
        fn every_name_is_read_with_hyphens_or_blanks(
            action in prop::sample::select(Action::ALL.to_vec()),
        ) {
            let blanks = action.name().replace('-', " ");
            for line in [action.name(), &blanks] {
                let command = parse(line);
                prop_assert_eq!(command, Ok(Command { action, argument: "" }), "{}", line);
            }
        }

        #[test]
        fn no_line_is_too_strange(line in ".{0,80}") {
            if let Ok(command) = parse(&line) {
                prop_assert!(line.contains(command.argument));
            }
        }
    }
}

//! Macros: several actions under one key, as the configuration writes them. An action is a name, and
//! behind a blank what it takes.

use crate::model::batch::{Deed, Then};
use crate::model::triage::Act;

/// The most actions of a macro: more cannot be kept in mind.
pub const MACRO_ACTIONS_MAX: usize = 16;
/// The longest name of a macro, in characters: it stands in the box that shows what can follow.
pub const MACRO_NAME_CHARACTERS_MAX: usize = 32;

/// Several actions under one key: one step of undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Macro {
    /// As people call it.
    pub name: String,
    /// The letter behind `m`.
    pub key: char,
    /// What it does.
    pub deed: Deed,
}

/// What an action of a macro comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Does(Act),
    /// Does it, where it is something, and goes on to the next conversation.
    GoesOn(Option<Act>),
}

/// An action that a macro may hold.
struct Word {
    name: &'static str,
    /// What it makes of what stands behind its name.
    read: fn(&str) -> Result<Part, String>,
}

/// Every action that a macro may hold; one that takes something reads it here.
const WORDS: &[Word] = &[
    Word {
        name: "done",
        read: |rest| alone(rest, Part::Does(Act::Done)),
    },
    Word {
        name: "done-next",
        read: |rest| alone(rest, Part::GoesOn(Some(Act::Done))),
    },
    Word {
        name: "done-stay",
        read: |rest| alone(rest, Part::Does(Act::DoneOrReopen)),
    },
    Word {
        name: "flag",
        read: |rest| alone(rest, Part::Does(Act::PutFlag)),
    },
    Word {
        name: "take",
        read: |rest| alone(rest, Part::Does(Act::Take)),
    },
    Word {
        name: "next-conversation",
        read: |rest| alone(rest, Part::GoesOn(None)),
    },
];

fn alone(rest: &str, part: Part) -> Result<Part, String> {
    match rest {
        "" => Ok(part),
        _ => Err(format!("takes nothing behind its name, found `{rest}`")),
    }
}

/// What actions come to, one after the other.
///
/// # Errors
/// Which one is wrong, counted from zero, and what was expected.
pub fn deed(actions: &[&str]) -> Result<Deed, (usize, String)> {
    if actions.is_empty() || actions.len() > MACRO_ACTIONS_MAX {
        let found = actions.len();
        return Err((
            0,
            format!("expected 1 to {MACRO_ACTIONS_MAX} actions, found {found}"),
        ));
    }
    let (mut acts, mut then) = (Vec::new(), Then::Stay);
    for (at, action) in actions.iter().enumerate() {
        if then == Then::Next {
            let before = actions[at - 1];
            let problem = format!("`{before}` goes on to another conversation, so it must be last");
            return Err((at - 1, problem));
        }
        match part(action).map_err(|problem| (at, problem))? {
            Part::Does(act) => acts.push(act),
            Part::GoesOn(act) => {
                acts.extend(act);
                then = Then::Next;
            }
        }
    }
    if acts.is_empty() {
        return Err((0, "expected an action that does something".to_owned()));
    }
    Ok(Deed { acts, then })
}

fn part(action: &str) -> Result<Part, String> {
    let (name, rest) = action.trim().split_once(' ').unwrap_or((action.trim(), ""));
    match WORDS.iter().find(|word| word.name == name) {
        Some(word) => (word.read)(rest.trim()).map_err(|problem| format!("`{name}` {problem}")),
        None => {
            let known: Vec<_> = WORDS.iter().map(|word| word.name).collect();
            let known = known.join(", ");
            Err(format!(
                "`{name}` is no action of a macro, expected one of {known}"
            ))
        }
    }
}

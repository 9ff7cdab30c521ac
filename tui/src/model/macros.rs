//! Macros: several actions under one key, as the configuration writes them. An action is a name, and
//! behind a blank what it takes.

use crate::model::batch::{Deed, Then, Wish};
use crate::model::triage::Act;
use crate::model::when;
use serde::{Deserialize, Serialize};
use smsdesk_common::triage::unfit;

/// The most actions of a macro: more cannot be kept in mind.
pub const MACRO_ACTIONS_MAX: usize = 16;
/// The longest name of a macro, in characters: it stands in the box that shows what can follow.
pub const MACRO_NAME_CHARACTERS_MAX: usize = 32;

/// Several actions under one key: one step of undo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    Does(Wish),
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
        read: |rest| alone(rest, Part::Does(Wish::Act(Act::Done))),
    },
    Word {
        name: "done-next",
        read: |rest| alone(rest, Part::GoesOn(Some(Act::Done))),
    },
    Word {
        name: "done-stay",
        read: |rest| alone(rest, Part::Does(Wish::Act(Act::DoneOrReopen))),
    },
    Word {
        name: "flag",
        read: |rest| alone(rest, Part::Does(Wish::Act(Act::PutFlag))),
    },
    Word {
        name: "take",
        read: |rest| alone(rest, Part::Does(Wish::Act(Act::Take))),
    },
    Word {
        name: "snooze",
        read: snooze,
    },
    Word {
        name: "assign",
        read: assign,
    },
    Word {
        name: "tag",
        read: tag,
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

/// The word for a snooze without a time.
pub const REPLY: &str = "reply";

fn snooze(rest: &str) -> Result<Part, String> {
    match rest {
        REPLY => Ok(Part::Does(Wish::Act(Act::Snooze(None)))),
        _ if when::is_one(rest) => Ok(Part::Does(Wish::SnoozeUntil(rest.to_owned()))),
        _ => Err(format!(
            "expected a time such as 2h, 18:00, tue 9, tomorrow 9, or {REPLY}, found `{rest}`"
        )),
    }
}

fn assign(rest: &str) -> Result<Part, String> {
    Ok(Part::Does(match rest {
        "" => return Err("expected me, nobody or a name".to_owned()),
        "me" => Wish::Act(Act::Take),
        "nobody" => Wish::Act(Act::Assign(None)),
        name => Wish::AssignTo(name.to_owned()),
    }))
}

fn tag(rest: &str) -> Result<Part, String> {
    let on = vec![rest.to_owned()];
    match unfit(&on) {
        Some(why) => Err(why),
        None => Ok(Part::Does(Wish::Act(Act::Label { on, off: vec![] }))),
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
    let (mut wishes, mut then) = (Vec::new(), Then::Stay);
    for (at, action) in actions.iter().enumerate() {
        if then == Then::Next {
            let before = actions[at - 1];
            let problem = format!("`{before}` goes on to another conversation, so it must be last");
            return Err((at - 1, problem));
        }
        match part(action).map_err(|problem| (at, problem))? {
            Part::Does(wish) => wishes.push(wish),
            Part::GoesOn(act) => {
                wishes.extend(act.map(Wish::Act));
                then = Then::Next;
            }
        }
    }
    if wishes.is_empty() {
        return Err((0, "expected an action that does something".to_owned()));
    }
    Ok(Deed { wishes, then })
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

//! The palette: every action, found by its name or by what it does, with its key beside it.

use super::{Accepted, command};
use crate::action::Action;
use crate::effect::Effect;
use crate::input::command::obstacle;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::prompt::{Candidate, Offer, Value, narrow};

/// What a text is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sought {
    /// Names alone.
    Names,
    /// Names and what they lead to.
    NamesAndWords,
}

/// The actions that match, those that were used last before the others.
pub(super) fn offer(model: &Model, text: &str) -> Offer {
    Offer {
        title: "Palette".to_owned(),
        about: format!(
            "a few letters of what you want to do · {} does it",
            model.key(Action::AcceptPrompt)
        ),
        ready: candidates(model, text, Sought::NamesAndWords),
        ..Offer::default()
    }
}

/// Does it.
pub(super) fn accept(
    model: &mut Model,
    chosen: Option<&Candidate>,
    effects: &mut Vec<Effect>,
) -> Accepted {
    match chosen {
        Some(Candidate {
            value: Value::Action(action),
            ..
        }) => command::run(model, *action, "", effects),
        _ => Accepted::Refused("no action is called that or does that".to_owned()),
    }
}

/// Actions that match `text`, best first. What does not work here is only shown to those who look for
/// it, behind the others, with the reason in place of what it does.
pub(super) fn candidates(model: &Model, text: &str, sought: Sought) -> Vec<Candidate> {
    let hands = model.hands();
    let mut actions = Action::ALL.to_vec();
    actions.sort_by_key(|action| model.recent.rank(*action));
    let sought = |action: &Action| Candidate {
        label: match sought {
            Sought::Names => action.name().to_owned(),
            Sought::NamesAndWords => format!("{} {}", action.name(), action.describe()),
        },
        hint: String::new(),
        value: Value::Action(*action),
    };
    let left = narrow(actions.iter().map(sought).collect(), text);
    let left = left.into_iter().filter_map(|found| match found.value {
        Value::Action(action) => {
            let why = obstacle(action, hands).or_else(|| model.lacks(action));
            Some((action, why))
        }
        _ => None,
    });
    let (works, others): (Vec<_>, Vec<_>) = left.partition(|(_, obstacle)| obstacle.is_none());
    let others = others.into_iter().filter(|_| !text.is_empty());
    let shown: Vec<_> = works.into_iter().chain(others).collect();
    let keys = |action: Action| key(model, hands, action);
    let widest = shown
        .iter()
        .map(|(action, _)| keys(*action).chars().count());
    let widest = widest.max().unwrap_or(0);
    let candidate = |(action, obstacle): (Action, Option<String>)| Candidate {
        label: action.name().to_owned(),
        hint: match obstacle {
            None => format!("{:widest$}  {}", keys(action), action.describe()),
            Some(why) => format!("{:widest$}  – {why}", ""),
        },
        value: Value::Action(action),
    };
    shown.into_iter().map(candidate).collect()
}

/// The key to teach for it where the hands are, else in the other pane.
fn key(model: &Model, hands: Context, action: Action) -> String {
    let beside = match hands {
        Context::List => Context::Chat,
        _ => Context::List,
    };
    let places = [hands, beside];
    let places = places
        .iter()
        .take(if hands == Context::Composer { 1 } else { 2 });
    let mut keys = places.filter_map(|place| model.keymap.key_for(*place, action));
    keys.next().unwrap_or_default()
}

//! The command line: an action by its name, with what it takes behind it.

use super::palette::{self, Sought};
use super::{Accepted, accept as answer, asks, insert, settle};
use crate::action::Action;
use crate::effect::Effect;
use crate::input::command::{self, Argument, Command};
use crate::model::Model;
use crate::model::prompt::{Marks, Offer, Prompt, Value, narrow};
use crate::update::{actions, search};

/// The actions whose names match; behind a name, what it can be done with.
pub(super) fn offer(model: &Model, text: &str) -> Offer {
    let offer = Offer {
        title: "Command".to_owned(),
        about: format!(
            "an action, then what it takes: snooze tue 9 · {} chooses",
            model.key(Action::ChooseNext)
        ),
        marks: Marks::Nothing,
        ..Offer::default()
    };
    let Ok(Command { action, argument }) = command::parse(text) else {
        let ready = palette::candidates(model, text, Sought::Names);
        return Offer { ready, ..offer };
    };
    let expects = command::argument(action).expects();
    let about = match expects {
        "" => format!("{}: {}", action.name(), action.describe()),
        expects => format!("{}: {expects}", action.name()),
    };
    let asked = asks(model, action).filter(|_| !argument.is_empty());
    let ready = match asked {
        Some(kind) => {
            let asked = super::offer(model, &kind, argument);
            let mut ready: Vec<_> = asked.typed.into_iter().chain(asked.ready).collect();
            ready.extend(narrow(asked.listed, argument));
            ready.extend(asked.otherwise);
            ready
        }
        None => palette::candidates(model, text, Sought::Names),
    };
    Offer {
        about,
        ready,
        ..offer
    }
}

/// Does what the line says, or what was chosen below it.
pub(super) fn accept(model: &mut Model, prompt: &Prompt, effects: &mut Vec<Effect>) -> Accepted {
    let command = command::parse(prompt.text());
    match (prompt.chosen(), command) {
        (Some(chosen), command) => match (&chosen.value, command) {
            (Value::Action(action), _) => run(model, *action, "", effects),
            (_, Ok(Command { action, .. })) => run(model, action, &chosen.label, effects),
            (_, Err(error)) => Accepted::Refused(error.to_string()),
        },
        (None, Ok(Command { action, argument })) => run(model, action, argument, effects),
        (None, Err(error)) => Accepted::Refused(error.to_string()),
    }
}

/// Does what was asked for by its name. Where the argument could mean several things, the action's own
/// prompt stays open with it, so that nothing is done that was not meant.
pub(super) fn run(
    model: &mut Model,
    action: Action,
    argument: &str,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let obstacle = command::obstacle(action, model.hands());
    if let Some(why) = obstacle.or_else(|| model.lacks(action)) {
        return Accepted::Refused(format!("`{}`: {why}", action.name()));
    }
    model.recent.note(action);
    actions::perform(model, action, effects);
    if model.finder().is_some() {
        search::insert(model, argument);
        return Accepted::Closed;
    }
    // Without a prompt it could not ask, and has said why.
    if argument.is_empty() || model.prompt().is_none() {
        return Accepted::Closed;
    }
    // It may have begun with what there was.
    model.prompt_mut().into_iter().for_each(Prompt::clear);
    insert(model, argument);
    settle(model);
    let is_words = command::argument(action) == Argument::Words;
    let is_clear = model.prompt_mut().is_some_and(|asked| {
        let text = asked.text().to_owned();
        is_words || asked.choose_named(&text)
    });
    if is_clear {
        answer(model, effects);
    }
    Accepted::Closed
}

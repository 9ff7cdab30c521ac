//! Settings that change while the app runs.

use super::{list, screens};
use crate::effect::{Effect, Outward};
use crate::model::list::View;
use crate::model::overlay::Level;
use crate::model::spelling::Spelling;
use crate::model::tools::Tools;
use crate::model::{Focus, Model, Preferences};

/// Between two looks at the configuration because of a key, in milliseconds: whoever saves a file
/// and comes back to the app takes longer.
const LOOK_MS: i64 = 2_000;

/// A key was pressed: the configuration may have been changed since the last one.
pub(super) fn key_pressed(model: &mut Model, effects: &mut Vec<Effect>) {
    let since = model.now.millis_since(model.config_seen);
    // A clock that was set back must not end the looking.
    if !(0..LOOK_MS).contains(&since) {
        look(model, effects);
    }
}

/// Looks whether it was changed.
pub(super) fn look(model: &mut Model, effects: &mut Vec<Effect>) {
    model.config_seen = model.now;
    effects.push(Effect::LookAtConfig);
}

/// It was changed. One that is wrong changes nothing.
pub(super) fn changed(
    model: &mut Model,
    read: Result<Preferences, String>,
    effects: &mut Vec<Effect>,
) {
    let Preferences {
        colours,
        home,
        notify,
        mouse,
        tools,
        aids,
    } = match read {
        Ok(preferences) => preferences,
        Err(error) => {
            let says = format!("The settings stay as they are. {error}");
            screens::notice(model, Level::Problem, &says);
            return;
        }
    };
    let setup = &mut model.setup;
    if setup.mouse != mouse {
        effects.push(Effect::Tell(Outward::Mouse(mouse)));
    }
    setup.mouse = mouse;
    setup.colours = colours;
    if setup.aids != aids {
        model.spelling = Spelling::default();
    }
    setup.aids = aids;
    setup.home = Some(home);
    // The customers of the practice desk are not real: they call nobody.
    if setup.coach.is_none() {
        setup.notify = notify;
    }
    screens::notice(model, Level::Info, "Configuration read again");
    if let Some(tools) = tools {
        equip(model, tools);
    }
}

/// Takes keys, macros and views into use.
fn equip(model: &mut Model, tools: Tools) {
    // The first keys of a sequence may mean something else by now.
    model.prefix.clear();
    model.count = None;
    model.keymap = tools.keymap;
    model.setup.saved = tools.saved.into();
    for told in &tools.left_out {
        screens::notice(model, Level::Problem, told);
    }
    model.roster.refresh();
}

/// A view that the configuration has no more gives way to the inbox, once nobody writes or answers
/// anything: keys that are words now must not become commands.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let View::Saved(number) = model.roster.view() else {
        return;
    };
    let is_there = model.setup.saved.get(number.index()).is_some();
    if !is_there && model.focus == Focus::List && model.overlays.is_empty() {
        list::show(model, View::Inbox, effects);
    }
}

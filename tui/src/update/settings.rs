//! Settings that change while the app runs.

use super::screens;
use crate::effect::{Effect, Outward};
use crate::model::overlay::Level;
use crate::model::spelling::Spelling;
use crate::model::{Model, Preferences};

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
}

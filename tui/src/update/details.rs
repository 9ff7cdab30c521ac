//! What is known of one text: which one, and the one beside it.

use super::{list, screens};
use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::overlay::{Level, Overlay};
use crate::model::roster::Step;

/// Does what an action means for it; whether it did.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    if action == Action::Details {
        open(model, effects);
        return true;
    }
    let Some(Overlay::Details { entry }) = model.overlays.last() else {
        return false;
    };
    let step = match action {
        Action::ChooseNext => Step::Next,
        Action::ChoosePrevious => Step::Previous,
        _ => return false,
    };
    let beside = model
        .timeline
        .as_ref()
        .and_then(|it| it.beside(*entry, step));
    if let (Some(beside), Some(Overlay::Details { entry })) = (beside, model.overlays.last_mut()) {
        *entry = beside;
    }
    true
}

fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    list::follow(model, effects);
    let height = usize::from(model.setting().height);
    let timeline = model.timeline.as_ref();
    match timeline.and_then(|timeline| timeline.to_look_at(height)) {
        Some(entry) => model.overlays.push(Overlay::Details { entry }),
        None => screens::notice(model, Level::Info, "There is no text here to look at"),
    }
}

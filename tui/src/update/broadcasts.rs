//! The list of texts to many: how they go, and pausing and canceling them.

use super::{bulk, screens};
use crate::action::Action;
use crate::effect::Effect;
use crate::event::CacheEvent;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::broadcasts::BroadcastList;
use crate::model::overlay::{Level, Overlay};
use smsdesk_common::api::broadcasts::BroadcastAction;
use smsdesk_common::broadcast::BroadcastState;

/// Does what an action means for the list; whether it did.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    if action == Action::Broadcasts {
        let list = Box::new(BroadcastList::default());
        model.overlays.push(Overlay::Broadcasts(list));
        effects.push(Effect::LoadBroadcasts);
        return true;
    }
    let Some(Overlay::Broadcasts(held)) = model.overlays.last_mut() else {
        return false;
    };
    match action {
        Action::ChooseNext => held.step(1),
        Action::ChoosePrevious => held.step(-1),
        Action::PauseBroadcast | Action::CancelBroadcast => change(model, action, effects),
        _ => return false,
    }
    true
}

fn change(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let Some(list) = shown(model) else {
        return;
    };
    let Some(chosen) = list.chosen().cloned() else {
        return screens::notice(model, Level::Info, "There is no broadcast");
    };
    let wanted = match (action, chosen.state) {
        (_, BroadcastState::Finished | BroadcastState::Canceled) => {
            let says = format!("It is {} already", chosen.state.as_str());
            return screens::notice(model, Level::Info, &says);
        }
        (Action::CancelBroadcast, _) if !list.asked() => {
            let key = model.keymap.key_for(Context::Broadcasts, action);
            let key = key.unwrap_or_default();
            let left = chosen.totals.all().saturating_sub(chosen.totals.done());
            let says = format!("{key} again cancels it for good: {left} are not texted");
            return screens::notice(model, Level::Problem, &says);
        }
        (Action::CancelBroadcast, _) => BroadcastAction::Cancel,
        (_, BroadcastState::Running) => BroadcastAction::Pause,
        (_, BroadcastState::Paused) => BroadcastAction::Resume,
    };
    effects.push(Effect::ChangeBroadcast {
        broadcast: chosen.id,
        action: wanted,
    });
}

/// Takes what the disk and the relay say.
pub(super) fn heard(model: &mut Model, news: CacheEvent, effects: &mut Vec<Effect>) {
    match news {
        CacheEvent::Broadcasts(broadcasts) => {
            if let Some(list) = shown(model) {
                list.accept(broadcasts);
            }
        }
        CacheEvent::BroadcastChanged { action, refused } => {
            let (level, says) = match (refused, action) {
                (Some(why), _) => (Level::Problem, format!("Nothing was changed: {why}")),
                (None, BroadcastAction::Pause) => (Level::Info, "The broadcast pauses".to_owned()),
                (None, BroadcastAction::Resume) => (Level::Info, "It goes on".to_owned()),
                (None, BroadcastAction::Cancel) => (Level::Info, "It is canceled".to_owned()),
            };
            screens::notice(model, level, &says);
            look_again(model, effects);
        }
        CacheEvent::Bulk(told) => bulk::heard(model, *told, effects),
        _ => {}
    }
}

/// The list is read anew while it is shown.
pub(super) fn look_again(model: &mut Model, effects: &mut Vec<Effect>) {
    if shown(model).is_some() {
        effects.push(Effect::LoadBroadcasts);
    }
}

fn shown(model: &mut Model) -> Option<&mut BroadcastList> {
    model.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Broadcasts(list) => Some(&mut **list),
        _ => None,
    })
}

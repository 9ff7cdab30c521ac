//! How app and relay fare: asking again and again while somebody looks.

use crate::action::Action;
use crate::effect::{Effect, TimerKind};
use crate::model::Model;
use crate::model::overlay::Overlay;
use crate::model::status::lines::scrolls;
use crate::model::transcript::Reach;
use smsdesk_common::capability::Capability;

/// How often it is asked while it is looked at, in milliseconds: often enough to watch a queue
/// shrink, seldom enough to cost nothing.
const AGAIN_MS: u32 = 2_000;

/// Does what an action means for it; whether it did.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    let shown = matches!(model.overlays.last(), Some(Overlay::Status));
    if action == Action::Status {
        if !shown {
            model.watch.scroll = 0;
            model.overlays.push(Overlay::Status);
        }
        ask(model, effects);
        return true;
    }
    if !shown {
        return false;
    }
    match action {
        Action::ChooseNext => model.watch.scroll = model.watch.scroll.saturating_add(1),
        Action::ChoosePrevious => model.watch.scroll = model.watch.scroll.saturating_sub(1),
        _ => return false,
    }
    model.watch.scroll = model.watch.scroll.min(scrolls(model));
    true
}

/// This device is asked always, the relay where it is reached and can say it.
fn ask(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::LookHere);
    let reached = model.reach() == Reach::Online;
    if reached && model.relay.lacks(Capability::Status).is_none() && model.watch.ask() {
        effects.push(Effect::AskStatus);
    }
}

/// Asks again after a while, as long as somebody looks.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let shown = matches!(model.overlays.last(), Some(Overlay::Status));
    if shown && !model.timers.is_running(TimerKind::Status) {
        effects.push(model.timers.start(TimerKind::Status, AGAIN_MS));
    }
}

/// The time is over: whoever looks still is told anew.
pub(super) fn due(model: &mut Model, effects: &mut Vec<Effect>) {
    if matches!(model.overlays.last(), Some(Overlay::Status)) {
        ask(model, effects);
    }
}

//! After an absence: asking what happened, saying it, going to who waits longest.

use super::{list, screens};
use crate::effect::Effect;
use crate::model::absence::Meanwhile;
use crate::model::connection::Connection;
use crate::model::overlay::{Level, Overlay};
use crate::model::{Focus, Model};

/// Somebody pressed a key or the mouse.
pub(super) fn acted(model: &mut Model, effects: &mut Vec<Effect>) {
    let due = model.absence.acted(model.now);
    // First asked, then noted: the disk answers in this order.
    if due.ask {
        effects.push(Effect::LastSeen);
    }
    if due.note {
        effects.push(Effect::NoteSeen(model.now));
    }
}

/// Asks once everything that happened is on this disk.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.connection == Connection::Live {
        effects.extend(model.absence.take_pending().map(Effect::LookBack));
    }
}

/// What happened. A quiet time is not worth a word, and nobody is interrupted.
pub(super) fn heard(model: &mut Model, meanwhile: Meanwhile) {
    if meanwhile.is_quiet() {
        return;
    }
    if model.focus == Focus::Composer || !model.overlays.is_empty() {
        let says = format!("Since you left, {} texts arrived", meanwhile.arrived);
        screens::notice(model, Level::Info, &says);
        return;
    }
    model.absence.tell(meanwhile);
    model.prefix.clear();
    model.overlays.push(Overlay::SinceYouLeft);
}

/// Goes to who waits longest.
pub(super) fn go_to_longest(model: &mut Model) {
    model.overlays.pop();
    let longest = model.absence.told().and_then(|told| told.longest.as_ref());
    if let Some(conversation) = longest.map(|longest| longest.conversation) {
        list::moved(model, |roster| roster.seek(conversation));
    }
}

//! The list: moving the selection, changing the view.

use super::{compose, screens};
use crate::effect::Effect;
use crate::model::list::View;
use crate::model::overlay::Level;
use crate::model::roster::Roster;
use crate::model::timeline::{Stance, Timeline};
use crate::model::{Focus, Model};
use smsdesk_common::ids::ConversationId;

/// Moves the selection.
pub(super) fn moved(model: &mut Model, step: impl FnOnce(&mut Roster)) {
    step(&mut model.roster);
}

/// Shows another view.
pub(super) fn show(model: &mut Model, view: View, effects: &mut Vec<Effect>) {
    compose::save_drafts(model, effects);
    model.focus = Focus::List;
    // What is not in sight must not be acted on.
    model.marks.clear();
    model.roster.show(view);
}

/// Shows the view of the number that was typed, counted as in the header.
pub(super) fn show_number(model: &mut Model, effects: &mut Vec<Effect>) {
    let number = model.count.take().unwrap_or(1);
    match View::ALL.get(number.saturating_sub(1)) {
        Some(view) => show(model, *view, effects),
        None => {
            let says = format!("There is no view {number}; the last is {}", View::ALL.len());
            screens::notice(model, Level::Info, &says);
        }
    }
}

/// Goes to the conversation that was open before this one.
pub(super) fn go_back_and_forth(model: &mut Model) {
    match model.previous {
        Some(previous) => model.roster.seek(previous),
        None => screens::notice(model, Level::Info, "No other conversation was open yet"),
    }
}

/// The selection stays on the screen, the chat follows it, the disk is asked what is due.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let height = model.list_rows();
    model.roster.keep_visible(height);
    follow(model, effects);
    effects.extend(model.roster.next_query().map(Effect::LoadList));
}

/// The chat shows what is selected, except under a draft.
pub(super) fn follow(model: &mut Model, effects: &mut Vec<Effect>) {
    let shown = model.timeline.as_ref().map(Timeline::conversation);
    let selected = model.roster.selected();
    if model.focus != Focus::Composer && model.roster.is_loaded() && shown != selected {
        turn_to(model, selected, effects);
    }
}

fn turn_to(model: &mut Model, selected: Option<ConversationId>, effects: &mut Vec<Effect>) {
    compose::save_drafts(model, effects);
    if let Some(left) = model
        .timeline
        .take()
        .filter(|left| left.stance() == Stance::Reading)
    {
        model.previous = Some(left.conversation());
    }
    model.timeline = selected.map(|id| Timeline::new(id, model.roster.row(id).cloned()));
    if let Some(selected) = selected {
        model.composers.forget_untouched(selected);
    } else if model.focus == Focus::Chat {
        model.focus = Focus::List;
    }
}

//! The list: moving the selection, changing the view.

use super::{compose, screens, search};
use crate::effect::Effect;
use crate::model::list::View;
use crate::model::listing::{Listing, Sorting};
use crate::model::overlay::Level;
use crate::model::roster::Roster;
use crate::model::timeline::{Stance, Timeline};
use crate::model::{Focus, Model};
use smsdesk_common::filter::Filter;
use smsdesk_common::ids::ConversationId;

/// Moves the selection.
pub(super) fn moved(model: &mut Model, step: impl FnOnce(&mut Roster)) {
    // Whoever goes on does not wait for a hit any more.
    model.aim = None;
    step(&mut model.roster);
}

/// Shows another view, in its own order.
pub(super) fn show(model: &mut Model, view: View, effects: &mut Vec<Effect>) {
    let saved = match view {
        View::Saved(number) => match model.setup.saved.get(number.index()) {
            Some(saved) => Some(saved),
            None => {
                let text = "There is no such view: [[ui.views]] in the configuration makes one";
                screens::notice(model, Level::Info, text);
                return;
            }
        },
        _ => None,
    };
    let listing = Listing {
        view,
        sorting: saved.map_or(Sorting::default(), |saved| saved.sorting),
        ..Listing::default()
    };
    compose::save_drafts(model, effects);
    search::end(model);
    model.focus = Focus::List;
    // What is not in sight must not be acted on.
    model.marks.clear();
    model.roster.show(listing);
}

/// Sorts the list in another way.
pub(super) fn next_order(model: &mut Model) {
    let next = model.roster.listing().sorting.next();
    model.roster.sort(next);
}

/// Whether rows or numbers change with time alone.
pub(super) fn depends_on_time(model: &Model) -> bool {
    let narrowed = &model.roster.listing().narrowed;
    let mut saved = model.setup.saved.iter().map(|saved| &saved.filter);
    narrowed.depends_on_time() || saved.any(Filter::depends_on_time)
}

/// Some views hold other conversations than a minute ago, although none has changed.
pub(super) fn time_passed(model: &mut Model) {
    if depends_on_time(model) {
        model.roster.refresh();
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
    let shown = model.roster.visible(height).iter();
    let addresses = shown.map(|row| &row.conversation.address);
    model.numbers.learn(model.setup.home, addresses);
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
        model.notes.forget_untouched(selected);
    } else if model.focus == Focus::Chat {
        model.focus = Focus::List;
    }
    search::arrived(model);
}

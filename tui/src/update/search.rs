//! The search: asking as one types, opening what was found, going on to the next hit, and back to
//! where it began.

use super::actions::TextEdit;
use super::compose;
use crate::effect::{Effect, TimerKind};
use crate::model::chat::ChatSlice;
use crate::model::overlay::{Level, Notice, Overlay};
use crate::model::roster::Step;
use crate::model::search::Found;
use crate::model::search::finder::{Finder, Haste, Origin, Row};
use crate::model::search::walk::{Aim, Walk};
use crate::model::{Focus, Model, geometry};
use smsdesk_common::ids::ConversationId;

/// How often a search is done anew while the index is still being made, in milliseconds.
const AGAIN_MS: u32 = 1_000;

/// Opens the search. What is shown below stays as it is.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    compose::save_drafts(model, effects);
    // A search within a search comes back to where the first one began.
    let origin = match &model.walk {
        Some(walk) => walk.origin.clone(),
        None => Origin {
            listing: model.roster.listing().clone(),
            spot: model.roster.spot(),
            focus: model.focus,
        },
    };
    let finder = Finder::new(origin);
    model.overlays.push(Overlay::Search(Box::new(finder)));
}

/// Puts text in at the cursor.
pub(super) fn insert(model: &mut Model, text: &str) {
    if let Some(finder) = model.finder_mut() {
        finder.insert(text);
    }
}

/// Changes what is typed.
pub(super) fn edit(model: &mut Model, edit: TextEdit) {
    if let Some(finder) = model.finder_mut() {
        finder.edit(|editor| edit.apply(editor));
    }
}

/// Goes to another row.
pub(super) fn step(model: &mut Model, step: Step) {
    if let Some(finder) = model.finder_mut() {
        finder.step(step);
    }
}

/// Goes a page of rows on, or back.
pub(super) fn page(model: &mut Model, step: Step) {
    let rows = geometry::search(&model.screen()).rows().max(1);
    let rows = isize::try_from(rows).unwrap_or(1);
    if let Some(finder) = model.finder_mut() {
        finder.go(if step == Step::Next { rows } else { -rows });
    }
}

/// Leaves the search; where a hit was open, for where it all began.
pub(super) fn leave(model: &mut Model) {
    if let Some(Overlay::Search(_)) = model.overlays.last() {
        model.overlays.pop();
        go_back(model);
    }
}

/// Ends a walk through hits where it began. False where there is none.
pub(super) fn go_back(model: &mut Model) -> bool {
    let Some(walk) = model.walk.take() else {
        return false;
    };
    let Origin {
        listing,
        spot,
        focus,
    } = walk.origin;
    model.roster.return_to(listing, spot);
    model.focus = Focus::List;
    if let (Focus::Chat | Focus::Composer, Some(conversation)) = (focus, spot.selected()) {
        model.focus = Focus::Chat;
        aim_at(
            model,
            Aim {
                conversation,
                sight: None,
            },
        );
    }
    true
}

/// What is shown is chosen in another way: the walk is over.
pub(super) fn end(model: &mut Model) {
    model.walk = None;
    model.aim = None;
}

/// Opens the row that is chosen; once there is one, where the answer is still to come.
pub(super) fn accept(model: &mut Model) {
    let Some(Overlay::Search(finder)) = model.overlays.last_mut() else {
        return;
    };
    if finder.is_waiting() {
        finder.haste = Haste::Opens;
        return;
    }
    if finder.chosen().is_none() {
        return;
    }
    let Some(Overlay::Search(finder)) = model.overlays.pop() else {
        return;
    };
    let hits = finder.found().hits.clone();
    let (at, person) = match finder.chosen() {
        Some(Row::Hit(hit)) => (hits.iter().position(|it| it.entry == hit.entry), None),
        Some(Row::Person(person)) => (None, Some(Aim::person(&person.who))),
        None => return,
    };
    let walk = Walk::new(finder.origin.clone(), hits, finder.needles().to_vec(), at);
    let aim = person.or_else(|| walk.aim());
    model.walk = Some(walk);
    if let Some(aim) = aim {
        go_to(model, aim);
    }
}

/// Goes to another hit. False where no search is being gone through.
pub(super) fn walk(model: &mut Model, step: Step) -> bool {
    let Some(walk) = &mut model.walk else {
        return false;
    };
    walk.step(step);
    let (aim, (at, of)) = (walk.aim(), walk.place());
    let Some(aim) = aim else {
        return false;
    };
    go_to(model, aim);
    let text = format!("hit {} of {of}", at.unwrap_or(0) + 1);
    model.notices.push(Notice {
        level: Level::Info,
        text,
    });
    true
}

fn go_to(model: &mut Model, aim: Aim) {
    model.focus = Focus::Chat;
    // What is not in sight must not be acted on.
    model.marks.clear();
    model.roster.seek(aim.conversation);
    aim_at(model, aim);
}

/// The chat goes there as soon as the conversation is selected.
fn aim_at(model: &mut Model, aim: Aim) {
    let setting = model.setting();
    let selected = model.roster.selected();
    let shown = model.timeline.as_mut();
    let shown = shown.filter(|shown| shown.conversation() == aim.conversation);
    match shown.filter(|_| selected == Some(aim.conversation)) {
        Some(timeline) => {
            timeline.open();
            if let Some(sight) = aim.sight {
                timeline.look_at(sight, &setting);
            }
        }
        None => model.aim = Some(aim),
    }
}

/// A conversation is shown from now on: the chat goes to where it was to go.
pub(super) fn arrived(model: &mut Model) {
    let setting = model.setting();
    let Some(timeline) = &mut model.timeline else {
        return;
    };
    let here = |aim: &mut Aim| aim.conversation == timeline.conversation();
    if let Some(aim) = model.aim.take_if(here) {
        timeline.open();
        if let Some(sight) = aim.sight {
            timeline.look_at(sight, &setting);
        }
    }
}

/// Takes what was found.
pub(super) fn found(model: &mut Model, found: Found) {
    let Some(finder) = model.finder_mut() else {
        return;
    };
    let hasty = finder.accept(found) && std::mem::take(&mut finder.haste) == Haste::Opens;
    if hasty && model.finder().is_some() {
        accept(model);
    }
}

/// Takes what stands around a row, if it was asked for that.
pub(super) fn preview(model: &mut Model, slice: &ChatSlice) {
    if let Some(finder) = model.finder_mut() {
        finder.accept_preview(slice.query, &slice.items);
    }
}

/// Records have changed, or more of them are indexed.
pub(super) fn refresh(model: &mut Model, effects: &mut Vec<Effect>) {
    let number = model.searches + 1;
    let Some(finder) = model.finder_mut() else {
        return;
    };
    if let Some(query) = finder.ask_again(number) {
        model.searches = number;
        effects.push(Effect::Search(query));
    }
}

/// What is typed is asked for; what stands around the chosen row is read where there is room.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let has_room = !geometry::search(&model.screen()).preview.is_empty();
    let number = model.searches + 1;
    let Some(finder) = model.finder_mut() else {
        return;
    };
    let query = finder.next_query(number);
    if has_room {
        effects.extend(finder.next_preview().map(Effect::LoadChat));
    }
    let partial = !finder.found().coverage.is_whole();
    if let Some(query) = query {
        model.searches = number;
        effects.push(Effect::Search(query));
    }
    if partial && !model.timers.is_running(TimerKind::Search) {
        effects.push(model.timers.start(TimerKind::Search, AGAIN_MS));
    }
}

/// A conversation is not here (any more): nothing stands around a hit in it.
pub(super) fn missing(model: &mut Model, conversation: ConversationId) {
    if let Some(finder) = model.finder_mut() {
        finder.missing(conversation);
    }
}

/// The disk could not answer.
pub(super) fn failed(model: &mut Model) {
    if let Some(finder) = model.finder_mut() {
        finder.fail();
    }
}

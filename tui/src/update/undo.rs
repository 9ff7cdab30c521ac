//! Undo and redo: what came of turning a step, told to the agent.

use super::{screens, triage};
use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::overlay::Level;
use crate::model::transcript::clock_time;
use crate::model::undo::{Kept, Moved, Turned, Way, Why, summary};

/// Turns the newest step.
pub(super) fn turn(way: Way, effects: &mut Vec<Effect>) {
    effects.push(Effect::Turn(way));
}

/// There is no step to turn.
pub(super) fn nothing(model: &mut Model, way: Way) {
    let says = match way {
        Way::Undo => "There is nothing to undo",
        Way::Redo => "There is nothing to redo",
    };
    screens::notice(model, Level::Info, says);
}

/// A step was turned, which is on the disk: it may be shown and said. What it brought back is
/// selected, whatever view it belongs to by now.
pub(super) fn turned(model: &mut Model, turned: &Turned) {
    if let Some(timeline) = model.timeline.as_mut() {
        timeline.refresh();
    }
    model.roster.refresh();
    if let Some(first) = turned.moved.first() {
        model.staying = Some(first.conversation);
        model.roster.seek(first.conversation);
    }
    for kept in &turned.kept {
        let says = kept_words(model, turned.way, kept);
        screens::notice(model, Level::Problem, &says);
    }
    if !turned.moved.is_empty() {
        let says = moved_words(model, turned);
        screens::notice(model, Level::Info, &says);
    }
}

fn moved_words(model: &Model, turned: &Turned) -> String {
    let me = model.setup.me.as_ref().map(|me| me.id);
    let (verb, back) = match turned.way {
        Way::Undo => ("Undone", format!("{} redoes", model.key(Action::Redo))),
        Way::Redo => ("Redone", format!("{} undoes", model.key(Action::Undo))),
    };
    let said = |moved: &Moved| summary(&moved.did, me);
    let mut did: Vec<String> = turned.moved.iter().map(said).collect();
    did.dedup();
    let what = match did.as_slice() {
        [only] => only.as_str(),
        _ => "several changes",
    };
    let whom = match turned.moved.as_slice() {
        [only] => triage::written(model, &only.name),
        several => format!("{} conversations", several.len()),
    };
    format!("{verb}: {what} · {whom} · {back}")
}

fn kept_words(model: &Model, way: Way, kept: &Kept) -> String {
    let verb = match way {
        Way::Undo => "Not undone",
        Way::Redo => "Not redone",
    };
    let time = |at| clock_time(at, &model.setup.zone);
    let why = match &kept.why {
        Why::Changed { by, did, at } => format!("{by} {did} at {}", time(*at)),
        Why::CustomerWrote { at: Some(at) } => format!("the customer wrote at {}", time(*at)),
        Why::CustomerWrote { at: None } => "the customer wrote meanwhile".to_owned(),
        Why::Unexplained => "it was changed meanwhile".to_owned(),
        Why::Missing => "it is not on this disk any more".to_owned(),
    };
    match &kept.name {
        Some(name) => format!("{verb}: {why} · {}", triage::written(model, name)),
        None => format!("{verb}: {why}"),
    }
}

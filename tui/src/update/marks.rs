//! Selecting several conversations, and to which of them an act is done.

use super::{screens, triage};
use crate::model::Model;
use crate::model::batch::{STEP_CONVERSATIONS_MAX, Target};
use crate::model::list::ListRow;
use crate::model::overlay::Level;
use crate::model::roster::Step;
use smsdesk_common::ids::{ConversationId, Seq};

/// Selects the conversation under the cursor, or not any more, and moves on.
pub(super) fn mark(model: &mut Model) {
    let Some(target) = under_cursor(model) else {
        return;
    };
    if model.marks.toggle(target).is_err() {
        let says = format!("No more than {STEP_CONVERSATIONS_MAX} can be selected at once");
        screens::notice(model, Level::Info, &says);
        return;
    }
    model.roster.step(Step::Next);
}

/// Begins a range at the cursor, or ends the one that is being drawn.
pub(super) fn range(model: &mut Model) {
    if model.marks.anchor().is_some() {
        model.marks.end_range();
    } else if let Some(anchor) = under_cursor(model) {
        model.marks.begin_range(anchor);
    }
}

/// Ends a range; where there is none, selects nothing any more.
pub(super) fn clear(model: &mut Model) {
    if model.marks.anchor().is_some() {
        model.marks.end_range();
    } else {
        model.marks.clear();
    }
}

/// A range reaches to the cursor. What has left the view is not acted on unseen.
pub(super) fn settle(model: &mut Model) {
    if model.marks.is_empty() {
        return;
    }
    let slice = model.roster.slice();
    let is_whole = slice.start == 0 && slice.total as usize == slice.rows.len();
    if model.roster.is_loaded() && is_whole {
        let rows = &slice.rows;
        let held = |id| rows.iter().any(|row| row.conversation.id == id);
        model.marks.retain(held);
    }
    let place = |id| {
        let rows = &model.roster.slice().rows;
        rows.iter().position(|row| row.conversation.id == id)
    };
    let ends = model.marks.anchor().and_then(place);
    let ends = ends.zip(model.roster.selected().and_then(place));
    if let Some((anchor, cursor)) = ends {
        let rows = &model.roster.slice().rows[anchor.min(cursor)..=anchor.max(cursor)];
        let mut targets: Vec<Target> = rows.iter().map(|row| of_row(model, row)).collect();
        if cursor < anchor {
            targets.reverse();
        }
        model.marks.stretch_range(targets.into_iter());
    }
}

/// To what an act is done: the selected ones in the order of the list; else as many from the
/// cursor as were counted; else the one under the cursor.
pub(super) fn targets(model: &Model) -> Vec<Target> {
    let rows = &model.roster.slice().rows;
    if !model.marks.is_empty() {
        let mut all = model.marks.all();
        let held = rows.iter().filter_map(|row| {
            let seen = all.remove(&row.conversation.id)?;
            let target = of_row(model, row);
            Some(Target {
                seen: target.seen.max(seen),
                ..target
            })
        });
        let mut targets: Vec<Target> = held.collect();
        targets.extend(
            all.into_iter()
                .map(|(conversation, seen)| Target { conversation, seen }),
        );
        return targets;
    }
    let Some(first) = under_cursor(model) else {
        return Vec::new();
    };
    let at = rows
        .iter()
        .position(|row| row.conversation.id == first.conversation);
    match (model.count, at) {
        (Some(count), Some(at)) => {
            let counted = rows[at..].iter().take(count.min(STEP_CONVERSATIONS_MAX));
            counted.map(|row| of_row(model, row)).collect()
        }
        _ => vec![first],
    }
}

fn under_cursor(model: &Model) -> Option<Target> {
    let conversation = model.roster.selected()?;
    Some(target(model, conversation))
}

fn of_row(model: &Model, row: &ListRow) -> Target {
    target(model, row.conversation.id)
}

fn target(model: &Model, conversation: ConversationId) -> Target {
    let seen: Seq = triage::seen(model, conversation);
    Target { conversation, seen }
}

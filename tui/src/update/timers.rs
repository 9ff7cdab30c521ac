//! What happens when time has passed, and which timers must run.

use super::{attention, compose, list, screens, search, status, writing};
use crate::effect::{Effect, Timer, TimerKind};
use crate::model::Model;
use crate::model::transcript::age;

/// The most typing that a crash may cost, in milliseconds.
const DRAFTS_MS: u32 = 1_000;

/// How often an age may be drawn anew, in milliseconds: rows that are due together share a frame.
const CLOCK_MS_MIN: i64 = 1_000;

/// How often a list is read anew whose filter asks for how long, in milliseconds: spans are told
/// in minutes.
const TIMELY_MS: i64 = 60_000;

/// A timer ran out. Stale ones do nothing.
pub(super) fn ran_out(model: &mut Model, timer: Timer, effects: &mut Vec<Effect>) {
    if !model.timers.ran_out(timer) {
        return;
    }
    match timer.kind {
        TimerKind::Clock => {
            model.timers.clock_at = None;
            list::time_passed(model);
        }
        TimerKind::Drafts => compose::save_drafts(model, effects),
        TimerKind::Notice => model.notices.expire(),
        TimerKind::Attention => attention::due(model, effects),
        TimerKind::Spelling => writing::paused(model, effects),
        TimerKind::Presence => model.presence.ring_at = None,
        TimerKind::Search => search::refresh(model, effects),
        // Whoever is live asks once it does not run.
        TimerKind::Figures => {}
        TimerKind::Status => status::due(model, effects),
    }
}

/// Starts the timers that are needed and do not run.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    screens::settle_notices(model, effects);
    let dirty = model.composers.is_dirty() || model.notes.is_dirty();
    if dirty && !model.timers.is_running(TimerKind::Drafts) {
        effects.push(model.timers.start(TimerKind::Drafts, DRAFTS_MS));
    }
    settle_clock(model, effects);
}

/// Wakes the app when the first age on the screen changes, and not before.
fn settle_clock(model: &mut Model, effects: &mut Vec<Effect>) {
    let waiting = model.roster.visible(model.list_rows()).iter();
    let changes = waiting.filter_map(|row| {
        let since = row.conversation.waiting_since?;
        Some(age(since, model.now).1.max(CLOCK_MS_MIN))
    });
    let countdown = model
        .timeline
        .iter()
        .flat_map(|shown| shown.held(model.now));
    let countdown = countdown.map(|(_, changes)| changes);
    let timely = list::depends_on_time(model).then_some(TIMELY_MS);
    let Some(after_ms) = changes.chain(countdown).chain(timely).min() else {
        return;
    };
    let due = model.now.plus_millis(after_ms);
    if model.timers.clock_at.is_none_or(|at| due < at) {
        model.timers.clock_at = Some(due);
        let after_ms = u32::try_from(after_ms).unwrap_or(u32::MAX);
        effects.push(model.timers.start(TimerKind::Clock, after_ms));
    }
}

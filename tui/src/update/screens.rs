//! Help, questions, notices, and leaving.

use super::compose;
use crate::effect::{Effect, TimerKind};
use crate::input::docs::{help_lines, narrowed};
use crate::model::Model;
use crate::model::geometry;
use crate::model::overlay::{Level, Notice, Overlay};

/// Shows the keys that work here.
pub(super) fn help(model: &mut Model) {
    let context = model.context();
    let search = String::new();
    model.overlays.push(Overlay::Help {
        context,
        scroll: 0,
        search,
    });
}

/// How many lines of help are on the screen at once.
pub(super) fn help_height(model: &Model) -> u16 {
    geometry::help(model.setup.size).height
}

/// Scrolls the help, not beyond its end.
pub(super) fn scroll_help(model: &mut Model, lines: isize) {
    let height = usize::from(help_height(model));
    let Some(Overlay::Help {
        context,
        scroll,
        search,
    }) = model.overlays.last_mut()
    else {
        return;
    };
    let most = narrowed(help_lines(&model.keymap, *context), search)
        .len()
        .saturating_sub(height);
    *scroll = scroll.saturating_add_signed(lines).min(most);
}

/// Narrows the help below a prompt to the lines that have all these words.
pub(super) fn narrow_help(model: &mut Model, words: &str) {
    let help = model.overlays.iter_mut().rev().nth(1);
    if let Some(Overlay::Help { search, scroll, .. }) = help
        && search != words
    {
        *scroll = 0;
        words.clone_into(search);
    }
}

/// Says a sentence to the agent.
pub(super) fn notice(model: &mut Model, level: Level, text: &str) {
    model.notices.push(Notice {
        level,
        text: text.to_owned(),
    });
}

/// A key was meant for a conversation, and there is none.
pub(super) fn nobody(model: &mut Model) {
    let says = match model.roster.is_loaded() && model.roster.slice().rows.is_empty() {
        true => "The list is empty: nothing was done",
        false => "No conversation is selected yet",
    };
    notice(model, Level::Info, says);
}

/// Leaves, or asks first where texts, notes or changes wait to be sent.
pub(super) fn quit(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.outbox.total() > 0 {
        model.overlays.push(Overlay::ConfirmQuit);
    } else {
        leave(model, effects);
    }
}

/// Leaves at once; what was typed goes to the disk first.
pub(super) fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    compose::save_last_drafts(model, effects);
    effects.push(Effect::Quit);
}

/// Hands the terminal to the shell; what was typed goes to the disk first.
pub(super) fn suspend(model: &mut Model, effects: &mut Vec<Effect>) {
    compose::save_drafts(model, effects);
    effects.push(Effect::Suspend);
}

/// The oldest notice goes away after its time.
pub(super) fn settle_notices(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(oldest) = model.notices.oldest() else {
        return;
    };
    if !model.timers.is_running(TimerKind::Notice) {
        effects.push(model.timers.start(TimerKind::Notice, oldest.stands_ms()));
    }
}

//! Figures of the work: asking the relay, and going through them.

use crate::action::Action;
use crate::effect::{Effect, TimerKind};
use crate::model::Model;
use crate::model::connection::Connection;
use crate::model::overlay::Overlay;
use crate::model::stats::{Board, Stretch, Wanted};
use smsdesk_common::api::stats::Stats;
use smsdesk_common::stats::By;

/// How often the figures of the day are fetched while the relay is reached, in milliseconds: the
/// line on top tells them, and nobody watches them by the second.
const TODAY_MS: u32 = 60_000;

/// Does what an action means for the figures; whether it did.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    let shown = matches!(model.overlays.last(), Some(Overlay::Stats));
    if action == Action::Stats {
        if !shown {
            model.overlays.push(Overlay::Stats);
        }
        ask(model, model.board.wanted(), effects);
        return true;
    }
    if !shown {
        return false;
    }
    match action {
        Action::NextSpan => model.board.turn_stretch(1),
        Action::PreviousSpan => model.board.turn_stretch(Stretch::ALL.len() - 1),
        Action::NextGrouping => model.board.turn_by(1),
        Action::PreviousGrouping => model.board.turn_by(By::ALL.len() - 1),
        Action::ChooseNext => {
            let groups = model.board.answer().map_or(0, |it| it.range.groups.len());
            let last = groups.saturating_sub(1);
            model.board.scroll = (model.board.scroll + 1).min(last);
            return true;
        }
        Action::ChoosePrevious => {
            model.board.scroll = model.board.scroll.saturating_sub(1);
            return true;
        }
        _ => return false,
    }
    ask(model, model.board.wanted(), effects);
    true
}

fn ask(model: &Model, wanted: Wanted, effects: &mut Vec<Effect>) {
    let question = Board::question(wanted, model.now, &model.setup.zone);
    effects.push(Effect::AskFigures(question));
}

/// Takes what the relay said. Why it said nothing is told where the figures are looked at.
pub(super) fn heard(model: &mut Model, wanted: Wanted, answer: Result<Box<Stats>, String>) {
    model.board.accept(wanted, answer);
}

/// Fetches the figures of the day now and then.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let reached = model.connection == Connection::Live && model.lacks(Action::Stats).is_none();
    if reached && !model.timers.is_running(TimerKind::Figures) {
        ask(model, Wanted::default(), effects);
        effects.push(model.timers.start(TimerKind::Figures, TODAY_MS));
    }
}

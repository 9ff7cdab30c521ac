//! Calling for attention: bell, notification, hook, and the window's title.

use crate::effect::{Effect, Outward, TimerKind};
use crate::event::Window;
use crate::model::attention::{Attention, News, Situation, title};
use crate::model::connection::Connection;
use crate::model::{Focus, Model};

/// Something happened that may concern me.
pub(super) fn heard(model: &mut Model, news: Vec<News>, effects: &mut Vec<Effect>) {
    let mut attention = std::mem::take(&mut model.attention);
    let (said, due) = attention.take(news, situation(model));
    model.attention = attention;
    effects.extend(said);
    if let Some(due) = due.filter(|_| !model.timers.is_running(TimerKind::Attention)) {
        effects.push(model.timers.start(TimerKind::Attention, due.0));
    }
}

/// What was held may be told now.
pub(super) fn due(model: &mut Model, effects: &mut Vec<Effect>) {
    let mut attention: Attention = std::mem::take(&mut model.attention);
    effects.extend(attention.due(situation(model)));
    model.attention = attention;
}

/// The window got or lost the keyboard.
pub(super) fn window(model: &mut Model, window: Window) {
    model.attention.look(window);
}

/// The title says how many wait, and is told only where that changes.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let waiting = model.roster.slice().waiting;
    if model.titled != Some(waiting) {
        model.titled = Some(waiting);
        effects.push(Effect::Tell(Outward::Title(title(waiting))));
    }
}

fn situation(model: &Model) -> Situation<'_> {
    let opened = model
        .timeline
        .as_ref()
        .filter(|_| model.focus != Focus::List);
    Situation {
        notify: &model.setup.notify,
        now: model.now,
        is_live: model.connection == Connection::Live,
        on_screen: opened.map(crate::model::timeline::Timeline::conversation),
    }
}

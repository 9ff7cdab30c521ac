//! The line at the bottom: the connection in words, the keys that matter here, who you are.

use super::paint::Pen;
use super::sending;
use super::theme::Theme;
use crate::action::Action;
use crate::input::context::Context;
use crate::input::keymap::Hint;
use crate::model::Model;
use crate::model::connection::Connection;
use crate::model::list::View;
use crate::model::timeline::Timeline;
use crate::model::transcript::Reach;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smsdesk_common::entry::EntryKind;
use smsdesk_common::safe_text::SafeText;

/// The most keys that are named: more than five are not read.
const HINTS_MAX: usize = 5;

/// Draws it.
pub(super) fn draw(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let me = model.setup.me.as_ref().map_or("", |me| me.name.as_str());
    let me = SafeText::line(&format!(" {me} "));
    let mut pen = Pen::new(buffer, area);
    pen.words(" ", theme.bar());
    let pending = pending(model);
    pen.words(&pending, theme.strong());
    let room = pen.room().saturating_sub(me.width() + 1);
    for (words, style) in state(model, theme, room) {
        pen.write(&words, style);
    }
    let room = pen.room().saturating_sub(me.width() + 2);
    let hints = fitting(hints(model), room);
    let width: usize = hints.iter().map(width).sum();
    pen.leave(me.width() + 1 + width);
    for hint in &hints {
        pen.skip(2)
            .words(&hint.key, theme.key())
            .words(&format!(" {}", hint.word), theme.quiet());
    }
    pen.leave(me.width()).write(&me, theme.strong());
}

/// Draws what to try next, in practice.
pub(super) fn draw_coach(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let Some(coach) = &model.setup.coach else {
        return;
    };
    let mut pen = Pen::new(buffer, area);
    let step = coach
        .progress()
        .map(|(n, of)| format!(" Try {n}/{of} "))
        .unwrap_or_default();
    let customers = model.roster.slice().rows.len();
    let says = coach.says(&model.keymap, model.context(), customers);
    pen.words(&step, theme.notice())
        .words(" ", theme.plain())
        .words(&says, theme.plain());
}

/// What the next key depends on: digits that were typed, what is selected.
fn pending(model: &Model) -> String {
    let count = model.count.map(|count| format!("{count}… · "));
    let marked = (!model.marks.is_empty()).then(|| {
        let range = model.marks.anchor().map_or("", |_| ", to here");
        format!("{} selected{range} · ", model.marks.len())
    });
    count.into_iter().chain(marked).collect()
}

/// The connection, whether the relay sends, what waits, what is still being fetched.
fn state(model: &Model, theme: Theme, room: usize) -> Vec<(SafeText, Style)> {
    let (words, style) = connection(model, theme);
    let sending = model.roster.slice().sending;
    let (waiting, refused) = (model.outbox.waiting, model.outbox.refused);
    let comma = if model.connection == Connection::Live {
        " · "
    } else {
        ", "
    };
    let mut pieces = vec![(words, style)];
    match sending.paused {
        _ if sending.stopped => {
            let words = sending::stopped(sending.queued.saturating_add(waiting));
            pieces.push((SafeText::line(" · "), theme.quiet()));
            pieces.push((SafeText::line(&words), theme.bad()));
        }
        Some(lines) => {
            let taken: usize = pieces.iter().map(|(words, _)| words.width() + 3).sum();
            let all = sending.queued.saturating_add(waiting);
            let words = sending::paused(lines, all, room.saturating_sub(taken));
            pieces.push((SafeText::line(" · "), theme.quiet()));
            pieces.push((SafeText::line(&words), theme.bad()));
        }
        None => {
            let mut more = String::new();
            let outbox = match model.reach() {
                Reach::Online => model.outbox.held_up(),
                Reach::Offline => model.outbox,
            };
            match outbox.words() {
                // Texts alone need no name: they are what one sends.
                _ if outbox.total() == waiting && outbox.notes == 0 && waiting > 0 => {
                    more.push_str(&format!("{comma}{waiting} waiting to send"));
                }
                Some(words) => more.push_str(&format!("{comma}{words}")),
                None => {}
            }
            if sending.queued > 0 {
                more.push_str(&format!(
                    " · {} queued at the relay",
                    grouped(sending.queued)
                ));
            }
            pieces.push((SafeText::line(&more), style));
        }
    }
    let mut more = String::new();
    if refused > 0 {
        more.push_str(&format!(" · {refused} refused"));
    }
    let remaining = model.history.remaining;
    if remaining > 0 {
        more.push_str(&format!(" · history: {} to go", grouped(remaining)));
    }
    pieces.push((SafeText::line(&more), style));
    pieces
}

/// The connection in words.
fn connection(model: &Model, theme: Theme) -> (SafeText, Style) {
    let (words, style) = match &model.connection {
        Connection::Live => ("live".to_owned(), theme.good()),
        Connection::CatchingUp { behind } => {
            (format!("catching up {}", grouped(*behind)), theme.waiting())
        }
        Connection::Connecting => ("connecting…".to_owned(), theme.waiting()),
        Connection::Offline => ("offline".to_owned(), theme.bad()),
        Connection::SignedOut { reason } => (format!("signed out: {reason}"), theme.bad()),
    };
    (SafeText::line(&words), style)
}

/// The keys that matter here and now.
fn hints(model: &Model) -> Vec<Hint> {
    let failed = model.timeline.as_ref().and_then(Timeline::failed);
    let failed = failed.is_some_and(|item| item.entry.entry_kind == EntryKind::Message);
    let forced = model
        .composer()
        .and_then(|composer| composer.count().forced_by)
        .is_some_and(|forced| forced.can_be_gsm7);
    let empty = model.roster.slice().rows.is_empty();
    let applies = |hint: &Hint| match hint.action {
        action if model.lacks(action).is_some() => false,
        Action::Resend => failed,
        Action::MakeGsm7 => forced,
        Action::Open | Action::Reply | Action::NextWaiting | Action::DoneNext => !empty,
        _ => true,
    };
    let mut hints: Vec<Hint> = model
        .keymap
        .hints(model.context())
        .into_iter()
        .filter(applies)
        .collect();
    if empty && model.context() == Context::List {
        hints.splice(0..0, ways_on(model));
    }
    if model.walk.is_some() {
        let on = hints
            .iter_mut()
            .filter(|hint| hint.action == Action::NextWaiting);
        on.for_each(|hint| hint.word = "next hit");
    }
    // What is known by now makes room for what is not.
    if hints.len() > HINTS_MAX {
        hints.sort_by_key(|hint| model.habits.knows(hint.action));
    }
    // Help stays in sight whatever else is on offer.
    if let Some(help) = hints.iter().position(|hint| hint.action == Action::Help) {
        let help = hints.remove(help);
        hints.truncate(HINTS_MAX - 1);
        hints.push(help);
    }
    hints.truncate(HINTS_MAX);
    hints
}

/// Where nobody is: what leads to somebody, or takes back what emptied the list.
fn ways_on(model: &Model) -> impl Iterator<Item = Hint> {
    let elsewhere = match model.roster.view() {
        View::Inbox => (Action::ViewAll, "all conversations"),
        _ => (Action::ViewInbox, "inbox"),
    };
    let undo = model.last_deed.as_ref().map(|_| (Action::Undo, "undo"));
    let ways = undo.into_iter().chain([elsewhere]);
    ways.filter_map(|(action, word)| {
        let key = model.keymap.key_for(Context::List, action)?;
        Some(Hint { action, key, word })
    })
}

/// As many hints as fit, the help among them.
fn fitting(mut hints: Vec<Hint>, room: usize) -> Vec<Hint> {
    while hints.iter().map(width).sum::<usize>() > room && !hints.is_empty() {
        let before_last = hints.len().saturating_sub(2);
        hints.remove(before_last);
    }
    hints
}

fn width(hint: &Hint) -> usize {
    SafeText::line(&hint.key).width() + hint.word.len() + 3
}

/// `12340` as `12,340`.
fn grouped(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_grouped() {
        for (number, text) in [
            (0_u64, "0"),
            (999, "999"),
            (1_204, "1,204"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}

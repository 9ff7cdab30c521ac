//! The composer: the text, where the cursor stands, and what the text takes.

mod count;
mod emoji;
mod fields;
mod ghost;
mod note;

use self::fields::FieldLooks;
use super::list::name;
use super::paint::{self, Pen};
use super::presence::{self, Tone};
use super::theme::Theme;
use crate::action::Action;
use crate::input::context::Context;
use crate::model::composer::Composer;
use crate::model::editor::rows;
use crate::model::geometry::{ChatPane, composer_columns};
use crate::model::question::{Asks, Question};
use crate::model::timeline::Timeline;
use crate::model::{Focus, Model};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use smsdesk_common::safe_text::SafeText;

/// Draws the composer at the foot of the chat pane. Where its cursor stands, while it has the keys.
pub(super) fn draw(
    model: &Model,
    theme: Theme,
    frame: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let timeline = model.timeline.as_ref().filter(|_| !frame.is_empty())?;
    let pane = model.chat_pane();
    if model.writes_note() {
        return note::draw(model, theme, frame, pane, buffer);
    }
    let writing = model.focus == Focus::Composer;
    draw_divider(model, theme, timeline, pane.divider, buffer);
    let composer = model
        .composer()
        .filter(|composer| writing || composer.has_draft());
    let Some(composer) = composer else {
        invitation(model, theme, pane, buffer);
        return None;
    };
    let cursor = draw_text(
        (model, composer),
        (theme, theme.plain()),
        frame,
        pane,
        buffer,
    );
    ghost::draw(model, composer, theme, pane.composer, buffer);
    draw_count(model, composer, theme, pane.counter, buffer);
    if writing {
        emoji::draw(model, composer, theme, pane, buffer);
    }
    cursor.filter(|_| writing)
}

/// The line above the composer names the recipient while something is written to them.
fn draw_divider(model: &Model, theme: Theme, timeline: &Timeline, area: Rect, buffer: &mut Buffer) {
    let style = theme.frame(model.focus != Focus::List);
    let line = format!(
        "├{}┤",
        "─".repeat(usize::from(area.width.saturating_sub(2)))
    );
    Pen::new(buffer, area).words(&line, style);
    let here = presence::sentence(model, timeline.conversation());
    let opted_out = model.opt_out_words();
    let most = usize::from(area.width / 2);
    let here = here.map(|(words, tone)| (words.truncate_to_width(most), tone));
    let taken = here.as_ref().map_or(0, |(words, _)| words.width() + 2);
    if let Some((words, tone)) = &here {
        let looks = match tone {
            Tone::Warning => theme.notice(),
            Tone::Plain => theme.quiet(),
        };
        let mut pen = Pen::new(buffer, area);
        pen.leave(words.width() + 4)
            .words(" ", style)
            .write(words, looks)
            .words(" ", style);
    }
    if let Some(words) = &opted_out {
        let mut pen = Pen::new(buffer, area);
        let room = pen.room().saturating_sub(6 + taken);
        let words = SafeText::line(words).truncate_to_width(room);
        pen.skip(2)
            .words(" ", style)
            .write(&words, theme.bad())
            .words(" ", style);
        return;
    }
    let row = timeline.row().filter(|_| model.focus == Focus::Composer);
    if let Some(row) = row {
        let mut pen = Pen::new(buffer, area);
        let room = pen.room().saturating_sub(8 + taken);
        let to = SafeText::line(&format!("to {}", name(model, row))).truncate_to_width(room);
        pen.skip(2)
            .words(" ", style)
            .write(&to, theme.strong())
            .words(" ", style);
    }
}

/// Nothing is written yet: which key begins.
fn invitation(model: &Model, theme: Theme, pane: ChatPane, buffer: &mut Buffer) {
    if let Some(key) = model.keymap.key_for(Context::Chat, Action::Reply) {
        let mut pen = Pen::new(buffer, pane.composer);
        pen.words(&key, theme.key())
            .words(" writes a reply", theme.quiet());
        if let Some(kept) = note::kept(model) {
            pen.words(&kept, theme.waiting());
        }
        if model.suggestion().is_some() {
            pen.words(" · ", theme.quiet());
            ghost::write(model, theme, &mut pen);
        }
    }
}

fn draw_text(
    (model, composer): (&Model, &Composer),
    (theme, style): (Theme, Style),
    frame: Rect,
    pane: ChatPane,
    buffer: &mut Buffer,
) -> Option<Position> {
    let text = composer.editor().text();
    let rows = rows(text, composer_columns(frame));
    let (row, column) = composer.editor().position(&rows);
    let fields = FieldLooks::of(composer);
    let height = usize::from(pane.composer.height);
    let first = (row + 1)
        .saturating_sub(height)
        .min(rows.len().saturating_sub(height));
    let typed_at = (model.focus == Focus::Composer).then(|| composer.editor().cursor());
    let misspelt = model.spelling.places(text, typed_at);
    for (n, shown) in (0..).zip(rows.iter().skip(first).take(height)) {
        let mut pen = Pen::new(buffer, paint::line(pane.composer, n));
        for cluster in &shown.clusters {
            let wrong = misspelt.iter().any(|place| place.contains(&cluster.at));
            let style = style.patch(fields.looks(cluster.at));
            let style = if wrong { theme.misspelt(style) } else { style };
            pen.write(&cluster.safe(text), style);
        }
    }
    let x = pane.composer.x + u16::try_from(column).ok()?;
    let y = pane.composer.y + u16::try_from(row - first).ok()?;
    Some(Position {
        x: x.min(pane.composer.right().saturating_sub(1)),
        y,
    })
}

fn draw_count(model: &Model, composer: &Composer, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let writing = model.focus == Focus::Composer;
    let asked = composer.question();
    let (text, style) = if let Some(question) = asked {
        let words = question_words(model, question, usize::from(area.width));
        (words, theme.bad())
    } else if let Some(warned) = composer.warned().filter(|_| writing) {
        let room = usize::from(area.width);
        (count::warning(model, warned, room), theme.bad())
    } else if writing {
        count::words(model, composer, theme, usize::from(area.width))
    } else {
        let key = model.keymap.teach(Context::Chat, Action::Reply);
        (
            SafeText::line(&format!(
                "draft, not sent · {key} goes on{}",
                note::kept(model).unwrap_or_default()
            )),
            theme.waiting(),
        )
    };
    let mut pen = Pen::new(buffer, area);
    pen.leave(text.width()).write(&text, style);
}

/// Why the text was not sent, and what Enter does now; as much of it as there is room for.
fn question_words(model: &Model, question: &Question, room: usize) -> SafeText {
    let row = model.timeline.as_ref().and_then(Timeline::row);
    let customer = row.map(|row| name(model, row));
    let customer = customer.as_ref().map_or("the customer", SafeText::as_str);
    let (context, action, does) = match model.focus {
        Focus::Composer => (Context::Composer, Action::Send, "sends it anyway"),
        Focus::List | Focus::Chat => (Context::Chat, Action::Reply, "goes on"),
    };
    let key = model.keymap.teach(context, action);
    let around = [
        format!(" meanwhile · {key} {does}, or change it"),
        format!(" meanwhile · {key} {does}"),
        format!(" · {key} {does}"),
    ];
    let meanwhile = match &question.asks {
        Asks::Meanwhile(meanwhile) => meanwhile,
        Asks::First { to } => {
            return asked(
                &format!("First text to {to}"),
                &format!(" — {key} sends"),
                room,
            );
        }
        Asks::Unlikely { why } => return asked(why, &format!(" — {key} {does}"), room),
    };
    let before = "not sent: ";
    let room = room.saturating_sub(before.len());
    let shortest = SafeText::line(&around[2]).width();
    let whole = SafeText::line(&meanwhile.words(customer));
    // A long name must not hide what happened.
    let what = match whole.width() + shortest <= room {
        true => whole,
        false => SafeText::line(&meanwhile.words("the customer")),
    };
    let fits = |after: &&String| what.width() + SafeText::line(after).width() <= room;
    let after = around.iter().find(fits).unwrap_or(&around[2]);
    let what = what.truncate_to_width(room.saturating_sub(SafeText::line(after).width()));
    SafeText::line(&format!("{before}{}{after}", what.as_str()))
}

/// A question about the number; what Enter does stays in sight.
fn asked(what: &str, after: &str, room: usize) -> SafeText {
    let after = SafeText::line(after);
    let what = SafeText::line(what).truncate_to_width(room.saturating_sub(after.width()));
    SafeText::line(&format!("{}{}", what.as_str(), after.as_str()))
}

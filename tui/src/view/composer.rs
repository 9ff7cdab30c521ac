//! The composer: the text, where the cursor stands, and what the text takes.

mod fields;
mod note;

use self::fields::FieldLooks;
use super::list::name;
use super::paint::{self, Pen};
use super::presence::{self, Tone};
use super::theme::Theme;
use crate::action::Action;
use crate::input::context::Context;
use crate::model::composer::{Composer, Count};
use crate::model::editor::{Row, rows};
use crate::model::geometry::{ChatPane, composer_columns};
use crate::model::question::Question;
use crate::model::timeline::Timeline;
use crate::model::{Focus, Model};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::segments::{BODY_CHARACTERS_MAX, Encoding};

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
    let cursor = draw_text(composer, theme.plain(), frame, pane, buffer);
    draw_count(model, composer, theme, pane.counter, buffer);
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
    }
}

fn draw_text(
    composer: &Composer,
    style: Style,
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
    for (n, shown) in (0..).zip(rows.iter().skip(first).take(height)) {
        let looks = |at: usize| style.patch(fields.looks(at));
        draw_row(text, shown, looks, paint::line(pane.composer, n), buffer);
    }
    let x = pane.composer.x + u16::try_from(column).ok()?;
    let y = pane.composer.y + u16::try_from(row - first).ok()?;
    Some(Position {
        x: x.min(pane.composer.right().saturating_sub(1)),
        y,
    })
}

fn draw_row(
    text: &str,
    row: &Row,
    looks: impl Fn(usize) -> Style,
    area: Rect,
    buffer: &mut Buffer,
) {
    let mut pen = Pen::new(buffer, area);
    for cluster in &row.clusters {
        pen.write(&cluster.safe(text), looks(cluster.at));
    }
}

fn draw_count(model: &Model, composer: &Composer, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let writing = model.focus == Focus::Composer;
    let asked = composer.question();
    let (text, style) = if let Some(question) = asked {
        let words = question_words(model, question, usize::from(area.width));
        (words, theme.bad())
    } else if writing {
        count_words(model, &composer.count(), theme, usize::from(area.width))
    } else {
        let key = model
            .keymap
            .key_for(Context::Chat, Action::Reply)
            .unwrap_or_default();
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
    let key = model.keymap.key_for(context, action).unwrap_or_default();
    let around = [
        format!(" meanwhile · {key} {does}, or change it"),
        format!(" meanwhile · {key} {does}"),
        format!(" · {key} {does}"),
    ];
    let before = "not sent: ";
    let room = room.saturating_sub(before.len());
    let shortest = SafeText::line(&around[2]).width();
    let whole = SafeText::line(&question.meanwhile.words(customer));
    // A long name must not hide what happened.
    let what = match whole.width() + shortest <= room {
        true => whole,
        false => SafeText::line(&question.meanwhile.words("the customer")),
    };
    let fits = |after: &&String| what.width() + SafeText::line(after).width() <= room;
    let after = around.iter().find(fits).unwrap_or(&around[2]);
    let what = what.truncate_to_width(room.saturating_sub(SafeText::line(after).width()));
    SafeText::line(&format!("{before}{}{after}", what.as_str()))
}

/// What the text takes: `GSM-7 · 33/160 · 1 segment · Enter sends`. Where there is no room for all
/// of it, what is known anyway goes first.
fn count_words(model: &Model, count: &Count, theme: Theme, room: usize) -> (SafeText, Style) {
    if count.characters > BODY_CHARACTERS_MAX {
        let over = count.characters - BODY_CHARACTERS_MAX;
        let says = format!("{over} characters too many: {BODY_CHARACTERS_MAX} is the end");
        return (SafeText::line(&says), theme.bad());
    }
    let key = |action| {
        model
            .keymap
            .key_for(Context::Composer, action)
            .unwrap_or_default()
    };
    let segments = count.segments;
    let encoding = match (segments.encoding, count.forced_by) {
        (Encoding::Ucs2, Some(c)) => format!("UCS-2 because of {c}"),
        (Encoding::Ucs2, None) => "UCS-2".to_owned(),
        (Encoding::Gsm7, _) => "GSM-7".to_owned(),
    };
    let repair = if count.can_be_gsm7 {
        format!(" · {} makes it GSM-7", key(Action::MakeGsm7))
    } else {
        String::new()
    };
    let number = match segments.segments {
        1 => "1 segment".to_owned(),
        more => format!("{more} segments"),
    };
    let (used, capacity) = (segments.units_in_segment, segments.segment_capacity());
    let takes = format!(" · {used}/{capacity} · {number}");
    let shortest = SafeText::line(&format!("{encoding}{takes}"));
    let longer = [
        format!("{encoding}{repair}{takes} · {} sends", key(Action::Send)),
        format!("{encoding}{repair}{takes}"),
    ];
    let mut longer = longer.iter().map(|text| SafeText::line(text));
    let text = longer.find(|text| text.width() <= room).unwrap_or(shortest);
    let style = if count.forced_by.is_some() {
        theme.waiting()
    } else {
        theme.quiet()
    };
    (text, style)
}

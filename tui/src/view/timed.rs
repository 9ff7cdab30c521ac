//! The list of texts that wait for their time.

use super::overlay::middle;
use super::paint::{self, Pen};
use super::theme::Theme;
use crate::action::Action;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::timed::{TimedList, TimedText, due};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::phone::Address;
use smsdesk_common::safe_text::SafeText;

/// The widest that it gets, in columns: a line of words is read, not searched.
const COLUMNS_MAX: u16 = 96;
/// Rows that one text takes: when and to whom, and its words.
const TEXT_ROWS: usize = 2;

/// Draws it.
pub(super) fn draw(model: &Model, list: &TimedList, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let wanted = list.texts().len().max(1) * TEXT_ROWS + 4;
    let height = u16::try_from(wanted).unwrap_or(u16::MAX);
    let frame = middle(area, COLUMNS_MAX.min(area.width), height.min(area.height));
    let count = match list.texts().len() {
        0 => String::new(),
        count => format!(" {count}"),
    };
    let inside = paint::panel(&format!("Timed texts{count}"), theme, frame, buffer);
    let rows = usize::from(inside.height.saturating_sub(2)).max(TEXT_ROWS);
    let fits = (rows / TEXT_ROWS).max(1);
    let first = list.chosen_at().saturating_sub(fits - 1);
    if list.texts().is_empty() && list.is_loaded() {
        let key = model.keymap.teach(Context::Composer, Action::SendLater);
        let says = format!("No text waits for its time · {key} in a reply times it");
        let mut pen = Pen::new(buffer, paint::line(inside, 0));
        pen.skip(2).words(&says, theme.plain());
    }
    for (row, (at, text)) in (0..).zip(list.texts().iter().enumerate().skip(first).take(fits)) {
        let chosen = at == list.chosen_at();
        let place = u16::try_from(row * TEXT_ROWS).unwrap_or(u16::MAX);
        draw_text(model, (text, chosen), theme, (inside, place), buffer);
    }
    paint::hints(
        (model.keymap.hints(Context::Timed), 2),
        theme,
        inside,
        buffer,
    );
}

fn draw_text(
    model: &Model,
    (text, chosen): (&TimedText, bool),
    theme: Theme,
    (inside, row): (Rect, u16),
    buffer: &mut Buffer,
) {
    let style = if chosen {
        theme.strong()
    } else {
        theme.plain()
    };
    let due = due(&text.entry, model.now, &model.setup.zone);
    let mark = if chosen { "▌ " } else { "  " };
    let when_style = match text.entry.held_since {
        Some(_) => theme.bad(),
        None => style,
    };
    let waits = if text.pending { " · on its way" } else { "" };
    let mut pen = Pen::new(buffer, paint::line(inside, row));
    pen.words(mark, theme.key())
        .words(&format!("◷ {due}"), when_style)
        .words("  ", style)
        .write(&name(model, text), style)
        .words(waits, theme.quiet());
    let words = SafeText::line(&text.entry.body);
    let mut pen = Pen::new(buffer, paint::line(inside, row + 1));
    pen.skip(4).write(&words, theme.quiet());
}

/// A name, or a number as it is written here.
fn name(model: &Model, text: &TimedText) -> SafeText {
    match Address::from_twilio(&text.name) {
        Ok(address) if address.e164().is_some() => address.display(model.setup.home),
        _ => SafeText::line(&text.name),
    }
}

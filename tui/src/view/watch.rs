//! How app and relay fare: a line a matter, what is wrong in the colour of trouble.

use super::overlay::middle;
use super::paint::{self, Pen};
use super::theme::Theme;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::status::lines::{ROWS_AROUND, lines};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::safe_text::SafeText;

/// The widest that it gets, in columns.
const COLUMNS_MAX: u16 = 100;
/// Columns of what a line is about.
const NAME_COLUMNS: usize = 17;

/// Draws it.
pub(super) fn draw(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let lines = lines(model);
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let rows = rows.saturating_add(ROWS_AROUND).min(area.height);
    let frame = middle(area, COLUMNS_MAX, rows);
    let inside = paint::panel("How app and relay fare", theme, frame, buffer);
    let hints = model.keymap.hints(Context::Status);
    paint::hints((hints, 1), theme, inside, buffer);
    let room = inside.height.saturating_sub(2);
    for (row, line) in (0..room).zip(lines.iter().skip(model.watch.scroll)) {
        let style = match line.is_bad {
            true => theme.bad(),
            false => theme.plain(),
        };
        let area = paint::line(inside, row);
        Pen::new(buffer, area)
            .skip(1)
            .words(line.name, theme.quiet());
        Pen::new(buffer, area)
            .skip(NAME_COLUMNS + 1)
            .write(&SafeText::line(&line.says), style);
    }
}

//! What is known of one text: a line a matter, what is wrong in the colour of trouble.

use super::overlay::middle;
use super::paint::{self, Pen};
use super::theme::Theme;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::details::{COLUMNS_MAX, lines};
use crate::model::status::lines::ROWS_AROUND;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::ids::EntryId;
use smsdesk_common::safe_text::SafeText;

/// Columns of what a line is about.
const NAME_COLUMNS: usize = 13;

/// Draws it.
pub(super) fn draw(model: &Model, entry: EntryId, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let lines = lines(model, entry);
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let rows = rows.saturating_add(ROWS_AROUND).min(area.height);
    let frame = middle(area, COLUMNS_MAX, rows);
    let inside = paint::panel("Details of a text", theme, frame, buffer);
    let hints = model.keymap.hints(Context::Details);
    paint::hints((hints, 1), theme, inside, buffer);
    let room = usize::from(inside.height.saturating_sub(2));
    // A long text gives way to what is known of it.
    let words = lines.iter().filter(|line| line.name.is_empty()).count();
    let cut = lines.len().saturating_sub(room).min(words);
    let shown = lines.iter().take(1).chain(lines.iter().skip(1 + cut));
    for (row, line) in (0..).zip(shown.take(room)) {
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

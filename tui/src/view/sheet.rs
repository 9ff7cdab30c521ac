//! A sheet over everything: the words with their cursor, and below them what can be done.

use super::paint::{self, Pen};
use super::theme::Theme;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::editor::rows;
use crate::model::geometry;
use crate::model::sheet::Sheet;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use smsdesk_common::safe_text::SafeText;

/// Draws it, where it is on top. Where its cursor stands.
pub(super) fn draw(model: &Model, theme: Theme, buffer: &mut Buffer) -> Option<Position> {
    let sheet = model.sheet()?;
    let frame = geometry::sheet(model.setup.size);
    let inside = paint::panel(&sheet.subject.title(), theme, frame, buffer);
    let foot = geometry::SHEET_FOOT_ROWS.min(inside.height);
    let words = Rect {
        x: inside.x + 1,
        width: inside.width.saturating_sub(2),
        height: inside.height - foot,
        ..inside
    };
    let cursor = draw_words(model, sheet, theme, words, buffer);
    draw_foot(model, sheet, theme, inside, buffer);
    cursor
}

fn draw_words(
    model: &Model,
    sheet: &Sheet,
    theme: Theme,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let text = sheet.editor().text();
    let rows = rows(text, geometry::sheet_columns(model.setup.size));
    let (row, column) = sheet.editor().position(&rows);
    let height = usize::from(area.height);
    let first = (row + 1).saturating_sub(height);
    for (n, shown) in (0..).zip(rows.iter().skip(first).take(height)) {
        let mut pen = Pen::new(buffer, paint::line(area, n));
        for cluster in &shown.clusters {
            pen.write(&cluster.safe(text), theme.plain());
        }
    }
    let x = area.x + u16::try_from(column).ok()?;
    let y = area.y + u16::try_from(row - first).ok()?;
    Some(Position {
        x: x.min(area.right().saturating_sub(1)),
        y,
    })
}

/// What is wrong, or what can be written; and the keys.
fn draw_foot(model: &Model, sheet: &Sheet, theme: Theme, inside: Rect, buffer: &mut Buffer) {
    let last = inside.height.saturating_sub(1);
    let (says, style) = match (sheet.problem(), &sheet.asked) {
        (Some(problem), _) => (problem, theme.bad()),
        (None, Some(_)) => ("being saved …", theme.waiting()),
        (None, None) => (sheet.subject.expects(), theme.quiet()),
    };
    let mut pen = Pen::new(buffer, paint::line(inside, last.saturating_sub(1)));
    pen.skip(1).write(&SafeText::line(says), style);
    paint::hints(
        (model.keymap.hints(Context::Sheet), 1),
        theme,
        inside,
        buffer,
    );
}

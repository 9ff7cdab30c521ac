//! A line that is being typed, behind a sign.

use super::paint::Pen;
use super::theme::Theme;
use crate::model::editor::{Editor, rows};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Draws it; one that is too long is shown around the cursor. Where the cursor stands.
pub(super) fn draw(
    editor: &Editor,
    sign: &str,
    theme: Theme,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let text = editor.text();
    // One row, whatever its length: nothing can be wider than what one can type.
    let rows = rows(text, usize::MAX);
    let (_, column) = editor.position(&rows);
    let mut pen = Pen::new(buffer, area);
    pen.words(sign, theme.key());
    let start = area.right() - u16::try_from(pen.room()).ok()?;
    // A column is left for the cursor behind the last character.
    let room = pen.room().saturating_sub(2);
    let mut hidden = 0;
    for cluster in &rows.first()?.clusters {
        if hidden + room < column {
            hidden += cluster.width;
        } else {
            pen.write(&cluster.safe(text), theme.plain());
        }
    }
    Some(Position {
        x: start.saturating_add(u16::try_from(column - hidden).ok()?),
        y: area.y,
    })
}

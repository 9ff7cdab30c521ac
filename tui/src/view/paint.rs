//! Putting safe text on the screen. The only place that writes into the buffer.

use super::theme::Theme;
use crate::input::keymap::Hint;
use crate::model::geometry;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Block, BorderType, Clear, Widget};
use smsdesk_common::safe_text::SafeText;

/// Writes on one line of the screen from left to right, and stops at its end.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    x: u16,
    y: u16,
    end: u16,
}

impl<'a> Pen<'a> {
    /// A pen at the left of the first line of `area`.
    pub(super) fn new(buffer: &'a mut Buffer, area: Rect) -> Self {
        let end = if area.height == 0 {
            area.x
        } else {
            area.right()
        };
        Self {
            buffer,
            x: area.x,
            y: area.y,
            end,
        }
    }

    /// Columns that are left.
    pub(super) fn room(&self) -> usize {
        usize::from(self.end.saturating_sub(self.x))
    }

    /// Writes what fits; what does not is cut with an ellipsis.
    pub(super) fn write(&mut self, text: &SafeText, style: Style) -> &mut Self {
        let room = self.room();
        if room > 0 {
            let cut = if text.width() > room {
                text.truncate_to_width(room)
            } else {
                text.clone()
            };
            (self.x, _) = self
                .buffer
                .set_stringn(self.x, self.y, cut.as_str(), room, style);
        }
        self
    }

    /// Writes words of our own.
    pub(super) fn words(&mut self, text: &str, style: Style) -> &mut Self {
        self.write(&SafeText::line(text), style)
    }

    /// Leaves columns free.
    pub(super) fn skip(&mut self, columns: usize) -> &mut Self {
        self.x = self
            .x
            .saturating_add(u16::try_from(columns).unwrap_or(u16::MAX))
            .min(self.end);
        self
    }

    /// Goes to where `columns` are left before the end of the line, never back.
    pub(super) fn leave(&mut self, columns: usize) -> &mut Self {
        self.skip(self.room().saturating_sub(columns))
    }
}

/// The `n`th line of an area; empty beyond its end.
pub(super) const fn line(area: Rect, n: u16) -> Rect {
    if n >= area.height {
        return Rect { height: 0, ..area };
    }
    Rect {
        y: area.y + n,
        height: 1,
        ..area
    }
}

/// Draws a frame with a title on the left and one on the right. The right one is left out where
/// there is no room for both; the left one is cut.
pub(super) fn frame(
    buffer: &mut Buffer,
    area: Rect,
    style: Style,
    left: &[(SafeText, Style)],
    right: &SafeText,
) {
    Block::bordered()
        .border_type(BorderType::Plain)
        .border_style(style)
        .render(area, buffer);
    let room = usize::from(area.width.saturating_sub(4));
    let wanted: usize = left.iter().map(|(text, _)| text.width()).sum::<usize>() + 2;
    let right_width = if right.is_empty() {
        0
    } else {
        right.width() + 2
    };
    let fits = wanted + 2 + right_width <= room;
    let top = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        height: 1,
        ..area
    };
    let taken = if fits {
        u16::try_from(right_width).unwrap_or(u16::MAX)
    } else {
        0
    };
    let left_area = Rect {
        width: top.width.saturating_sub(taken),
        ..top
    };
    let mut pen = Pen::new(buffer, left_area);
    if left.is_empty() {
        return;
    }
    pen.words(" ", style);
    for (text, style) in left {
        let room = pen.room().saturating_sub(1);
        pen.write(&text.truncate_to_width(room), *style);
    }
    pen.words(" ", style);
    if fits && !right.is_empty() {
        let mut pen = Pen::new(buffer, top);
        pen.leave(right_width + 1)
            .words(" ", style)
            .write(right, style)
            .words(" ", style);
    }
}

/// Empties an area that something is laid over, and the wide character that would reach into it.
pub(super) fn clear(buffer: &mut Buffer, area: Rect) {
    if let Some(beside) = area.x.checked_sub(1) {
        for y in area.top()..area.bottom() {
            let cell = buffer.cell_mut(Position { x: beside, y });
            if let Some(cell) = cell.filter(|cell| SafeText::line(cell.symbol()).width() > 1) {
                cell.reset();
            }
        }
    }
    Clear.render(area, buffer);
}

/// The keys that matter here, in the last line of what is laid over: as many as fit, the first one
/// this many columns from the left.
pub(super) fn hints(
    (hints, indent): (Vec<Hint>, usize),
    theme: Theme,
    inside: Rect,
    buffer: &mut Buffer,
) {
    let mut pen = Pen::new(buffer, line(inside, inside.height.saturating_sub(1)));
    let mut gap = indent;
    for hint in hints {
        if pen.room() < hint.key.chars().count() + hint.word.chars().count() + 3 {
            break;
        }
        pen.skip(gap)
            .words(&hint.key, theme.key())
            .words(&format!(" {}", hint.word), theme.plain());
        gap = 2;
    }
}

/// Lays a frame with this title over what is there. Returns the room inside.
pub(super) fn panel(title: &str, theme: Theme, frame: Rect, buffer: &mut Buffer) -> Rect {
    clear(buffer, frame);
    let title = [(SafeText::line(title), theme.strong())];
    let style = theme.frame(true);
    self::frame(buffer, frame, style, &title, &SafeText::default());
    geometry::inside(frame)
}

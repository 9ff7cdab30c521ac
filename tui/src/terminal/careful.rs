//! Drawing for terminals that disagree about how wide a sign is.
//!
//! Families, skin tones and some Indian syllables are several characters in one cluster. Many
//! terminals (tmux before 3.5 among them) draw them one by one and wider than their place. Two
//! measures keep every column where it belongs: behind such a cluster the cursor is placed anew,
//! and the cells that it may have painted beside its own are drawn again.

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::layout::{Position, Size};
use smsdesk_common::safe_text::SafeText;
use std::io;
use unicode_width::UnicodeWidthChar;

/// A backend that trusts no terminal with the width of a cluster.
pub(super) struct Careful<B> {
    /// The backend that writes.
    pub(super) inner: B,
}

/// Whether terminals may disagree about how far the cursor goes.
fn is_disputed(symbol: &str) -> bool {
    symbol.len() > 1 && symbol.chars().nth(1).is_some()
}

/// How many cells a terminal may paint that draws characters one by one. Half a flag takes one
/// column in some and two in others.
fn widest(symbol: &str) -> usize {
    let half_flags = '\u{1F1E6}'..='\u{1F1FF}';
    let apart = symbol.chars().map(|c| match c.width().unwrap_or(0) {
        1 if half_flags.contains(&c) => 2,
        columns => columns,
    });
    apart.sum::<usize>().max(width(symbol))
}

fn width(symbol: &str) -> usize {
    SafeText::line(symbol).width().max(1)
}

/// The cells beside disputed clusters whose look is not certain.
#[derive(Debug, Default)]
pub(super) struct Uncertain {
    cells: Vec<Position>,
}

impl Uncertain {
    /// Has the cells drawn again that the frame before left uncertain, and those behind the
    /// disputed clusters of this one.
    pub(super) fn redraw(&mut self, buffer: &mut Buffer) {
        let before = std::mem::take(&mut self.cells);
        self.cells = find(buffer);
        for position in before.iter().chain(&self.cells) {
            if let Some(cell) = buffer.cell_mut(*position) {
                cell.set_diff_option(CellDiffOption::AlwaysUpdate);
            }
        }
    }
}

/// The cells from the second of each disputed cluster to the last that it may spill into.
fn find(buffer: &Buffer) -> Vec<Position> {
    let area = buffer.area;
    let disputed = buffer
        .content()
        .iter()
        .enumerate()
        .filter(|(_, cell)| is_disputed(cell.symbol()));
    disputed
        .flat_map(|(at, cell)| {
            let (x, y) = buffer.pos_of(at);
            let end = x.saturating_add(u16::try_from(widest(cell.symbol())).unwrap_or(u16::MAX));
            (x.saturating_add(1)..end.min(area.right())).map(move |x| Position { x, y })
        })
        .collect()
}

impl<B: Backend<Error = io::Error>> Backend for Careful<B> {
    type Error = io::Error;

    /// Ends a run of cells behind each disputed cluster; the next run begins with a move.
    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        while content.peek().is_some() {
            let mut is_over = false;
            let run = std::iter::from_fn(|| {
                let next = content.next_if(|_| !is_over)?;
                is_over = is_disputed(next.2.symbol());
                Some(next)
            });
            self.inner.draw(run)?;
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clusters_of_several_characters_are_disputed() {
        for (symbol, disputed, columns) in [
            ("a", false, 1),
            ("│", false, 1),
            ("語", false, 2),
            ("🙏", false, 2),
            ("e\u{301}", true, 1),
            ("👍🏽", true, 4),
            ("👩‍👩‍👧‍👦", true, 8),
            ("🇩🇪", true, 4),
            ("❤️", true, 2),
        ] {
            assert_eq!(
                (is_disputed(symbol), widest(symbol)),
                (disputed, columns),
                "{symbol}"
            );
        }
    }
}

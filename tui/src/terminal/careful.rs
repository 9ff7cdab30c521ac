//! Drawing for terminals that disagree about how wide a sign is.
//!
//! Families, skin tones and some Indian syllables are several characters in one cluster. Many
//! terminals (tmux before 3.5 among them) draw them one by one and wider than their place. Two
//! measures keep every column where it belongs: behind such a cluster the cursor is placed anew,
//! and the cells that it may have painted beside its own are drawn again.

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Position;
use smsdesk_common::safe_text::SafeText;
use unicode_width::UnicodeWidthChar;

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
    ///
    /// So are the other halves of wide characters in `shown` that are written over: terminals give
    /// them the look of what was written.
    pub(super) fn redraw(&mut self, shown: &Buffer, buffer: &mut Buffer) {
        let before = std::mem::take(&mut self.cells);
        self.cells = find(buffer);
        let halves = halves(shown, buffer);
        for position in before.iter().chain(&self.cells).chain(&halves) {
            if let Some(cell) = buffer.cell_mut(*position) {
                cell.set_diff_option(CellDiffOption::AlwaysUpdate);
            }
        }
    }

    /// Takes off what [`Self::redraw`] has put on a frame that is drawn by now.
    pub(super) fn settle(buffer: &mut Buffer) {
        for cell in &mut buffer.content {
            cell.set_diff_option(CellDiffOption::None);
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

fn halves(shown: &Buffer, next: &Buffer) -> Vec<Position> {
    let cells = shown.content().iter().zip(next.content()).enumerate();
    cells
        .filter(|(_, (old, new))| !old.symbol().is_ascii() && old != new)
        .filter(|(_, (old, _))| width(old.symbol()) > 1)
        .map(|(at, _)| shown.pos_of(at))
        .map(|(x, y)| Position {
            x: x.saturating_add(1),
            y,
        })
        .filter(|half| half.x < shown.area.right())
        .collect()
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

//! The list of texts to many, each with a bar.

use super::overlay::middle;
use super::paint::{self, Pen};
use super::theme::Theme;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::broadcasts::{BroadcastList, bar, fared};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::broadcast::{Broadcast, BroadcastState};
use smsdesk_common::safe_text::SafeText;

/// The widest that it gets, in columns.
const COLUMNS_MAX: u16 = 96;
/// Rows that one takes: its name, and how it goes.
const ROWS: usize = 2;
/// How wide a bar is, in cells.
const BAR_CELLS: u16 = 20;

/// Draws it.
pub(super) fn draw(
    model: &Model,
    list: &BroadcastList,
    theme: Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    let wanted = list.broadcasts().len().max(1) * ROWS + 4;
    let height = u16::try_from(wanted).unwrap_or(u16::MAX);
    let frame = middle(area, COLUMNS_MAX.min(area.width), height.min(area.height));
    let inside = paint::panel("Broadcasts", theme, frame, buffer);
    if list.broadcasts().is_empty() && list.is_loaded() {
        let says = "None yet · `smsdesk bulk` texts many at once";
        let mut pen = Pen::new(buffer, paint::line(inside, 0));
        pen.skip(2).words(says, theme.plain());
    }
    let rows = usize::from(inside.height.saturating_sub(2)).max(ROWS);
    let fits = (rows / ROWS).max(1);
    let first = list.chosen_at().saturating_sub(fits - 1);
    let shown = list.broadcasts().iter().enumerate().skip(first).take(fits);
    for (row, (at, held)) in (0..).zip(shown) {
        let place = u16::try_from(row * ROWS).unwrap_or(u16::MAX);
        let chosen = at == list.chosen_at();
        draw_one((held, chosen), theme, (inside, place), buffer);
    }
    paint::hints(
        (model.keymap.hints(Context::Broadcasts), 2),
        theme,
        inside,
        buffer,
    );
}

fn draw_one(
    (held, chosen): (&Broadcast, bool),
    theme: Theme,
    (inside, row): (Rect, u16),
    buffer: &mut Buffer,
) {
    let style = if chosen {
        theme.strong()
    } else {
        theme.plain()
    };
    let mark = if chosen { "▌ " } else { "  " };
    let state = match held.state {
        BroadcastState::Running => String::new(),
        other => format!("  {}", other.as_str()),
    };
    let why = held.why.as_deref().map(SafeText::line).unwrap_or_default();
    let mut pen = Pen::new(buffer, paint::line(inside, row));
    pen.words(mark, theme.key())
        .write(&SafeText::line(&held.name), style)
        .words(&state, theme.quiet())
        .words("  ", style)
        .write(&why, theme.bad());
    let (done, all) = (held.totals.done(), held.totals.all());
    let mut pen = Pen::new(buffer, paint::line(inside, row + 1));
    pen.skip(4)
        .words(&bar(held.percent(), BAR_CELLS), theme.plain())
        .words(&format!(" {done}/{all}  "), theme.plain())
        .words(&fared(&held.totals), theme.quiet());
}

//! What the name before the cursor could become, in a box above the text.

use crate::action::Action;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::composer::Composer;
use crate::model::geometry::{self, ChatPane};
use crate::view::paint::{self, Pen};
use crate::view::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::safe_text::SafeText;

/// Columns of the box with its frame: the longest name, the sign, and the blanks between.
const COLUMNS: u16 = 32;

/// Draws it over the foot of the texts, where something is offered.
pub(super) fn draw(
    model: &Model,
    composer: &Composer,
    theme: Theme,
    pane: ChatPane,
    buffer: &mut Buffer,
) {
    let offered = composer.emoji();
    let rows = u16::try_from(offered.len()).unwrap_or(0);
    let height = (rows + 2).min(pane.transcript.height);
    if rows == 0 || height < 3 {
        return;
    }
    let frame = Rect {
        x: pane.composer.x,
        y: pane.divider.y.saturating_sub(height),
        width: COLUMNS.min(pane.composer.width),
        height,
    };
    paint::clear(buffer, frame);
    let action = match model.writes_note() {
        true => (Context::Note, Action::CompleteName),
        false => (Context::Composer, Action::NextField),
    };
    let key = model.keymap.key_for(action.0, action.1).unwrap_or_default();
    let title = [(SafeText::line(&format!("{key} takes it")), theme.quiet())];
    paint::frame(
        buffer,
        frame,
        theme.frame(true),
        &title,
        &SafeText::default(),
    );
    let inside = geometry::inside(frame);
    let chosen = composer.emoji_at().min(offered.len().saturating_sub(1));
    let first = (chosen + 1).saturating_sub(usize::from(inside.height));
    let shown = offered.iter().enumerate().skip(first);
    for (n, (at, emoji)) in (0..inside.height).zip(shown) {
        let (bar, style) = match at == chosen {
            true => ("▌", theme.strong()),
            false => (" ", theme.plain()),
        };
        let mut pen = Pen::new(buffer, paint::line(inside, n));
        pen.words(bar, theme.selection())
            .words(&format!("{} ", emoji.sign), style)
            .words(&format!(":{}", emoji.name), style);
    }
}

//! The line on top: which views there are, how full they are, what today brought.

use super::paint::Pen;
use super::theme::Theme;
use crate::model::Model;
use crate::model::list::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::safe_text::SafeText;

/// Draws it.
pub(super) fn draw(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let slice = model.roster.slice();
    let (received, sent) = slice.today;
    let today = SafeText::line(&format!("today ↓{received} ↑{sent} "));
    let views = Rect {
        width: area.width.saturating_sub(width(&today) + 2),
        ..area
    };
    let mut pen = Pen::new(buffer, views);
    pen.words(" smsdesk", theme.strong())
        .words("  g", theme.key());
    for (n, (view, count)) in View::ALL.into_iter().zip(slice.counts).enumerate() {
        let name = SafeText::line(&name(view, count));
        let between = if n == 0 { " " } else { " · " };
        let current = view == model.roster.view();
        if pen.room() < name.width() + between.chars().count() {
            // A cut name helps nobody; the frame of the list names the current view anyway.
            break;
        }
        let style = if current {
            theme.strong()
        } else {
            theme.quiet()
        };
        pen.words(between, theme.quiet()).write(&name, style);
    }
    let mut pen = Pen::new(buffer, area);
    pen.leave(today.width()).write(&today, theme.quiet());
}

/// What is put away has a number only where there is something to come back to.
fn name(view: View, count: u32) -> String {
    match view {
        View::Done | View::All => view.title().to_owned(),
        _ if count == 0 => view.title().to_owned(),
        _ => format!("{} {count}", view.title()),
    }
}

fn width(text: &SafeText) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

//! The line on top: which views there are, how full they are, what today brought.

use super::list::view_title;
use super::paint::Pen;
use super::theme::Theme;
use crate::model::Model;
use crate::model::geometry::WIDE_COLUMNS_MIN;
use crate::model::list::View;
use crate::model::listing::ViewNumber;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::safe_text::SafeText;

/// Draws it.
pub(super) fn draw(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let slice = model.roster.slice();
    let (received, sent) = slice.today;
    let timed = match slice.timed {
        0 => String::new(),
        count => format!("◷ {count} timed · "),
    };
    let delivered = model.board.delivered_today(model.now, &model.setup.zone);
    let delivered = match delivered.filter(|_| area.width >= WIDE_COLUMNS_MIN) {
        None => String::new(),
        Some(share) => format!(" {} % delivered", share.percent()),
    };
    let today = SafeText::line(&format!("{timed}today ↓{received} ↑{sent}{delivered} "));
    let views = Rect {
        width: area.width.saturating_sub(width(&today) + 2),
        ..area
    };
    let mut pen = Pen::new(buffer, views);
    pen.words(" smsdesk", theme.strong())
        .words("  g", theme.key());
    for (n, (view, count)) in views_shown(model).into_iter().enumerate() {
        let name = SafeText::line(&name(model, view, count));
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

/// Every view with how many it holds. Those of one's own stand before those that have no number.
fn views_shown(model: &Model) -> Vec<(View, u32)> {
    let slice = model.roster.slice();
    let mut shown: Vec<(View, u32)> = View::ALL.into_iter().zip(slice.counts).collect();
    if model.setup.saved.is_empty() {
        return shown;
    }
    let uncounted = |(view, _): &(View, u32)| matches!(view, View::Done | View::All);
    let last: Vec<_> = shown.iter().copied().filter(uncounted).collect();
    shown.retain(|view| !uncounted(view));
    let counts = slice.saved.iter().copied().chain(std::iter::repeat(0));
    for (number, (_, count)) in (1..).zip(model.setup.saved.iter().zip(counts)) {
        shown.extend(ViewNumber::new(number).map(|number| (View::Saved(number), count)));
    }
    shown.extend(last);
    shown
}

/// What is put away has a number only where there is something to come back to. One of one's own
/// begins with the digit that leads to it.
fn name(model: &Model, view: View, count: u32) -> String {
    let title = view_title(model, view);
    let title = match view {
        View::Saved(number) => format!("{}:{title}", number.index() + 1),
        _ => title.to_owned(),
    };
    match view {
        View::Done | View::All => title,
        _ if count == 0 => title,
        _ => format!("{title} {count}"),
    }
}

fn width(text: &SafeText) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

//! Who did what: a row a deed, the newest first.

use super::overlay::middle;
use super::paint::{self, Pen};
use super::theme::Theme;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::audit::AuditLog;
use crate::model::geometry;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::audit::AuditRow;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::time::Timestamp;

/// The widest that it gets, in columns: an id and a few words fit.
const COLUMNS_MAX: u16 = 120;

/// Draws it.
pub(super) fn draw(model: &Model, log: &AuditLog, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let frame = middle(area, COLUMNS_MAX.min(area.width), area.height);
    paint::clear(buffer, frame);
    let title = [(SafeText::line("Who did what"), theme.strong())];
    let says = SafeText::line(log.says().unwrap_or_default());
    paint::frame(buffer, frame, theme.frame(true), &title, &says);
    let inside = geometry::inside(frame);
    let rows = inside.height.saturating_sub(2);
    for (line, row) in (0..rows).zip(log.rows().iter().skip(log.scroll())) {
        draw_row(model, row, theme, paint::line(inside, line), buffer);
    }
    paint::hints(
        (model.keymap.hints(Context::Audit), 2),
        theme,
        inside,
        buffer,
    );
}

fn draw_row(model: &Model, row: &AuditRow, theme: Theme, line: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, line);
    pen.skip(1)
        .words(&when(model, row.at), theme.quiet())
        .skip(2)
        .write(&SafeText::line(&row.words()), theme.plain());
}

/// `20 Nov 13:05` where the agent is; with the year where it is another one.
fn when(model: &Model, at: Timestamp) -> String {
    let there = |at: Timestamp| model.setup.zone.to_datetime(at.to_jiff());
    let (at, now) = (there(at), there(model.now));
    let form = if at.year() == now.year() {
        "%e %b %H:%M"
    } else {
        "%e %b %Y %H:%M"
    };
    at.strftime(form).to_string()
}

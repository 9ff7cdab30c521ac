//! The first start: two choices, or the line for an invite.

use super::paint::{self, Pen};
use super::theme::Theme;
use crate::model::editor::rows;
use crate::model::first_run::{Choice, FirstRun, Stage};
use crate::model::geometry;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use smsdesk_common::safe_text::SafeText;

/// Draws the first run. Where the cursor belongs, if it is to be seen.
pub fn view(model: &FirstRun, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let theme = Theme::new(model.colours);
    let width = area.width.min(64);
    let height = area.height.min(13);
    let frame = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    let title = [(SafeText::line("smsdesk"), theme.strong())];
    paint::frame(
        buffer,
        frame,
        theme.frame(true),
        &title,
        &SafeText::default(),
    );
    let inside = geometry::inside(frame);
    let cursor = match model.stage {
        Stage::Choosing => {
            choices(model, theme, inside, buffer);
            None
        }
        Stage::Invite => invite(model, theme, inside, buffer),
    };
    let mut pen = Pen::new(buffer, paint::line(inside, inside.height.saturating_sub(1)));
    for hint in model.keymap.hints(model.context()) {
        pen.skip(2)
            .words(&hint.key, theme.key())
            .words(&format!(" {}", hint.word), theme.quiet());
    }
    theme.lay_ground(buffer);
    cursor
}

fn choices(model: &FirstRun, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let says = "No relay is set up on this computer yet.";
    Pen::new(buffer, paint::line(area, 1))
        .skip(2)
        .words(says, theme.plain());
    let offers = [
        (
            Choice::Practice,
            "Practise",
            "made-up customers, no network, nothing stays behind",
        ),
        (
            Choice::Join,
            "Join a relay",
            "with the invite that your admin sent you",
        ),
    ];
    for (n, (choice, name, about)) in (0..).zip(offers) {
        let chosen = model.choice == choice;
        let bar = if chosen { "▌ " } else { "  " };
        let style = if chosen {
            theme.strong()
        } else {
            theme.plain()
        };
        let mut pen = Pen::new(buffer, paint::line(area, 3 + 3 * n));
        pen.skip(1).words(bar, theme.selection()).words(name, style);
        let mut pen = Pen::new(buffer, paint::line(area, 4 + 3 * n));
        pen.skip(1)
            .words(bar, theme.selection())
            .words(about, theme.quiet());
    }
}

fn invite(model: &FirstRun, theme: Theme, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let says = "Paste the invite, such as https://sms.example.com#CODE";
    Pen::new(buffer, paint::line(area, 1))
        .skip(2)
        .words(says, theme.plain());
    let field = Rect {
        x: area.x + 2,
        width: area.width.saturating_sub(4),
        ..area
    };
    let columns = usize::from(field.width.saturating_sub(1));
    let rows = rows(model.invite.text(), columns);
    let (row, column) = model.invite.position(&rows);
    // An invite longer than three rows is none; the rows around the cursor are shown.
    let first = (row + 1).saturating_sub(3);
    for (n, shown) in (3..6).zip(rows.iter().skip(first)) {
        let mut pen = Pen::new(buffer, paint::line(field, n));
        for cluster in &shown.clusters {
            pen.write(&cluster.safe(model.invite.text()), theme.strong());
        }
    }
    if let Some(problem) = &model.problem {
        let lines = SafeText::line(problem).wrap(usize::from(field.width));
        for (n, line) in (7..9).zip(&lines) {
            Pen::new(buffer, paint::line(field, n)).write(line, theme.bad());
        }
    }
    let below = u16::try_from(row - first).ok()?;
    Some(Position {
        x: field.x + u16::try_from(column).ok()?,
        y: field.y + 3 + below,
    })
}

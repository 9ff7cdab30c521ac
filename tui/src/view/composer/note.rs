//! The composer while it writes a private note: another heading, another line, a mark beside every
//! row, and no segments, so that nobody takes it for a text to the customer.

use super::draw_text;
use crate::action::Action;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::composer::Composer;
use crate::model::geometry::ChatPane;
use crate::model::timeline::Timeline;
use crate::model::transcript::Role;
use crate::view::paint::Pen;
use crate::view::presence;
use crate::view::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use smsdesk_common::safe_text::SafeText;

/// Says it in words, whatever the colours.
const HEADING: &str = "private note · the customer does not see it";

/// Draws it in place of the composer.
pub(super) fn draw(
    model: &Model,
    theme: Theme,
    frame: Rect,
    pane: ChatPane,
    buffer: &mut Buffer,
) -> Option<Position> {
    heading(model, theme, pane.divider, buffer);
    let note = model.note()?;
    let style = theme.role(Role::Note);
    for row in pane.composer.rows() {
        // The column between frame and text, which the rows of the timeline's notes have too.
        let mark = Rect {
            x: row.x.saturating_sub(1),
            width: 1,
            ..row
        };
        Pen::new(buffer, mark).words("┆", style);
    }
    let cursor = draw_text((model, note), (theme, style), frame, pane, buffer);
    super::emoji::draw(model, note, theme, pane, buffer);
    foot(model, note, theme, pane.counter, buffer);
    cursor
}

/// Which key goes on with a note that was kept; none without one.
pub(super) fn kept(model: &Model) -> Option<String> {
    model.note().filter(|note| note.has_draft())?;
    let key = model.keymap.key_for(Context::Chat, Action::Note)?;
    Some(format!(" · {key} goes on with the private note"))
}

fn heading(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let style = theme.role(Role::Note).add_modifier(Modifier::BOLD);
    let line = "┄".repeat(usize::from(area.width.saturating_sub(2)));
    Pen::new(buffer, area).words(&format!("├{line}┤"), style);
    let mut pen = Pen::new(buffer, area);
    pen.skip(2).words(&format!(" {HEADING} "), style);
    let here = model
        .timeline
        .as_ref()
        .map(Timeline::conversation)
        .and_then(|conversation| presence::sentence(model, conversation));
    // The heading is never cut for it.
    if let Some((words, _)) = here
        && words.width() + 4 <= pen.room()
    {
        pen.leave(words.width() + 4)
            .words(" ", style)
            .write(&words, theme.quiet())
            .words(" ", style);
    }
}

fn foot(model: &Model, note: &Composer, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let key = |action| model.keymap.teach(Context::Note, action);
    let (words, style) = match note.note_is_over() {
        0 => {
            let (save, leave) = (key(Action::SaveNote), key(Action::LeaveComposer));
            let words = format!("for colleagues only · {save} saves it · {leave} keeps it");
            (words, theme.role(Role::Note))
        }
        over => (format!("{over} characters too many"), theme.bad()),
    };
    let words = SafeText::line(&words);
    let mut pen = Pen::new(buffer, area);
    pen.leave(words.width()).write(&words, style);
}

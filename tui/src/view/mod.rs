//! Drawing: the model as it is, onto a buffer. Nothing is looked up, asked or changed here.

mod audit;
mod broadcasts;
mod bulk;
mod chat;
mod composer;
mod contact;
mod details;
mod first_run;
mod header;
mod line;
mod list;
mod overlay;
mod paint;
mod presence;
mod prompt;
mod search;
mod sending;
mod sheet;
mod stats;
mod status;
mod template;
mod theme;
mod timed;
mod watch;

#[cfg(test)]
mod tests;

pub use self::first_run::view as view_first_run;

use self::paint::Pen;
use self::theme::Theme;
use crate::model::Model;
use crate::model::geometry::{SMALLEST, is_large_enough};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

/// Draws the whole screen. Where the cursor belongs, if it is to be seen.
pub fn view(model: &Model, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let theme = Theme::new(model.setup.colours);
    let size = area.as_size();
    if !is_large_enough(size) || size != model.setup.size {
        too_small(size, theme, area, buffer);
        theme.lay_ground(buffer);
        return None;
    }
    let screen = model.screen();
    header::draw(model, theme, screen.header, buffer);
    list::draw(model, theme, screen.list, buffer);
    chat::draw(model, theme, screen.chat, buffer);
    let cursor = composer::draw(model, theme, screen.chat, buffer);
    status::draw_coach(model, theme, screen.coach, buffer);
    status::draw(model, theme, screen.status, buffer);
    overlay::draw_below(model, theme, area, buffer);
    contact::draw(model, theme, &screen, area, buffer);
    let typed = search::draw(model, theme, &screen, buffer);
    let asked = prompt::draw(model, theme, &screen, buffer);
    let written = sheet::draw(model, theme, buffer);
    overlay::draw(model, theme, area, buffer);
    theme.lay_ground(buffer);
    match model.prompt() {
        Some(_) => asked,
        None if model.finder().is_some() => typed,
        None if model.sheet().is_some() => written,
        None => cursor.filter(|_| model.overlays.is_empty()),
    }
}

fn too_small(size: Size, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let lines = [
        format!("smsdesk needs {} × {}.", SMALLEST.width, SMALLEST.height),
        format!("This window has {} × {}.", size.width, size.height),
    ];
    for (n, text) in (0..).zip(&lines) {
        Pen::new(buffer, paint::line(area, n)).words(text, theme.plain());
    }
}

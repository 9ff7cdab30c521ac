//! The reply that is offered, dim in the empty composer: no text of anybody's until it is taken.

use crate::action::Action;
use crate::input::context::Context;
use crate::model::composer::Composer;
use crate::model::{Focus, Model};
use crate::view::paint::Pen;
use crate::view::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::safe_text::SafeText;

/// The fewest columns in which words can be judged before they are taken.
const COLUMNS_MIN: usize = 20;

/// Draws it where nothing is written yet.
pub(super) fn draw(
    model: &Model,
    composer: &Composer,
    theme: Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    if model.focus == Focus::Composer && composer.editor().text().is_empty() {
        let mut pen = Pen::new(buffer, area);
        write(model, theme, &mut pen);
    }
}

/// Writes it behind what stands on the line.
pub(super) fn write(model: &Model, theme: Theme, pen: &mut Pen<'_>) {
    let Some(words) = model.suggestion() else {
        return;
    };
    let key = model.keymap.key_for(Context::Composer, Action::NextField);
    let taken = match (model.focus, key) {
        (Focus::Composer, Some(key)) => format!(" · {key} takes it"),
        _ => String::new(),
    };
    let taken = SafeText::line(&taken);
    let words = SafeText::line(&format!("suggested: {}", words.as_str()));
    let room = pen.room().saturating_sub(taken.width());
    if room >= COLUMNS_MIN {
        pen.write(&words.truncate_to_width(room), theme.quiet())
            .write(&taken, theme.quiet());
    }
}

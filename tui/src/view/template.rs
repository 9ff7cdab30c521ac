//! What the chosen template would be as a text, above the picker.

use super::paint::{self, Pen};
use super::theme::Theme;
use crate::model::Model;
use crate::model::geometry;
use crate::model::prompt::{Prompt, PromptKind, Value};
use crate::model::templates::{fill, whom};
use crate::model::timeline::Timeline;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::segments::{Encoding, Segments};

/// The most lines of the text: ten segments of it.
const TEXT_ROWS_MAX: u16 = 12;
/// The lines of the text that the picker makes room for on a small screen.
const TEXT_ROWS_KEPT: u16 = 3;
/// A frame and the line with what the text takes.
const FIXED_ROWS: u16 = 3;

/// How many rows the candidates of a prompt take: those of the picker leave room for the text.
pub(super) fn rows(prompt: &Prompt, body: Rect) -> usize {
    let rows = prompt.rows();
    match prompt.kind() {
        PromptKind::Template { .. } | PromptKind::Templates => {
            let taken = geometry::PROMPT_FIXED_ROWS + FIXED_ROWS + TEXT_ROWS_KEPT;
            rows.min(usize::from(body.height.saturating_sub(taken).max(1)))
        }
        _ => rows,
    }
}

/// Draws it between `body`'s top and the picker's frame, as far as there is room.
pub(super) fn draw(model: &Model, theme: Theme, body: Rect, picker: Rect, buffer: &mut Buffer) {
    let room = picker.y.saturating_sub(body.y);
    let Some((text, takes)) = model.prompt().and_then(|prompt| preview(model, prompt)) else {
        return;
    };
    if room <= FIXED_ROWS {
        return;
    }
    let columns = usize::from(picker.width.saturating_sub(4));
    let lines: Vec<SafeText> = text
        .lines()
        .flat_map(|line| SafeText::line(line).wrap(columns))
        .collect();
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).max(1);
    let rows = rows.min(TEXT_ROWS_MAX).min(room - FIXED_ROWS);
    let frame = Rect {
        y: picker.y - rows - FIXED_ROWS,
        height: rows + FIXED_ROWS,
        ..picker
    };
    paint::clear(buffer, frame);
    let title = [(SafeText::line("The text"), theme.strong())];
    paint::frame(
        buffer,
        frame,
        theme.frame(false),
        &title,
        &SafeText::default(),
    );
    let inside = geometry::inside(frame);
    for (n, line) in (0..rows).zip(&lines) {
        Pen::new(buffer, paint::line(inside, n))
            .skip(1)
            .write(line, theme.plain());
    }
    let takes = SafeText::line(&takes).truncate_to_width(columns);
    Pen::new(buffer, paint::line(inside, rows))
        .skip(1)
        .write(&takes, theme.quiet());
}

/// The text of the chosen template and what it takes: encoding, segments, what is to be filled in.
fn preview(model: &Model, prompt: &Prompt) -> Option<(String, String)> {
    let conversation = match prompt.kind() {
        PromptKind::Template { conversation, .. } => Some(*conversation),
        PromptKind::Templates => model.timeline.as_ref().map(Timeline::conversation),
        _ => return None,
    };
    let Value::Template(id) = prompt.chosen()?.value else {
        return None;
    };
    let template = model.templates.get(id)?;
    let contact = conversation.and_then(|conversation| whom(model, conversation));
    let company = model.templates.shelf.company.as_deref();
    match fill(
        template,
        contact.as_deref(),
        model.setup.me.as_ref(),
        company,
    ) {
        Ok(filled) => {
            let counted = Segments::of(&filled.text);
            let encoding = match counted.encoding {
                Encoding::Gsm7 => "GSM-7",
                Encoding::Ucs2 => "UCS-2",
            };
            let number = match counted.segments {
                1 => "1 segment".to_owned(),
                more => format!("{more} segments"),
            };
            let missing = match filled.missing.as_slice() {
                [] => String::new(),
                names => format!(" · to fill in: {}", names.join(", ")),
            };
            Some((filled.text, format!("{encoding} · {number}{missing}")))
        }
        Err(error) => Some((template.body.clone(), format!("no template: {error}"))),
    }
}

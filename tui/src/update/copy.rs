//! Copying to the clipboard, through the terminal.

use super::{list, screens};
use crate::effect::{Effect, Outward};
use crate::model::Model;
use crate::model::overlay::Level;
use crate::model::timeline::Timeline;
use smsdesk_common::safe_text::SafeText;

/// The longest copy, in bytes: terminals take 74 KiB and more, multiplexers less, and a text has at
/// most 1,600 characters.
const COPY_BYTES_MAX: usize = 16 * 1024;

/// Copies the customer's newest text on the screen.
pub(super) fn text(model: &mut Model, effects: &mut Vec<Effect>) {
    list::follow(model, effects);
    let height = usize::from(model.setting().height);
    let item = model.timeline.as_ref().and_then(|t| t.text_to_copy(height));
    match item.map(|item| SafeText::block(&item.entry.body).into_string()) {
        Some(text) => copy(model, &text, effects),
        None => screens::notice(model, Level::Info, "There is no text here to copy"),
    }
}

/// Copies the number, as programs write it.
pub(super) fn number(model: &mut Model, effects: &mut Vec<Effect>) {
    list::follow(model, effects);
    let row = model.timeline.as_ref().and_then(Timeline::row);
    let number = row.map(|row| SafeText::line(row.conversation.address.as_str()).into_string());
    match number {
        Some(number) => copy(model, &number, effects),
        None => screens::nobody(model),
    }
}

fn copy(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    let text = &text[..text.floor_char_boundary(COPY_BYTES_MAX)];
    let characters = match text.chars().count() {
        1 => "1 character".to_owned(),
        more => format!("{more} characters"),
    };
    effects.push(Effect::Tell(Outward::Copy(text.to_owned())));
    screens::notice(model, Level::Info, &format!("Copied {characters}"));
}

//! The line under the text: what it takes, why, and what it costs.

use crate::action::Action;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::composer::{Composer, Count, Forced, Warned};
use crate::model::timeline::Timeline;
use crate::view::theme::Theme;
use ratatui::style::Style;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::segments::{BODY_CHARACTERS_MAX, Encoding};

/// `GSM-7 · 33/160 · 1 segment · Enter sends`. Where there is no room for all of it, what is known
/// anyway goes first; what the text takes stays.
pub(super) fn words(
    model: &Model,
    composer: &Composer,
    theme: Theme,
    room: usize,
) -> (SafeText, Style) {
    let count = composer.count();
    if count.characters > BODY_CHARACTERS_MAX {
        return (too_long(model, &count, room), theme.bad());
    }
    let pieces = Pieces::of(model, composer, &count);
    let style = match count.forced_by {
        Some(_) => theme.waiting(),
        None => theme.quiet(),
    };
    (pieces.fitting(room), style)
}

/// A text of many segments was not sent: what it takes, and what Enter does now.
pub(super) fn warning(model: &Model, warned: Warned, room: usize) -> SafeText {
    let segments = warned.segments;
    let price = price(model, segments);
    let key = key(model, Action::Send);
    fitting(
        &[
            format!("not sent yet: {segments} segments{price} · {key} sends it, or shorten it"),
            format!("not sent yet: {segments} segments{price} · {key} sends it"),
            format!("{segments} segments{price} · {key} sends it"),
            format!("{segments} segments · {key} sends it"),
        ],
        room,
    )
}

fn too_long(model: &Model, count: &Count, room: usize) -> SafeText {
    let over = count.characters - BODY_CHARACTERS_MAX;
    let key = key(model, Action::SplitText);
    fitting(
        &[
            format!(
                "{over} characters too many: {BODY_CHARACTERS_MAX} is the end · {key} splits it"
            ),
            format!("{over} characters too many · {key} splits it"),
        ],
        room,
    )
}

/// What the line is made of.
struct Pieces {
    encoding: &'static str,
    /// The character that forces UCS-2, in three lengths.
    because: [String; 3],
    repair: String,
    /// How full the segment at hand is.
    meter: String,
    number: String,
    price: String,
    misspelt: String,
    sends: String,
}

impl Pieces {
    fn of(model: &Model, composer: &Composer, count: &Count) -> Self {
        let segments = count.segments;
        let encoding = match segments.encoding {
            Encoding::Ucs2 => "UCS-2",
            Encoding::Gsm7 => "GSM-7",
        };
        let number = match segments.segments {
            1 => "1 segment".to_owned(),
            more => format!("{more} segments"),
        };
        let (used, capacity) = (segments.units_in_segment, segments.segment_capacity());
        let repair = match count.forced_by {
            Some(forced) if forced.can_be_gsm7 => {
                format!(" · {} replaces", key(model, Action::MakeGsm7))
            }
            _ => String::new(),
        };
        Self {
            encoding,
            because: because(count, &number),
            repair,
            meter: format!("{used}/{capacity}"),
            number,
            price: price(model, segments.segments),
            misspelt: misspelt(model, composer),
            sends: format!(" · {} sends", key(model, Action::Send)),
        }
    }

    fn fitting(&self, room: usize) -> SafeText {
        let Self {
            encoding,
            because: [long, short, shortest],
            repair,
            meter,
            number,
            price,
            misspelt,
            sends,
        } = self;
        let takes = format!("{meter} · {number}");
        let choices = match long.is_empty() {
            true => vec![
                format!("{encoding} · {takes}{price}{misspelt}{sends}"),
                format!("{encoding} · {takes}{price}{misspelt}"),
                format!("{encoding} · {takes}{price}"),
                format!("{encoding} · {takes}"),
            ],
            false => {
                // Where the reason says how many segments it makes, nothing has to say it again.
                let end = match long.contains(number.as_str()) {
                    true => meter,
                    false => &takes,
                };
                vec![
                    format!("{long}{repair}{price}{misspelt} · {end}{sends}"),
                    format!("{long}{repair}{price}{misspelt} · {end}"),
                    format!("{long}{repair}{price} · {end}"),
                    format!("{long}{repair} · {end}"),
                    format!("{short}{repair} · {takes}"),
                    format!("{short} · {takes}"),
                    format!("{shortest} · {takes}"),
                ]
            }
        };
        fitting(&choices, room)
    }
}

/// Which character forces UCS-2, where it stands, and what that costs.
fn because(count: &Count, number: &str) -> [String; 3] {
    let Some(Forced {
        character,
        at,
        segments_in_gsm7,
        ..
    }) = count.forced_by
    else {
        return Default::default();
    };
    let more = match segments_in_gsm7 < count.segments.segments {
        true => format!(": {number}, not {segments_in_gsm7}"),
        false => String::new(),
    };
    [
        format!("{character} at {at} makes it UCS-2{more}"),
        format!("UCS-2 because of {character} at {at}"),
        format!("UCS-2: {character}"),
    ]
}

/// The misspelt word that the key beside it puts right, but not while it is being typed: words say
/// what an underline does, for terminals that draw none.
fn misspelt(model: &Model, composer: &Composer) -> String {
    let editor = composer.editor();
    let (text, cursor) = (editor.text(), editor.cursor());
    let meant = model.spelling.meant(text, cursor);
    let meant = meant.filter(|place| place.end != cursor);
    let word = meant.and_then(|place| text.get(place));
    word.map_or_else(String::new, |word| {
        format!(" · {word}? {}", key(model, Action::CorrectWord))
    })
}

/// What so many segments cost to this customer; empty where no price is known.
fn price(model: &Model, segments: u32) -> String {
    let row = model.timeline.as_ref().and_then(Timeline::row);
    let price = row.and_then(|row| {
        let prices = &model.setup.aids.prices;
        prices.of(&row.conversation.address, segments)
    });
    price.map_or_else(String::new, |price| format!(" · ≈ {price}"))
}

fn key(model: &Model, action: Action) -> String {
    let key = model.keymap.key_for(Context::Composer, action);
    key.unwrap_or_default()
}

fn fitting(choices: &[String], room: usize) -> SafeText {
    let mut safe = choices.iter().map(|text| SafeText::line(text));
    let last = choices.last().map(|text| SafeText::line(text));
    safe.find(|text| text.width() <= room)
        .or(last)
        .unwrap_or_default()
}

//! Masking: every letter by another of its kind, so that a screen keeps its shape and says nothing.
//!
//! Pure. What is not known to be harmless is masked.

use crate::event::Event;
use crate::input::key::{Code, Key};
use crate::model::batch::{Deed, Wish};
use crate::model::listing::SavedView;
use crate::model::macros::Macro;
use crate::model::tools::Tools;
use crate::model::triage::Act;
use serde_json::{Map, Value};
use smsdesk_common::broadcast::{BroadcastState, RecipientState};
use smsdesk_common::filter::Filter;
use smsdesk_common::safe_text::SafeText;
use unicode_width::UnicodeWidthChar as _;
use uuid::Uuid;

/// Fields whose texts are names out of a closed list, or ids; the layout and the logic need them.
const KEPT: &[&str] = &[
    "author",
    "capabilities",
    "code",
    "colours",
    "desktop",
    "home",
    "kinds",
    "mouse",
    "content_type",
    "did",
    "dids",
    "Connection",
    "direction",
    "entry_kind",
    "kind",
    "level",
    "local",
    "origin",
    "reach",
    "role",
    "sorting",
    "status",
    "view",
    "what",
    "way",
    "Window",
    "NothingToTurn",
    "act",
    "by",
    "from",
    "stretch",
    "to",
];

/// Fields with an address of somebody: only digits are masked, and not those that say how the
/// number is written.
const ADDRESSES: &[&str] = &["address", "line", "sid"];

/// How much of an address says how it is written: `+1305`.
const ADDRESS_HEAD_CHARACTERS: usize = 5;

/// An event as JSON, masked.
///
/// # Errors
/// The event has no form as JSON.
pub(super) fn masked(event: &Event) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(event)?;
    // A unit variant is a name of ours.
    if !value.is_string() {
        mask(&mut value, "");
    }
    Ok(value)
}

fn mask(value: &mut Value, field: &str) {
    match value {
        Value::String(text) => *text = text_of(field, text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, field)),
        Value::Object(fields) => mask_fields(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn mask_fields(fields: &mut Map<String, Value>) {
    // What was changed stands under one name, whether it is a state of ours or words of theirs.
    let theirs = |what: &Value| what == "labels" || what == "flag_reason";
    let theirs = fields.get("what").is_some_and(theirs);
    for (field, value) in fields {
        let changed = theirs && (field == "from" || field == "to");
        // They were masked where they were taken; the names in them are ours.
        match field.as_str() {
            "tools" => {}
            "Settings" => mask_setting(value, ""),
            _ if changed => mask(value, ""),
            _ => mask(value, field),
        }
    }
}

/// What is set: times, zones and names out of closed lists, without which the rest is none; and what
/// the company is called.
fn mask_setting(value: &mut Value, field: &str) {
    let is_time = |text: &str| smsdesk_common::time::Timestamp::parse_rfc3339(text).is_ok();
    let of_ours = |text: &str| is_time(text) || text.split([' ', ',']).all(is_name);
    let of_ours = |text: &str| field != "company" && of_ours(text);
    match value {
        Value::String(text) if of_ours(text) => {}
        Value::String(text) => *text = words(text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_setting(item, field)),
        Value::Object(fields) => {
            for (field, value) in fields {
                mask_setting(value, field);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn text_of(field: &str, text: &str) -> String {
    if ADDRESSES.contains(&field) {
        return address(text);
    }
    if field == "narrowed" {
        // What is left is a filter still, whatever it was: a bare word.
        return words(text).replace([':', '"'], "x");
    }
    if let (true, Some(name)) = (field == "author", text.strip_prefix("automation:")) {
        return format!("automation:{}", words(name));
    }
    // A field of a contact may be called so, too.
    let of_ours = match field {
        "state" => BroadcastState::parse(text).is_some() || RecipientState::parse(text).is_some(),
        "action" => matches!(text, "pause" | "resume" | "cancel"),
        "outcome" => matches!(text, "Begun" | "Changed"),
        _ => false,
    };
    // A key was looked at where it was typed.
    let harmless = of_ours
        || field == "Char"
        || text.parse::<Uuid>().is_ok()
        || smsdesk_common::time::Timestamp::parse_rfc3339(text).is_ok()
        || (KEPT.contains(&field) && is_name(text));
    match harmless {
        true => text.to_owned(),
        false => words(text),
    }
}

/// A name of a closed list, or one with an id behind it: `agent:01890…`.
fn is_name(text: &str) -> bool {
    let of_ours = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '/');
    text.len() <= 64 && text.chars().all(of_ours)
}

fn address(text: &str) -> String {
    // The prefix of another channel comes first.
    let start = text.find('+').unwrap_or(0);
    let head = start + ADDRESS_HEAD_CHARACTERS;
    let masked = text.chars().enumerate().map(|(at, c)| match c {
        // Zeros would be no number of any country, and be written in another way.
        '0'..='9' if at >= head => '5',
        c => c,
    });
    masked.collect()
}

/// Keys, macros and views without the words in them: a screen of the same layout comes of them, and
/// what a macro does to whom is not told.
pub fn tools(tools: Tools) -> Tools {
    let macros = tools.keymap.macros().iter().map(|named| Macro {
        name: words(&named.name),
        deed: deed(&named.deed),
        ..named.clone()
    });
    let macros = macros.collect();
    let views = tools.saved.into_iter().map(|view| SavedView {
        name: words(&view.name),
        // The rows that it held are in the recording.
        filter: Filter::default(),
        ..view
    });
    Tools {
        keymap: tools.keymap.with_macros(macros),
        saved: views.collect(),
        left_out: tools.left_out.iter().map(|told| words(told)).collect(),
    }
}

fn deed(deed: &Deed) -> Deed {
    let all = |labels: &[String]| labels.iter().map(|label| words(label)).collect();
    let wish = |wish: &Wish| match wish {
        Wish::AssignTo(name) => Wish::AssignTo(words(name)),
        Wish::Act(Act::Label { on, off }) => Wish::Act(Act::Label {
            on: all(on),
            off: all(off),
        }),
        Wish::Act(Act::FlagBecause(why)) => Wish::Act(Act::FlagBecause(why.as_deref().map(words))),
        Wish::Act(_) | Wish::SnoozeUntil(_) => wish.clone(),
    };
    Deed {
        wishes: deed.wishes.iter().map(wish).collect(),
        then: deed.then,
    }
}

/// A text with every letter and digit replaced by one of its kind: of the same width, the same case,
/// and the same encoding in a segment.
pub fn words(text: &str) -> String {
    text.chars().map(letter).collect()
}

fn letter(c: char) -> char {
    // What is shown by its number is no letter of anybody's words.
    let shown = SafeText::line(c.encode_utf8(&mut [0; 4])).width();
    if shown != c.width().unwrap_or(0) {
        return c;
    }
    match (c, c.width()) {
        ('a'..='z', _) => 'x',
        ('A'..='Z', _) => 'X',
        ('0'..='9', _) => '0',
        // What has no width of its own belongs to the letter before it.
        (_, None | Some(0)) | ('\u{ff9e}' | '\u{ff9f}', _) => c,
        ('à' | 'è' | 'é' | 'ì' | 'ò' | 'ù' | 'ä' | 'ö' | 'ü' | 'ñ' | 'ß' | 'å' | 'ø' | 'æ', _) => {
            'à'
        }
        ('Ä' | 'Ö' | 'Ü' | 'Ñ' | 'É' | 'Å' | 'Ø' | 'Æ' | 'Ç', _) => 'Ä',
        (c, Some(2)) if c.is_alphanumeric() => '字',
        ('\u{590}'..='\u{8ff}', _) if c.is_alphabetic() => 'א',
        (c, _) if c.is_uppercase() => 'Ж',
        (c, _) if c.is_alphanumeric() => 'ж',
        (c, _) => c,
    }
}

/// A key without its letter.
pub(super) fn key(key: Key) -> Key {
    match (key.code, key.text()) {
        (Code::Char(_), Some(c)) => Key {
            code: Code::Char(letter(c)),
            ..key
        },
        _ => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_and_digits_are_replaced_and_the_shape_stays() {
        for (text, masked) in [
            ("Hi Maria, 4471!", "Xx Xxxxx, 0000!"),
            ("Ünter Москва 東京 שלום 🙏", "Äxxxx Жжжжжж 字字 אאאא 🙏"),
            ("\u{115f}", "\u{115f}"),
            ("", ""),
        ] {
            assert_eq!(words(text), masked);
        }
        assert_eq!(address("+13055550101"), "+13055555555");
        assert_eq!(address("whatsapp:+13055550101"), "whatsapp:+13055555555");
    }

    proptest! {
        #[test]
        fn a_masked_text_has_the_width_and_the_encoding_of_its_own(text in "\\PC{0,80}") {
            let masked = words(&text);
            prop_assert_eq!(words(&masked), masked.clone());
            prop_assert_eq!(masked.chars().count(), text.chars().count());
            for (own, other) in text.chars().zip(masked.chars()) {
                let width = |c: char| SafeText::line(&c.to_string()).width();
                prop_assert_eq!(width(own), width(other), "{:?} {:?}", own, other);
                let kept = own == other && own.is_ascii_alphanumeric();
                prop_assert!(!kept || matches!(own, 'x' | 'X' | '0'));
            }
        }
    }
}

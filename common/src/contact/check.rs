//! What a contact can hold.

use crate::api::contacts::Details;
use crate::triage;

/// The longest name, in characters: a header shows less.
pub const NAME_CHARACTERS_MAX: usize = 120;
/// The most addresses of one person: phones at home, at work, on other channels.
pub const ADDRESSES_MAX: usize = 16;
/// The most fields of one's own: more is another program's work.
pub const FIELDS_MAX: usize = 32;
/// The longest name of a field, in characters: it stands beside its value.
pub const FIELD_NAME_CHARACTERS_MAX: usize = 40;
/// The longest value of a field, in characters: a line or two of a panel.
pub const FIELD_CHARACTERS_MAX: usize = 500;
/// The longest notes, in characters: as a note in a conversation.
pub const NOTES_CHARACTERS_MAX: usize = 4_000;
/// The longest name of a time zone: the IANA's longest has 32.
pub const ZONE_CHARACTERS_MAX: usize = 64;
/// The longest language tag that RFC 5646 (4.4.1) asks programs to keep.
pub const LANGUAGE_CHARACTERS_MAX: usize = 35;

/// Why details cannot be kept: which field, and what was expected. None where they can.
pub fn unfit(details: &Details) -> Option<String> {
    let Details {
        name,
        addresses,
        fields,
        notes,
        labels,
        time_zone,
        language,
    } = details;
    let line = |field: &str, text: &Option<String>, most: usize| {
        let why = unfit_line(text.as_deref()?, most)?;
        Some(format!("`{field}` {why}"))
    };
    line("name", name, NAME_CHARACTERS_MAX)
        .or_else(|| unfit_addresses(addresses))
        .or_else(|| unfit_fields(fields.iter().map(|(name, value)| (name, value.as_str()))))
        .or_else(|| unfit_notes(notes.as_deref()?))
        .or_else(|| Some(format!("`labels` {}", triage::unfit(labels)?)))
        .or_else(|| unfit_zone(time_zone.as_deref()?))
        .or_else(|| unfit_language(language.as_deref()?))
}

/// What a stranger calls themselves, as a name that can be kept: one line, and no longer than others.
/// None where nothing of it is left.
pub fn called(name: &str) -> Option<String> {
    let blank = |c: char| if c.is_control() { ' ' } else { c };
    let name: String = name.chars().map(blank).collect();
    let words: Vec<_> = name.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(NAME_CHARACTERS_MAX).collect();
    Some(name.trim_end().to_owned()).filter(|name| !name.is_empty())
}

fn unfit_addresses(addresses: &[String]) -> Option<String> {
    (addresses.len() > ADDRESSES_MAX).then(|| {
        format!(
            "`addresses` has {}, expected at most {ADDRESSES_MAX}",
            addresses.len()
        )
    })
}

fn unfit_fields<'a>(fields: impl Iterator<Item = (&'a String, &'a str)>) -> Option<String> {
    let mut count = 0;
    for (name, value) in fields {
        count += 1;
        if let Some(why) = unfit_line(name, FIELD_NAME_CHARACTERS_MAX) {
            return Some(format!("`fields`: a name {why}"));
        }
        let characters = value.chars().count();
        if characters > FIELD_CHARACTERS_MAX {
            return Some(format!(
                "`fields`: {name} has {characters} characters, expected at most \
                 {FIELD_CHARACTERS_MAX}"
            ));
        }
        if value.chars().any(char::is_control) {
            return Some(format!("`fields`: {name} holds a control character"));
        }
    }
    (count > FIELDS_MAX).then(|| format!("`fields` has {count}, expected at most {FIELDS_MAX}"))
}

fn unfit_notes(notes: &str) -> Option<String> {
    let characters = notes.chars().count();
    if characters > NOTES_CHARACTERS_MAX {
        return Some(format!(
            "`notes` has {characters} characters, expected at most {NOTES_CHARACTERS_MAX}"
        ));
    }
    let control = |c: char| c.is_control() && c != '\n';
    notes
        .chars()
        .any(control)
        .then(|| "`notes` holds a control character".to_owned())
}

/// The form of a name in the IANA's database; whether there is such a zone, the relay knows.
fn unfit_zone(zone: &str) -> Option<String> {
    let fits = zone.len() <= ZONE_CHARACTERS_MAX
        && zone.starts_with(|c: char| c.is_ascii_alphabetic())
        && zone
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+'));
    (!fits).then(|| "`time_zone`: expected an IANA name such as America/New_York".to_owned())
}

/// The form of RFC 5646 (2.1), without asking what each part means.
fn unfit_language(tag: &str) -> Option<String> {
    let mut parts = tag.split('-');
    let first = parts.next().is_some_and(|it| {
        (2..=8).contains(&it.len()) && it.chars().all(|c| c.is_ascii_alphabetic())
    });
    let rest = parts
        .all(|it| (1..=8).contains(&it.len()) && it.chars().all(|c| c.is_ascii_alphanumeric()));
    let fits = first && rest && tag.len() <= LANGUAGE_CHARACTERS_MAX;
    (!fits).then(|| "`language`: expected a tag such as en or es-MX".to_owned())
}

fn unfit_line(text: &str, most: usize) -> Option<String> {
    let characters = text.trim().chars().count();
    if characters == 0 {
        Some("is empty, expected words or null".to_owned())
    } else if characters > most {
        Some(format!(
            "has {characters} characters, expected at most {most}"
        ))
    } else if text.chars().any(char::is_control) {
        Some("holds a control character".to_owned())
    } else {
        None
    }
}

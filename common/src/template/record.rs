//! A template as a record: what the team keeps of it.

use crate::ids::{AgentId, Seq, TemplateId};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest name, in characters: it must fit a line of the picker.
pub const NAME_CHARACTERS_MAX: usize = 60;
/// The longest name of a folder, in characters.
pub const FOLDER_CHARACTERS_MAX: usize = 40;
/// The longest short name, in characters: longer ones are no shortcut.
pub const SHORTCUT_CHARACTERS_MAX: usize = 20;
/// The longest body before it is filled in, in characters: what can be sent, and room for names.
pub const BODY_CHARACTERS_MAX: usize = 4_000;
/// The most languages beside the first one.
pub const TRANSLATIONS_MAX: usize = 20;
/// The longest tag of a language, in bytes (RFC 5646, 4.4.1).
pub const LANGUAGE_BYTES_MAX: usize = 35;

/// A text that is written once and sent often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Template {
    /// Stays the same when the name changes.
    pub id: TemplateId,
    /// The commit that last touched this record.
    pub seq: Seq,
    /// Its name; unique among those that an agent can choose from.
    pub name: String,
    /// A name that no edit changes, by which automation finds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// A short name to find it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortcut: Option<String>,
    /// Where it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Whose own it is; none for the team's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AgentId>,
    /// The words where no language fits better.
    pub body: String,
    /// The words by the tag of their language, such as `es` or `pt-BR`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<String, String>,
    /// How many texts were sent that name it.
    #[serde(default)]
    pub uses: u32,
    /// When the last one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// The commit that last changed what it says; being used does not count.
    pub edited_seq: Seq,
    /// When that was.
    pub edited_at: Timestamp,
    /// Who did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<AgentId>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Template {
    /// Whether `agent` can choose it.
    #[must_use]
    pub fn is_for(&self, agent: AgentId) -> bool {
        self.owner.is_none_or(|owner| owner == agent)
    }

    /// The words for somebody who reads `language`: those of the tag, else of the same language
    /// elsewhere, else the first ones.
    #[must_use]
    pub fn body_in(&self, language: Option<&str>) -> &str {
        body_in(&self.body, &self.translations, language)
    }
}

/// Of words and their translations those for somebody who reads `language`; see
/// [`Template::body_in`].
#[must_use]
pub fn body_in<'a>(
    body: &'a str,
    translations: &'a BTreeMap<String, String>,
    language: Option<&str>,
) -> &'a str {
    let Some(language) = language else {
        return body;
    };
    let exact = translations
        .iter()
        .find(|(tag, _)| tag.eq_ignore_ascii_case(language));
    let near = || {
        let same = |tag: &&String| primary(tag).eq_ignore_ascii_case(primary(language));
        let bare = translations.keys().filter(same).min_by_key(|tag| tag.len());
        bare.and_then(|tag| translations.get_key_value(tag))
    };
    exact.or_else(near).map_or(body, |(_, body)| body)
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// Whether `tag` has the form of a language tag: parts of 1 to 8 letters and digits, the first of
/// two or three letters.
#[must_use]
pub fn is_language(tag: &str) -> bool {
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let first = primary(tag);
    tag.len() <= LANGUAGE_BYTES_MAX
        && (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && tag.split('-').all(is_part)
}

/// Why a template cannot be kept: the field, and what was expected of it.
#[must_use]
pub fn unfit(template: &Template) -> Option<String> {
    let named = [
        ("name", Some(template.name.as_str()), NAME_CHARACTERS_MAX),
        (
            "shortcut",
            template.shortcut.as_deref(),
            SHORTCUT_CHARACTERS_MAX,
        ),
        ("folder", template.folder.as_deref(), FOLDER_CHARACTERS_MAX),
    ];
    for (field, text, most) in named {
        if text.is_some_and(|text| !is_title(text, most)) {
            return Some(format!(
                "`{field}`: expected 1 to {most} printable characters without spaces at the ends"
            ));
        }
    }
    if template
        .shortcut
        .as_deref()
        .is_some_and(|text| text.contains(char::is_whitespace))
    {
        return Some("`shortcut`: expected a word without spaces".to_owned());
    }
    if template.translations.len() > TRANSLATIONS_MAX {
        return Some(format!(
            "`translations`: expected at most {TRANSLATIONS_MAX}"
        ));
    }
    if let Some(tag) = template.translations.keys().find(|tag| !is_language(tag)) {
        return Some(format!(
            "`translations`: {tag:?} is no language, expected a tag such as `es` or `pt-BR`"
        ));
    }
    let first = std::iter::once(("`body`".to_owned(), &template.body));
    let others = template.translations.iter();
    let others = others.map(|(tag, body)| (format!("`translations`, {tag}"), body));
    first
        .chain(others)
        .find_map(|(field, body)| unfit_body(&field, body))
}

fn is_title(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

fn unfit_body(field: &str, body: &str) -> Option<String> {
    let characters = body.chars().count();
    if body.trim().is_empty() {
        return Some(format!("{field}: expected some words"));
    }
    if characters > BODY_CHARACTERS_MAX {
        return Some(format!(
            "{field}: has {characters} characters, expected at most {BODY_CHARACTERS_MAX}"
        ));
    }
    super::check(body)
        .err()
        .map(|error| format!("{field}: {error}"))
}

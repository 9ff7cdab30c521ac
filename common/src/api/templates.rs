//! `/v1/templates`: texts that are written once and sent often.

use crate::described::Of;
use crate::ids::{ContactId, ConversationId, RequestId, Seq, TemplateId};
use crate::record::Record;
use crate::segments::Encoding;
use crate::template::Template;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who can choose a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TemplateScope")]
pub enum Scope {
    /// Everybody.
    #[default]
    Team,
    /// Whoever made it.
    Mine,
}

/// What a template says, as whoever writes it gives it. Limits are in [`crate::template`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateContent {
    /// Its name; unique among those that an agent can choose from.
    pub name: String,
    /// The words where no language fits better.
    pub body: String,
    /// The words by the tag of their language, such as `es` or `pt-BR`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<String, String>,
    /// A short name to find it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortcut: Option<String>,
    /// Where it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Who can choose it.
    #[serde(default)]
    pub scope: Scope,
}

/// `POST /v1/templates`. Answered 201 with the record, 200 where the id came before with the same
/// content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MakeTemplate {
    /// The template's id, chosen by the client, so that repeating the request is harmless. Without
    /// it the relay chooses one, and a repeat is refused for its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<TemplateId>,
    /// What it says.
    #[serde(flatten)]
    pub content: TemplateContent,
}

/// `PUT /v1/templates/{id}`: everything that the template says, in place of what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplaceTemplate {
    /// The request's id, chosen by the client, so that repeating the request is harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RequestId>,
    /// What it says.
    #[serde(flatten)]
    pub content: TemplateContent,
    /// Only where nobody edited it after this position. Being used is no edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_seq: Option<Seq>,
}

/// `GET /v1/templates`: a page, the last touched first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TemplatePage {
    /// Each with its `kind` as in the feed.
    #[schemars(with = "Vec<Of<Template>>")]
    pub templates: Vec<Record>,
    /// `cursor` of the next page; none on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// `POST /v1/templates/seed`: the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TemplatesSeeded")]
pub struct Seeded {
    /// How many were not there before.
    pub made: u32,
    /// All of them, as they are by now.
    #[schemars(with = "Vec<Of<Template>>")]
    pub templates: Vec<Record>,
}

/// `POST /v1/templates/preview`: what would be sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PreviewTemplate")]
pub struct Preview {
    /// The words; exactly one of `body` and `template`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// A template of the relay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateId>,
    /// Values by the names of their variables, over those that are known of the contact, of the
    /// caller and of the company; see [`crate::template::Variables::from_json`].
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub variables: serde_json::Map<String, serde_json::Value>,
    /// Whom it would go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// Where it would go; stands for its contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// The tag of the language to take of a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// The answer to [`Preview`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TemplatePreview")]
pub struct Previewed {
    /// The text; an expression that lacks a value stands in it as it was written.
    pub text: String,
    /// Names without a value, in the order of the text.
    pub missing: Vec<String>,
    /// Those of them that begin like one of ours and are none, so that no value ever comes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// How the text would be written on the air.
    pub encoding: Encoding,
    /// How many segments it would take.
    pub segments: u32,
    /// Its length in the units of the encoding.
    pub units: u32,
    /// Its length as people count it; see [`crate::segments::Segments::characters`].
    pub characters: u32,
}

//! Texts that are written once and sent often: their variables, and the finished text.
//!
//! A template is text with expressions in double braces, such as `{{ contact.first_name }}` or
//! `{{ contact.first_name | default("there") | title }}`, and comments such as `{# why #}`. The
//! expressions are those of `MiniJinja`; there are no statements, no loops and no includes, and no
//! arithmetic: every value is text. So the work of a template is bounded by its length.
//!
//! Values are inserted as they are and never read as a template again, so a customer's name cannot
//! inject one.

mod engine;
mod error;
mod field;
mod parse;
mod record;
mod seed;
#[cfg(test)]
mod tests;
mod values;

pub use engine::{FILTERS, RENDERED_BYTES_MAX};
pub use error::TemplateError;
pub use field::{Field, fields};
pub use record::{
    BODY_CHARACTERS_MAX, FOLDER_CHARACTERS_MAX, LANGUAGE_BYTES_MAX, NAME_CHARACTERS_MAX,
    SHORTCUT_CHARACTERS_MAX, TRANSLATIONS_MAX, Template, body_in, is_language, unfit,
};
pub use seed::{SEEDS, Seed};
pub use values::{
    BUILT_IN, NAME_BYTES_MAX, VALUE_BYTES_MAX, VariableError, Variables, unknown, variables_of,
};

use engine::Engine;
use parse::{Piece, pieces};
use serde::{Deserialize, Serialize};

/// A text with its variables filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// The text; an expression that lacks a value stands in it as it was written.
    pub text: String,
    /// Names without a value, in the order of the text, each once. Not empty: do not send.
    pub missing: Vec<String>,
    /// The expressions that stand in the text as they were written, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// Reads `body` and tries each expression, as if every variable had a value. The names of its
/// variables, in the order of the text, each once.
///
/// # Errors
/// It is no template: where, and what was expected.
pub fn check(body: &str) -> Result<Vec<String>, TemplateError> {
    let engine = Engine::new();
    let mut names: Vec<String> = Vec::new();
    for piece in pieces(body)? {
        let Piece::Expression(expression) = piece else {
            continue;
        };
        let found = engine
            .variables(&expression)
            .map_err(|error| error.at(body))?;
        let all = Variables::blank(&found);
        engine
            .evaluate(&expression, &all, &[])
            .map_err(|error| error.at(body))?;
        for name in found {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Ok(names)
}

/// Fills in `body`.
///
/// # Errors
/// It is no template, or becomes longer than [`RENDERED_BYTES_MAX`].
pub fn render(body: &str, values: &Variables) -> Result<Rendered, TemplateError> {
    let engine = Engine::new();
    let mut rendered = Rendered::default();
    for piece in pieces(body)? {
        match piece {
            Piece::Text(text) => rendered.text.push_str(text),
            Piece::Expression(expression) => {
                let filled = engine.fill(&expression, values);
                match filled.map_err(|error| error.at(body))? {
                    engine::Filled::With(text) => rendered.text.push_str(&text),
                    engine::Filled::Missing(names) => rendered.leave(expression.source, names),
                }
            }
        }
        if rendered.text.len() > RENDERED_BYTES_MAX {
            return Err(TemplateError::at(
                body,
                body.len(),
                format!("the finished text has more than {RENDERED_BYTES_MAX} bytes"),
            ));
        }
    }
    Ok(rendered)
}

impl Rendered {
    fn leave(&mut self, source: &str, names: Vec<String>) {
        self.text.push_str(source);
        if !self.fields.iter().any(|field| field == source) {
            self.fields.push(source.to_owned());
        }
        for name in names {
            if !self.missing.contains(&name) {
                self.missing.push(name);
            }
        }
    }
}

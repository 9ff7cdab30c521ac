//! What a template's variables stand for.

use crate::agent::Agent;
use crate::contact::Contact;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Longest name of a variable, in bytes: longer ones are a slip of the pen, not a name.
pub const NAME_BYTES_MAX: usize = 64;
/// Longest value, in bytes: as long as a text can be, in four bytes a character.
pub const VALUE_BYTES_MAX: usize = 6_400;
/// Most values at once: more than a text has room for.
const VALUES_MAX: usize = 200;

/// The variables that smsdesk fills in itself, with what they stand for.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("contact.first_name", "the first word of the contact's name"),
    ("contact.name", "the contact's name"),
    ("contact.phone", "the contact's number"),
    ("agent.first_name", "the first word of your name"),
    ("agent.name", "your name"),
    ("company", "`company` of the relay's configuration"),
    ("company_name", "the same"),
    ("customer_first_name", "the same as `contact.first_name`"),
    ("customer_name", "the same as `contact.name`"),
];

/// Values by the names of their variables. Every value is text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Variables(BTreeMap<String, String>);

/// A value or a name that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// The name is none.
    #[error("{0:?} is no name of a variable: expected letters, digits and `_`, joined by dots")]
    Name(String),
    /// The value is a list, or too long.
    #[error("{0}: expected text of at most {VALUE_BYTES_MAX} bytes")]
    Value(String),
    /// There are too many.
    #[error("expected at most {VALUES_MAX} variables")]
    TooMany,
}

impl Variables {
    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a value away.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Gives a name a value, in place of the one it had.
    ///
    /// # Errors
    /// The name is none, or the value is too long.
    pub fn insert(&mut self, name: &str, value: impl Into<String>) -> Result<(), VariableError> {
        let value = value.into();
        if !is_name(name) {
            return Err(VariableError::Name(name.to_owned()));
        }
        if value.len() > VALUE_BYTES_MAX {
            return Err(VariableError::Value(name.to_owned()));
        }
        if self.0.len() >= VALUES_MAX && !self.0.contains_key(name) {
            return Err(VariableError::TooMany);
        }
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// Reads the object of a request: `{"company": "…", "contact": {"first_name": "…"}}`, also with
    /// `"contact.first_name"` as a name. `null` is no value.
    ///
    /// # Errors
    /// A name is none, or a value is no text.
    pub fn from_json(object: &serde_json::Map<String, Value>) -> Result<Self, VariableError> {
        let mut variables = Self::default();
        for (name, value) in object {
            match value {
                Value::Object(parts) => {
                    for (part, value) in parts {
                        variables.take(&format!("{name}.{part}"), value)?;
                    }
                }
                _ => variables.take(name, value)?,
            }
        }
        Ok(variables)
    }

    fn take(&mut self, name: &str, value: &Value) -> Result<(), VariableError> {
        match value {
            Value::Null => Ok(()),
            Value::String(text) => self.insert(name, text.as_str()),
            Value::Number(number) => self.insert(name, number.to_string()),
            Value::Bool(flag) => self.insert(name, flag.to_string()),
            Value::Array(_) | Value::Object(_) => Err(VariableError::Value(name.to_owned())),
        }
    }

    /// These, and those of `others` over them.
    #[must_use]
    pub fn with(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// A value for each of the names, to try a template with.
    pub(super) fn blank(names: &[String]) -> Self {
        Self(
            names
                .iter()
                .map(|name| (name.clone(), "x".to_owned()))
                .collect(),
        )
    }

    /// What is known is inserted; a blank value is none, so that `default` stands in for it.
    fn known(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(str::trim).filter(|value| !value.is_empty());
        if let Some(value) = value.filter(|value| value.len() <= VALUE_BYTES_MAX) {
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    /// A field of the contact's own, under both of its names, where they are names and nothing else
    /// has them. A field that is written just so goes before one that only becomes so.
    fn own(&mut self, field: &str, value: &str) {
        let name = written(field);
        let is_built_in = |name: &str| BUILT_IN.iter().any(|(known, _)| *known == name);
        for name in [format!("contact.{name}"), name.clone()] {
            let is_free = !self.0.contains_key(&name) || field.trim() == written(field);
            let is_ours = is_built_in(&name) || SPACES.contains(&name.as_str());
            if is_name(&name) && is_free && !is_ours {
                self.known(&name, Some(value));
            }
        }
    }
}

/// The part before the dot of our names, which therefore can be no name of its own.
const SPACES: [&str; 2] = ["contact", "agent"];

/// Letters, digits and `_`, in parts joined by dots; no part begins with a digit.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        part.chars().all(|c| c.is_alphanumeric() || c == '_')
            && part.chars().next().is_some_and(|c| !c.is_numeric())
    };
    name.len() <= NAME_BYTES_MAX && name.split('.').all(is_part)
}

/// The values of [`BUILT_IN`], as far as they are known, and the contact's own fields: `gate code` as
/// `contact.gate_code` and as `gate_code`. A field that is called as a built-in stands behind it.
#[must_use]
pub fn variables_of(
    contact: Option<&Contact>,
    agent: Option<&Agent>,
    company: Option<&str>,
) -> Variables {
    let mut variables = Variables::default();
    let name = contact.and_then(|contact| contact.name.as_deref());
    let phone = contact.and_then(|contact| contact.addresses.first());
    variables.known("contact.name", name);
    variables.known("contact.first_name", name.and_then(first_word));
    variables.known("contact.phone", phone.map(crate::phone::Address::as_str));
    variables.known("customer_name", name);
    variables.known("customer_first_name", name.and_then(first_word));
    let agent = agent.map(|agent| agent.name.as_str());
    variables.known("agent.name", agent);
    variables.known("agent.first_name", agent.and_then(first_word));
    variables.known("company", company);
    variables.known("company_name", company);
    for (name, value) in contact.iter().flat_map(|contact| &contact.fields) {
        variables.own(name, value);
    }
    variables
}

/// A field's name as a template can write it: `gate code` is `gate_code`.
fn written(field: &str) -> String {
    let fits = |c: char| if c.is_alphanumeric() { c } else { '_' };
    field.trim().chars().map(fits).collect()
}

fn first_word(name: &str) -> Option<&str> {
    name.split_whitespace().next()
}

/// Those of the missing `names` that look like one of ours and are neither that nor a field of the
/// contact's.
#[must_use]
pub fn unknown(names: &[String]) -> Vec<String> {
    let ours = |name: &&String| name.starts_with("contact.") || name.starts_with("agent.");
    let is_known = |name: &str| BUILT_IN.iter().any(|(known, _)| *known == name);
    let unknown = names.iter().filter(ours).filter(|name| !is_known(name));
    unknown.cloned().collect()
}

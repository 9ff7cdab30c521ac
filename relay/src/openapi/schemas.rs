//! The schemas of bodies and answers under one roof. What a type takes may differ from what it gives:
//! a field with a default may be left out of a body and is in every answer.

use super::operation::Shape;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Where the document keeps them.
const PLACE: &str = "#/components/schemas/";
/// What is added to the name of a schema of bodies whose answers have another one.
const TAKEN: &str = "Input";

/// Collects what the routes take and answer.
#[derive(Debug)]
pub(super) struct Schemas {
    taken: SchemaGenerator,
    given: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            taken: settings().for_deserialize().into_generator(),
            given: settings().for_serialize().into_generator(),
        }
    }

    /// The schema of what is answered.
    pub(super) fn given(&mut self, shape: Shape) -> Value {
        shape(&mut self.given).to_value()
    }

    /// The schema of what is taken; goes through [`Components::taken`] once all are known.
    pub(super) fn taken(&mut self, shape: Shape) -> Value {
        shape(&mut self.taken).to_value()
    }

    /// All of them.
    pub(super) fn finish(mut self) -> Components {
        let mut schemas = self.given.take_definitions(true);
        let taken = self.taken.take_definitions(true);
        let others = others(&taken, &schemas);
        for (name, mut schema) in taken {
            rename(&mut schema, &others);
            if others.contains(&name) {
                schemas.insert(format!("{name}{TAKEN}"), schema);
            } else {
                schemas.insert(name, schema);
            }
        }
        for schema in schemas.values_mut() {
            plain_words(schema);
        }
        Components { schemas, others }
    }
}

/// Every schema by its name.
#[derive(Debug)]
pub(super) struct Components {
    pub(super) schemas: Map<String, Value>,
    /// Those of bodies that go by another name.
    others: BTreeSet<String>,
}

impl Components {
    /// A schema of [`Schemas::taken`] with the names as they are now.
    pub(super) fn taken(&self, mut schema: Value) -> Value {
        rename(&mut schema, &self.others);
        schema
    }
}

/// The names that mean something else in bodies than in answers, by themselves or by what they hold.
fn others(taken: &Map<String, Value>, given: &Map<String, Value>) -> BTreeSet<String> {
    let both = taken.iter().filter(|(name, _)| given.contains_key(*name));
    let both: Vec<_> = both.collect();
    let mut others: BTreeSet<String> = both
        .iter()
        .filter(|(name, schema)| given.get(*name) != Some(*schema))
        .map(|(name, _)| (*name).clone())
        .collect();
    loop {
        let more = both.iter().filter(|(name, _)| !others.contains(*name));
        let more = more.filter(|(_, schema)| others.iter().any(|other| names(schema, other)));
        let more: Vec<String> = more.map(|(name, _)| (*name).clone()).collect();
        if more.is_empty() {
            return others;
        }
        others.extend(more);
    }
}

/// Whether a schema refers to the one of that name.
fn names(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Object(fields) => fields.iter().any(|(keyword, value)| match value {
            Value::String(text) if keyword == "$ref" => text.strip_prefix(PLACE) == Some(name),
            value => names(value, name),
        }),
        Value::Array(values) => values.iter().any(|value| names(value, name)),
        _ => false,
    }
}

fn rename(schema: &mut Value, others: &BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            for (keyword, value) in fields {
                match value {
                    Value::String(text) if keyword == "$ref" => {
                        let name = text.strip_prefix(PLACE).unwrap_or_default();
                        if others.contains(name) {
                            text.push_str(TAKEN);
                        }
                    }
                    value => rename(value, others),
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                rename(value, others);
            }
        }
        _ => {}
    }
}

/// Descriptions are comments of the code: their lines are joined, and links become names.
fn plain_words(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (keyword, value) in fields {
                match value {
                    Value::String(text) if keyword == "description" => *text = plain(text),
                    value => plain_words(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(plain_words),
        _ => {}
    }
}

/// [`plain_words`] of one text.
pub(super) fn plain(text: &str) -> String {
    let joined = text.split("\n\n").map(|part| part.replace('\n', " "));
    let joined = joined.collect::<Vec<_>>().join("\n\n");
    let mut plain = String::with_capacity(joined.len());
    let mut rest = joined.as_str();
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((path, behind)) = link.split_once("`]") else {
            break;
        };
        let name = path.rsplit("::").next().unwrap_or(path);
        plain.push_str(before);
        plain.push('`');
        plain.push_str(name);
        plain.push('`');
        rest = behind;
    }
    plain.push_str(rest);
    plain
}

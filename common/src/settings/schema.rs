//! How a change of settings describes itself to other programs, by the table of [`FIELDS`].

use super::fields::{Field, Form, WORDS_CHARACTERS_MAX};
use super::{FIELDS, ID};
use crate::api::settings::PutSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

impl JsonSchema for PutSettings {
    fn schema_name() -> Cow<'static, str> {
        "PutSettings".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut fields = Map::new();
        for field in FIELDS {
            put(&mut fields, field.path, field);
        }
        let seq = generator.subschema_for::<Option<crate::ids::Seq>>();
        fields.insert("if_seq".to_owned(), seq.to_value());
        let id = json!({
            "description": "The request's id, chosen by the client, so that repeating the request is \
                            harmless.",
            "anyOf": [{ "type": "null" }, { "const": ID }, { "type": "string", "format": "uuid" }],
        });
        fields.insert("id".to_owned(), id);
        schemars::json_schema!({
            "description": "A whole document as it was read, or only what is to be set otherwise, each \
                            field in its place or by its path, as in `{\"quiet.enabled\": true}`. Null \
                            lets go of a field. One that does not exist is refused.",
            "type": "object",
            "properties": fields,
        })
    }
}

/// Puts a field in its place, with the objects that it lies in.
fn put(fields: &mut Map<String, Value>, path: &str, field: &Field) {
    let Some((name, rest)) = path.split_once('.') else {
        fields.insert(path.to_owned(), described(field));
        return;
    };
    let object = fields
        .entry(name)
        .or_insert_with(|| json!({ "type": ["object", "null"] }));
    let (keyword, rest) = match rest.strip_prefix("*.") {
        None => ("properties", rest),
        Some(rest) => {
            let each = &mut object["additionalProperties"];
            if each.is_null() {
                *each = json!({ "type": ["object", "null"], "properties": {} });
            }
            return below(&mut each["properties"], rest, field);
        }
    };
    if object[keyword].is_null() {
        object[keyword] = json!({});
    }
    below(&mut object[keyword], rest, field);
}

fn below(fields: &mut Value, path: &str, field: &Field) {
    if let Value::Object(fields) = fields {
        put(fields, path, field);
    }
}

fn described(field: &Field) -> Value {
    let mut schema = match field.form {
        Form::Switch | Form::MaybeSwitch => json!({ "type": ["boolean", "null"] }),
        Form::Count(least, most) => {
            json!({ "type": ["integer", "null"], "minimum": least, "maximum": most })
        }
        Form::TimeOfDay => json!({ "type": ["string", "null"], "examples": ["08:00"] }),
        Form::Hours => {
            json!({ "type": ["string", "null"], "examples": ["mon-fri 08:00-17:00"] })
        }
        Form::Zone => json!({ "type": ["string", "null"], "examples": ["America/New_York"] }),
        Form::Choice(names) => {
            let names = names.iter().map(|name| json!(name));
            let names: Vec<Value> = names.chain([Value::Null]).collect();
            json!({ "enum": names })
        }
        Form::Words => json!({
            "type": ["string", "null"], "minLength": 1, "maxLength": WORDS_CHARACTERS_MAX,
        }),
    };
    schema["description"] = field.words.into();
    schema
}

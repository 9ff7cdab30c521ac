//! How what travels describes itself to other programs, as JSON Schema. Most types derive it; here is
//! the rest: what is written as a text, fields of patches, and records with their `kind`.

use crate::agent::Agent;
use crate::api::update::Update;
use crate::broadcast::Broadcast;
use crate::contact::Contact;
use crate::conversation::Conversation;
use crate::entry::Entry;
use crate::feed::Change;
use crate::job::Job;
use crate::line::Line;
use crate::read_marker::ReadMarker;
use crate::record::{Kind, Record};
use crate::rule::Rule;
use crate::settings::Setting;
use crate::template::Template;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::marker::PhantomData;

/// Describes types that are one value in JSON.
macro_rules! described {
    ($($type:path as $name:literal: $schema:tt;)+) => {$(
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    )+};
}

described! {
    crate::time::Timestamp as "Timestamp": {
        "description": "A point in time, RFC 3339. Answers have it in UTC with three decimals.",
        "type": "string",
        "format": "date-time",
        "examples": ["2026-11-20T13:16:00.000Z"],
    };
    crate::ids::Epoch as "Epoch": {
        "description": "Names one life of the relay's database: 32 hexadecimal digits. A restore from \
                        a backup starts another one.",
        "type": "string",
        "pattern": "^[0-9a-f]{32}$",
    };
    crate::feed::Digest as "Digest": {
        "description": "The sum of a hash of every live change, in 32 hexadecimal digits.",
        "type": "string",
        "pattern": "^[0-9a-f]{32}$",
    };
    crate::stats::Share as "Share": {
        "description": "A part of a whole.",
        "type": "number",
        "minimum": 0,
        "maximum": 1,
    };
    crate::entry::Author as "Author": {
        "description": "Who made an entry: `contact`, `agent:UUID` or `automation:CAUSE`.",
        "type": "string",
        "pattern": "^(contact|agent:.+|automation:[\\s\\S]*)$",
        "examples": ["contact", "agent:0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee", "automation:away"],
    };
    crate::job::Point as "Point": {
        "description": "A place on the earth, to a millionth of a degree.",
        "type": "object",
        "properties": {
            "lat": {
                "description": "Degrees north.", "type": "number", "minimum": -90, "maximum": 90,
            },
            "lon": {
                "description": "Degrees east.", "type": "number", "minimum": -180, "maximum": 180,
            },
        },
        "required": ["lat", "lon"],
    };
    crate::settings::TimeOfDay as "TimeOfDay": {
        "description": "A time of the day by somebody's clock.",
        "type": "string",
        "examples": ["08:00"],
    };
    crate::settings::Hours as "Hours": {
        "description": "Hours of a week.",
        "type": "string",
        "examples": ["mon-fri 08:00-17:00, sat 09:00-12:00"],
    };
    crate::cause::TriggerKind as "TriggerKind": {
        "description": "Something that happens to a customer's appointment.",
        "type": "string",
        "enum": ["scheduled", "reminder", "enroute", "15_min", "arrived", "complete"],
    };
    crate::phone::Region as "Region": {
        "description": "A country or territory: two letters of ISO 3166-1.",
        "type": "string",
        "pattern": "^[A-Z]{2}$",
    };
}

impl<T: JsonSchema> JsonSchema for Update<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

/// What is kept as a record of some kind.
pub trait Kept: JsonSchema {
    /// Its kind.
    const KIND: Kind;
}

macro_rules! kept {
    ($($type:ident)+) => {$(
        impl Kept for $type {
            const KIND: Kind = Kind::$type;
        }
    )+};
}
kept! { Agent Broadcast Contact Conversation Entry Job Line ReadMarker Rule Setting Template }

/// A record as it travels, where its kind is known: the fields of a `T` with `kind` among them. Only
/// describes.
#[derive(Clone, Copy, Debug)]
pub struct Of<T>(PhantomData<T>);

impl<T: Kept> JsonSchema for Of<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Record", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        let kind = json!({ "type": "string", "const": T::KIND.as_str() });
        put(&mut schema, "properties", |fields| match fields {
            Value::Object(fields) => {
                fields.insert("kind".to_owned(), kind);
            }
            other => *other = json!({ "kind": kind }),
        });
        put(&mut schema, "required", |names| match names {
            Value::Array(names) => names.push("kind".into()),
            other => *other = json!(["kind"]),
        });
        schema
    }
}

fn put(schema: &mut Schema, keyword: &str, change: impl FnOnce(&mut Value)) {
    let held = schema.ensure_object().entry(keyword).or_insert(Value::Null);
    change(held);
}

fn of_kind(kind: Kind, generator: &mut SchemaGenerator) -> Schema {
    match kind {
        Kind::Agent => generator.subschema_for::<Of<Agent>>(),
        Kind::Broadcast => generator.subschema_for::<Of<Broadcast>>(),
        Kind::Contact => generator.subschema_for::<Of<Contact>>(),
        Kind::Conversation => generator.subschema_for::<Of<Conversation>>(),
        Kind::Entry => generator.subschema_for::<Of<Entry>>(),
        Kind::Job => generator.subschema_for::<Of<Job>>(),
        Kind::Line => generator.subschema_for::<Of<Line>>(),
        Kind::ReadMarker => generator.subschema_for::<Of<ReadMarker>>(),
        Kind::Rule => generator.subschema_for::<Of<Rule>>(),
        Kind::Setting => generator.subschema_for::<Of<Setting>>(),
        Kind::Template => generator.subschema_for::<Of<Template>>(),
    }
}

impl JsonSchema for Record {
    fn schema_name() -> Cow<'static, str> {
        "Record".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut mapping = Map::new();
        let kinds = Kind::ALL.map(|kind| {
            let schema = of_kind(kind, generator);
            if let Some(reference) = schema.get("$ref") {
                mapping.insert(kind.as_str().to_owned(), reference.clone());
            }
            schema
        });
        json_schema!({
            "description": "A synced row of any kind that this version knows.",
            "oneOf": kinds,
            "discriminator": { "propertyName": "kind", "mapping": mapping },
        })
    }
}

impl JsonSchema for Change {
    fn schema_name() -> Cow<'static, str> {
        "Change".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let record = generator.subschema_for::<Record>();
        json_schema!({
            "description": "A record at its newest seq. A deleted one has nothing else; a kind that \
                            you do not know is to be kept or passed over.",
            "anyOf": [record, {
                "type": "object",
                "properties": {
                    "kind": { "type": "string" },
                    "id": { "type": "string" },
                    "seq": { "type": "integer", "minimum": 0 },
                    "deleted": { "type": "boolean", "const": true },
                },
                "required": ["kind", "id", "seq", "deleted"],
            }],
        })
    }
}

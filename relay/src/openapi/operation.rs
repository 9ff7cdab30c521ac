//! One route as the document describes it.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;

/// Describes a type, by a reference to where it is described.
pub(super) type Shape = fn(&mut SchemaGenerator) -> Schema;

pub(super) fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// A parameter of the query.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) doc: String,
    pub(super) schema: Value,
    pub(super) required: bool,
}

impl Parameter {
    fn new(name: &'static str, doc: impl Into<String>, schema: Value) -> Self {
        Self {
            name,
            doc: doc.into(),
            schema,
            required: false,
        }
    }

    /// Any text.
    pub(super) fn text(name: &'static str, doc: impl Into<String>) -> Self {
        Self::new(name, doc, json!({ "type": "string" }))
    }

    /// A position.
    pub(super) fn seq(name: &'static str, doc: impl Into<String>) -> Self {
        let schema = json!({ "type": "integer", "format": "uint64", "minimum": 0 });
        Self::new(name, doc, schema)
    }

    /// An id.
    pub(super) fn id(name: &'static str, doc: impl Into<String>) -> Self {
        Self::new(name, doc, json!({ "type": "string", "format": "uuid" }))
    }

    /// A point in time.
    pub(super) fn time(name: &'static str, doc: impl Into<String>) -> Self {
        let schema = json!({ "type": "string", "format": "date-time" });
        Self::new(name, doc, schema)
    }

    /// One of some words.
    pub(super) fn choice<'a>(
        name: &'static str,
        doc: impl Into<String>,
        words: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let words: Vec<&str> = words.into_iter().collect();
        Self::new(name, doc, json!({ "type": "string", "enum": words }))
    }

    /// Where the page before ended.
    pub(super) fn cursor() -> Self {
        Self::text("cursor", "`next_cursor` of the page before.")
    }

    /// How much of it.
    pub(super) fn limit(default: usize, most: usize) -> Self {
        let doc = format!("The size of the page; more than {most} are {most}, none is one.");
        let schema = json!({
            "type": "integer", "format": "uint32", "minimum": 0, "default": default,
        });
        Self::new("limit", doc, schema)
    }

    /// The zone whose days are meant.
    pub(super) fn zone() -> Self {
        let doc = "Whose days are meant, as IANA names it: `America/New_York`; without it UTC.";
        Self::text("tz", doc)
    }

    /// That it must be given.
    pub(super) fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// What a route takes.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) shape: Shape,
    pub(super) example: Value,
    /// Whether the route would read it; the problem where not.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "tests hold the example against it")
    )]
    pub(super) reads: fn(Value) -> Result<(), String>,
}

/// What a route answers when it does what it is asked.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) doc: &'static str,
    /// None for an answer without a body.
    pub(super) shape: Option<Shape>,
    pub(super) content_type: &'static str,
}

/// One route.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// By which generated clients call it.
    pub(super) id: &'static str,
    pub(super) query: Vec<Parameter>,
    pub(super) body: Option<Taken>,
    pub(super) answers: Vec<Answer>,
    /// Its own refusals; those of all routes of its sort are added.
    pub(super) refuses: Vec<ErrorCode>,
}

impl Operation {
    pub(super) const fn new(method: &'static str, path: &'static str, id: &'static str) -> Self {
        Self {
            method,
            path,
            id,
            query: Vec::new(),
            body: None,
            answers: Vec::new(),
            refuses: Vec::new(),
        }
    }

    pub(super) fn query(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.query.extend(parameters);
        self
    }

    /// A body of type `T`, such as `example`.
    pub(super) fn takes<T: JsonSchema + DeserializeOwned>(self, example: Value) -> Self {
        self.takes_read::<T>(example, |value| {
            let read = serde_json::from_value::<T>(value);
            read.map(drop).map_err(|error| error.to_string())
        })
    }

    /// A body of type `T` that is read in a way of its own.
    pub(super) fn takes_read<T: JsonSchema>(
        mut self,
        example: Value,
        reads: fn(Value) -> Result<(), String>,
    ) -> Self {
        self.body = Some(Taken {
            shape: shape::<T>,
            example,
            reads,
        });
        self
    }

    pub(super) fn answers<T: JsonSchema>(self, status: u16, doc: &'static str) -> Self {
        self.answers_as::<T>(status, doc, "application/json")
    }

    pub(super) fn answers_as<T: JsonSchema>(
        mut self,
        status: u16,
        doc: &'static str,
        content_type: &'static str,
    ) -> Self {
        self.answers.push(Answer {
            status,
            doc,
            shape: Some(shape::<T>),
            content_type,
        });
        self
    }

    /// An answer without a body.
    pub(super) fn answers_nothing(mut self, status: u16, doc: &'static str) -> Self {
        self.answers.push(Answer {
            status,
            doc,
            shape: None,
            content_type: "",
        });
        self
    }

    /// 201 with what was made, 200 where the id came before with the same content.
    pub(super) fn makes<T: JsonSchema>(self) -> Self {
        self.answers::<T>(201, "It was made.")
            .answers::<T>(200, "The id came before with the same content.")
    }

    pub(super) fn refuses(mut self, codes: &[ErrorCode]) -> Self {
        self.refuses.extend_from_slice(codes);
        self
    }
}

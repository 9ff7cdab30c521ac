//! Puts the document together.

use super::operation::{Operation, shape};
use super::problems;
use super::routes::operations;
use super::schemas::{Components, Schemas};
use crate::router::{ROUTES, RouteDoc};
use crate::twilio::signature::SIGNATURE_HEADER;
use serde_json::{Map, Value, json};
use smsdesk_common::api::{EPOCH_HEADER, Problem};
use smsdesk_common::cause::TriggerKind;

const DESCRIPTION: &str = "What terminals and other programs ask of a relay. Bodies are JSON; an error \
    is a problem (RFC 9457) whose `code` never changes its meaning. A request with an `id` that the \
    client chose (UUIDv7) may be repeated any number of times. Fields and kinds that you do not know \
    are to be passed over: later versions add some.";

/// What a token is for.
const TOKEN: &str = "From `POST /v1/join`, which takes an invite of `smsdesk-relay agent invite`.";
/// What a signature is over.
const SIGNATURE: &str =
    "HMAC-SHA1 over the public address and the fields, with the account's token.";

/// The document, without the address of a relay.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    let all = operations();
    let described: Vec<_> = ROUTES
        .iter()
        .filter_map(|route| Described::of(route, &all))
        .collect();
    let bodies: Vec<Option<Value>> = described
        .iter()
        .map(|it| it.operation.body.as_ref())
        .map(|body| body.map(|body| schemas.taken(body.shape)))
        .collect();
    let answers: Vec<Map<String, Value>> = described
        .iter()
        .map(|it| answers(it, &mut schemas))
        .collect();
    let trigger = schemas.given(shape::<TriggerKind>);
    schemas.given(shape::<Problem>);
    let components = schemas.finish();
    for ((it, body), answers) in described.iter().zip(bodies).zip(answers) {
        let mut operation = operation(it, &trigger);
        if let Some(schema) = body {
            operation["requestBody"] = taken(it, schema, &components);
        }
        operation["responses"] = Value::Object(answers);
        let path = paths.entry(it.route.path).or_insert_with(|| json!({}));
        path[it.route.method.to_lowercase()] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "smsdesk relay",
            "version": crate::VERSION,
            "description": DESCRIPTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": components.schemas,
            "responses": problems::shared(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": TOKEN },
                "signature": {
                    "type": "apiKey", "in": "header", "name": SIGNATURE_HEADER,
                    "description": SIGNATURE,
                },
            },
        },
    })
}

/// A route of the table, with what is said of it here.
struct Described<'a> {
    route: &'static RouteDoc,
    operation: &'a Operation,
}

impl<'a> Described<'a> {
    fn of(route: &'static RouteDoc, all: &'a [Operation]) -> Option<Self> {
        let mut all = all.iter();
        let operation = all.find(|it| (it.method, it.path) == (route.method, route.path))?;
        Some(Self { route, operation })
    }
}

fn operation(it: &Described<'_>, trigger: &Value) -> Value {
    let Described { route, operation } = it;
    let mut parameters: Vec<Value> = path_parameters(route.path, trigger);
    parameters.extend(operation.query.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": parameter.doc,
            "schema": parameter.schema,
        })
    }));
    let (who, security) = match route.access {
        "token, agent" => ("Whoever may write.", json!([{ "token": [] }])),
        "token, admin" => ("Admins.", json!([{ "token": [] }])),
        "token" => ("Whoever has a token.", json!([{ "token": [] }])),
        "signature" => ("Twilio.", json!([{ "signature": [] }])),
        "invite" => ("Whoever has an invite.", json!([])),
        _ => ("Anyone.", json!([])),
    };
    json!({
        "operationId": operation.id,
        "tags": [tag(route.path)],
        "summary": route.doc,
        "description": format!("For: {who}"),
        "parameters": parameters,
        "security": security,
    })
}

/// The first word of a path that tells routes apart.
fn tag(path: &str) -> &str {
    let path = path.strip_prefix("/v1").unwrap_or(path);
    path.split('/').nth(1).unwrap_or_default()
}

fn path_parameters(path: &str, trigger: &Value) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| {
        let part = part.strip_prefix('{')?;
        part.strip_suffix('}')
    });
    names
        .map(|name| {
            let schema = match name {
                "id" => json!({ "type": "string", "format": "uuid" }),
                "type" => trigger.clone(),
                _ => json!({ "type": "string" }),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect()
}

fn taken(it: &Described<'_>, schema: Value, components: &Components) -> Value {
    let schema = components.taken(schema);
    let Some(body) = &it.operation.body else {
        return Value::Null;
    };
    let content_type = match it.route.access {
        "signature" => "application/x-www-form-urlencoded",
        _ => "application/json",
    };
    json!({
        "required": true,
        "content": { content_type: { "schema": schema, "example": body.example } },
    })
}

/// What a route answers, by status.
fn answers(it: &Described<'_>, schemas: &mut Schemas) -> Map<String, Value> {
    let Described { route, operation } = it;
    let mut answers = Map::new();
    for (status, codes) in problems::refusals(route, operation) {
        answers.insert(status.to_string(), problems::response(&codes));
    }
    for answer in &operation.answers {
        let mut response = json!({ "description": answer.doc });
        if let Some(shape) = answer.shape {
            let schema = schemas.given(shape);
            response["content"] = json!({ answer.content_type: { "schema": schema } });
        }
        if route.path.starts_with("/v1/") {
            let words = "Which life of the relay's database has answered.";
            response["headers"] = json!({
                EPOCH_HEADER: { "description": words, "schema": { "type": "string" } },
            });
        }
        add(&mut answers, answer.status, response);
    }
    if route.path.starts_with("/webhooks/") {
        webhook_refusals(route, &mut answers);
    }
    answers
}

/// A status may mean more than one thing: then it has more than one type of content.
fn add(answers: &mut Map<String, Value>, status: u16, response: Value) {
    let held = answers.remove(&status.to_string());
    let mut response = response;
    if let Some(content) = held.as_ref().and_then(|held| held.get("content")).cloned()
        && let (Some(both), Value::Object(more)) = (response["content"].as_object_mut(), content)
    {
        both.extend(more);
    }
    answers.insert(status.to_string(), response);
}

/// What Twilio is refused with: TwiML without a verb, and constant words in a comment.
fn webhook_refusals(route: &RouteDoc, answers: &mut Map<String, Value>) {
    let refusals: &[(u16, &str)] = match route.method {
        "GET" => &[(405, "Twilio must call by POST.")],
        _ => &[
            (400, "Not a form of Twilio's in UTF-8."),
            (403, "The signature is missing or wrong."),
            (413, "The body is too large."),
            (415, "The content type is not supported."),
            (503, "Nothing can be stored now; it is to come again."),
        ],
    };
    let xml = json!({ "text/xml": { "schema": { "type": "string" } } });
    for (status, words) in refusals {
        let response = json!({ "description": words, "content": xml });
        add(answers, *status, response);
    }
}

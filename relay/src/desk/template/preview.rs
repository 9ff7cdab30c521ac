//! What a text would be. Stores nothing.

use super::{DeskError, seen};
use crate::store::sql::Reads;
use crate::store::{contacts, conversations};
use serde_json::{Map, Value};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::templates::{Preview, Previewed};
use smsdesk_common::contact::Contact;
use smsdesk_common::ids::ContactId;
use smsdesk_common::segments::Segments;
use smsdesk_common::template::{Variables, render, unknown, variables_of};

/// Fills a body or a template in with what is known and with the variables that were given.
///
/// # Errors
/// Not exactly one of both was given, it is no template, a variable is none, or something that was
/// named does not exist; or the database cannot be read.
pub fn preview(
    reads: &mut dyn Reads,
    agent: &Agent,
    company: Option<&str>,
    preview: &Preview,
) -> Result<Previewed, DeskError> {
    let given = given(&preview.variables)?;
    let contact = contact(reads, preview)?;
    let body = match (&preview.body, preview.template) {
        (Some(body), None) => body.clone(),
        (None, Some(id)) => {
            let template = seen(reads, agent, id)?;
            let theirs = contact.as_ref().and_then(|it| it.language.as_deref());
            let language = preview.language.as_deref().or(theirs);
            template.body_in(language).to_owned()
        }
        _ => {
            return Err(DeskError::refused(
                ErrorCode::BodyMalformed,
                "expected exactly one of `body` and `template`",
            ));
        }
    };
    let values = variables_of(contact.as_ref(), Some(agent), company).with(given);
    let rendered = render(&body, &values).map_err(|error| {
        DeskError::refused(ErrorCode::TemplateInvalid, format!("`body`: {error}"))
    })?;
    let counted = Segments::of(&rendered.text);
    Ok(Previewed {
        unknown: unknown(&rendered.missing),
        text: rendered.text,
        missing: rendered.missing,
        encoding: counted.encoding,
        segments: counted.segments,
        units: counted.units,
        characters: counted.characters,
    })
}

fn contact(reads: &mut dyn Reads, preview: &Preview) -> Result<Option<Contact>, DeskError> {
    let id: ContactId = match (preview.contact, preview.conversation) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(DeskError::refused(
                ErrorCode::BodyMalformed,
                "expected at most one of `contact` and `conversation`",
            ));
        }
        (Some(contact), None) => contact,
        (None, Some(id)) => {
            let found = conversations::find(reads, id)?;
            let unknown = || {
                let detail = format!("`conversation` {id} does not exist");
                DeskError::refused(ErrorCode::ConversationUnknown, detail)
            };
            found.ok_or_else(unknown)?.contact
        }
    };
    let found = contacts::find(reads, id)?;
    let unknown = || {
        let detail = format!("`contact` {id} does not exist");
        DeskError::refused(ErrorCode::ContactUnknown, detail)
    };
    found.ok_or_else(unknown).map(Some)
}

/// Reads the values that a request gives.
///
/// # Errors
/// A name or a value is none.
pub fn given(variables: &Map<String, Value>) -> Result<Variables, DeskError> {
    Variables::from_json(variables).map_err(|error| {
        DeskError::refused(ErrorCode::VariableInvalid, format!("`variables`: {error}"))
    })
}

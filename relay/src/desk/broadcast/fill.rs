//! The text of a broadcast for one recipient.

use crate::desk::{DeskError, send};
use crate::store::broadcasts::Words;
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::contact::Contact;
use smsdesk_common::phone::Address;
use smsdesk_common::template::{
    BODY_CHARACTERS_MAX, Variables, body_in, check, render, variables_of,
};

/// Fills in the words of a broadcast.
#[derive(Debug)]
pub(super) struct Filler<'a> {
    words: &'a Words,
    given: Variables,
    agent: Option<&'a Agent>,
    company: Option<&'a str>,
}

/// What came of it.
pub(super) enum Filled {
    /// The text.
    Text(String),
    /// These variables have no value.
    Missing(Vec<String>),
    /// It is none that can be sent, in words.
    Unfit(String),
}

impl<'a> Filler<'a> {
    /// Reads the words and the values for everybody.
    ///
    /// # Errors
    /// They are no template, or a variable is none.
    pub(super) fn new(
        words: &'a Words,
        agent: Option<&'a Agent>,
        company: Option<&'a str>,
    ) -> Result<Self, DeskError> {
        let given = Variables::from_json(&words.variables).map_err(|error| {
            DeskError::refused(ErrorCode::VariableInvalid, format!("`variables`: {error}"))
        })?;
        if words.body.trim().is_empty() {
            let detail = "`body`: expected some words";
            return Err(DeskError::refused(ErrorCode::BodyEmpty, detail));
        }
        let characters = words.body.chars().count();
        if characters > BODY_CHARACTERS_MAX {
            let detail = format!(
                "`body`: has {characters} characters, expected at most {BODY_CHARACTERS_MAX}"
            );
            return Err(DeskError::refused(ErrorCode::BodyTooLong, detail));
        }
        for body in std::iter::once(&words.body).chain(words.translations.values()) {
            check(body).map_err(|error| {
                DeskError::refused(ErrorCode::TemplateInvalid, format!("`body`: {error}"))
            })?;
        }
        Ok(Self {
            words,
            given,
            agent,
            company,
        })
    }

    /// The text for somebody of whom `own` is known beside what the desk knows.
    pub(super) fn fill(&self, contact: Option<&Contact>, to: &Address, own: Variables) -> Filled {
        let language = contact.and_then(|contact| contact.language.as_deref());
        let body = body_in(&self.words.body, &self.words.translations, language);
        let mut values = variables_of(contact, self.agent, self.company);
        // Of several numbers the one that is texted.
        let _ = values.insert("contact.phone", to.as_str());
        let values = values.with(self.given.clone()).with(own);
        let rendered = match render(body, &values) {
            Ok(rendered) => rendered,
            Err(error) => return Filled::Unfit(error.to_string()),
        };
        if !rendered.missing.is_empty() {
            return Filled::Missing(rendered.missing);
        }
        match send::check_body(&rendered.text) {
            Ok(()) => Filled::Text(rendered.text),
            Err(error) => Filled::Unfit(super::plan::words(&error)),
        }
    }
}

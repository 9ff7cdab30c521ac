//! The words of what customers are told of their appointments, and whom they go to.

use crate::automation::values::Values;
use crate::desk::DeskError;
use crate::desk::send::{self, Recipient};
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, contacts, conversations, templates};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::cause::TriggerKind;
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::ids::{AgentId, ContactId, ConversationId, TemplateId};
use smsdesk_common::phone::Region;
use smsdesk_common::template::{SEEDS, Variables, render, variables_of};
use uuid::Uuid;

/// Who is meant, as a request says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whom<'a> {
    pub(super) contact: Option<ContactId>,
    pub(super) conversation: Option<ConversationId>,
    pub(super) to: Option<&'a str>,
    pub(super) line: Option<&'a str>,
    /// For a number without a country code.
    pub(super) home: Region,
}

impl Whom<'_> {
    /// The conversation in which they are told, which is begun where there is none.
    pub(super) fn conversation(&self, tx: &mut dyn Tx) -> Result<Conversation, DeskError> {
        let recipient = match (self.contact, self.conversation, self.to) {
            (Some(contact), None, None) => self.of_contact(tx, contact)?,
            (None, Some(conversation), None) => Recipient::Conversation(conversation),
            (None, None, Some(to)) => self.address(send::parse_to(to, Some(self.home))?),
            _ => {
                return Err(DeskError::refused(
                    ErrorCode::RecipientAmbiguous,
                    "expected exactly one of `contact`, `conversation` and `to`",
                ));
            }
        };
        let mut conversation = send::conversation_of(tx, &recipient)?;
        let is_new = conversation.last.is_none() && conversation.created_at == tx.now();
        if is_new && matches!(recipient, Recipient::Address { .. }) {
            // It is nobody's work until the customer writes.
            conversation.status = ConversationStatus::Done;
            conversations::update(tx, &mut conversation)?;
        }
        Ok(conversation)
    }

    fn address(&self, to: smsdesk_common::phone::Address) -> Recipient {
        Recipient::Address {
            to,
            line: self.line.map(str::to_owned),
            open: None,
        }
    }

    /// Where one last wrote with them; their first number where nobody did.
    fn of_contact(&self, tx: &mut dyn Tx, id: ContactId) -> Result<Recipient, DeskError> {
        let held = conversations::of_contact(tx, id)?;
        let fits = |it: &&Conversation| self.line.is_none_or(|line| it.line.as_str() == line);
        let last = |it: &&Conversation| {
            let said = it.last.as_ref().map(|last| last.at);
            (said, it.created_at, it.id)
        };
        if let Some(newest) = held.iter().filter(fits).max_by_key(last) {
            return Ok(Recipient::Conversation(newest.id));
        }
        let contact = contacts::find(tx, id)?.ok_or_else(|| {
            let detail = format!("`contact` {id} does not exist");
            DeskError::refused(ErrorCode::ContactUnknown, detail)
        })?;
        let first =
            contact.addresses.into_iter().next().ok_or_else(|| {
                DeskError::refused(ErrorCode::ToInvalid, "`contact`: has no number")
            })?;
        Ok(self.address(first))
    }
}

/// What a template became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// A text that can go.
    Text {
        body: String,
        template: Option<TemplateId>,
    },
    /// Names that have no value, in the order of the text.
    Lacks(Vec<String>),
    /// It makes no text; why, in words.
    Broken(String),
}

/// The text of a notice for a contact.
pub(super) fn fill(
    reads: &mut dyn Reads,
    kind: TriggerKind,
    contact: &Contact,
    values: &Values,
    given: Variables,
) -> Result<Filled, StoreError> {
    let (body, template) = words_of(reads, kind, contact.language.as_deref())?;
    let known = variables_of(Some(contact), None, values.company.as_deref()).with(given);
    Ok(match render(&body, &known) {
        Err(error) => Filled::Broken(error.to_string()),
        Ok(rendered) if !rendered.missing.is_empty() => Filled::Lacks(rendered.missing),
        Ok(rendered) => match send::check_body(&rendered.text) {
            Ok(()) => Filled::Text {
                body: rendered.text,
                template,
            },
            Err(error) => Filled::Broken(error.to_string()),
        },
    })
}

/// The team's template of that key or name; the one to begin with where the team has none.
fn words_of(
    reads: &mut dyn Reads,
    kind: TriggerKind,
    language: Option<&str>,
) -> Result<(String, Option<TemplateId>), StoreError> {
    let nobody = AgentId(Uuid::nil());
    let held = match templates::by_key(reads, kind.as_str())? {
        Some(held) => Some(held),
        None => templates::by_name(reads, nobody, kind.as_str())?
            .into_iter()
            .next(),
    };
    if let Some(held) = held {
        return Ok((held.body_in(language).to_owned(), Some(held.id)));
    }
    let seed = SEEDS.iter().find(|seed| seed.key == kind.as_str());
    Ok((
        seed.map_or_else(String::new, |seed| seed.body.to_owned()),
        None,
    ))
}

/// Whom a conversation is with.
pub(super) fn contact_of(
    reads: &mut dyn Reads,
    conversation: &Conversation,
) -> Result<Contact, DeskError> {
    let id = conversation.contact;
    contacts::find(reads, id)?.ok_or_else(|| {
        let detail = format!("contact {id} does not exist");
        DeskError::refused(ErrorCode::ContactUnknown, detail)
    })
}

//! The requests that may wait in the outbox, and how each goes over the wire.

use crate::cache::fate::RequestKind;
use crate::model::contact;
use crate::model::question::{Consent, Seen};
use crate::model::timed::Timing;
use serde::Serialize;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::messages::{MessagePatch, SendMessage};
use smsdesk_common::api::notes::WriteNote;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::ids::{ContactId, ConversationId, EntryId, Epoch, RequestId, Seq, TemplateId};
use smsdesk_common::phone::Address;
use uuid::Uuid;

/// What a device asks of the relay. Doing it twice under one id does it once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cache) enum Request {
    /// Send a text.
    Send {
        /// The id that the text keeps for ever.
        entry: EntryId,
        /// To whom.
        conversation: ConversationId,
        /// The words.
        body: String,
        /// What the agent had seen.
        seen: Seen,
        /// The template that the words were made from, to be counted: the draft knows.
        template: Option<TemplateId>,
        /// The life of the relay's database that the copy belonged to.
        epoch: Option<Epoch>,
        /// The line and the address of a conversation that is begun by this text.
        begins: Option<(Address, Address)>,
    },
    /// Send a text at a time.
    SendLater {
        /// As in [`Self::Send`].
        entry: EntryId,
        /// As in [`Self::Send`].
        conversation: ConversationId,
        /// As in [`Self::Send`].
        body: String,
        /// As in [`Self::Send`].
        seen: Seen,
        /// As in [`Self::Send`].
        epoch: Option<Epoch>,
        /// When.
        timing: Timing,
        /// As in [`Self::Send`].
        template: Option<TemplateId>,
        /// As in [`Self::Send`].
        begins: Option<(Address, Address)>,
    },
    /// Change a text that waits for its time.
    Timed {
        /// Where.
        conversation: ConversationId,
        /// Which.
        text: EntryId,
        /// How; names the request too.
        patch: Box<MessagePatch>,
    },
    /// Note how far I have read.
    Read {
        /// Names the request.
        id: RequestId,
        /// Where.
        conversation: ConversationId,
        /// The newest entry that I saw.
        position: Seq,
        /// How many inbound texts that makes.
        inbound_read: u32,
    },
    /// Change where a conversation stands.
    Patch {
        /// Which.
        conversation: ConversationId,
        /// How; names the request too.
        patch: Box<Patch>,
    },
    /// Say something about a contact.
    Contact {
        /// Whom.
        contact: ContactId,
        /// What; names the request too.
        request: contact::Request,
    },
    /// Write a note among colleagues; never a text.
    Note {
        /// The id that the note keeps for ever.
        entry: EntryId,
        /// Where.
        conversation: ConversationId,
        /// The words.
        body: String,
    },
}

/// The HTTP method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Makes something.
    Post,
    /// Replaces something.
    Put,
    /// Changes a part of something.
    Patch,
}

impl Method {
    pub(in crate::cache) const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }

    pub(in crate::cache) fn parse(text: &str) -> Option<Self> {
        [Self::Post, Self::Put, Self::Patch]
            .into_iter()
            .find(|method| method.as_str() == text)
    }
}

/// A request as it goes over the wire: every attempt sends the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The id of the text or of the request.
    pub id: Uuid,
    /// What it asks.
    pub kind: RequestKind,
    /// Requests of one conversation go one after the other.
    pub conversation: ConversationId,
    /// How.
    pub method: Method,
    /// Where, from the relay's root: `/v1/messages`.
    pub path: String,
    /// JSON.
    pub body: String,
    /// How often it was tried without an answer.
    pub attempts: u32,
}

impl Request {
    /// The id that makes repeating it harmless.
    pub(in crate::cache) const fn id(&self) -> Uuid {
        match self {
            Self::Send { entry, .. } | Self::SendLater { entry, .. } | Self::Note { entry, .. } => {
                entry.0
            }
            Self::Timed { patch, .. } => patch.id.0,
            Self::Read { id, .. } => id.0,
            Self::Patch { patch, .. } => patch.id.0,
            Self::Contact { request, .. } => request.id().0,
        }
    }

    /// Which conversation it is about.
    pub(in crate::cache) const fn conversation(&self) -> ConversationId {
        match self {
            Self::Send { conversation, .. }
            | Self::SendLater { conversation, .. }
            | Self::Timed { conversation, .. }
            | Self::Read { conversation, .. }
            | Self::Patch { conversation, .. }
            | Self::Note { conversation, .. } => *conversation,
            // A merge is about two contacts: all that is said of any goes one after the other.
            Self::Contact { .. } => ConversationId(Uuid::nil()),
        }
    }

    /// As [`Self::conversation`], to be told that it has another id by now.
    pub(in crate::cache) const fn conversation_mut(&mut self) -> Option<&mut ConversationId> {
        match self {
            Self::Send { conversation, .. }
            | Self::SendLater { conversation, .. }
            | Self::Timed { conversation, .. }
            | Self::Read { conversation, .. }
            | Self::Patch { conversation, .. }
            | Self::Note { conversation, .. } => Some(conversation),
            Self::Contact { .. } => None,
        }
    }

    /// The request as it goes over the wire.
    ///
    /// # Errors
    /// Never for these types; JSON's own signature says so.
    pub(in crate::cache) fn into_outgoing(self) -> serde_json::Result<Outgoing> {
        let (id, conversation) = (self.id(), self.conversation());
        let (kind, method, path, body) = self.parts()?;
        Ok(Outgoing {
            id,
            kind,
            conversation,
            method,
            path,
            body,
            attempts: 0,
        })
    }

    /// What it asks, how, where, and its JSON.
    fn parts(self) -> serde_json::Result<(RequestKind, Method, String, String)> {
        Ok(match self {
            Self::Send {
                entry,
                conversation,
                body,
                seen,
                template,
                epoch,
                begins,
            } => {
                let text = message((entry, conversation), (body, template), seen, epoch, begins);
                let body = json(&text)?;
                (RequestKind::Send, Method::Post, MESSAGES.to_owned(), body)
            }
            Self::SendLater {
                entry,
                conversation,
                body,
                seen,
                epoch,
                timing,
                template,
                begins,
            } => {
                let text = message((entry, conversation), (body, template), seen, epoch, begins);
                let body = json(&at(text, timing))?;
                (RequestKind::Send, Method::Post, MESSAGES.to_owned(), body)
            }
            Self::Timed { text, patch, .. } => {
                let path = format!("{MESSAGES}/{text}");
                (RequestKind::Timed, Method::Patch, path, json(&patch)?)
            }
            Self::Read {
                id,
                conversation,
                position,
                inbound_read,
            } => {
                let path = format!("/v1/conversations/{conversation}/read");
                let place = SetRead {
                    id,
                    position,
                    inbound_read,
                };
                (RequestKind::Read, Method::Put, path, json(&place)?)
            }
            Self::Patch {
                conversation,
                patch,
            } => {
                let path = format!("/v1/conversations/{conversation}");
                (RequestKind::Patch, Method::Patch, path, json(&patch)?)
            }
            Self::Contact { contact, request } => {
                let (method, path) = contact_way(&request);
                let path = format!("/v1/contacts/{contact}{path}");
                (RequestKind::Contact, method, path, json(&request)?)
            }
            Self::Note {
                entry,
                conversation,
                body,
            } => {
                let path = format!("/v1/conversations/{conversation}/notes");
                let body = json(&WriteNote { id: entry, body })?;
                (RequestKind::Note, Method::Post, path, body)
            }
        })
    }
}

/// How a contact is changed, and where below its own path.
const fn contact_way(request: &contact::Request) -> (Method, &'static str) {
    match request {
        contact::Request::Patch(_) => (Method::Patch, ""),
        contact::Request::Merge(_) => (Method::Post, "/merge"),
        contact::Request::Unmerge(_) => (Method::Post, "/unmerge"),
        contact::Request::OptOut(_) => (Method::Post, "/opt-out"),
    }
}

/// A text, to a conversation that there is or that it begins.
fn message(
    (entry, conversation): (EntryId, ConversationId),
    (body, template): (String, Option<TemplateId>),
    seen: Seen,
    epoch: Option<Epoch>,
    begins: Option<(Address, Address)>,
) -> SendMessage {
    let known = begins.is_none().then_some(conversation);
    let open = begins.is_some().then_some(conversation);
    let (line, to) = begins.unzip();
    let written = |it: Address| it.as_str().to_owned();
    SendMessage {
        id: Some(entry),
        conversation: known,
        to: to.map(written),
        line: line.map(written),
        open,
        body,
        template,
        seen_seq: Some(seen.up_to),
        epoch,
        confirm: seen.consent == Consent::Given,
        ..SendMessage::default()
    }
}

fn json<T: Serialize>(body: &T) -> serde_json::Result<String> {
    serde_json::to_string(body)
}

/// Where texts are sent to, from the relay's root.
pub(super) const MESSAGES: &str = "/v1/messages";
/// The same text for a time.
fn at(message: SendMessage, timing: Timing) -> SendMessage {
    SendMessage {
        send_at: Some(timing.at),
        zone: timing.zone,
        cancel_on_reply: timing.cancel_on_reply,
        ..message
    }
}

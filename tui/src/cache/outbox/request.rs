//! The requests that may wait in the outbox, and how each goes over the wire.

use crate::cache::fate::RequestKind;
use crate::model::question::{Consent, Seen};
use serde::Serialize;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::api::notes::WriteNote;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::ids::{ConversationId, EntryId, Epoch, RequestId, Seq, TemplateId};
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
            Self::Send { entry, .. } | Self::Note { entry, .. } => entry.0,
            Self::Read { id, .. } => id.0,
            Self::Patch { patch, .. } => patch.id.0,
        }
    }

    /// Which conversation it is about.
    pub(in crate::cache) const fn conversation(&self) -> ConversationId {
        match self {
            Self::Send { conversation, .. }
            | Self::Read { conversation, .. }
            | Self::Patch { conversation, .. }
            | Self::Note { conversation, .. } => *conversation,
        }
    }

    /// The request as it goes over the wire.
    ///
    /// # Errors
    /// Never for these types; JSON's own signature says so.
    pub(in crate::cache) fn into_outgoing(self) -> serde_json::Result<Outgoing> {
        let (id, conversation) = (self.id(), self.conversation());
        let (kind, method, path, body) = match self {
            Self::Send {
                entry,
                conversation,
                body,
                seen,
                template,
                epoch,
            } => {
                let message = SendMessage {
                    id: Some(entry),
                    conversation: Some(conversation),
                    body,
                    seen_seq: Some(seen.up_to),
                    template,
                    epoch,
                    confirm: seen.consent == Consent::Given,
                    ..SendMessage::default()
                };
                (
                    RequestKind::Send,
                    Method::Post,
                    "/v1/messages".to_owned(),
                    json(&message)?,
                )
            }
            Self::Read {
                id,
                conversation,
                position,
                inbound_read,
            } => {
                let path = format!("/v1/conversations/{conversation}/read");
                let body = json(&SetRead {
                    id,
                    position,
                    inbound_read,
                })?;
                (RequestKind::Read, Method::Put, path, body)
            }
            Self::Patch {
                conversation,
                patch,
            } => {
                let path = format!("/v1/conversations/{conversation}");
                (RequestKind::Patch, Method::Patch, path, json(&patch)?)
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
        };
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
}

fn json<T: Serialize>(body: &T) -> serde_json::Result<String> {
    serde_json::to_string(body)
}

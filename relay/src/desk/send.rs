//! An agent's text goes out, or waits for its time: checked, stored and queued in one transaction.

use crate::desk::receive::{blank_contact, contact_of, open_conversation};
use crate::desk::shield::Pass;
use crate::desk::{DeskError, guard, hours, insight, later, lines, reach, shield};
use crate::store::audit::{self, Note};
use crate::store::outbox::{Rank, Waiting};
use crate::store::requests::Done;
use crate::store::sql::Tx;
use crate::store::{StoreError, conversations, entries, meta, outbox, requests, templates};
use sha2::{Digest as _, Sha256};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::audit::{Actor, Deed};
use smsdesk_common::conversation::{Conversation, Preview};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::{ConversationId, EntryId, Epoch, Seq, TemplateId};
use smsdesk_common::later::door;
use smsdesk_common::media::{ATTACHMENTS_MAX, Media, URL_BYTES_MAX};
use smsdesk_common::phone::{Address, AddressKind, Region};
use smsdesk_common::segments::{BODY_CHARACTERS_MAX, Segments};
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;

/// To whom a text goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// An address, from a line of ours.
    Address {
        /// Theirs.
        to: Address,
        /// Ours, where one was named.
        line: Option<String>,
        /// The id that a conversation gets where there is none.
        open: Option<ConversationId>,
    },
    /// An existing conversation.
    Conversation(ConversationId),
}

/// A request to send that makes sense by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The entry's id, where the sender chose it.
    pub id: Option<EntryId>,
    /// To whom.
    pub recipient: Recipient,
    /// The words; may be empty beside attachments.
    pub body: String,
    /// What goes with them.
    pub media: Vec<Media>,
    /// The life of our database that the sender knew.
    pub epoch: Option<Epoch>,
    /// The newest entry that the sender had seen, or was asked about and said yes to.
    pub seen: Option<Seq>,
    /// Whether the sender was asked about what has no position: a number that looks like one which
    /// no text reaches.
    pub confirmed: bool,
    /// What the words were made from.
    pub template: Option<TemplateId>,
    /// When it is to go out; none for at once.
    pub later: Option<Later>,
}

/// When a text is to go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// The point in time.
    pub send_at: Timestamp,
    /// The zone in which it was thought of.
    pub zone: Option<String>,
    /// Whether a text of the customer cancels it.
    pub cancel_on_reply: bool,
}

impl Outgoing {
    /// Checks what can be checked without the database.
    ///
    /// # Errors
    /// A refusal that names the field and what was expected.
    pub fn parse(message: SendMessage, home: Option<Region>) -> Result<Self, DeskError> {
        let media = attachments(message.media)?;
        check_words(&message.body, &media)?;
        let recipient = match (message.to, message.conversation) {
            (Some(to), None) => Recipient::Address {
                to: parse_to(&to, home)?,
                line: message.line,
                open: message.open,
            },
            (None, Some(conversation)) => Recipient::Conversation(conversation),
            _ => {
                return Err(DeskError::refused(
                    ErrorCode::RecipientAmbiguous,
                    "expected exactly one of `to` and `conversation`",
                ));
            }
        };
        if message.send_at.is_none() && (message.cancel_on_reply || message.zone.is_some()) {
            return Err(DeskError::refused(
                ErrorCode::SendAtInvalid,
                "`cancel_on_reply`, `zone`: expected only beside `send_at`",
            ));
        }
        Ok(Self {
            id: message.id,
            recipient,
            body: message.body,
            media,
            epoch: message.epoch,
            seen: message.seen_seq,
            confirmed: message.confirm,
            template: message.template,
            later: message.send_at.map(|send_at| Later {
                send_at,
                zone: message.zone,
                cancel_on_reply: message.cancel_on_reply,
            }),
        })
    }

    /// What makes two requests the same: recipient, words and time. What the sender had seen is no part of
    /// it, so that a text can be confirmed under its id.
    pub(crate) fn hash(&self) -> Vec<u8> {
        let mut hasher = Sha256::new();
        match &self.recipient {
            Recipient::Address { to, line, .. } => {
                hasher.update(b"to\0");
                hasher.update(to.as_str().as_bytes());
                hasher.update([0]);
                hasher.update(line.as_deref().unwrap_or_default().as_bytes());
            }
            Recipient::Conversation(id) => {
                hasher.update(b"conversation\0");
                hasher.update(id.0.as_bytes());
            }
        }
        hasher.update([0]);
        hasher.update(self.body.as_bytes());
        // Nothing is added for a text that goes at once: it was so before there were others.
        if let Some(later) = &self.later {
            hasher.update(b"\0later\0");
            hasher.update(later.send_at.as_millis().to_be_bytes());
            hasher.update([u8::from(later.cancel_on_reply)]);
            hasher.update(later.zone.as_deref().unwrap_or_default().as_bytes());
        }
        for media in &self.media {
            hasher.update(b"\0media\0");
            hasher.update(media.url.as_bytes());
        }
        hasher.finalize().to_vec()
    }
}

/// Attachments to send, each where the provider fetches it.
fn attachments(urls: Vec<String>) -> Result<Vec<Media>, DeskError> {
    let invalid = |detail: String| DeskError::refused(ErrorCode::MediaInvalid, detail);
    if urls.len() > ATTACHMENTS_MAX {
        let found = urls.len();
        let detail = format!("`media`: expected at most {ATTACHMENTS_MAX}, found {found}");
        return Err(invalid(detail));
    }
    let numbered = (0..).zip(urls);
    let attachment = |(index, url): (u32, String)| {
        Media::to_send(index, url).ok_or_else(|| {
            let detail = format!(
                "`media`, number {}: expected an address that begins with https:// (or http://), \
                 where the provider fetches the file, of at most {URL_BYTES_MAX} bytes",
                index + 1
            );
            invalid(detail)
        })
    };
    numbered.map(attachment).collect()
}

/// A text needs words or attachments.
fn check_words(body: &str, media: &[Media]) -> Result<(), DeskError> {
    match body.is_empty() && !media.is_empty() {
        true => Ok(()),
        false => check_body(body),
    }
}

pub(super) fn check_body(body: &str) -> Result<(), DeskError> {
    if body.trim().is_empty() {
        return Err(DeskError::refused(
            ErrorCode::BodyEmpty,
            "`body`: expected some words",
        ));
    }
    let characters = body.chars().count();
    if characters > BODY_CHARACTERS_MAX {
        return Err(DeskError::refused(
            ErrorCode::BodyTooLong,
            format!("`body`: has {characters} characters, at most {BODY_CHARACTERS_MAX} can go"),
        ));
    }
    Ok(())
}

pub(super) fn parse_to(to: &str, home: Option<Region>) -> Result<Address, DeskError> {
    let invalid = |why: String| DeskError::refused(ErrorCode::ToInvalid, format!("`to`: {why}"));
    let address = Address::parse_dialable(to, home).map_err(|error| invalid(error.to_string()))?;
    if address.kind() == AddressKind::Alphanumeric {
        return Err(invalid(
            "a sender name cannot receive texts, expected a number".to_owned(),
        ));
    }
    Ok(address)
}

/// Whether a request did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The text is stored and will go out.
    Now(Entry),
    /// It was asked before; the entry as it is by now.
    Before(Entry),
}

/// Stores a text and queues it. The same request again does nothing and gives the same entry.
///
/// # Errors
/// A refusal, with the reason in words; or the database cannot be written. Nothing is stored then.
pub fn send(tx: &mut dyn Tx, outgoing: &Outgoing, agent: &Agent) -> Result<Sent, DeskError> {
    let id = outgoing.id.unwrap_or_else(|| EntryId(tx.new_id()));
    let body_hash = outgoing.hash();
    if let Some(done) = requests::find(tx, id.0)? {
        return repeated(tx, id, &done, &body_hash);
    }
    if entries::find(tx, id)?.is_some() {
        return Err(id_reused(id));
    }
    if outgoing.epoch.is_some() && outgoing.epoch != Some(meta::epoch(tx)?) {
        return Err(DeskError::refused(
            ErrorCode::RelayRestored,
            "the relay was restored from a backup since this text was written: it may have gone \
             out already, so it is not sent by itself",
        ));
    }
    if let Some(later) = &outgoing.later {
        later::check_time(later.send_at, later.zone.as_deref(), tx.now())?;
    }
    let mut conversation = conversation_of(tx, &outgoing.recipient)?;
    let author = Author::Agent(agent.id);
    let pass = shield::check(tx, &author, &conversation.line, &conversation.address)?
        .map_err(|opted_out| opted_out.refusal())?;
    if !outgoing.confirmed {
        reach::check(tx, &conversation.address)?;
        let at = match &outgoing.later {
            Some(later) => (later.send_at, "will be"),
            None => (tx.now(), "is"),
        };
        hours::check(tx, &conversation, at)?;
    }
    if let Some(seen) = outgoing.seen {
        guard::check(tx, conversation.id, seen, agent)?;
    }
    let later = outgoing.later.as_ref();
    let mut entry = entry_of(tx, id, &conversation, author, &outgoing.body, later);
    entry.media.clone_from(&outgoing.media);
    let entry = entries::insert(tx, entry)?;
    insight::outdated(tx, conversation.id)?;
    // What waits for its time answers nobody yet.
    if outgoing.later.is_none() {
        queue(tx, &mut conversation, &entry, pass)?;
    }
    if let Some(template) = outgoing.template {
        templates::count_use(tx, template)?;
    }
    requests::insert(
        tx,
        id.0,
        &Done {
            body_hash,
            subject: entry.id.to_string(),
        },
    )?;
    Ok(Sent::Now(entry))
}

/// Puts a stored text on its way to the provider. Every text passes here, at once or at its time, and
/// only with the gate's pass. What nobody typed answers nobody.
pub(super) fn queue(
    tx: &mut dyn Tx,
    conversation: &mut Conversation,
    entry: &Entry,
    _pass: Pass,
) -> Result<(), StoreError> {
    insight::outdated(tx, conversation.id)?;
    let rank = match entry.author {
        Author::Automation(_) => Rank::Automatic,
        Author::Agent(_) | Author::Contact => Rank::Person,
    };
    outbox::insert(
        tx,
        &Waiting {
            entry: entry.id,
            position: entry.position,
            line: conversation.line.clone(),
            address: conversation.address.clone(),
            attempts: 0,
            segments: entry.segments.unwrap_or(1),
            waits_since: entry.at,
            rank,
        },
    )?;
    let actor = match &entry.author {
        Author::Agent(id) => Actor::Agent(*id),
        Author::Automation(_) | Author::Contact => Actor::Relay,
    };
    audit::append(tx, Note::new(actor, Deed::Sent).of(entry.id))?;
    if rank == Rank::Person {
        conversation.waiting_since = None;
    }
    conversation.last = Some(Preview::of(entry));
    conversations::update(tx, conversation)
}

fn repeated(
    tx: &mut dyn Tx,
    id: EntryId,
    done: &Done,
    body_hash: &[u8],
) -> Result<Sent, DeskError> {
    let entry = entries::find(tx, id)?.filter(|_| done.body_hash == body_hash);
    entry.map(Sent::Before).ok_or_else(|| id_reused(id))
}

fn id_reused(id: EntryId) -> DeskError {
    DeskError::refused(
        ErrorCode::IdReused,
        format!("`id` {id} was used for something else; choose a new one"),
    )
}

pub(super) fn conversation_of(
    tx: &mut dyn Tx,
    recipient: &Recipient,
) -> Result<Conversation, DeskError> {
    match recipient {
        Recipient::Conversation(id) => conversations::find(tx, *id)?.ok_or_else(|| {
            DeskError::refused(
                ErrorCode::ConversationUnknown,
                format!("`conversation` {id} does not exist"),
            )
        }),
        Recipient::Address { to, line, open } => {
            let line = lines::choose(tx, line.as_deref())?;
            if let Some(conversation) = conversations::between(tx, &line, to)? {
                return Ok(conversation);
            }
            let blank = blank_contact(tx, to);
            let contact = contact_of(tx, to, blank)?;
            let id = free_id(tx, *open)?;
            Ok(open_conversation(tx, id, &line, to, contact)?)
        }
    }
}

/// The id of a new conversation: the one that was chosen, where it is nobody's.
pub(super) fn free_id(
    tx: &mut dyn Tx,
    chosen: Option<ConversationId>,
) -> Result<ConversationId, DeskError> {
    let Some(chosen) = chosen else {
        return Ok(ConversationId(tx.new_id()));
    };
    if conversations::find(tx, chosen)?.is_some() {
        return Err(DeskError::refused(
            ErrorCode::IdReused,
            format!("`open` {chosen} is another conversation's; choose a new one"),
        ));
    }
    Ok(chosen)
}

/// A text of ours that nobody has stored yet.
pub(super) fn entry_of(
    tx: &mut dyn Tx,
    id: EntryId,
    conversation: &Conversation,
    author: Author,
    body: &str,
    later: Option<&Later>,
) -> Entry {
    let status = later.map_or(DeliveryStatus::Queued, |_| DeliveryStatus::Scheduled);
    Entry {
        id,
        seq: Seq::ZERO,
        conversation: conversation.id,
        position: Seq::ZERO,
        entry_kind: EntryKind::Message,
        direction: Direction::Outbound,
        author,
        origin: Origin::Api,
        body: body.to_owned(),
        media: Vec::new(),
        status: Some(status),
        error: None,
        sid: None,
        segments: Some(Segments::of(body).segments),
        price: None,
        at: tx.now(),
        sent_at: None,
        delivered_at: None,
        activity: Vec::new(),
        mentions: Vec::new(),
        send_at: later.map(|later| door(later.send_at)),
        zone: later.and_then(|later| later.zone.clone()),
        cancel_on_reply: later.is_some_and(|later| later.cancel_on_reply),
        held_since: None,
        insight: None,
        suggestion: None,
        ai_generated: None,
    }
}

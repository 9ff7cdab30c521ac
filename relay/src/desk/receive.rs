//! A customer's text comes in.

use crate::desk::lines::{Configured, ensure};
use crate::desk::rules::Decided;
use crate::desk::{consent, insight, later, rules};
use crate::store::sql::Tx;
use crate::store::webhooks::{Seen, WebhookKind};
use crate::store::{StoreError, contacts, conversations, entries, lines, removal, webhooks};
use crate::twilio::form::InboundMessage;
use smsdesk_common::contact::{Contact, called};
use smsdesk_common::conversation::{Conversation, ConversationStatus, Preview};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::{ContactId, ConversationId, EntryId, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::status::DeliveryStatus;

/// Stores an inbound text with its contact and conversation, opens the conversation again, and does
/// what the team's rules say. A text that came before, by whatever way, is not stored again.
///
/// `raw` is kept as evidence.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn receive(
    tx: &mut dyn Tx,
    message: &InboundMessage,
    raw: &[u8],
    origin: Origin,
) -> Result<Seen, StoreError> {
    receive_and_decide(tx, message, raw, origin).map(|(seen, _)| seen)
}

/// As [`receive`]; tells too whether rules did something that others wait for.
///
/// # Errors
/// As [`receive`].
pub fn receive_and_decide(
    tx: &mut dyn Tx,
    message: &InboundMessage,
    raw: &[u8],
    origin: Origin,
) -> Result<(Seen, Decided), StoreError> {
    let (account, sid) = (message.account.as_str(), message.sid.as_str());
    if removal::is_gone(tx, sid)? {
        return Ok((Seen::Again, Decided::Nothing));
    }
    let seen = webhooks::insert(tx, WebhookKind::Message, account, sid, origin, raw)?;
    if seen == Seen::Again || entries::by_sid(tx, sid)?.is_some() {
        return Ok((Seen::Again, Decided::Nothing));
    }
    let line = line_of(tx, message.service.as_ref(), &message.to)?;
    let mut conversation = conversation_between(tx, &line, message)?;
    if conversation.inbound_total == 0 {
        learn(tx, conversation.contact, message)?;
    }
    let entry = entry_of(tx, message, conversation.id, origin);
    let entry = entries::insert(tx, entry)?;
    let before = conversation.clone();
    conversation.inbound_total = conversation.inbound_total.saturating_add(1);
    // Whoever answered later did not see a text that was found late: it waits all the same.
    let waiting_since = conversation.waiting_since.unwrap_or(entry.at);
    conversation.waiting_since = Some(waiting_since.min(entry.at));
    conversation.status = ConversationStatus::Open;
    conversation.snoozed_until = None;
    show_if_newest(&mut conversation, &entry);
    conversations::update(tx, &mut conversation)?;
    insight::outdated(tx, conversation.id)?;
    later::customer_wrote(tx, conversation.id)?;
    consent::heard(tx, message, &before, &entry)?;
    let decided = rules::received(tx, &entry, consent::signal(message))?;
    Ok((Seen::First, decided))
}

/// Puts an entry into the list row unless a later one of the timeline stands there.
pub(crate) fn show_if_newest(conversation: &mut Conversation, entry: &Entry) {
    let newest = conversation.last.as_ref();
    if newest.is_none_or(|last| (last.at, last.position) < (entry.at, entry.position)) {
        conversation.last = Some(Preview::of(entry));
    }
}

/// The line that a text came to or went from: the messaging service where that is what we send
/// from, so that an answer to it lands in the same conversation; else the number.
pub(crate) fn line_of(
    tx: &mut dyn Tx,
    service: Option<&Address>,
    number: &Address,
) -> Result<Address, StoreError> {
    if let Some(service) = service
        && let Some(line) = lines::find(tx, service.as_str())?
        && line.active
    {
        return Ok(line.id);
    }
    Ok(number.clone())
}

fn conversation_between(
    tx: &mut dyn Tx,
    line: &Address,
    message: &InboundMessage,
) -> Result<Conversation, StoreError> {
    if let Some(conversation) = conversations::between(tx, line, &message.from)? {
        return Ok(conversation);
    }
    let newcomer = Contact {
        name: named(message),
        place: message.place.clone(),
        ..blank_contact(tx, &message.from)
    };
    let contact = contact_of(tx, &message.from, newcomer)?;
    let id = ConversationId(tx.new_id());
    open_conversation(tx, id, line, &message.from, contact)
}

/// What the customer calls themselves, where the channel says it.
fn named(message: &InboundMessage) -> Option<String> {
    called(message.profile_name.as_deref()?)
}

/// Notes what comes with the first text of somebody of whom less was known. What agents wrote stays.
fn learn(tx: &mut dyn Tx, id: ContactId, message: &InboundMessage) -> Result<(), StoreError> {
    let Some(mut contact) = contacts::find(tx, id)? else {
        return Ok(());
    };
    let before = contact.clone();
    if contact.place.is_empty() {
        contact.place = message.place.clone();
    }
    contact.name = contact.name.or_else(|| named(message));
    if contact != before {
        contacts::update(tx, &mut contact)?;
    }
    Ok(())
}

/// A contact of whom nothing is known but an address.
pub(crate) fn blank_contact(tx: &mut dyn Tx, address: &Address) -> Contact {
    Contact::blank(ContactId(tx.new_id()), address.clone(), tx.now())
}

/// Whoever has `address`; `otherwise` is stored where nobody has.
pub(crate) fn contact_of(
    tx: &mut dyn Tx,
    address: &Address,
    otherwise: Contact,
) -> Result<ContactId, StoreError> {
    match contacts::by_address(tx, address)? {
        Some(contact) => Ok(contact),
        None => Ok(contacts::insert(tx, otherwise)?.id),
    }
}

/// Stores an open conversation in which nothing was said yet, and its line where that is new.
pub(crate) fn open_conversation(
    tx: &mut dyn Tx,
    id: ConversationId,
    line: &Address,
    address: &Address,
    contact: ContactId,
) -> Result<Conversation, StoreError> {
    ensure(tx, line, Configured::No)?;
    let conversation = Conversation {
        id,
        seq: Seq::ZERO,
        line: line.clone(),
        address: address.clone(),
        contact,
        status: ConversationStatus::Open,
        assignee: None,
        labels: Vec::new(),
        flagged: false,
        flag_reason: None,
        snoozed_until: None,
        waiting_since: None,
        inbound_total: 0,
        last: None,
        created_at: tx.now(),
    };
    conversations::insert(tx, conversation)
}

fn entry_of(
    tx: &mut dyn Tx,
    message: &InboundMessage,
    conversation: ConversationId,
    origin: Origin,
) -> Entry {
    let now = tx.now();
    Entry {
        id: EntryId(tx.new_id()),
        seq: Seq::ZERO,
        conversation,
        position: Seq::ZERO,
        entry_kind: EntryKind::Message,
        direction: Direction::Inbound,
        author: Author::Contact,
        origin,
        body: message.body.clone(),
        media: message.media.clone(),
        status: Some(DeliveryStatus::Received),
        error: None,
        sid: Some(message.sid.as_str().to_owned()),
        segments: message.segments,
        price: None,
        // A clock ahead of ours must not put a text above all that follow.
        at: message.at.unwrap_or(now).min(now),
        sent_at: None,
        delivered_at: None,
        activity: Vec::new(),
        mentions: Vec::new(),
        send_at: None,
        zone: None,
        cancel_on_reply: false,
        held_since: None,
        insight: None,
        suggestion: None,
        ai_generated: None,
    }
}

//! What the provider's own lists tell: texts whose webhook was lost, statuses whose callback was,
//! messages of texts in doubt, and texts that went out without us.

use crate::desk::insight;
use crate::desk::receive::{
    blank_contact, contact_of, line_of, open_conversation, receive, show_if_newest,
};
use crate::desk::status::{Merged, is_in_doubt, merge, merge_early, store};
use crate::store::sql::{Reads, Tx};
use crate::store::unknown::Owner;
use crate::store::webhooks::Seen;
use crate::store::{StoreError, conversations, entries, media_wanted, outbox, removal, unknown};
use crate::twilio::listed::ListedMessage;
use smsdesk_common::entry::{Author, Cause, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::{ConversationId, EntryId, Seq};
use smsdesk_common::media::Media;
use smsdesk_common::status::{Delivery, DeliveryStatus};
use smsdesk_common::time::Timestamp;

/// Who has sent what went out without us.
const AUTHOR: &str = "twilio";

/// Enters an inbound text as its webhook would have done. Its attachments are fetched later.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn inbound(tx: &mut dyn Tx, message: &ListedMessage) -> Result<Seen, StoreError> {
    let Some(text) = message.as_inbound() else {
        tracing::warn!(
            sid = message.sid.as_str(),
            "a listed text has no sender; it is left out"
        );
        return Ok(Seen::Again);
    };
    let seen = receive(tx, &text, message.raw.as_bytes(), Origin::Backfill)?;
    if seen == Seen::First
        && message.num_media > 0
        && let Some(entry) = entries::by_sid(tx, message.sid.as_str())?
    {
        media_wanted::insert(tx, entry.id)?;
    }
    Ok(seen)
}

/// Whether the list knows more of a text of ours than we do.
///
/// # Errors
/// The database cannot be read.
pub fn is_news(reads: &mut dyn Reads, message: &ListedMessage) -> Result<bool, StoreError> {
    let entry = entries::by_sid(reads, message.sid.as_str())?;
    let Some(mut entry) = entry.filter(|entry| entry.direction == Direction::Outbound) else {
        return Ok(false);
    };
    let now = message.created;
    Ok(take_over(&mut entry, message, now) != Change::None)
}

/// What a list changed of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// Its price or its segments.
    Bill,
    /// How far it has come.
    Status,
}

/// Merges what a list says of a text of ours, as a report would be merged.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn advance(tx: &mut dyn Tx, message: &ListedMessage) -> Result<Change, StoreError> {
    let entry = entries::by_sid(tx, message.sid.as_str())?;
    let Some(mut entry) = entry.filter(|entry| entry.direction == Direction::Outbound) else {
        return Ok(Change::None);
    };
    let change = take_over(&mut entry, message, tx.now());
    if change != Change::None {
        store(tx, &mut entry)?;
    }
    Ok(change)
}

/// The list says when a text went on, but not when it arrived: that is known from `now` on.
fn take_over(entry: &mut Entry, message: &ListedMessage, now: Timestamp) -> Change {
    let before = (entry.price.clone(), entry.segments);
    entry.price = message.price.clone().or(entry.price.take());
    entry.segments = message.segments.or(entry.segments);
    let sent_at = entry.sent_at.or(message.sent);
    let merged = message
        .delivery
        .as_ref()
        .map_or(Merged::Known, |delivery| merge(entry, delivery, now));
    entry.sent_at = entry.sent_at.and(sent_at).or(entry.sent_at);
    if merged == Merged::News {
        Change::Status
    } else if before != (entry.price.clone(), entry.segments) {
        Change::Bill
    } else {
        Change::None
    }
}

/// Whether a text found its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// It did.
    Now,
    /// Something came in between: look again.
    Not,
}

/// Gives a text in doubt the message that it is. Does nothing where either has become somebody
/// else's meanwhile, or where another text of the pair is just being handed over and the message
/// could be that one's.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn bind(tx: &mut dyn Tx, id: EntryId, message: &ListedMessage) -> Result<Bound, StoreError> {
    let Some(mut entry) = entries::find(tx, id)? else {
        return Ok(Bound::Not);
    };
    if entry.sid.is_some() || !is_in_doubt(&entry) {
        return Ok(Bound::Not);
    }
    if entries::by_sid(tx, message.sid.as_str())?.is_some() || is_contested(tx, message)? {
        return Ok(Bound::Not);
    }
    outbox::remove(tx, id)?;
    unknown::forget(tx, id)?;
    entry.sid = Some(message.sid.as_str().to_owned());
    let taken = Delivery {
        status: DeliveryStatus::Accepted,
        error: None,
    };
    merge(&mut entry, &taken, message.created);
    take_over(&mut entry, message, tx.now());
    merge_early(tx, &mut entry)?;
    store(tx, &mut entry)?;
    Ok(Bound::Now)
}

/// Whether the message may be of a text that is just being handed over.
fn is_contested(tx: &mut dyn Tx, message: &ListedMessage) -> Result<bool, StoreError> {
    for line in message.service.iter().chain(&message.from) {
        if unknown::is_claimed(tx, line, &message.to)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Gives the search for a text up. It leaves the outbox and is never sent again by itself;
/// evidence that comes later still settles it.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn give_up(tx: &mut dyn Tx, id: EntryId) -> Result<(), StoreError> {
    unknown::looked(tx, id, None)?;
    let Some(mut entry) = entries::find(tx, id)? else {
        return Ok(());
    };
    if entry.sid.is_some() {
        return Ok(());
    }
    outbox::remove(tx, id)?;
    let unconfirmed = Delivery {
        status: DeliveryStatus::Unconfirmed,
        error: None,
    };
    let now = tx.now();
    if merge(&mut entry, &unconfirmed, now) == Merged::News {
        store(tx, &mut entry)?;
    }
    Ok(())
}

/// What came of a message that no request of ours is known for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stranger {
    /// It went out without us, and is in its conversation now.
    Entered,
    /// It has its entry.
    Known,
    /// It may be a text of ours that is still looked for: to be met once more.
    MayBeOurs,
    /// It may be a text of ours that was given up, and is left to that.
    OfUnconfirmed,
}

/// Enters a text that went out on a line of ours without us: from Twilio's console, by another
/// program, or before an older database was put back. Does nothing where a text of ours could be
/// its owner.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn outbound(
    tx: &mut dyn Tx,
    message: &ListedMessage,
    slack_ms: i64,
) -> Result<Stranger, StoreError> {
    let number = message.from.as_ref().or(message.service.as_ref());
    let (Some(number), Direction::Outbound) = (number, message.direction) else {
        return Ok(Stranger::Known);
    };
    let sid = message.sid.as_str();
    if entries::by_sid(tx, sid)?.is_some() || removal::is_gone(tx, sid)? {
        return Ok(Stranger::Known);
    }
    for line in message.service.iter().chain(&message.from) {
        match unknown::could_own(tx, line, &message.to, message.created, slack_ms)? {
            Some(Owner::LookedFor) => return Ok(Stranger::MayBeOurs),
            Some(Owner::GivenUp) => return Ok(Stranger::OfUnconfirmed),
            None => {}
        }
    }
    let line = line_of(tx, message.service.as_ref(), number)?;
    let mut conversation = match conversations::between(tx, &line, &message.to)? {
        Some(conversation) => conversation,
        None => {
            let blank = blank_contact(tx, &message.to);
            let contact = contact_of(tx, &message.to, blank)?;
            let id = ConversationId(tx.new_id());
            open_conversation(tx, id, &line, &message.to, contact)?
        }
    };
    insight::outdated(tx, conversation.id)?;
    let entry = outbound_entry(tx, message, conversation.id);
    let mut entry = entries::insert(tx, entry)?;
    // Prices and times are no part of a new entry, and reports may have come before it.
    take_over(&mut entry, message, tx.now());
    merge_early(tx, &mut entry)?;
    entries::update_delivery(tx, &mut entry)?;
    if message.num_media > 0 {
        media_wanted::insert(tx, entry.id)?;
    }
    // Whoever sent it by other means saw the customer's text there.
    conversation.waiting_since = conversation.waiting_since.filter(|&since| since > entry.at);
    show_if_newest(&mut conversation, &entry);
    conversations::update(tx, &mut conversation)?;
    Ok(Stranger::Entered)
}

fn outbound_entry(tx: &mut dyn Tx, message: &ListedMessage, conversation: ConversationId) -> Entry {
    let now = tx.now();
    Entry {
        id: EntryId(tx.new_id()),
        seq: Seq::ZERO,
        conversation,
        position: Seq::ZERO,
        entry_kind: EntryKind::Message,
        direction: Direction::Outbound,
        author: Author::Automation(Cause::named(AUTHOR)),
        origin: Origin::Backfill,
        body: message.body.clone(),
        media: Vec::new(),
        status: Some(DeliveryStatus::Accepted),
        error: None,
        sid: Some(message.sid.as_str().to_owned()),
        segments: message.segments,
        price: None,
        at: message.created.min(now),
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

/// Fills in the attachments of an entry that waited for them.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn attach(tx: &mut dyn Tx, id: EntryId, media: Vec<Media>) -> Result<(), StoreError> {
    media_wanted::remove(tx, id)?;
    let Some(mut entry) = entries::find(tx, id)?.filter(|entry| entry.media.is_empty()) else {
        return Ok(());
    };
    entry.media = media;
    media_wanted::fill(tx, &mut entry)?;
    let conversation = conversations::find(tx, entry.conversation)?;
    if let Some(mut conversation) = conversation
        && let Some(last) = conversation.last.as_mut().filter(|last| last.entry == id)
    {
        last.media = u32::try_from(entry.media.len()).unwrap_or(u32::MAX);
        conversations::update(tx, &mut conversation)?;
    }
    Ok(())
}

//! Somebody calls one of our lines.
//!
//! A call is an entry whose words follow what is reported of it. It opens the conversation and waits
//! for somebody, as a text does; it is no text, and is not counted as one.

use crate::desk::receive::{blank_contact, contact_of, open_conversation, show_if_newest};
use crate::store::sql::Tx;
use crate::store::webhooks::{Seen, WebhookKind};
use crate::store::{StoreError, calls, conversations, entries, lines, removal, search, webhooks};
use crate::twilio::call::{CallReport, amounts_to};
use crate::twilio::form::Form;
use smsdesk_common::conversation::{Conversation, ConversationStatus, Preview};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::{ConversationId, EntryId, Seq};

/// Stores what was reported of a call, and its entry with what all that was reported amounts to. A
/// report that came before changes nothing.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn report(tx: &mut dyn Tx, report: &CallReport, raw: &[u8]) -> Result<Seen, StoreError> {
    let (account, sid) = (report.account.as_str(), report.sid.as_str());
    if removal::is_gone(tx, sid)? {
        return Ok(Seen::Again);
    }
    let (kind, key) = (WebhookKind::Call, report.dedupe_key());
    let seen = webhooks::insert(tx, kind, account, &key, Origin::Webhook, raw)?;
    if seen == Seen::Again || !report.inbound {
        return Ok(seen);
    }
    let reports: Vec<CallReport> = calls::reports(tx, account, sid)?
        .iter()
        .filter_map(|raw| CallReport::from_form(&Form::parse(raw).ok()?).ok())
        .collect();
    let Some(words) = amounts_to(&reports) else {
        return Ok(seen);
    };
    match entries::by_sid(tx, sid)? {
        Some(call) => retell(tx, call, words)?,
        None => begin(tx, report, words)?,
    }
    Ok(seen)
}

fn begin(tx: &mut dyn Tx, report: &CallReport, words: String) -> Result<(), StoreError> {
    let mut conversation = conversation_of(tx, report)?;
    let call = entry_of(tx, report, conversation.id, words);
    let call = entries::insert(tx, call)?;
    conversation.waiting_since = conversation.waiting_since.or(Some(call.at));
    conversation.status = ConversationStatus::Open;
    conversation.snoozed_until = None;
    show_if_newest(&mut conversation, &call);
    conversations::update(tx, &mut conversation)
}

fn retell(tx: &mut dyn Tx, mut call: Entry, words: String) -> Result<(), StoreError> {
    if call.body == words {
        return Ok(());
    }
    call.body = words;
    calls::update(tx, &mut call)?;
    search::index_again(tx, &call)?;
    let held = conversations::find(tx, call.conversation)?;
    let shows = |held: &Conversation| held.last.as_ref().is_some_and(|last| last.entry == call.id);
    if let Some(mut held) = held.filter(shows) {
        held.last = Some(Preview::of(&call));
        conversations::update(tx, &mut held)?;
    }
    Ok(())
}

/// The conversation with that line, else one with another line of ours that still sends: a number may
/// belong to a messaging service, which a call does not name.
fn conversation_of(tx: &mut dyn Tx, report: &CallReport) -> Result<Conversation, StoreError> {
    if let Some(held) = conversations::between(tx, &report.to, &report.from)? {
        return Ok(held);
    }
    for held in conversations::with_address(tx, &report.from)? {
        if lines::find(tx, held.line.as_str())?.is_some_and(|line| line.active) {
            return Ok(held);
        }
    }
    let newcomer = blank_contact(tx, &report.from);
    let contact = contact_of(tx, &report.from, newcomer)?;
    let id = ConversationId(tx.new_id());
    open_conversation(tx, id, &report.to, &report.from, contact)
}

fn entry_of(
    tx: &mut dyn Tx,
    report: &CallReport,
    conversation: ConversationId,
    words: String,
) -> Entry {
    Entry {
        id: EntryId(tx.new_id()),
        seq: Seq::ZERO,
        conversation,
        position: Seq::ZERO,
        entry_kind: EntryKind::Call,
        direction: Direction::Inbound,
        author: Author::Contact,
        origin: Origin::Webhook,
        body: words,
        media: Vec::new(),
        status: None,
        error: None,
        sid: Some(report.sid.as_str().to_owned()),
        segments: None,
        price: None,
        at: tx.now(),
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

//! Texts that wait for their time: changed, canceled, let go, held.
//!
//! Whether one still waits is decided by its status, in the one transaction that changes it: of a
//! cancellation and the timer, or of a customer's text and the timer, the first one counts and the
//! other one finds that it came too late.

use crate::desk::shield::{self, OptedOut};
use crate::desk::triage::told;
use crate::desk::{DeskError, automatic, send, status};
use crate::store::requests::Done;
use crate::store::sql::Tx;
use crate::store::{StoreError, conversations, entries, outbox, requests, search, timed};
use sha2::{Digest as _, Sha256};
use smsdesk_common::activity::{self, Activity, TimedChange};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::messages::{Instead, MessagePatch};
use smsdesk_common::api::update::Update;
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::entry::{Author, Cause, Direction, Entry, EntryKind};
use smsdesk_common::ids::{AgentId, ConversationId, EntryId, RequestId};
use smsdesk_common::later::{self, Due, LatePolicy};
use smsdesk_common::record::Record;
use smsdesk_common::status::{Delivery, DeliveryError, DeliveryStatus};
use smsdesk_common::time::Timestamp;
use smsdesk_common::triage;
use uuid::Uuid;

/// Who acts where nobody does, as the timeline names it.
const AUTHOR: &str = "send-later";
/// Why a conversation wants attention whose text missed its time.
const HELD: &str = "a timed text missed its time";

/// What the timer did in one commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fired {
    /// Texts that are on their way.
    pub sent: usize,
    /// Texts that came too late and wait for somebody to decide.
    pub held: usize,
}

/// Checks a time that somebody gives.
///
/// # Errors
/// It lies too far ahead, or its zone is none.
pub(super) fn check_time(
    at: Timestamp,
    zone: Option<&str>,
    now: Timestamp,
) -> Result<(), DeskError> {
    let refused = |detail| DeskError::refused(ErrorCode::SendAtInvalid, detail);
    if let Some(why) = later::unfit(at, now) {
        return Err(refused(format!("`send_at` {why}")));
    }
    match zone.and_then(later::unfit_zone) {
        Some(why) => Err(refused(format!("`zone` {why}"))),
        None => Ok(()),
    }
}

/// Carries a patch out. The same request again, even a late one, does nothing and gives the text as
/// it is by now; a patch that changes nothing leaves no trace but its id.
///
/// # Errors
/// A refusal that names the field and what was expected; the text waits no more, or was changed in
/// a way that the sender asked to be told of; the id was used for something else; or the database
/// cannot be written. Nothing is stored then.
pub fn patch(
    tx: &mut dyn Tx,
    agent: &Agent,
    text: EntryId,
    patch: &MessagePatch,
) -> Result<Entry, DeskError> {
    check(tx, patch)?;
    let held = entries::find(tx, text)?;
    let body_hash = hash(agent.id, text, patch)?;
    if let Some(done) = requests::find(tx, patch.id.0)? {
        return held
            .filter(|_| done.body_hash == body_hash)
            .ok_or_else(|| id_reused(patch));
    }
    if entries::find(tx, EntryId(patch.id.0))?.is_some() {
        return Err(id_reused(patch));
    }
    let ours = |held: &Entry| {
        (held.entry_kind, held.direction) == (EntryKind::Message, Direction::Outbound)
    };
    let mut entry = held.filter(ours).ok_or_else(|| {
        let detail = format!("no text of ours has the id {text}");
        DeskError::refused(ErrorCode::EntryUnknown, detail)
    })?;
    if patch.if_seq.is_some_and(|expected| expected != entry.seq) {
        let detail = format!(
            "`if_seq`: the text is at {} by now; nothing was changed",
            entry.seq
        );
        return Err(conflict(ErrorCode::MessageChanged, detail, entry));
    }
    if entry.is_timed() {
        change(tx, agent, patch, &mut entry)?;
    } else {
        too_late(tx, agent, patch, &mut entry)?;
    }
    let subject = text.to_string();
    requests::insert(tx, patch.id.0, &Done { body_hash, subject })?;
    Ok(entry)
}

/// Cancels a text, by a request of this id where it has one. Done twice it is done once.
///
/// # Errors
/// As [`patch`].
pub fn cancel(
    tx: &mut dyn Tx,
    agent: &Agent,
    text: EntryId,
    request: Option<RequestId>,
) -> Result<Entry, DeskError> {
    let id = request.unwrap_or_else(|| RequestId(tx.new_id()));
    let cancel = MessagePatch {
        status: Some(Instead::Canceled),
        ..MessagePatch::new(id)
    };
    patch(tx, agent, text, &cancel)
}

/// Lets the texts go whose time has come, at most `limit`, or holds those that are too late.
///
/// # Errors
/// The database cannot be written; nothing is done then.
pub fn fire(tx: &mut dyn Tx, policy: LatePolicy, limit: u32) -> Result<Fired, StoreError> {
    let now = tx.now();
    let mut fired = Fired::default();
    for mut entry in timed::due(tx, now, limit)? {
        let due = match automatic::due(tx, &mut entry)? {
            None => later::due(entry.send_at.unwrap_or(now), now, policy),
            Some(automatic::Due::Go) => Due::Go,
            Some(automatic::Due::Waits) => continue,
            Some(automatic::Due::Dropped(why)) => {
                give_up(tx, &mut entry, DeliveryStatus::Canceled, why)?;
                continue;
            }
        };
        match due {
            Due::Wait(_) => {}
            Due::Go => match release(tx, &mut entry)? {
                Ok(()) => fired.sent += 1,
                Err(_) => refuse(tx, &mut entry)?,
            },
            Due::Hold => {
                hold(tx, &mut entry)?;
                fired.held += 1;
            }
        }
    }
    Ok(fired)
}

/// The customer has written: what was to go only if they do not is canceled.
///
/// # Errors
/// The database cannot be written.
pub(super) fn customer_wrote(
    tx: &mut dyn Tx,
    conversation: ConversationId,
) -> Result<(), StoreError> {
    let waiting = timed::of(tx, conversation)?;
    for mut entry in waiting.into_iter().filter(|entry| entry.cancel_on_reply) {
        entry.status = Some(DeliveryStatus::Canceled);
        entry.held_since = None;
        let did = vec![timed_text(entry.id, TimedChange::CanceledByReply)];
        tell(tx, None, conversation, did)?;
        timed::update(tx, &mut entry)?;
    }
    Ok(())
}

/// A text that nobody typed is of no use any more: it does not go out.
///
/// # Errors
/// The database cannot be written.
pub(super) fn take_back(tx: &mut dyn Tx, entry: &mut Entry) -> Result<(), StoreError> {
    entry.status = Some(DeliveryStatus::Canceled);
    entry.held_since = None;
    let did = vec![timed_text(entry.id, TimedChange::Canceled)];
    tell(tx, None, entry.conversation, did)?;
    timed::update(tx, entry)
}

fn check(tx: &mut dyn Tx, patch: &MessagePatch) -> Result<(), DeskError> {
    if patch.is_empty() {
        return Err(DeskError::refused(
            ErrorCode::PatchEmpty,
            "expected at least one of `body`, `send_at`, `cancel_on_reply`, `status`",
        ));
    }
    if let Some(body) = &patch.body {
        send::check_body(body)?;
    }
    match (patch.send_at, patch.zone.as_deref()) {
        (Some(at), zone) => check_time(at, zone, tx.now()),
        (None, Some(_)) => Err(DeskError::refused(
            ErrorCode::SendAtInvalid,
            "`zone`: expected only beside `send_at`",
        )),
        (None, None) => Ok(()),
    }
}

/// Changes a text that waits.
fn change(
    tx: &mut dyn Tx,
    agent: &Agent,
    patch: &MessagePatch,
    entry: &mut Entry,
) -> Result<(), DeskError> {
    let did = later::apply(patch, entry);
    if did.is_empty() {
        return Ok(());
    }
    let did = did.into_iter().map(|did| timed_text(entry.id, did));
    // The activity first: whoever holds the text beyond it has what it tells of.
    tell(
        tx,
        Some((agent, patch.id)),
        entry.conversation,
        did.collect(),
    )?;
    if patch.body.is_some() {
        search::index_again(tx, entry)?;
    }
    if entry.status == Some(DeliveryStatus::Queued) {
        release(tx, entry)?.map_err(|opted_out| opted_out.refusal())?;
    } else {
        timed::update(tx, entry)?;
    }
    Ok(())
}

/// A text that waits for its time no more. It can be canceled as long as nobody has begun to hand it
/// over.
fn too_late(
    tx: &mut dyn Tx,
    agent: &Agent,
    patch: &MessagePatch,
    entry: &mut Entry,
) -> Result<(), DeskError> {
    let cancels = patch.status == Some(Instead::Canceled);
    if entry.status == Some(DeliveryStatus::Canceled) {
        if cancels {
            return Ok(());
        }
        let detail = "it was canceled meanwhile; nothing was changed".to_owned();
        return Err(conflict(ErrorCode::AlreadyCanceled, detail, entry.clone()));
    }
    if !cancels || !outbox::withdraw(tx, entry.id)? {
        let detail = if cancels {
            "it has gone out, or is just going: it cannot be canceled any more"
        } else {
            "it has gone out, or is just going; nothing was changed"
        };
        return Err(conflict(
            ErrorCode::AlreadySent,
            detail.to_owned(),
            entry.clone(),
        ));
    }
    let did = vec![timed_text(entry.id, TimedChange::Canceled)];
    tell(tx, Some((agent, patch.id)), entry.conversation, did)?;
    entry.status = Some(DeliveryStatus::Canceled);
    timed::update(tx, entry)?;
    let Some(mut conversation) = conversations::find(tx, entry.conversation)? else {
        return Ok(());
    };
    if conversation.status != ConversationStatus::Done {
        conversation.waiting_since = entries::unanswered_since(tx, conversation.id)?;
    }
    if let Some(last) = conversation
        .last
        .as_mut()
        .filter(|last| last.entry == entry.id)
    {
        last.status = entry.status;
    }
    Ok(conversations::update(tx, &mut conversation)?)
}

/// Puts a text on its way. From now on it stands in its conversation where it went.
fn release(tx: &mut dyn Tx, entry: &mut Entry) -> Result<Result<(), OptedOut>, StoreError> {
    let mut conversation = conversations::find(tx, entry.conversation)?
        .ok_or_else(|| StoreError::column(0, "entry.conversation: there is no such"))?;
    let (line, to) = (&conversation.line, &conversation.address);
    let pass = match shield::check(tx, &entry.author, line, to)? {
        Ok(pass) => pass,
        Err(opted_out) => return Ok(Err(opted_out)),
    };
    entry.status = Some(DeliveryStatus::Queued);
    entry.held_since = None;
    entry.at = tx.now();
    timed::update(tx, entry)?;
    send::queue(tx, &mut conversation, entry, pass)?;
    Ok(Ok(()))
}

/// Fails a text whose time comes after the person opted out.
pub(super) fn refuse(tx: &mut dyn Tx, entry: &mut Entry) -> Result<(), StoreError> {
    let why = OptedOut::too_late();
    give_up(tx, entry, DeliveryStatus::Failed, &why.text)
}

/// Ends a text that waited for its time and does not go out.
fn give_up(
    tx: &mut dyn Tx,
    entry: &mut Entry,
    end: DeliveryStatus,
    why: &str,
) -> Result<(), StoreError> {
    let delivery = Delivery {
        status: end,
        error: Some(DeliveryError {
            code: DeliveryError::OURS,
            text: why.to_owned(),
        }),
    };
    entry.held_since = None;
    status::merge(entry, &delivery, tx.now());
    status::store(tx, entry)
}

/// Keeps a text that came too late, and asks for somebody.
fn hold(tx: &mut dyn Tx, entry: &mut Entry) -> Result<(), StoreError> {
    entry.held_since = Some(tx.now());
    let mut did = vec![timed_text(entry.id, TimedChange::Held)];
    if let Some(mut conversation) = conversations::find(tx, entry.conversation)? {
        let was = conversation.status;
        let mut asks = Patch::new(RequestId(tx.new_id()));
        asks.status = Some(ConversationStatus::Open);
        if !conversation.flagged {
            asks.flagged = Some(true);
            asks.flag_reason = Update::Set(HELD.to_owned());
        }
        let changed = triage::apply(&asks, &mut conversation);
        if was == ConversationStatus::Done {
            conversation.waiting_since = entries::unanswered_since(tx, conversation.id)?;
        }
        if !changed.is_empty() {
            conversations::update(tx, &mut conversation)?;
        }
        did.extend(changed);
    }
    tell(tx, None, entry.conversation, did)?;
    timed::update(tx, entry)
}

const fn timed_text(text: EntryId, change: TimedChange) -> Activity {
    Activity::TimedText { text, change }
}

/// An entry that says what was done, and by whom where anybody did it.
fn tell(
    tx: &mut dyn Tx,
    by: Option<(&Agent, RequestId)>,
    conversation: ConversationId,
    did: Vec<Activity>,
) -> Result<(), StoreError> {
    let (id, author) = match by {
        Some((agent, request)) => (request.0, Author::Agent(agent.id)),
        None => (tx.new_id(), Author::Automation(Cause::named(AUTHOR))),
    };
    let nobody = AgentId(Uuid::nil());
    let words = activity::words(&did, nobody, |_| String::new());
    let entry = told(tx, EntryId(id), conversation, author, words, did);
    entries::insert(tx, entry)?;
    Ok(())
}

fn conflict(code: ErrorCode, detail: String, current: Entry) -> DeskError {
    DeskError::Conflict {
        code,
        detail,
        current: Box::new(Record::Entry(Box::new(current))),
    }
}

fn id_reused(patch: &MessagePatch) -> DeskError {
    let detail = format!(
        "`id` {} was used for something else; choose a new one",
        patch.id
    );
    DeskError::refused(ErrorCode::IdReused, detail)
}

/// What makes two requests the same: who asks what of which text.
fn hash(agent: AgentId, text: EntryId, patch: &MessagePatch) -> Result<Vec<u8>, DeskError> {
    let body = serde_json::to_vec(patch).map_err(|error| StoreError::Engine(error.to_string()))?;
    let mut hasher = Sha256::new();
    hasher.update(b"message\0");
    hasher.update(agent.0.as_bytes());
    hasher.update(text.0.as_bytes());
    hasher.update(body);
    Ok(hasher.finalize().to_vec())
}

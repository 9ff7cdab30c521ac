//! An agent changes where a conversation stands in the team's work.
//!
//! One transaction: the request's id, the conversation, and an entry that tells who changed what. An
//! activity is no text: it is not the preview, ends no wait, and is nothing unread.

use crate::desk::DeskError;
use crate::store::requests::Done;
use crate::store::sql::Tx;
use crate::store::{StoreError, agents, conversations, entries, requests};
use sha2::{Digest as _, Sha256};
use smsdesk_common::activity::{self, Activity};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::update::Update;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::entry::{Author, Cause, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::{AgentId, ConversationId, EntryId, RequestId, Seq};
use smsdesk_common::record::Record;
use smsdesk_common::triage;
use uuid::Uuid;

/// Carries a patch out. The same request again, even a late one, does nothing and gives the
/// conversation as it is by now; a patch that changes nothing leaves no trace but its id.
///
/// # Errors
/// A refusal that names the field and what was expected; the conversation is unknown, or was changed
/// in a way that the sender asked to be told of; the id was used for something else; or the database
/// cannot be written. Nothing is stored then.
pub fn patch(
    tx: &mut dyn Tx,
    agent: &Agent,
    conversation: ConversationId,
    patch: &Patch,
) -> Result<Conversation, DeskError> {
    check(patch)?;
    let held = conversations::find(tx, conversation)?;
    let body_hash = hash(agent.id, conversation, patch)?;
    if let Some(done) = requests::find(tx, patch.id.0)? {
        return held
            .filter(|_| done.body_hash == body_hash)
            .ok_or_else(|| id_reused(patch));
    }
    if entries::find(tx, EntryId(patch.id.0))?.is_some() {
        return Err(id_reused(patch));
    }
    let held = held.ok_or_else(|| {
        DeskError::refused(
            ErrorCode::ConversationUnknown,
            format!("conversation {conversation} does not exist"),
        )
    })?;
    check_against(tx, patch, &held)?;
    let mut changed = held.clone();
    let did = triage::apply(patch, &mut changed);
    if !did.is_empty() {
        if held.status == ConversationStatus::Done && changed.status != ConversationStatus::Done {
            changed.waiting_since = entries::unanswered_since(tx, conversation)?;
        }
        // The entry first: whoever holds the conversation beyond it has what it tells of.
        let entry = entry_of(tx, agent, patch, &changed, did)?;
        entries::insert(tx, entry)?;
        conversations::update(tx, &mut changed)?;
    }
    requests::insert(
        tx,
        patch.id.0,
        &Done {
            body_hash,
            subject: conversation.to_string(),
        },
    )?;
    Ok(changed)
}

/// Opens snoozed conversations whose time has come, at most `limit`; how many.
///
/// # Errors
/// The database cannot be written; nothing is opened then.
pub fn wake(tx: &mut dyn Tx, limit: u32) -> Result<usize, StoreError> {
    let now = tx.now();
    let due = conversations::to_wake(tx, now, limit)?;
    let woken = due.len();
    for mut conversation in due {
        let id = tx.new_id();
        let open = Patch {
            status: Some(ConversationStatus::Open),
            ..Patch::new(RequestId(id))
        };
        let did = triage::apply(&open, &mut conversation);
        let author = Author::Automation(Cause::named("snooze"));
        let words = activity::words(&did, AgentId(Uuid::nil()), |_| String::new());
        let entry = told(tx, EntryId(id), conversation.id, author, words, did);
        entries::insert(tx, entry)?;
        conversations::update(tx, &mut conversation)?;
    }
    Ok(woken)
}

/// What can be checked without the database.
fn check(patch: &Patch) -> Result<(), DeskError> {
    if patch.is_empty() {
        return Err(DeskError::refused(
            ErrorCode::PatchEmpty,
            "expected at least one of `status`, `assignee`, `labels`, `flagged`, \
             `flag_reason`, `snoozed_until`",
        ));
    }
    if let Update::Set(reason) = &patch.flag_reason
        && let Some(why) = triage::unfit_reason(reason)
    {
        return Err(DeskError::refused(
            ErrorCode::FlagReasonInvalid,
            format!("`flag_reason` {why}"),
        ));
    }
    match patch.labels.as_deref().and_then(triage::unfit) {
        Some(why) => Err(DeskError::refused(
            ErrorCode::LabelInvalid,
            format!("`labels` {why}"),
        )),
        None => Ok(()),
    }
}

fn check_against(tx: &mut dyn Tx, patch: &Patch, held: &Conversation) -> Result<(), DeskError> {
    if patch.if_seq.is_some_and(|expected| expected != held.seq) {
        let detail = format!(
            "`if_seq`: the conversation is at {} by now; nothing was changed",
            held.seq
        );
        return Err(conflict(ErrorCode::ConversationChanged, detail, held));
    }
    let status = patch.status.unwrap_or(held.status);
    if matches!(patch.snoozed_until, Update::Set(_)) && status != ConversationStatus::Snoozed {
        return Err(DeskError::refused(
            ErrorCode::SnoozeInvalid,
            format!(
                "`snoozed_until`: expected only where `status` is `snoozed`; it is `{}`",
                status.as_str()
            ),
        ));
    }
    let flagged = patch.flagged.unwrap_or(held.flagged);
    if matches!(patch.flag_reason, Update::Set(_)) && !flagged {
        return Err(DeskError::refused(
            ErrorCode::FlagReasonInvalid,
            "`flag_reason`: expected only where `flagged` is true; it is false",
        ));
    }
    if let Update::Set(assignee) = patch.assignee {
        check_assignee(tx, assignee)?;
    }
    let put_away = held.status == ConversationStatus::Open && status != ConversationStatus::Open;
    if let (true, Some(seen)) = (put_away, patch.seen_seq)
        && entries::has_inbound_after(tx, held.id, seen)?
    {
        let detail = "`seen_seq`: a text of the customer came later; the conversation stays open";
        return Err(conflict(ErrorCode::CustomerWrote, detail.to_owned(), held));
    }
    Ok(())
}

fn check_assignee(tx: &mut dyn Tx, id: AgentId) -> Result<(), DeskError> {
    match agents::find(tx, id)? {
        Some(agent) if agent.active => Ok(()),
        Some(agent) => Err(DeskError::refused(
            ErrorCode::AgentRevoked,
            format!(
                "`assignee`: {} does not work here any more; expected an active agent",
                agent.name
            ),
        )),
        None => Err(DeskError::refused(
            ErrorCode::AgentUnknown,
            format!("`assignee`: {id} is no agent of this desk; expected an agent's id or null"),
        )),
    }
}

fn conflict(code: ErrorCode, detail: String, current: &Conversation) -> DeskError {
    DeskError::Conflict {
        code,
        detail,
        current: Box::new(Record::Conversation(Box::new(current.clone()))),
    }
}

fn id_reused(patch: &Patch) -> DeskError {
    DeskError::refused(
        ErrorCode::IdReused,
        format!(
            "`id` {} was used for something else; choose a new one",
            patch.id
        ),
    )
}

/// What makes two requests the same: who asks what of which conversation.
fn hash(agent: AgentId, conversation: ConversationId, patch: &Patch) -> Result<Vec<u8>, DeskError> {
    let body = serde_json::to_vec(patch).map_err(|error| StoreError::Engine(error.to_string()))?;
    let mut hasher = Sha256::new();
    hasher.update(b"patch\0");
    hasher.update(agent.0.as_bytes());
    hasher.update(conversation.0.as_bytes());
    hasher.update(body);
    Ok(hasher.finalize().to_vec())
}

fn entry_of(
    tx: &mut dyn Tx,
    agent: &Agent,
    patch: &Patch,
    conversation: &Conversation,
    did: Vec<Activity>,
) -> Result<Entry, DeskError> {
    let assignee = match conversation.assignee {
        Some(assignee) => agents::find(tx, assignee)?,
        None => None,
    };
    let name = assignee.map_or_else(|| "somebody".to_owned(), |assignee| assignee.name);
    let words = activity::words(&did, agent.id, |_| name.clone());
    let (id, author) = (EntryId(patch.id.0), Author::Agent(agent.id));
    Ok(told(tx, id, conversation.id, author, words, did))
}

/// An entry that tells of something that was done.
pub(crate) fn told(
    tx: &mut dyn Tx,
    id: EntryId,
    conversation: ConversationId,
    author: Author,
    body: String,
    activity: Vec<Activity>,
) -> Entry {
    Entry {
        id,
        seq: Seq::ZERO,
        conversation,
        position: Seq::ZERO,
        entry_kind: EntryKind::Activity,
        direction: Direction::Internal,
        author,
        origin: Origin::Api,
        body,
        media: Vec::new(),
        status: None,
        error: None,
        sid: None,
        segments: None,
        price: None,
        at: tx.now(),
        sent_at: None,
        delivered_at: None,
        activity,
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

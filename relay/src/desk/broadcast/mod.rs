//! One text to many: made, let go in small parts, paused, canceled, counted.
//!
//! A recipient's text and the note that they have it are stored in one transaction, under a key that
//! no second text can have; so nobody is texted twice, whatever stops when.

mod fill;
mod go;
pub mod named;
pub mod plan;

pub use go::{Fed, feed, follow, refresh};

use crate::desk::DeskError;
use crate::store::broadcasts::{Words, recipients};
use crate::store::requests::Done;
use crate::store::sql::{Reads, Tx};
use crate::store::{
    StoreError, broadcasts, conversations, entries, feed as log, outbox, requests, templates, timed,
};
use named::Source;
use plan::{Asked, Plan};
use sha2::{Digest as _, Sha256};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::broadcasts::{BroadcastAction, PatchBroadcast, SendBulk};
use smsdesk_common::broadcast::{Broadcast, BroadcastState, NAME_CHARACTERS_MAX, RecipientState};
use smsdesk_common::entry::{Author, Cause, Entry};
use smsdesk_common::filter::Filter;
use smsdesk_common::ids::{BroadcastId, EntryId, Seq};
use smsdesk_common::record::Record;
use smsdesk_common::status::DeliveryStatus;
use uuid::Uuid;

/// Why a broadcast waits after a restore.
const RESTORED: &str = "the relay was restored: some may have been texted since the backup";

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Engine(error.to_string()))
}

fn recipients_invalid(detail: impl Into<String>) -> DeskError {
    DeskError::refused(ErrorCode::RecipientsInvalid, detail)
}

/// Reads what a request asks for, with the template as it is now.
///
/// # Errors
/// A refusal that names the field and what was expected; or the database cannot be read.
pub fn parse(reads: &mut dyn Reads, agent: &Agent, bulk: &SendBulk) -> Result<Asked, DeskError> {
    let source = match (&bulk.to, &bulk.label, &bulk.filter) {
        (Some(list), None, None) => Source::List(list.clone()),
        (None, Some(label), None) => Source::Label(label.clone()),
        (None, None, Some(filter)) => {
            let filter = Filter::parse(filter)
                .map_err(|error| recipients_invalid(format!("`filter`: {error}")))?;
            if filter.is_nothing() {
                let detail = "`filter`: expected a condition; none would mean everybody";
                return Err(recipients_invalid(detail));
            }
            Source::Filter(filter)
        }
        _ => {
            let detail = "expected exactly one of `to`, `label` and `filter`";
            return Err(recipients_invalid(detail));
        }
    };
    let mut words = Words {
        variables: bulk.variables.clone(),
        ..Words::default()
    };
    match (&bulk.body, bulk.template) {
        (Some(body), None) => words.body.clone_from(body),
        (None, Some(id)) => {
            let template = crate::desk::template::seen(reads, agent, id)?;
            words.body = template.body;
            words.translations = template.translations;
        }
        _ => {
            return Err(DeskError::refused(
                ErrorCode::BodyMalformed,
                "expected exactly one of `body` and `template`",
            ));
        }
    }
    let name = bulk.name.as_deref().unwrap_or("x");
    if name.trim().is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
        let detail = format!("`name`: expected 1 to {NAME_CHARACTERS_MAX} characters");
        return Err(DeskError::refused(ErrorCode::BodyMalformed, detail));
    }
    Ok(Asked {
        source,
        words,
        line: bulk.line.clone(),
    })
}

/// What makes two requests the same: everything but the leave to do it.
///
/// # Errors
/// It cannot be written as JSON.
pub fn hash(agent: &Agent, bulk: &SendBulk) -> Result<Vec<u8>, StoreError> {
    let asked = SendBulk {
        confirm: None,
        dry_run: false,
        ..bulk.clone()
    };
    let mut hasher = Sha256::new();
    hasher.update(b"bulk\0");
    hasher.update(agent.id.0.as_bytes());
    hasher.update(json(&asked)?);
    Ok(hasher.finalize().to_vec())
}

/// The broadcast that the same request has made before.
///
/// # Errors
/// The id was used for something else, or the database cannot be read.
pub fn made(
    reads: &mut dyn Reads,
    id: BroadcastId,
    hash: &[u8],
) -> Result<Option<Broadcast>, DeskError> {
    match requests::find(reads, id.0)? {
        None if broadcasts::find(reads, id)?.is_none() => Ok(None),
        Some(done) if done.body_hash == hash => Ok(broadcasts::find(reads, id)?),
        _ => Err(id_reused(id.0)),
    }
}

fn id_reused(id: Uuid) -> DeskError {
    let detail = format!("`id` {id} was used for something else; choose a new one");
    DeskError::refused(ErrorCode::IdReused, detail)
}

/// Refuses what is not what was counted before.
///
/// # Errors
/// It is not.
pub fn confirmed(plan: &Plan, confirm: Option<&str>) -> Result<(), DeskError> {
    match confirm {
        Some(counted) if counted != plan.counted.confirm => Err(DeskError::refused(
            ErrorCode::BroadcastChanged,
            "`confirm`: the list or the words are not what was counted; count again; nobody was \
             texted",
        )),
        _ => Ok(()),
    }
}

/// Makes a broadcast of a list that is stored already.
///
/// # Errors
/// The id was used for something else, or the database cannot be written. Nothing is stored then.
pub fn make(
    tx: &mut dyn Tx,
    agent: &Agent,
    (id, body_hash): (BroadcastId, Vec<u8>),
    bulk: &SendBulk,
    (asked, totals): (&Asked, smsdesk_common::broadcast::Totals),
) -> Result<Broadcast, DeskError> {
    if let Some(before) = made(tx, id, &body_hash)? {
        return Ok(before);
    }
    if !broadcasts::any(tx)? {
        // Nobody has a text of a broadcast yet: what was before says nothing of any.
        let head = log::head(tx)?;
        broadcasts::set_followed(tx, head)?;
    }
    let done = totals.of(RecipientState::Pending) == 0;
    let now = tx.now();
    let broadcast = Broadcast {
        id,
        seq: Seq::ZERO,
        name: match &bulk.name {
            Some(name) => name.trim().to_owned(),
            None => name(tx, bulk, &asked.words)?,
        },
        state: match done {
            true => BroadcastState::Finished,
            false => BroadcastState::Running,
        },
        why: None,
        body: asked.words.body.clone(),
        template: bulk.template,
        totals,
        created_by: agent.id,
        created_at: now,
        changed_by: None,
        changed_at: None,
        finished_at: done.then_some(now),
    };
    let broadcast = broadcasts::insert(tx, broadcast, &asked.words)?;
    let subject = id.to_string();
    requests::insert(tx, id.0, &Done { body_hash, subject })?;
    Ok(broadcast)
}

/// A name for one that was given none: its template's, or what it begins with.
fn name(tx: &mut dyn Tx, bulk: &SendBulk, words: &Words) -> Result<String, StoreError> {
    let template = match bulk.template {
        Some(id) => templates::find(tx, id)?.map(|template| template.name),
        None => None,
    };
    let words = words.body.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = template.unwrap_or(words);
    Ok(name.chars().take(NAME_CHARACTERS_MAX).collect())
}

/// Pauses a broadcast, lets it go on, or gives it up. The same request again, even a late one, does
/// nothing and gives the broadcast as it is by now.
///
/// # Errors
/// There is no such broadcast, it has ended, somebody decided about it meanwhile, or the id was used
/// for something else; or the database cannot be written. Nothing is stored then.
pub fn patch(
    tx: &mut dyn Tx,
    agent: &Agent,
    id: BroadcastId,
    patch: &PatchBroadcast,
) -> Result<Broadcast, DeskError> {
    let request = patch.id.map_or_else(|| tx.new_id(), |id| id.0);
    let mut hasher = Sha256::new();
    hasher.update(b"broadcast\0");
    hasher.update(agent.id.0.as_bytes());
    hasher.update(id.0.as_bytes());
    hasher.update(patch.action.as_str());
    let body_hash = hasher.finalize().to_vec();
    let mut held = broadcasts::find(tx, id)?.ok_or_else(|| unknown(id))?;
    if let Some(done) = requests::find(tx, request)? {
        return match done.body_hash == body_hash {
            true => Ok(held),
            false => Err(id_reused(request)),
        };
    }
    let decided = broadcasts::changed_seq(tx, id)?;
    if patch.if_seq.is_some_and(|known| known < decided) {
        let detail = format!("`if_seq`: somebody decided at {decided}; nothing was changed");
        return Err(conflict(ErrorCode::BroadcastChanged, detail, held));
    }
    let wanted = match patch.action {
        BroadcastAction::Pause => BroadcastState::Paused,
        BroadcastAction::Resume => BroadcastState::Running,
        BroadcastAction::Cancel => BroadcastState::Canceled,
    };
    if held.state != wanted {
        if !held.is_live() {
            let detail = format!("it is {} already; nothing was changed", held.state.as_str());
            return Err(conflict(ErrorCode::BroadcastEnded, detail, held));
        }
        held.state = wanted;
        held.why = None;
        held.changed_by = Some(agent.id);
        held.changed_at = Some(tx.now());
        match wanted {
            BroadcastState::Canceled => {
                held.finished_at = Some(tx.now());
                // What is under way must come to its end, even where it was held if it comes back.
                let_go(tx, id)?;
                withdraw(tx, id)?;
            }
            BroadcastState::Paused => hold(tx, id)?,
            _ => let_go(tx, id)?,
        }
        held.totals = broadcasts::count(tx, &held)?;
        broadcasts::update(tx, &mut held)?;
        broadcasts::decided(tx, &held)?;
    }
    let subject = id.to_string();
    requests::insert(tx, request, &Done { body_hash, subject })?;
    Ok(held)
}

fn unknown(id: BroadcastId) -> DeskError {
    let detail = format!("broadcast {id} does not exist");
    DeskError::refused(ErrorCode::BroadcastUnknown, detail)
}

fn conflict(code: ErrorCode, detail: String, current: Broadcast) -> DeskError {
    DeskError::Conflict {
        code,
        detail,
        current: Box::new(Record::Broadcast(Box::new(current))),
    }
}

/// One broadcast.
///
/// # Errors
/// There is none of that id, or the database cannot be read.
pub fn seen(reads: &mut dyn Reads, id: BroadcastId) -> Result<Broadcast, DeskError> {
    broadcasts::find(reads, id)?.ok_or_else(|| unknown(id))
}

/// Holds what the outbox has of it: a pause counts at the claim. There is little: see [`feed`].
fn hold(tx: &mut dyn Tx, id: BroadcastId) -> Result<(), StoreError> {
    let queued = recipients::queued(tx, id)?;
    queued
        .into_iter()
        .try_for_each(|text| outbox::hold(tx, text))
}

fn let_go(tx: &mut dyn Tx, id: BroadcastId) -> Result<(), StoreError> {
    let held = recipients::held(tx, id)?;
    held.into_iter()
        .try_for_each(|text| outbox::let_go(tx, text))
}

/// Takes a claimed text back whose broadcast was canceled while the provider refused it for the time
/// being. Says whether it did.
///
/// # Errors
/// The database cannot be written.
pub fn stops(tx: &mut dyn Tx, entry: &Entry) -> Result<bool, StoreError> {
    let Author::Automation(Cause::Broadcast(id)) = entry.author else {
        return Ok(false);
    };
    let held = broadcasts::find(tx, id)?;
    if held.is_none_or(|it| it.state != BroadcastState::Canceled) {
        return Ok(false);
    }
    let now = tx.now();
    outbox::requeue(tx, entry.id, now, None)?;
    take_back(tx, entry.id)?;
    Ok(true)
}

/// Takes back what nobody has begun to hand over. There is little: see [`feed`].
fn withdraw(tx: &mut dyn Tx, id: BroadcastId) -> Result<(), StoreError> {
    for text in recipients::queued(tx, id)? {
        take_back(tx, text)?;
    }
    let since = broadcasts::followed(tx)?;
    let told = recipients::news(tx, since, u32::MAX)?;
    for news in told.news.iter().filter(|news| news.of == id) {
        recipients::follow(tx, news)?;
    }
    Ok(())
}

fn take_back(tx: &mut dyn Tx, text: EntryId) -> Result<(), StoreError> {
    let Some(mut entry) = entries::find(tx, text)? else {
        return Ok(());
    };
    if !entry.is_timed() && !outbox::withdraw(tx, text)? {
        return Ok(());
    }
    entry.status = Some(DeliveryStatus::Canceled);
    entry.held_since = None;
    timed::update(tx, &mut entry)?;
    let Some(mut conversation) = conversations::find(tx, entry.conversation)? else {
        return Ok(());
    };
    if let Some(last) = conversation.last.as_mut().filter(|last| last.entry == text) {
        last.status = entry.status;
        conversations::update(tx, &mut conversation)?;
    }
    Ok(())
}

/// Lets no broadcast go on by itself: who was texted since the backup was made is not known here.
///
/// # Errors
/// The database cannot be written.
pub fn hold_all(tx: &mut dyn Tx) -> Result<(), StoreError> {
    for mut broadcast in broadcasts::running(tx)? {
        broadcast.state = BroadcastState::Paused;
        broadcast.why = Some(RESTORED.to_owned());
        broadcast.totals = broadcasts::count(tx, &broadcast)?;
        broadcasts::update(tx, &mut broadcast)?;
        broadcasts::decided(tx, &broadcast)?;
    }
    Ok(())
}

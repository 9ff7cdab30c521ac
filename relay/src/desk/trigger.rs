//! Another program tells what happened at an appointment, and the customer is told.

use crate::automation::values::Values;
use crate::desk::DeskError;
use crate::desk::automatic::{self, Automatic, Outcome, Refusal};
use crate::desk::notice::{Filled, Whom, contact_of, fill};
use crate::desk::send::{Recipient, Sent};
use crate::desk::template;
use crate::store::requests::Done;
use crate::store::sql::Tx;
use crate::store::{StoreError, entries, requests};
use sha2::{Digest as _, Sha256};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::jobs::PostTrigger;
use smsdesk_common::cause::{Cause, TriggerKind};
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{EntryId, RequestId};
use smsdesk_common::phone::Region;

/// The trigger of that name.
///
/// # Errors
/// There is none; names those that there are.
pub fn named(name: &str) -> Result<TriggerKind, DeskError> {
    TriggerKind::parse(name).ok_or_else(|| {
        let names = TriggerKind::ALL.map(TriggerKind::as_str).join(", ");
        let detail = format!("expected one of {names}");
        DeskError::refused(ErrorCode::TriggerUnknown, detail)
    })
}

/// Sends the text of a trigger. The same request again does nothing and gives the same entry.
///
/// # Errors
/// It is switched off, values are missing, nobody or several people are meant, they must not be
/// texted, the id was used for something else, or the database cannot be written. Nothing is stored
/// then.
pub fn fire(
    tx: &mut dyn Tx,
    agent: &Agent,
    kind: TriggerKind,
    values: &Values,
    home: Region,
    post: &PostTrigger,
) -> Result<Sent, DeskError> {
    let request = post.id.unwrap_or_else(|| RequestId(tx.new_id()));
    let body_hash = hash(agent, kind, post)?;
    if let Some(done) = requests::find(tx, request.0)? {
        return repeated(tx, request, &done, &body_hash);
    }
    if !values.tells(kind) {
        return Err(disabled(kind));
    }
    let given = template::given(&post.variables)?;
    let whom = Whom {
        contact: post.contact,
        conversation: post.conversation,
        to: post.to.as_deref(),
        line: post.line.as_deref(),
        home,
    };
    let conversation = whom.conversation(tx)?;
    let contact = contact_of(tx, &conversation)?;
    let (body, template) = match fill(tx, kind, &contact, values, given)? {
        Filled::Text { body, template } => (body, template),
        Filled::Lacks(missing) => {
            let detail = format!(
                "`variables`: expected values for {}; nothing was sent",
                missing.join(", ")
            );
            return Err(DeskError::Lacks { detail, missing });
        }
        Filled::Broken(why) => {
            let detail = format!("the template `{kind}`: {why}; nothing was sent");
            return Err(DeskError::refused(ErrorCode::TemplateInvalid, detail));
        }
    };
    let text = Automatic {
        key: format!("trigger:{request}"),
        cause: Cause::Trigger(kind),
        recipient: Recipient::Conversation(conversation.id),
        body,
        template,
        expires_ms: None,
    };
    let entry = match automatic::send(tx, &text)? {
        Outcome::Queued(entry) | Outcome::Waits(entry) | Outcome::Before(entry) => entry,
        Outcome::Refused(refusal) => return Err(refused(kind, &refusal)),
    };
    let subject = entry.id.to_string();
    requests::insert(tx, request.0, &Done { body_hash, subject })?;
    Ok(Sent::Now(entry))
}

fn repeated(
    tx: &mut dyn Tx,
    request: RequestId,
    done: &Done,
    body_hash: &[u8],
) -> Result<Sent, DeskError> {
    let id = done.subject.parse::<EntryId>().ok();
    let held: Option<Entry> = match id.filter(|_| done.body_hash == body_hash) {
        Some(id) => entries::find(tx, id)?,
        None => None,
    };
    held.map(Sent::Before).ok_or_else(|| {
        let detail = format!("`id` {request} was used for something else; choose a new one");
        DeskError::refused(ErrorCode::IdReused, detail)
    })
}

fn disabled(kind: TriggerKind) -> DeskError {
    let detail = format!(
        "`automation.enabled` or `automation.triggers.{kind}` is off in the settings; nothing was \
         sent"
    );
    DeskError::refused(ErrorCode::TriggerDisabled, detail)
}

/// Why nothing was sent, as an answer.
fn refused(kind: TriggerKind, refusal: &Refusal) -> DeskError {
    let (code, detail) = match refusal {
        Refusal::Disabled => return disabled(kind),
        Refusal::OptedOut => (ErrorCode::OptedOut, "they want no more texts"),
        Refusal::Quiet => (ErrorCode::TextWithheld, "these are quiet hours"),
        Refusal::Capped => (
            ErrorCode::TextWithheld,
            "they got as many texts as they may get",
        ),
        Refusal::Unreachable => (ErrorCode::ToUnreachable, "no text reaches the number"),
        Refusal::NotSupported(why) => (ErrorCode::NotSupported, why.as_str()),
    };
    DeskError::refused(code, format!("{detail}; nothing was sent"))
}

/// What makes two requests the same: who tells what of whom.
fn hash(agent: &Agent, kind: TriggerKind, post: &PostTrigger) -> Result<Vec<u8>, StoreError> {
    let body = serde_json::to_vec(post).map_err(|error| StoreError::Engine(error.to_string()))?;
    let mut hasher = Sha256::new();
    hasher.update(b"trigger\0");
    hasher.update(kind.as_str().as_bytes());
    hasher.update(agent.id.0.as_bytes());
    hasher.update(body);
    Ok(hasher.finalize().to_vec())
}

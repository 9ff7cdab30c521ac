//! Replies that a rule wants and a machine writes: never where a person has taken over, and behind the
//! same gate as every other text that nobody typed.

use super::carry_out::flag;
use super::standing::Standing;
use crate::automation::rules::{self as limits, HISTORY_MAX, LATE_MS};
use crate::desk::automatic::{self, Automatic, Outcome, Refusal};
use crate::desk::send::Recipient;
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, conversations, entries, insight, lines, rules};
use smsdesk_common::activity::Activity;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::entry::{Cause, Entry};
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::insight::AiGenerated;
use smsdesk_common::rule::{Reply, Rule};

/// How many deeds behind an agent's text are looked at for its end: a conversation with more of them
/// and no end has somebody who works on it.
const DEEDS_MAX: u32 = 500;
/// Texts that are looked at in one commit for whether their time is over.
const LATE_MAX: u32 = 100;

/// What was made of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Which text.
    pub text: EntryId,
    /// What may be answered; none where there is nothing fit.
    pub reply: Option<String>,
    /// How sure that is, in percent.
    pub confidence: u8,
    /// How sure it must be.
    pub enough: u8,
}

/// Whether a machine may write in a conversation: somebody can, and no agent has written since it was
/// last done.
pub(super) fn may_write(
    reads: &mut dyn Reads,
    conversation: ConversationId,
) -> Result<bool, StoreError> {
    if !insight::writes_replies(reads)? {
        return Ok(false);
    }
    let Some(word) = insight::last_of_agents(reads, conversation)? else {
        return Ok(true);
    };
    let deeds = insight::deeds_after(reads, conversation, word, DEEDS_MAX)?;
    let ends = |deed: &Activity| matches!(deed, Activity::Status { to, .. } if *to == ConversationStatus::Done);
    Ok(deeds.iter().flat_map(|entry| &entry.activity).any(ends))
}

/// Answers a text that a rule wants answered with what was made of it, or asks for attention. Nothing
/// where no rule wants that. Whether there is something to send.
///
/// # Errors
/// The database cannot be written.
pub fn answer_made(tx: &mut dyn Tx, made: &Made) -> Result<bool, StoreError> {
    let Some((rule, text, conversation)) = taken(tx, made.text)? else {
        return Ok(false);
    };
    let standing = Standing::load(tx)?;
    let holds = rule.says.enabled && rule.says.reply == Some(Reply::Ai) && standing.rules;
    let is_past = insight::is_past(tx, conversation.id, text.position)?;
    if !holds || is_past || !may_write(tx, conversation.id)? {
        return Ok(false);
    }
    let history = entries::page(tx, conversation.id, None, HISTORY_MAX)?;
    let ours: Vec<_> = lines::all(tx)?.into_iter().map(|line| line.id).collect();
    let is_ours = |address: &_| ours.contains(address);
    let now = tx.now();
    let cause = Cause::Rule(rule.id);
    if let Err(hold) = limits::may_reply(&text, &history, &conversation.address, is_ours, now) {
        if let Some(reason) = hold.reason() {
            flag(tx, conversation, cause, reason)?;
        }
        return Ok(false);
    }
    let sure = made
        .reply
        .as_ref()
        .filter(|_| made.confidence >= made.enough);
    let Some(words) = sure else {
        let reason = match &made.reply {
            Some(_) => format!("AI was not sure of a reply ({} %)", made.confidence),
            None => "AI had no fit reply".to_owned(),
        };
        flag(tx, conversation, cause, &reason)?;
        return Ok(false);
    };
    let automatic = Automatic {
        key: format!("rule:{}:{}", rule.id, text.id),
        cause: cause.clone(),
        recipient: Recipient::Conversation(conversation.id),
        body: words.clone(),
        template: None,
        // Somebody may take over meanwhile: it goes now or not at all.
        expires_ms: Some(0),
    };
    let confidence = made.confidence;
    let outcome = automatic::send_marked(tx, &automatic, Some(AiGenerated { confidence }))?;
    match outcome {
        Outcome::Refused(Refusal::NotSupported(why)) => {
            flag(tx, conversation, cause, &format!("no AI reply: {why}"))?;
            Ok(false)
        }
        Outcome::Refused(_) | Outcome::Before(_) => Ok(false),
        Outcome::Queued(_) | Outcome::Waits(_) => Ok(true),
    }
}

/// Asks for attention where a reply was not made in time. Whether there is still one to be made.
///
/// # Errors
/// The database cannot be written.
pub fn answer_late(tx: &mut dyn Tx) -> Result<bool, StoreError> {
    let wanted = insight::all_wanted(tx, LATE_MAX)?;
    let mut left = false;
    for id in wanted {
        let late = entries::find(tx, id)?;
        let late = late.is_none_or(|text| tx.now().millis_since(text.at) > LATE_MS);
        if !late {
            left = true;
            continue;
        }
        if let Some((rule, _, conversation)) = taken(tx, id)? {
            let cause = Cause::Rule(rule.id);
            flag(tx, conversation, cause, "AI made no reply in time")?;
        }
    }
    Ok(left)
}

/// What is wanted about a text, which nobody takes again.
fn taken(
    tx: &mut dyn Tx,
    text: EntryId,
) -> Result<Option<(Rule, Entry, Conversation)>, StoreError> {
    let Some(wanted) = insight::wanted(tx, text)? else {
        return Ok(None);
    };
    insight::settle(tx, text)?;
    let rule = rules::all(tx)?.into_iter().find(|rule| rule.id == wanted);
    let Some((rule, text)) = rule.zip(entries::find(tx, text)?) else {
        return Ok(None);
    };
    let conversation = conversations::find(tx, text.conversation)?;
    Ok(conversation.map(|conversation| (rule, text, conversation)))
}

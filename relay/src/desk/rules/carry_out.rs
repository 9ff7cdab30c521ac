//! What rules decide about a customer's text, carried out in the transaction that stores it.

use super::standing::Standing;
use super::{by_machine, reply};
use crate::automation::rules::{self as limits, HISTORY_MAX, Hold, LOOP_CODE, LOOPED};
use crate::desk::triage::told;
use crate::store::sql::Tx;
use crate::store::{StoreError, agents, conversations, entries, insight, lines, rules};
use smsdesk_common::activity;
use smsdesk_common::agent::Agent;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::update::Update;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::entry::{Author, Cause, Entry};
use smsdesk_common::ids::{AgentId, ConversationId, EntryId, RequestId};
use smsdesk_common::optout::{OptOutSignal, plain_language_wish};
use smsdesk_common::rule::{Decision, Definition, Reply, Rule, Situation, decide};
use smsdesk_common::triage::{self, FLAG_REASON_CHARACTERS_MAX, LABELS_MAX};
use uuid::Uuid;

/// Who pauses replies in a conversation, as the timeline names it.
const AUTHOR: &str = "rules";

/// Whether rules may have done something that others wait for: a text to send, a time to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// They did not.
    Nothing,
    /// They may have.
    Something,
}

/// Decides about a text that was just stored, and carries that out.
///
/// # Errors
/// The database cannot be written.
pub(in crate::desk) fn received(
    tx: &mut dyn Tx,
    text: &Entry,
    signal: Option<OptOutSignal>,
) -> Result<Decided, StoreError> {
    if signal == Some(OptOutSignal::Stop) {
        return Ok(Decided::Nothing);
    }
    let standing = Standing::load(tx)?;
    let all = if standing.rules {
        rules::all(tx)?
    } else {
        Vec::new()
    };
    let is_open = standing.is_open(text.at);
    if all.is_empty() && (!standing.away || is_open) {
        return Ok(Decided::Nothing);
    }
    let Some(conversation) = conversations::find(tx, text.conversation)? else {
        return Ok(Decided::Nothing);
    };
    let definitions: Vec<Definition> = all.iter().map(|rule| rule.says.clone()).collect();
    let situation = Situation {
        line: conversation.line.as_str(),
        at: text.at,
        is_business: is_open,
        is_first: conversation.inbound_total == 1,
        signal,
    };
    let decision = decide(&definitions, &text.body, &situation);
    let mut flag = decision.flag.clone();
    let unsent = respond(tx, &standing, &conversation, (&all, &decision, text))?;
    flag = flag.or(unsent);
    for rule in decision.matched.iter().filter_map(|n| all.get(*n)) {
        rules::count_hit(tx, rule)?;
    }
    let first = decision.matched.first().and_then(|n| all.get(*n));
    let cause = first.map_or(Cause::Away, |rule| Cause::Rule(rule.id));
    sort(tx, text.conversation, cause, (&decision, flag))?;
    let nothing = decision.matched.is_empty() && is_open;
    Ok(if nothing {
        Decided::Nothing
    } else {
        Decided::Something
    })
}

/// Answers a text, or says why somebody should look.
fn respond(
    tx: &mut dyn Tx,
    standing: &Standing,
    conversation: &Conversation,
    (all, decision, text): (&[Rule], &Decision, &Entry),
) -> Result<Option<String>, StoreError> {
    let answer = decision.answer.as_ref();
    let answer = answer.and_then(|answer| Some((all.get(answer.rule)?, &answer.reply)));
    let by_machine = matches!(answer, Some((_, Reply::Ai)));
    let answer = match by_machine && !by_machine::may_write(tx, conversation.id)? {
        true => None,
        false => answer,
    };
    let away = standing.away && !standing.is_open(text.at);
    // Who may want no more texts gets none by itself; an agent was asked to look.
    if (answer.is_none() && !away) || plain_language_wish(&text.body) {
        return Ok(None);
    }
    let history = entries::page(tx, conversation.id, None, HISTORY_MAX)?;
    let ours: Vec<_> = lines::all(tx)?.into_iter().map(|line| line.id).collect();
    let is_ours = |address: &_| ours.contains(address);
    let held = limits::may_reply(text, &history, &conversation.address, is_ours, tx.now());
    match (held, answer) {
        (Ok(()), Some((rule, Reply::Ai))) => {
            insight::want(tx, text.id, rule.id)?;
            Ok(None)
        }
        (Ok(()), Some((rule, answer))) => {
            reply::answer(tx, standing, conversation, (rule, answer, text.id))
        }
        (Ok(()), None) if is_away_due(standing, &history, text) => {
            reply::away(tx, standing, conversation, text.id)
        }
        (Ok(()), None) => Ok(None),
        // An away message that was not sent needs nobody: nobody is here.
        (Err(Hold::Machine), _) | (Err(_), None) => Ok(None),
        (Err(hold), Some(_)) => Ok(hold.reason().map(str::to_owned)),
    }
}

fn is_away_due(standing: &Standing, history: &[Entry], text: &Entry) -> bool {
    limits::is_away_due(history, text.at, |at| standing.is_open(at))
}

/// Flags, labels, assigns and snoozes, and tells so in the timeline.
fn sort(
    tx: &mut dyn Tx,
    conversation: ConversationId,
    cause: Cause,
    (decision, flag): (&Decision, Option<String>),
) -> Result<(), StoreError> {
    let Some(held) = conversations::find(tx, conversation)? else {
        return Ok(());
    };
    let (assignee, flag) = match (&decision.assign, held.assignee) {
        (Some(name), None) => match colleague(tx, name)? {
            Some(agent) => (Some(agent), flag),
            None => (
                None,
                flag.or_else(|| Some(format!("nobody here is called {name}"))),
            ),
        },
        _ => (None, flag),
    };
    let mut asks = Patch::new(RequestId(tx.new_id()));
    if let Some(agent) = &assignee {
        asks.assignee = Update::Set(agent.id);
    }
    if !decision.labels.is_empty() {
        let labels = [&held.labels[..], &decision.labels].concat();
        let labels = triage::tidy(&labels);
        asks.labels = (labels.len() <= LABELS_MAX).then_some(labels);
    }
    if let Some(reason) = flag.filter(|_| !held.flagged) {
        asks.flagged = Some(true);
        let reason = reason.chars().take(FLAG_REASON_CHARACTERS_MAX).collect();
        asks.flag_reason = Update::Set(reason);
    }
    if let Some(minutes) = decision.snooze_minutes {
        asks.status = Some(ConversationStatus::Snoozed);
        asks.snoozed_until = Update::Set(tx.now().plus_millis(minutes * 60_000));
    }
    let author = Author::Automation(cause);
    apply(tx, held, &asks, (author, assignee.map(|agent| agent.name)))
}

fn colleague(tx: &mut dyn Tx, name: &str) -> Result<Option<Agent>, StoreError> {
    Ok(agents::by_name(tx, name)?.filter(|agent| agent.active))
}

/// Asks for attention, where nobody does yet.
pub(super) fn flag(
    tx: &mut dyn Tx,
    conversation: Conversation,
    cause: Cause,
    reason: &str,
) -> Result<(), StoreError> {
    if conversation.flagged {
        return Ok(());
    }
    let mut asks = Patch::new(RequestId(tx.new_id()));
    asks.flagged = Some(true);
    let reason = reason.chars().take(FLAG_REASON_CHARACTERS_MAX).collect();
    asks.flag_reason = Update::Set(reason);
    apply(tx, conversation, &asks, (Author::Automation(cause), None))
}

/// Carries a patch out, and tells of it where it changed anything.
fn apply(
    tx: &mut dyn Tx,
    mut conversation: Conversation,
    asks: &Patch,
    (author, name): (Author, Option<String>),
) -> Result<(), StoreError> {
    let did = triage::apply(asks, &mut conversation);
    if did.is_empty() {
        return Ok(());
    }
    let nobody = AgentId(Uuid::nil());
    let words = activity::words(&did, nobody, |_| name.clone().unwrap_or_default());
    let entry = told(tx, EntryId(asks.id.0), conversation.id, author, words, did);
    entries::insert(tx, entry)?;
    conversations::update(tx, &mut conversation)
}

/// A text of ours came back, which is not stored yet. Where Twilio has stopped a loop with it, somebody
/// should look, once.
///
/// # Errors
/// The database cannot be written.
pub(in crate::desk) fn reported(tx: &mut dyn Tx, entry: &Entry) -> Result<(), StoreError> {
    let is_loop = |entry: &Entry| entry.error.as_ref().is_some_and(|it| it.code == LOOP_CODE);
    if !is_loop(entry) || entries::find(tx, entry.id)?.as_ref().is_some_and(is_loop) {
        return Ok(());
    }
    let Some(conversation) = conversations::find(tx, entry.conversation)? else {
        return Ok(());
    };
    flag(tx, conversation, Cause::named(AUTHOR), LOOPED)
}

//! The team's rules: written, shown, tried, and carried out when a customer writes.
//!
//! Writing is one transaction: the request's id, the records, and the text that holds from now on. What
//! rules decide is carried out in the transaction that stores the customer's text, so that a text
//! which comes again decides nothing again.

mod by_machine;
mod carry_out;
mod replay;
mod reply;
mod standing;

pub use by_machine::{Made, answer_late, answer_made};
pub use carry_out::Decided;
pub(super) use carry_out::{received, reported};
pub use replay::{Answered, Replay, SHARE_PERCENT, replay, test};

use crate::desk::DeskError;
use crate::store::requests::Done;
use crate::store::rules::{self, Edition};
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, agents, requests, templates};
use sha2::{Digest as _, Sha256};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::rules::{PutRules, Rules};
use smsdesk_common::filter::fold;
use smsdesk_common::ids::{AgentId, RuleId, Seq};
use smsdesk_common::record::Record;
use smsdesk_common::rule::{Reply, Rule, SEEDS, Written, conflicts, parse};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The rules as they hold.
///
/// # Errors
/// The database cannot be read.
pub fn shown(reads: &mut dyn Reads) -> Result<Rules, DeskError> {
    let newest = rules::editions(reads, 1)?.pop();
    let text = newest.as_ref().map(|it| it.text.clone());
    let text = text.unwrap_or_default();
    // What was stored reads well; a text of a later version, after a step back, may not.
    let conflicts = parse(&text).map(|written| conflicts(&written));
    let all = rules::all(reads)?;
    Ok(Rules {
        text,
        seq: newest.as_ref().map_or(Seq::ZERO, |it| it.seq),
        edited_at: newest.as_ref().map(|it| it.at),
        edited_by: newest.and_then(|it| it.agent),
        rules: all
            .into_iter()
            .map(|it| Record::Rule(Box::new(it)))
            .collect(),
        conflicts: conflicts.unwrap_or_default(),
    })
}

/// Puts a text of rules in place of the one that held; `agent` is none for the operator. The same
/// request again, even a late one, does nothing; a text that is the same already leaves no trace but
/// the request's id.
///
/// # Errors
/// The rules cannot be read or name what does not exist, they were edited after `if_seq`, the id was
/// used for something else, or the database cannot be written. Nothing is stored then.
pub fn put(tx: &mut dyn Tx, agent: Option<&Agent>, put: &PutRules) -> Result<Rules, DeskError> {
    let by = agent.map(|agent| agent.id);
    let body_hash = hash(by, put)?;
    let request = put.id.map_or_else(|| tx.new_id(), |id| id.0);
    if let Some(done) = requests::find(tx, request)? {
        if done.body_hash != body_hash {
            return Err(DeskError::refused(
                ErrorCode::IdReused,
                format!("`id` {request} was used for something else; choose a new one"),
            ));
        }
        return shown(tx);
    }
    let newest = rules::editions(tx, 1)?.pop();
    let held = newest.as_ref().map_or(Seq::ZERO, |it| it.seq);
    if put.if_seq.is_some_and(|known| known < held) {
        return Err(DeskError::refused(
            ErrorCode::RulesChanged,
            format!("`if_seq`: the rules were edited at {held}; nothing was changed"),
        ));
    }
    let written = read(tx, &put.text)?;
    if newest.is_none_or(|it| it.text != put.text) {
        write(tx, by, &put.text, written)?;
    }
    // A request names what it made: a rule, or whoever asked where the text has none.
    let subject = rules::all(tx)?.first().map(|rule| rule.id.to_string());
    let subject = subject.or_else(|| by.map(|agent| agent.to_string()));
    if let Some(subject) = subject {
        requests::insert(tx, request, &Done { body_hash, subject })?;
    }
    shown(tx)
}

/// Gives a desk without rules those to begin with. Whether it did.
///
/// # Errors
/// The database cannot be written.
pub fn seed(tx: &mut dyn Tx, agent: Option<&Agent>) -> Result<bool, DeskError> {
    if !rules::all(tx)?.is_empty() {
        return Ok(false);
    }
    let wanted = PutRules {
        id: None,
        text: SEEDS.to_owned(),
        if_seq: None,
    };
    put(tx, agent, &wanted).map(|_| true)
}

/// Reads rules and checks what they name.
///
/// # Errors
/// All that is wrong, a line each; or the database cannot be read.
pub fn read(reads: &mut dyn Reads, text: &str) -> Result<Vec<Written>, DeskError> {
    let refused =
        |lines: Vec<String>| DeskError::refused(ErrorCode::RulesInvalid, lines.join("\n"));
    let written =
        parse(text).map_err(|errors| refused(errors.iter().map(ToString::to_string).collect()))?;
    let mut wrong = Vec::new();
    for rule in &written {
        let line = rule.line;
        if let Some(Reply::Template(name)) = &rule.definition.reply
            && template_named(reads, name)?.is_none()
        {
            wrong.push(format!(
                "line {line}: `reply.template`: no template of the team is called {name:?}"
            ));
        }
        if let Some(name) = &rule.definition.assign
            && !agents::by_name(reads, name)?.is_some_and(|agent| agent.active)
        {
            wrong.push(format!(
                "line {line}: `assign`: nobody here is called {name:?}"
            ));
        }
    }
    match wrong.is_empty() {
        true => Ok(written),
        false => Err(refused(wrong)),
    }
}

/// The team's template of that name, short name or key.
fn template_named(
    reads: &mut dyn Reads,
    name: &str,
) -> Result<Option<smsdesk_common::template::Template>, StoreError> {
    let nobody = AgentId(Uuid::nil());
    Ok(templates::by_name(reads, nobody, name)?.into_iter().next())
}

/// Makes the records what the text says, and keeps the text where it has rules or had some.
fn write(
    tx: &mut dyn Tx,
    by: Option<AgentId>,
    text: &str,
    written: Vec<Written>,
) -> Result<(), StoreError> {
    let held = rules::all(tx)?;
    let mut held: BTreeMap<String, Rule> = held
        .into_iter()
        .map(|rule| (fold(&rule.says.name), rule))
        .collect();
    let mut kept = Vec::with_capacity(written.len());
    for rule in written {
        let before = held.remove(&fold(&rule.definition.name));
        kept.push((before, rule));
    }
    let now = tx.now();
    let mut first: Option<Seq> = None;
    for gone in held.values() {
        let seq = rules::remove(tx, gone)?;
        first = first.or(Some(seq));
    }
    for (place, (before, rule)) in kept.into_iter().enumerate() {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let is_new = before.is_none();
        let mut record = before.unwrap_or_else(|| Rule {
            id: RuleId(tx.new_id()),
            seq: Seq::ZERO,
            place,
            source: String::new(),
            says: rule.definition.clone(),
            hits: 0,
            hit_at: None,
            edited_seq: Seq::ZERO,
            edited_at: now,
            edited_by: by,
        });
        record.place = place;
        record.source = rule.source;
        record.says = rule.definition;
        record.edited_at = now;
        record.edited_by = by;
        // All have the position of the edit, so that each alone tells which text it is of.
        record.edited_seq = first.unwrap_or(Seq::ZERO);
        match is_new {
            true => rules::insert(tx, &mut record)?,
            false => rules::update(tx, &mut record)?,
        }
        first = first.or(Some(record.seq));
    }
    if let Some(seq) = first {
        let text = text.to_owned();
        let agent = by;
        rules::tell(
            tx,
            &Edition {
                seq,
                at: now,
                agent,
                text,
            },
        )?;
    }
    Ok(())
}

/// What makes two requests the same: who wants which text.
fn hash(by: Option<AgentId>, put: &PutRules) -> Result<Vec<u8>, StoreError> {
    let body = serde_json::to_vec(&(by, &put.text, put.if_seq))
        .map_err(|error| StoreError::Engine(error.to_string()))?;
    let mut hasher = Sha256::new();
    hasher.update(b"rules\0");
    hasher.update(body);
    Ok(hasher.finalize().to_vec())
}

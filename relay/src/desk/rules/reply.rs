//! The words of a reply, and the text that carries them.

use super::standing::Standing;
use super::template_named;
use crate::desk::automatic::{self, Automatic, Outcome, Refusal};
use crate::desk::send::Recipient;
use crate::store::sql::Tx;
use crate::store::{StoreError, contacts};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::Cause;
use smsdesk_common::ids::{EntryId, TemplateId};
use smsdesk_common::rule::{Reply, Rule};
use smsdesk_common::template::{render, variables_of};

/// The team's template that says that nobody is here.
const AWAY: &str = "away";
/// How long a reply may wait for a better hour, in milliseconds: later it answers what nobody
/// remembers.
const WAIT_MS: i64 = 12 * 3_600_000;

/// Answers a text by a rule. Why somebody should look, where it cannot.
pub(super) fn answer(
    tx: &mut dyn Tx,
    standing: &Standing,
    conversation: &Conversation,
    (rule, reply, to): (&Rule, &Reply, EntryId),
) -> Result<Option<String>, StoreError> {
    let name = &rule.says.name;
    let (body, template) = match words(tx, standing, conversation, reply)? {
        Words::Ready(body, template) => (body, template),
        Words::Missing(what) => return Ok(Some(format!("rule {name}: no reply, {what}"))),
    };
    let text = Automatic {
        key: format!("rule:{}:{to}", rule.id),
        cause: Cause::Rule(rule.id),
        recipient: Recipient::Conversation(conversation.id),
        body,
        template,
        expires_ms: Some(WAIT_MS),
    };
    go(tx, &text)
}

/// Tells a customer that nobody is here, where the team has words for that.
pub(super) fn away(
    tx: &mut dyn Tx,
    standing: &Standing,
    conversation: &Conversation,
    to: EntryId,
) -> Result<Option<String>, StoreError> {
    if template_named(tx, AWAY)?.is_none() {
        return Ok(None);
    }
    let reply = Reply::Template(AWAY.to_owned());
    let (body, template) = match words(tx, standing, conversation, &reply)? {
        Words::Ready(body, template) => (body, template),
        Words::Missing(what) => return Ok(Some(format!("no away message, {what}"))),
    };
    let text = Automatic {
        key: format!("away:{to}"),
        cause: Cause::Away,
        recipient: Recipient::Conversation(conversation.id),
        body,
        template,
        expires_ms: Some(WAIT_MS),
    };
    go(tx, &text)
}

/// Hands a text to the gate that every text passes. That it was refused there needs nobody's
/// attention as a rule: whoever opted out wants none, and who switches off knows.
fn go(tx: &mut dyn Tx, text: &Automatic) -> Result<Option<String>, StoreError> {
    Ok(match automatic::send(tx, text)? {
        Outcome::Refused(Refusal::NotSupported(why)) => Some(format!("no automatic reply: {why}")),
        Outcome::Refused(_) | Outcome::Queued(_) | Outcome::Waits(_) | Outcome::Before(_) => None,
    })
}

enum Words {
    Ready(String, Option<TemplateId>),
    Missing(String),
}

/// The words for whoever a conversation is with, in their language.
fn words(
    tx: &mut dyn Tx,
    standing: &Standing,
    conversation: &Conversation,
    reply: &Reply,
) -> Result<Words, StoreError> {
    let contact = contacts::find(tx, conversation.contact)?;
    let (body, template) = match reply {
        Reply::Text(body) => (body.clone(), None),
        // Its words are made later; see `by_machine`.
        Reply::Ai => return Ok(Words::Missing("there are no words yet".to_owned())),
        Reply::Template(name) => match template_named(tx, name)? {
            Some(template) => {
                let language = contact.as_ref().and_then(|it| it.language.as_deref());
                (template.body_in(language).to_owned(), Some(template.id))
            }
            None => return Ok(Words::Missing(format!("the template {name} is gone"))),
        },
    };
    let values = variables_of(contact.as_ref(), None, standing.company.as_deref());
    Ok(match render(&body, &values) {
        Ok(rendered) if rendered.missing.is_empty() => Words::Ready(rendered.text, template),
        Ok(rendered) => Words::Missing(format!("{} is not known", rendered.missing.join(", "))),
        Err(error) => Words::Missing(error.to_string()),
    })
}

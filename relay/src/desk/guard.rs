//! Keeps a text from going out over what its author has not seen: the customer's next words, a
//! colleague's answer, a conversation that was closed or given away.

use crate::desk::DeskError;
use crate::store::sql::Tx;
use crate::store::{agents, entries};
use smsdesk_common::agent::Agent;
use smsdesk_common::entry::Author;
use smsdesk_common::ids::{AgentId, ConversationId, Seq};
use smsdesk_common::meanwhile::{ENTRIES_MAX, Meanwhile};
use std::collections::HashMap;

/// Passes a text whose author had seen everything up to `seen`, or was asked about it.
///
/// # Errors
/// What happened since; or the database cannot be read.
pub(super) fn check(
    tx: &mut dyn Tx,
    conversation: ConversationId,
    seen: Seq,
    author: &Agent,
) -> Result<(), DeskError> {
    let me = Author::Agent(author.id);
    let news = entries::by_others_after(tx, conversation, seen, &me, ENTRIES_MAX)?;
    let mut names: HashMap<AgentId, String> = HashMap::new();
    for entry in &news {
        if let Author::Agent(id) = entry.author
            && !names.contains_key(&id)
            && let Some(agent) = agents::find(tx, id)?
        {
            names.insert(id, agent.name);
        }
    }
    let name = |id: AgentId| names.get(&id).cloned();
    let Some(meanwhile) = Meanwhile::since(&news, seen, author.id, name) else {
        return Ok(());
    };
    let what = meanwhile.words("the customer");
    Err(DeskError::Meanwhile {
        detail: format!("`seen_seq`: since then {what}; nothing was sent"),
        meanwhile: Box::new(meanwhile),
    })
}

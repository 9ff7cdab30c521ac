//! What is told beside a customer's text: what it seems to say, and what might be answered.

use crate::store::sql::Tx;
use crate::store::{StoreError, entries, insight};
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::insight::Insight;

/// What was learned about a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// Which.
    pub text: EntryId,
    /// What it seems to say.
    pub insight: Insight,
    /// What might be answered.
    pub suggestion: Option<String>,
}

impl Learned {
    /// What a text seems to say, and nothing else.
    pub const fn judged(text: EntryId, insight: Insight) -> Self {
        Self {
            text,
            insight,
            suggestion: None,
        }
    }
}

/// Stores what was learned; nothing where that is known already, or the text is gone. An answer is
/// suggested only to the newest text of a conversation.
///
/// # Errors
/// The database cannot be written.
pub fn learn(tx: &mut dyn Tx, learned: &Learned) -> Result<(), StoreError> {
    let Some(mut entry) = entries::find(tx, learned.text)? else {
        return Ok(());
    };
    let before = (entry.insight, entry.suggestion.clone());
    let is_past = insight::is_past(tx, entry.conversation, entry.position)?;
    entry.insight = Some(learned.insight);
    entry.suggestion = learned.suggestion.clone().filter(|_| !is_past);
    if (entry.insight, &entry.suggestion) == (before.0, &before.1) {
        return Ok(());
    }
    insight::tell(tx, &mut entry)
}

/// A text came or goes: what was to be answered to the one before it is old news.
///
/// # Errors
/// The database cannot be written.
pub(super) fn outdated(tx: &mut dyn Tx, conversation: ConversationId) -> Result<(), StoreError> {
    let suggested: Vec<Entry> = insight::suggested(tx, conversation)?;
    for mut entry in suggested {
        entry.suggestion = None;
        insight::tell(tx, &mut entry)?;
    }
    Ok(())
}

//! For programs: the records as the feed has them, one a line, the conversation before its entries.

use crate::cli::scripts::ScriptError;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::Entry;
use smsdesk_common::record::Record;
use smsdesk_common::safe_text::harmless;

pub(super) fn write(conversation: &Conversation, entries: &[Entry]) -> Result<String, ScriptError> {
    let head = Record::Conversation(Box::new(conversation.clone()));
    let entries = entries.iter().cloned().map(Box::new).map(Record::Entry);
    let mut out = String::new();
    for record in [head].into_iter().chain(entries) {
        let json = serde_json::to_string(&record)
            .map_err(|error| ScriptError::Failed(format!("cannot be written: {error}")))?;
        out.push_str(&harmless(&json));
        out.push('\n');
    }
    Ok(out)
}

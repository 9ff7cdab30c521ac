//! For programs: the records as the feed has them, one a line, the conversation before its entries.

use crate::cli::scripts::ScriptError;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::Entry;
use smsdesk_common::record::Record;

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

/// JSON escapes the control characters of ASCII by itself; the others, and what turns the direction
/// of writing, could reach a terminal. An escape means the same to every reader.
fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        let marks = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}');
        let isolates = matches!(c, '\u{2066}'..='\u{2069}');
        if c.is_control() || marks || isolates {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

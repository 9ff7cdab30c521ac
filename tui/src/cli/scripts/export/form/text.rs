//! For people: a line an entry, further lines of its words below, set in.

use super::{Scene, marks};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::{Entry, EntryKind};
use smsdesk_common::safe_text::SafeText;

pub(super) fn write(conversation: &Conversation, entries: &[Entry], scene: &Scene) -> String {
    let mut out = format!(
        "== {} · {} · {} ==\n",
        scene.who(conversation),
        conversation.status.as_str(),
        conversation.id,
    );
    for entry in entries {
        out.push_str(&line(entry, scene));
    }
    out.push('\n');
    out
}

fn line(entry: &Entry, scene: &Scene) -> String {
    let marks = marks(entry);
    let marks = match marks.is_empty() {
        true => String::new(),
        false => format!(" [{}]", marks.join("; ")),
    };
    let colon = match entry.entry_kind {
        EntryKind::Activity => "",
        EntryKind::Message | EntryKind::Note | EntryKind::Call => ":",
    };
    let words = SafeText::block(&entry.body).into_string();
    let words = words.replace('\n', "\n    ");
    let (at, who) = (scene.time(entry.at), scene.author(entry));
    let line = format!("{at}  {}{marks}{colon} {words}", who.as_str());
    format!("{}\n", line.trim_end())
}

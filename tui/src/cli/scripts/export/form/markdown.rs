//! Markdown: a heading a conversation, a quote a text. Nothing of a text is Markdown itself.

use super::{Scene, marks};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::{Entry, EntryKind};
use smsdesk_common::safe_text::SafeText;

pub(super) fn write(conversation: &Conversation, entries: &[Entry], scene: &Scene) -> String {
    let status = conversation.status.as_str();
    let who = plain(&scene.who(conversation));
    let mut out = format!("# {who}\n\n{status} · `{}`\n\n", conversation.id);
    for entry in entries {
        out.push_str(&block(entry, scene));
    }
    out
}

fn block(entry: &Entry, scene: &Scene) -> String {
    let (at, who) = (scene.time(entry.at), plain(scene.author(entry).as_str()));
    let words = SafeText::block(&entry.body).into_string();
    if entry.entry_kind == EntryKind::Activity {
        return format!("*{at} · {who} {}*\n\n", plain(words.trim()));
    }
    let marks = marks(entry);
    let marks: String = marks.iter().map(|it| format!(" · {}", plain(it))).collect();
    let lines: Vec<String> = words.lines().map(quoted).collect();
    // A backslash at the end of a line keeps the break; blanks there would not outlive most editors.
    let quote = lines.join("\\\n");
    format!("**{who}** · {at}{marks}\n\n{quote}\n\n")
}

fn quoted(line: &str) -> String {
    format!("> {}", plain(line)).trim_end().to_owned()
}

/// Words with every sign escaped that means something in Markdown or HTML.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let means = matches!(
            c,
            '\\' | '`'
                | '*'
                | '_'
                | '{'
                | '}'
                | '['
                | ']'
                | '<'
                | '>'
                | '#'
                | '|'
                | '~'
                | '!'
                | '&'
        );
        // At the start of a line these make a list or a heading.
        let begins = matches!(c, '-' | '+' | '=') && out.trim().is_empty();
        let numbers = matches!(c, '.' | ')') && is_number(&out);
        if means || begins || numbers {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn is_number(text: &str) -> bool {
    let text = text.trim_start();
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

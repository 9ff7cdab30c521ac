//! `docs/keys.md`, written from the table so that it cannot lie.

use super::context::Context;
use super::keymap::Keymap;

const HEAD: &str = "# Keys

This page is generated from the keymap table (`tui/src/input/table.rs`); a test compares the two.
Every action has a name. After a prefix key such as `g` a box lists what can follow.
What is not bound in a composer is text. A paste, bracketed or as a burst of keys, never sends.
";

/// The default keys as Markdown, a table for each context.
pub fn docs_markdown() -> String {
    let keymap = Keymap::default();
    let mut page = String::from(HEAD);
    for context in Context::ALL {
        page.push_str(&format!("\n## {}\n\n| keys | action | does |\n|---|---|---|\n", context.title()));
        for entry in keymap.entries(context) {
            let keys: Vec<_> = entry.keys.iter().map(|keys| format!("`{keys}`")).collect();
            let row = format!(
                "| {} | `{}` | {} |\n",
                keys.join(" "),
                entry.action.name(),
                entry.action.describe()
            );
            page.push_str(&row);
        }
    }
    page
}

//! Changes to templates: which part of one is being written, and what is asked of the relay.
//!
//! A prompt has one line; a line break in the words of a template stands in it as `\n`.

use serde::{Deserialize, Serialize};
use smsdesk_common::api::templates::{Scope, TemplateContent};
use smsdesk_common::ids::{Seq, TemplateId};
use smsdesk_common::template::Template;

/// A part of a template that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What it says.
    Words,
    /// What it is called.
    Name,
    /// Its short name.
    Shortcut,
    /// Where it is kept.
    Folder,
    /// All of it.
    Everything,
}

impl Part {
    /// Each with what is done to it, in the order in which they are offered.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Words, "edit the words"),
        (Self::Name, "rename"),
        (Self::Shortcut, "set the short name"),
        (Self::Folder, "move to a folder"),
        (Self::Everything, "delete"),
    ];
}

/// What is asked of the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Write {
    /// Make a template.
    Make(TemplateContent),
    /// Put this in place of what a template says.
    Replace {
        /// Which.
        template: TemplateId,
        /// The position that it was read at.
        if_seq: Seq,
        /// What it is to say.
        content: TemplateContent,
    },
    /// Delete a template.
    Delete {
        /// Which.
        template: TemplateId,
        /// The position that it was read at.
        if_seq: Seq,
        /// What it is called.
        name: String,
    },
}

impl Write {
    /// What the template is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Make(content) | Self::Replace { content, .. } => &content.name,
            Self::Delete { name, .. } => name,
        }
    }
}

/// What a template says.
pub fn content(template: &Template) -> TemplateContent {
    TemplateContent {
        name: template.name.clone(),
        body: template.body.clone(),
        translations: template.translations.clone(),
        shortcut: template.shortcut.clone(),
        folder: template.folder.clone(),
        scope: match template.owner {
            Some(_) => Scope::Mine,
            None => Scope::Team,
        },
    }
}

/// The words as they stand in one line.
pub fn to_line(words: &str) -> String {
    words.replace('\\', "\\\\").replace('\n', "\\n")
}

/// The words that stand in one line.
pub fn from_line(line: &str) -> String {
    let mut words = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (c, characters.clone().next()) {
            ('\\', Some('n')) => {
                words.push('\n');
                characters.next();
            }
            ('\\', Some('\\')) => {
                words.push('\\');
                characters.next();
            }
            _ => words.push(c),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_come_back_from_their_line(words in "[a-z\\\\n\n é]{0,30}") {
            let line = to_line(&words);
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(from_line(&line), words);
        }
    }
}

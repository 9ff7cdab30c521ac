//! Changes to templates: which part of one is being written, and what is asked of the relay.

use serde::{Deserialize, Serialize};
use smsdesk_common::api::templates::{Scope, TemplateContent};
use smsdesk_common::ids::{Seq, TemplateId};
use smsdesk_common::template::Template;

/// A part of a template that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What it says.
    Words,
    /// What it says in one of its languages.
    Language,
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
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Words, "edit the words"),
        (Self::Language, "edit or add a language"),
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

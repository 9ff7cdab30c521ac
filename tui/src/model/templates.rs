//! Templates as the app knows them: what there is to choose from, the words of the one that was
//! looked at last, and what a draft owes to one.

use crate::model::Model;
use crate::model::list::ListRow;
use crate::model::timeline::Timeline;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use serde::{Deserialize, Serialize};
use smsdesk_common::agent::Agent;
use smsdesk_common::contact::Contact;
use smsdesk_common::ids::{ConversationId, TemplateId};
use smsdesk_common::template::{Rendered, Template, TemplateError, render, variables_of};
use std::borrow::Cow;
use std::cmp::Reverse;

/// The most templates that are read: as many as a relay keeps.
pub const TEMPLATES_READ_MAX: u32 = 10_000;

/// The most templates that a text leaves: more are found faster by typing.
pub const FOUND_MAX: usize = 100;

/// A template without its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Which.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// A short name to find it by.
    pub shortcut: Option<String>,
    /// Where it is kept.
    pub folder: Option<String>,
    /// How many texts were made from it.
    pub uses: u32,
}

/// What there is to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    /// The most used first, then by name; at most [`TEMPLATES_READ_MAX`].
    pub heads: Vec<Head>,
    /// How the company signs its texts, as the relay last said.
    pub company: Option<String>,
}

impl Shelf {
    /// The templates whose name, short name or folder hold the characters of `text`, best first;
    /// those that match equally well keep their order. At most [`FOUND_MAX`].
    pub fn find(&self, text: &str) -> Vec<&Head> {
        let pattern = Pattern::new(
            text,
            CaseMatching::Ignore,
            Normalization::Smart,
            AtomKind::Fuzzy,
        );
        if pattern.atoms.is_empty() {
            return self.heads.iter().take(FOUND_MAX).collect();
        }
        let mut config = Config::DEFAULT;
        config.prefer_prefix = true;
        let mut matcher = Matcher::new(config);
        let (mut characters, mut words) = (Vec::new(), String::new());
        let mut left: Vec<(bool, u32, &Head)> = Vec::new();
        for head in &self.heads {
            words.clear();
            words.push_str(&head.name);
            for more in [&head.shortcut, &head.folder].into_iter().flatten() {
                words.push(' ');
                words.push_str(more);
            }
            let exact = head
                .shortcut
                .as_deref()
                .is_some_and(|it| it.eq_ignore_ascii_case(text));
            if let Some(score) = pattern.score(Utf32Str::new(&words, &mut characters), &mut matcher)
            {
                left.push((exact, score, head));
            }
        }
        left.sort_by_key(|(exact, score, _)| Reverse((*exact, *score)));
        left.truncate(FOUND_MAX);
        left.into_iter().map(|(_, _, head)| head).collect()
    }
}

/// Everything that the app knows of templates.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    /// What there is to choose from, as last read.
    pub shelf: Shelf,
    /// The one that was read last.
    pub read: Option<Box<Template>>,
    /// The one that the disk was asked for.
    pub asked: Option<TemplateId>,
    /// Chosen before its words were there.
    pub chosen: Option<Chosen>,
}

impl Templates {
    /// The words of a template, where they were read last.
    pub fn get(&self, id: TemplateId) -> Option<&Template> {
        self.read.as_deref().filter(|template| template.id == id)
    }
}

/// A choice whose words are on their way from the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Which template.
    pub template: TemplateId,
    /// For which text.
    pub conversation: ConversationId,
    /// How it was asked for.
    pub asked_by: AskedBy,
}

/// How the picker was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AskedBy {
    /// By a slash, which stands in the text and makes room for the words.
    Slash,
    /// By an action.
    Action,
}

/// What a draft owes to templates: which of its braces are fields. The fields themselves are text
/// like any other, so that nothing that keeps a draft can lose them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The template that the words were made from, to be counted.
    pub template: Option<TemplateId>,
    /// The expressions that are fields, as they stand in the text.
    pub fields: Vec<String>,
}

impl Origin {
    /// What two texts owe that became one; the first one's template is counted.
    pub fn with(mut self, other: Self) -> Self {
        self.template = self.template.or(other.template);
        for field in other.fields {
            if !self.fields.contains(&field) {
                self.fields.push(field);
            }
        }
        self
    }

    /// Whether there is nothing to keep.
    pub const fn is_empty(&self) -> bool {
        self.template.is_none() && self.fields.is_empty()
    }
}

/// The text of a template for whoever is written to, in their language.
///
/// # Errors
/// It is no template of this version.
pub fn fill(
    template: &Template,
    contact: Option<&Contact>,
    me: Option<&Agent>,
    company: Option<&str>,
) -> Result<Rendered, TemplateError> {
    let values = variables_of(contact, me, company);
    let language = contact.and_then(|contact| contact.language.as_deref());
    render(template.body_in(language), &values)
}

/// Whoever a conversation is with, as far as the app knows: all of it where the conversation is shown,
/// else as much as its row in the list has.
pub fn whom(model: &Model, conversation: ConversationId) -> Option<Cow<'_, Contact>> {
    let chat = model.timeline.as_ref();
    let chat = chat.filter(|chat| chat.conversation() == conversation);
    let row = || model.roster.row(conversation).or_else(|| chat?.row());
    let whole = chat.and_then(Timeline::contact).map(Cow::Borrowed);
    whole.or_else(|| row().map(contact_of).map(Cow::Owned))
}

/// As much of the contact as a row of the list has.
pub fn contact_of(row: &ListRow) -> Contact {
    let conversation = &row.conversation;
    let address = conversation.address.clone();
    Contact {
        name: row.name.clone(),
        ..Contact::blank(conversation.contact, address, conversation.created_at)
    }
}

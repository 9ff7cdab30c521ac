//! A sheet: longer words that are written with line breaks and saved by a key, such as those of a
//! template. Knows no relay and no disk.

use crate::model::bulk::Whom;
use crate::model::editor::{Editor, Inserted};
use crate::model::template_edit::Write;
use smsdesk_common::ids::{ContactId, ConversationId, JobId};
use smsdesk_common::job::{Job, told};
use smsdesk_common::template::Template;

/// What is written on a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The words of a template that is not there yet.
    NewTemplate {
        /// What it is to be called.
        name: String,
    },
    /// The words of a template.
    Template {
        /// As it was read.
        template: Box<Template>,
        /// In which language; none for where no language fits better.
        language: Option<String>,
    },
    /// The words of a text to many.
    Broadcast {
        /// To whom.
        whom: Whom,
    },
    /// What colleagues should know of a contact.
    ContactNotes {
        /// Of whom.
        contact: ContactId,
        /// What they are called.
        name: Option<String>,
    },
    /// A job that is not there yet.
    NewJob {
        /// With whom.
        conversation: ConversationId,
        /// Where they are by the clock, as far as that is known.
        zone: String,
        /// Under which id the relay was asked to make it; the words wait for an answer ever since.
        id: Option<JobId>,
    },
    /// A job.
    Job {
        /// As it was read.
        job: Box<Job>,
    },
}

/// What the relay is being asked for a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Something about a template.
    Template(Box<Write>),
    /// Something about a job.
    Job,
}

impl Subject {
    /// In words, as the frame tells it.
    pub fn title(&self) -> String {
        match self {
            Self::NewTemplate { name } => format!("new template {name}"),
            Self::Template { template, language } => match language {
                Some(tag) => format!("template {} in {tag}", template.name),
                None => format!("template {}", template.name),
            },
            Self::Broadcast { whom } => format!("text to {}", whom.words()),
            Self::ContactNotes { name, .. } => match name {
                Some(name) => format!("notes on {name}"),
                None => "notes on a contact".to_owned(),
            },
            Self::NewJob { .. } => "new job".to_owned(),
            Self::Job { job } => {
                let when = told(job.starts_at, &job.zone, None);
                format!("job on {when}")
            }
        }
    }

    /// What can be written.
    pub const fn expects(&self) -> &'static str {
        match self {
            Self::NewTemplate { .. } | Self::Template { language: None, .. } => {
                "variables such as {{ contact.first_name }}"
            }
            Self::Broadcast { .. } => {
                "variables such as {{ contact.first_name }}; it is counted first"
            }
            Self::Template { .. } => "in this language; nothing removes it",
            Self::ContactNotes { .. } => "what colleagues should know; nothing removes it",
            Self::NewJob { .. } => "a time such as tomorrow 14:00; the customer is told",
            Self::Job { .. } => "status canceled takes it back; the customer is told of changes",
        }
    }
}

/// A sheet that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What it is.
    pub subject: Subject,
    /// What the relay is being asked; the words wait for its answer.
    pub asked: Option<Asked>,
    editor: Editor,
    before: String,
    problem: Option<String>,
    warned: bool,
}

impl Sheet {
    /// A sheet that holds these words already.
    pub fn new(subject: Subject, words: &str) -> Self {
        Self {
            subject,
            asked: None,
            editor: Editor::new(words),
            before: words.to_owned(),
            problem: None,
            warned: false,
        }
    }

    /// The words with their cursor.
    pub const fn editor(&self) -> &Editor {
        &self.editor
    }

    /// The words, without white space around them.
    pub fn words(&self) -> &str {
        self.editor.text().trim()
    }

    /// Changes the words.
    pub fn edit<T>(&mut self, change: impl FnOnce(&mut Editor) -> T) -> T {
        let before = self.editor.text().to_owned();
        let done = change(&mut self.editor);
        if self.editor.text() != before {
            self.problem = None;
            self.warned = false;
        }
        done
    }

    /// Puts words in at the cursor.
    pub fn insert(&mut self, words: &str) -> Inserted {
        self.edit(|editor| editor.insert(words))
    }

    /// Why it was not saved; stands until the words change.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Says why it was not saved.
    pub fn refuse(&mut self, why: String) {
        self.asked = None;
        self.problem = Some(why);
    }

    /// Whether it may be left: nothing would be lost, or its author was told before.
    pub fn may_leave(&mut self) -> bool {
        let is_same = self.words() == self.before.trim();
        is_same || std::mem::replace(&mut self.warned, true)
    }
}

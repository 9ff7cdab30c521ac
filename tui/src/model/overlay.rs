//! What lies over the panes: help, a question, a prompt, notices.

use crate::input::context::Context;
use crate::model::Model;
use crate::model::audit::AuditLog;
use crate::model::broadcasts::BroadcastList;
use crate::model::bulk::Preparation;
use crate::model::contact::Panel;
use crate::model::prompt::Prompt;
use crate::model::search::finder::Finder;
use crate::model::sheet::Sheet;
use crate::model::timed::TimedList;
use smsdesk_common::ids::EntryId;
use std::collections::VecDeque;

/// The most notices that are kept: more would hide what they are about.
pub const NOTICES_MAX: usize = 3;

/// Something that takes the keys until it is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// The keys of a context.
    Help {
        /// Which.
        context: Context,
        /// How many lines are scrolled away.
        scroll: usize,
        /// Words that every line has; empty for all lines.
        search: String,
    },
    /// What happened during an absence.
    SinceYouLeft,
    /// "Quit although texts wait?"
    ConfirmQuit,
    /// "Send this text again although it may arrive twice?"
    ConfirmResend {
        /// Which text.
        entry: EntryId,
    },
    /// What is known of somebody.
    Contact(Box<Panel>),
    /// A line that wants an answer.
    Prompt(Box<Prompt>),
    /// The texts that wait for their time.
    Timed(Box<TimedList>),
    /// The texts to many.
    Broadcasts(Box<BroadcastList>),
    /// A text to many before it begins.
    Bulk(Box<Preparation>),
    /// Words that are written over everything.
    Sheet(Box<Sheet>),
    /// Figures of the work.
    Stats,
    /// How app and relay fare.
    Status,
    /// What is known of one text.
    Details {
        /// Which.
        entry: EntryId,
    },
    /// Who did what.
    Audit(Box<AuditLog>),
    /// The search.
    Search(Box<Finder>),
}

impl Overlay {
    /// Where the agent's hands are while it lies on top.
    pub const fn context(&self) -> Context {
        match self {
            Self::Help { .. } => Context::Help,
            Self::SinceYouLeft => Context::SinceYouLeft,
            Self::Contact(_) => Context::Contact,
            Self::ConfirmQuit => Context::ConfirmQuit,
            Self::ConfirmResend { .. } => Context::ConfirmResend,
            Self::Prompt(_) => Context::Prompt,
            Self::Timed(_) => Context::Timed,
            Self::Broadcasts(_) => Context::Broadcasts,
            Self::Bulk(_) => Context::Bulk,
            Self::Sheet(_) => Context::Sheet,
            Self::Stats => Context::Stats,
            Self::Status => Context::Status,
            Self::Details { .. } => Context::Details,
            Self::Audit(_) => Context::Audit,
            Self::Search(_) => Context::Search,
        }
    }
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Good to know.
    Info,
    /// Something did not work.
    Problem,
    /// The network; over once the app is live again.
    Connection,
}

/// A sentence to the agent that goes away by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// The sentence.
    pub text: String,
}

impl Notice {
    /// How long it stands, in milliseconds: long enough to be read, longer where it matters.
    pub const fn stands_ms(&self) -> u32 {
        match self.level {
            Level::Info => 5_000,
            Level::Problem | Level::Connection => 12_000,
        }
    }
}

/// The notices on the screen, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    shown: VecDeque<Notice>,
}

impl Notices {
    /// Shows one more. The same sentence is not shown twice; the oldest makes room.
    pub fn push(&mut self, notice: Notice) {
        self.shown.retain(|other| other.text != notice.text);
        self.shown.push_back(notice);
        while self.shown.len() > NOTICES_MAX {
            self.shown.pop_front();
        }
    }

    /// Takes the oldest one away.
    pub fn expire(&mut self) {
        self.shown.pop_front();
    }

    /// The connection is back: what was said of it is over.
    pub fn settle(&mut self) {
        self.shown
            .retain(|notice| notice.level != Level::Connection);
    }

    /// The one that goes away next.
    pub fn oldest(&self) -> Option<&Notice> {
        self.shown.front()
    }

    /// Every one, oldest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Notice> {
        self.shown.iter()
    }
}

impl Model {
    /// The line that is being answered, where it is on top.
    pub fn prompt(&self) -> Option<&Prompt> {
        match self.overlays.last() {
            Some(Overlay::Prompt(prompt)) => Some(prompt),
            _ => None,
        }
    }

    /// As [`Self::prompt`], to be changed.
    pub fn prompt_mut(&mut self) -> Option<&mut Prompt> {
        match self.overlays.last_mut() {
            Some(Overlay::Prompt(prompt)) => Some(prompt),
            _ => None,
        }
    }

    /// The sheet, where it is on top.
    pub fn sheet(&self) -> Option<&Sheet> {
        match self.overlays.last() {
            Some(Overlay::Sheet(sheet)) => Some(sheet),
            _ => None,
        }
    }

    /// As [`Self::sheet`], to be changed.
    pub fn sheet_mut(&mut self) -> Option<&mut Sheet> {
        match self.overlays.last_mut() {
            Some(Overlay::Sheet(sheet)) => Some(sheet),
            _ => None,
        }
    }

    /// The search, where it is on top.
    pub fn finder(&self) -> Option<&Finder> {
        match self.overlays.last() {
            Some(Overlay::Search(finder)) => Some(finder),
            _ => None,
        }
    }

    /// The search, on top or below the help.
    pub fn finder_mut(&mut self) -> Option<&mut Finder> {
        self.overlays.iter_mut().find_map(|overlay| match overlay {
            Overlay::Search(finder) => Some(&mut **finder),
            _ => None,
        })
    }
}

//! The first start, without a configuration: practise, or join a relay.

use crate::input::context::Context;
use crate::input::key::Key;
use crate::input::keymap::Keymap;
use crate::model::Colours;
use crate::model::editor::Editor;
use ratatui::layout::Size;

/// What can be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// Made-up customers.
    #[default]
    Practice,
    /// A relay, with an invite.
    Join,
}

/// Which question is on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Practice or join.
    #[default]
    Choosing,
    /// The invite.
    Invite,
}

/// What the first run shows.
#[derive(Debug, Default)]
pub struct FirstRun {
    /// The terminal's size.
    pub size: Size,
    /// Whether colours may be used.
    pub colours: Colours,
    /// Which key means what.
    pub keymap: Keymap,
    /// Keys of a sequence that is not complete.
    pub prefix: Vec<Key>,
    /// Which question is on the screen.
    pub stage: Stage,
    /// The choice under the cursor.
    pub choice: Choice,
    /// The invite as far as it was typed or pasted.
    pub invite: Editor,
    /// What was wrong with the last try, in words.
    pub problem: Option<String>,
}

/// How the first run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Start the practice desk.
    Practice,
    /// Redeem this invite.
    Join(String),
    /// Leave.
    Quit,
}

impl FirstRun {
    /// The first question.
    pub fn new(size: Size, colours: Colours) -> Self {
        Self {
            size,
            colours,
            ..Self::default()
        }
    }

    /// Back at the invite because it was refused, with the reason in words.
    #[must_use]
    pub fn refused(self, invite: &str, problem: String) -> Self {
        Self {
            stage: Stage::Invite,
            choice: Choice::Join,
            invite: Editor::new(invite),
            problem: Some(problem),
            ..self
        }
    }

    /// Where the hands are.
    pub const fn context(&self) -> Context {
        match self.stage {
            Stage::Choosing => Context::FirstRun,
            Stage::Invite => Context::Invite,
        }
    }
}

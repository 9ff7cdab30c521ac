//! One line of text at the bottom of the screen, with something to choose from: what is asked,
//! what was typed, which candidates that leaves.
//!
//! Owns no meaning: what a kind offers and what accepting does is decided in `update/prompt.rs`.
//! A prompt is about the conversations that it was opened for, whatever is selected by the time it is
//! accepted.

mod candidate;

pub use self::candidate::{Candidate, Value, narrow};

use crate::model::batch::Target;
use crate::model::bulk::Whom;
use crate::model::contact::Field;
use crate::model::editor::{Editor, Motion};
use crate::model::roster::{Spot, Step};
use crate::model::template_edit::Part;
use crate::model::templates::AskedBy;
use smsdesk_common::filter::Filter;
use smsdesk_common::ids::{ContactId, ConversationId, EntryId};
use smsdesk_common::phone::Address;
use smsdesk_common::template::Template;

/// The longest answer, in characters: twice what any kind takes, so that a paste can be cut down.
pub const PROMPT_CHARACTERS_MAX: usize = 400;

/// The most candidates on the screen at once: more are found faster by typing.
pub const PROMPT_ROWS_MAX: usize = 8;

/// What is asked. A kind of its own needs a variant here, an arm in `offer` and one in `accept`
/// of `update/prompt.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptKind {
    /// The command line: an action by its name, with what it takes.
    Command,
    /// The palette: an action by its name or by what it does.
    Palette,
    /// Words to narrow the help by, which lies below.
    SearchHelp,
    /// What the list is to be narrowed to.
    Narrow {
        /// What it was narrowed to before.
        before: Filter,
        /// Where the selection was.
        spot: Spot,
    },
    /// Which view to show.
    View,
    /// To whom a text to many goes.
    BulkWhom,
    /// What a text to many says.
    BulkWords {
        /// To whom.
        whom: Whom,
    },
    /// Which template to put into a text.
    Template {
        /// The text to whom.
        conversation: ConversationId,
        /// How it was asked for.
        asked_by: AskedBy,
    },
    /// Which rule to switch, or all of them to edit.
    Rules,
    /// Which template to change, or what a new one is called.
    Templates,
    /// Which setting of the desk to change.
    Settings,
    /// What a setting is to be.
    SettingValue {
        /// Its path.
        path: String,
    },
    /// What is to be done to a template.
    TemplateParts {
        /// As it was read.
        template: Box<Template>,
    },
    /// What a part of a template is to be.
    TemplatePart {
        /// As it was read.
        template: Box<Template>,
        /// Which part.
        part: Part,
    },
    /// Until when to put conversations away.
    Snooze {
        /// To which; never none.
        targets: Vec<Target>,
    },
    /// When a text is to go out.
    SendLater {
        /// To whom.
        conversation: ConversationId,
        /// Which text.
        purpose: Purpose,
        /// Whether a text of the customer that comes first cancels it.
        cancel_on_reply: bool,
    },
    /// The words of a text that waits for its time.
    EditTimed {
        /// To whom.
        conversation: ConversationId,
        /// Which text.
        text: EntryId,
    },
    /// Why conversations want attention.
    FlagReason {
        /// To which; never none.
        targets: Vec<Target>,
    },
    /// Who is to own conversations.
    Assign {
        /// To which; never none.
        targets: Vec<Target>,
    },
    /// How a text is to be split that is too long for one.
    Split {
        /// To whom it is.
        conversation: ConversationId,
    },
    /// What a misspelt word of the text should be.
    Correct {
        /// As it was written.
        word: String,
        /// Where it stands, in bytes.
        place: std::ops::Range<usize>,
    },
    /// What a field of a contact is to hold.
    ContactField {
        /// Whose.
        contact: ContactId,
        /// Which.
        field: Field,
    },
    /// Whom to write to.
    NewText,
    /// From which of several lines to write.
    NewTextLine {
        /// To whom.
        address: Address,
    },
    /// Which labels conversations are to have.
    Labels {
        /// To which; never none.
        targets: Vec<Target>,
        /// Labels that turn over when the answer is taken.
        toggled: Vec<String>,
    },
}

impl PromptKind {
    /// A conversation that it may be about has another id from now on.
    pub fn rehome(&mut self, from: ConversationId, to: ConversationId) {
        match self {
            Self::Template { conversation, .. }
            | Self::SendLater { conversation, .. }
            | Self::EditTimed { conversation, .. }
            | Self::Split { conversation }
                if *conversation == from =>
            {
                *conversation = to;
            }
            Self::Snooze { targets }
            | Self::FlagReason { targets }
            | Self::Assign { targets }
            | Self::Labels { targets, .. } => {
                let meant = targets.iter_mut().filter(|it| it.conversation == from);
                meant.for_each(|it| it.conversation = to);
            }
            _ => {}
        }
    }
}

/// For which text a time is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The one in the composer.
    New,
    /// One that waits already.
    Move(EntryId),
}

/// Which candidate is chosen before the agent chooses one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marks {
    /// The first one.
    #[default]
    First,
    /// The first one once something was typed: accepting an empty line chooses nothing.
    OnceTyped,
    /// None: the text counts unless the agent goes to a candidate.
    Nothing,
}

/// What a prompt of some kind shows for a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// What is asked, on the frame.
    pub title: String,
    /// What can be typed, in a sentence below; gives way to a problem.
    pub about: String,
    /// What the text itself means: stands before the candidates and is never narrowed away.
    pub typed: Option<Candidate>,
    /// What there is to choose from, narrowed and in order already.
    pub ready: Vec<Candidate>,
    /// What there is to choose from, in its order without a text.
    pub listed: Vec<Candidate>,
    /// As [`Self::typed`], behind the candidates.
    pub otherwise: Option<Candidate>,
    /// Which candidate is chosen at first.
    pub marks: Marks,
}

/// A line that is being answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    kind: PromptKind,
    editor: Editor,
    title: String,
    about: String,
    shown: Vec<Candidate>,
    chosen: Option<usize>,
    /// Whether the agent chose, rather than the narrowing.
    went: bool,
    /// The text that [`Self::shown`] belongs to.
    narrowed_by: String,
    problem: Option<String>,
    rows: usize,
}

impl Prompt {
    /// An empty line.
    pub fn new(kind: PromptKind) -> Self {
        Self::with_text(kind, "")
    }

    /// A line that holds a text already.
    pub fn with_text(kind: PromptKind, text: &str) -> Self {
        let mut prompt = Self {
            kind,
            editor: Editor::default(),
            title: String::new(),
            about: String::new(),
            shown: Vec::new(),
            chosen: None,
            went: false,
            narrowed_by: String::new(),
            problem: None,
            rows: 0,
        };
        prompt.insert(text);
        prompt
    }

    /// What is asked.
    pub const fn kind(&self) -> &PromptKind {
        &self.kind
    }

    /// As [`Self::kind`], to be changed.
    pub const fn kind_mut(&mut self) -> &mut PromptKind {
        &mut self.kind
    }

    /// The line with its cursor.
    pub const fn editor(&self) -> &Editor {
        &self.editor
    }

    /// What was typed, without white space around it.
    pub fn text(&self) -> &str {
        self.editor.text().trim()
    }

    /// The words on the frame.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The sentence below, while nothing is wrong.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Why the last try was not taken; stands until the text changes.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The candidates that the text leaves, best first.
    pub fn shown(&self) -> &[Candidate] {
        &self.shown
    }

    /// Which of them is chosen.
    pub const fn chosen_at(&self) -> Option<usize> {
        self.chosen
    }

    /// The one that is chosen.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.shown.get(self.chosen?)
    }

    /// How many rows its candidates take: never fewer than before, so that nothing jumps.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Puts text in at the cursor; a line break becomes a space, one at the end nothing. What goes beyond
    /// [`PROMPT_CHARACTERS_MAX`] is left out.
    pub fn insert(&mut self, text: &str) {
        let text = text.trim_end_matches(['\r', '\n']);
        let room = PROMPT_CHARACTERS_MAX.saturating_sub(self.editor.text().chars().count());
        let line = text.replace("\r\n", " ").replace(['\r', '\n'], " ");
        let fits: String = line.chars().take(room).collect();
        self.edit(|editor| {
            editor.insert(&fits);
        });
    }

    /// Changes the line.
    pub fn edit(&mut self, change: impl FnOnce(&mut Editor)) {
        let before = self.editor.text().to_owned();
        change(&mut self.editor);
        // The editor knows more line breaks than can be typed.
        if self.editor.text().contains('\n') {
            let line = self.editor.text().replace('\n', " ");
            self.editor.replace(&line);
            self.editor.go(Motion::TextEnd);
        }
        if self.editor.text() != before {
            self.problem = None;
        }
    }

    /// Empties the line.
    pub fn clear(&mut self) {
        self.edit(|editor| {
            editor.replace("");
        });
    }

    /// Says why it was not taken.
    pub fn refuse(&mut self, problem: String) {
        self.problem = Some(problem);
    }

    /// Chooses the next candidate, or the one before; behind the last one comes the first.
    pub fn step(&mut self, step: Step) {
        let Some(last) = self.shown.len().checked_sub(1) else {
            return;
        };
        self.went = true;
        self.chosen = Some(match (step, self.chosen) {
            (Step::Next, Some(at)) if at < last => at + 1,
            (Step::Next, _) => 0,
            (Step::Previous, Some(at)) if at > 0 => at - 1,
            (Step::Previous, _) => last,
        });
    }

    /// Puts the words of the candidate that the agent went to in place of what was typed.
    pub fn complete(&mut self) {
        let Some(label) = self
            .chosen()
            .filter(|_| self.went)
            .map(|it| it.label.clone())
        else {
            return;
        };
        self.edit(|editor| {
            editor.replace(&label);
            editor.go(Motion::TextEnd);
        });
    }

    /// Chooses the candidate that `name` means beyond doubt: the one that is called so, else the only
    /// one that begins so. Says whether that left no doubt; where nothing matches there is none.
    pub fn choose_named(&mut self, name: &str) -> bool {
        let name = name.to_lowercase();
        let labels = || self.shown.iter().map(|it| it.label.to_lowercase());
        let exact = labels().position(|label| label == name);
        let mut begin = (0..)
            .zip(labels())
            .filter(|(_, label)| label.starts_with(&name));
        let only = match (begin.next(), begin.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        };
        match exact.or(only) {
            Some(at) => {
                self.went = true;
                self.chosen = Some(at);
                true
            }
            None => self.shown.is_empty(),
        }
    }

    /// Shows what its kind offers for the text. What the agent chose stays chosen while the text
    /// stands.
    pub fn show(&mut self, offer: Offer) {
        let text = self.text().to_owned();
        let chosen = self.chosen().filter(|_| self.went).cloned();
        let mut shown: Vec<Candidate> = offer.typed.into_iter().collect();
        shown.extend(offer.ready);
        shown.extend(narrow(offer.listed, &text));
        shown.extend(offer.otherwise);
        let first = match offer.marks {
            Marks::First => Some(0),
            Marks::OnceTyped => (!text.is_empty()).then_some(0),
            Marks::Nothing => None,
        };
        let again = chosen
            .filter(|_| text == self.narrowed_by)
            .and_then(|chosen| shown.iter().position(|it| it.value == chosen.value));
        self.went = again.is_some();
        self.chosen = again.or(first).filter(|at| *at < shown.len());
        self.rows = self.rows.max(shown.len()).min(PROMPT_ROWS_MAX);
        self.shown = shown;
        self.narrowed_by = text;
        self.title = offer.title;
        self.about = offer.about;
    }
}

#[cfg(test)]
mod tests;

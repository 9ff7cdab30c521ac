//! What the agent writes: one text per conversation, which never changes its recipient.
//!
//! A text that was touched here stays here until the app ends, and what the disk says about it is
//! ignored from then on: a late answer of the disk could bring back words that were sent already.

mod count;
mod emoji;
mod fields;
mod note;
mod parts;
mod walk;
mod warned;

pub use self::count::{Count, Forced, without_look_alike};
pub use self::warned::Warned;

use self::walk::Walk;
use crate::model::editor::{Editor, Inserted};
use crate::model::hold::before;
use crate::model::question::{Question, Seen};
use crate::model::templates::Origin;
use smsdesk_common::ids::{ConversationId, Seq};
use smsdesk_common::segments::{BODY_CHARACTERS_MAX, body_characters};
use std::collections::{HashMap, VecDeque};

/// A text to one conversation.
#[derive(Clone, Debug, Default)]
pub struct Composer {
    editor: Editor,
    /// As the disk has it.
    saved: String,
    /// Handed to the outbox, not yet known to be on the disk; oldest first.
    leaving: VecDeque<String>,
    /// Came back because something failed, though maybe something else.
    returned: Option<String>,
    /// Whether the disk was asked for a draft yet.
    loaded: bool,
    touched: bool,
    /// The newest entry on the screen when the text was begun, where the disk had told by then.
    begun: Option<Seq>,
    /// Why it was not sent, until its author has decided.
    question: Option<Question>,
    /// An earlier text is shown.
    walk: Option<Walk>,
    /// How many segments its author was told of.
    warned: Option<Warned>,
    /// Which of the emoji is chosen that are offered.
    emoji_at: usize,
    /// What the text owes to templates.
    origin: Origin,
    /// Whether it owed anything since it was begun: the disk may have that.
    owed: bool,
    /// Where the cursor was sent to fill a field in, and how long the text was then, in bytes.
    walked: Option<(usize, usize)>,
}

/// Why a text cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsendable {
    /// There are no words.
    Empty,
    /// More characters than the provider takes.
    TooLong {
        /// How many.
        characters: usize,
    },
    /// A field of a template waits to be filled in.
    Unfilled,
}

impl Composer {
    /// The text with its cursor.
    pub const fn editor(&self) -> &Editor {
        &self.editor
    }

    /// What would be sent: the text without white space around it.
    pub fn body(&self) -> &str {
        self.editor.text().trim()
    }

    /// Whether the disk does not have the text as it is. While a text is on its way into the
    /// outbox the disk keeps its draft, so that one of the two is there whatever happens; before
    /// the disk has said what its draft is, nothing may overwrite it.
    pub fn is_dirty(&self) -> bool {
        self.loaded && self.leaving.is_empty() && self.draft() != self.saved
    }

    /// Whether there is something to lose.
    pub fn has_draft(&self) -> bool {
        !self.editor.is_blank()
    }

    /// Changes the text.
    pub fn edit<T>(&mut self, change: impl FnOnce(&mut Editor) -> T) -> T {
        self.touched = true;
        self.walked = None;
        let before = self.editor.text().to_owned();
        let done = change(&mut self.editor);
        if self.editor.text() != before {
            self.walk = None;
            self.warned = None;
            self.emoji_at = 0;
        }
        if self.editor.is_blank() {
            // What is written now is not the template's any more.
            self.origin.template = None;
        }
        done
    }

    /// Puts a text in at the cursor, in place of the field that the cursor was sent to.
    pub fn insert(&mut self, text: &str) -> Inserted {
        self.clear_field();
        self.edit(|editor| editor.insert(text))
    }

    /// Whether the disk has said what its draft is. Until then nothing is saved here, for it could
    /// be written over a draft that nobody has seen yet.
    pub const fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Takes the text out to be sent.
    ///
    /// # Errors
    /// There is nothing to send, or too much.
    pub fn take(&mut self) -> Result<String, Unsendable> {
        let body = self.body().to_owned();
        let characters = body_characters(&body);
        if body.is_empty() {
            return Err(Unsendable::Empty);
        }
        if characters > BODY_CHARACTERS_MAX {
            return Err(Unsendable::TooLong { characters });
        }
        if !self.fields().is_empty() {
            return Err(Unsendable::Unfilled);
        }
        self.leaving.push_back(body.clone());
        self.empty();
        Ok(body)
    }

    /// The text has left: nothing is written, and no key brings it back.
    fn empty(&mut self) {
        self.edit(|editor| {
            editor.replace("");
            editor.forget_past();
        });
        self.origin = Origin::default();
        self.owed = false;
        self.look_again();
        self.question = None;
        self.walk = None;
    }

    /// Notes what is on the screen: a text that is begun now was begun from there.
    pub fn note_shown(&mut self, shown: Seq) {
        if !self.has_draft() {
            self.begun = Some(shown);
            self.question = None;
        }
        self.begun.get_or_insert(shown);
    }

    /// The author comes back to the text, and to whatever is on the screen then.
    pub const fn look_again(&mut self) {
        self.begun = None;
    }

    /// What its author has seen, questions included; none while the disk has not shown anything.
    pub fn seen(&self) -> Option<Seen> {
        let begun = self.begun.map(Seen::from);
        let Some(question) = &self.question else {
            return begun;
        };
        let answered = question.answered();
        let up_to = answered.up_to.max(begun.unwrap_or_default().up_to);
        Some(Seen { up_to, ..answered })
    }

    /// Why the text was not sent, where its author has to decide.
    pub const fn question(&self) -> Option<&Question> {
        self.question.as_ref()
    }

    /// Asks the author.
    pub fn ask(&mut self, question: Question) {
        self.question = Some(question);
    }

    /// Whether a text that was not sent can stand here again, as it was.
    pub fn takes_back(&self) -> bool {
        self.loaded && self.leaving.is_empty() && !self.has_draft()
    }

    /// A text did not go out: its words stand before what was written since. The disk has them in
    /// its draft; where that was not read yet, it brings them.
    pub fn give_back(&mut self, body: &str) {
        if self.loaded {
            let words = before(body, self.editor.text());
            self.edit(|editor| editor.replace(&words));
        }
    }

    /// A text goes out that was not written here just now.
    pub fn resend(&mut self, body: String) {
        self.leaving.push_back(body);
    }

    /// The oldest text that left is in the outbox.
    pub fn left(&mut self) {
        if self.leaving.pop_front().is_none()
            && self.returned.as_deref() == Some(self.editor.text())
        {
            self.edit(|editor| editor.replace(""));
        }
        self.returned = None;
    }

    /// The disk did not take what left: the words come back, before what was typed since.
    pub fn bring_back(&mut self) {
        if self.leaving.is_empty() {
            return;
        }
        let mut words: Vec<String> = self.leaving.drain(..).collect();
        if self.has_draft() {
            words.push(self.editor.text().to_owned());
        }
        let words = words.join("\n");
        self.edit(|editor| editor.replace(&words));
        self.returned = Some(words);
    }
}

/// Every text that is being written.
#[derive(Clone, Debug, Default)]
pub struct Composers {
    texts: HashMap<ConversationId, Composer>,
}

impl Composers {
    /// The text to `conversation`.
    pub fn get(&self, conversation: ConversationId) -> Option<&Composer> {
        self.texts.get(&conversation)
    }

    /// The text to `conversation`, begun if there is none.
    pub fn get_mut(&mut self, conversation: ConversationId) -> &mut Composer {
        self.texts.entry(conversation).or_default()
    }

    /// Lets go of whatever is written to `conversation`.
    pub fn forget(&mut self, conversation: ConversationId) {
        self.texts.remove(&conversation);
    }

    /// The disk's draft. What was typed before it came stands behind it, as if the draft had
    /// been there; after that the disk has no say in a text that was touched.
    pub fn load(&mut self, conversation: ConversationId, draft: &str) {
        let composer = self.get_mut(conversation);
        if !composer.touched {
            composer.editor = Editor::new(draft);
        } else if !composer.loaded {
            composer.editor.prepend(draft);
        }
        if !(composer.touched && composer.loaded) {
            draft.clone_into(&mut composer.saved);
        }
        composer.loaded = true;
    }

    /// As [`Self::load`], where typing waits for the draft to stand behind; nothing elsewhere.
    pub fn load_awaited(&mut self, conversation: ConversationId, draft: &str) {
        let awaited = self
            .get(conversation)
            .is_some_and(|composer| composer.touched);
        if awaited {
            self.load(conversation, draft);
        }
    }

    /// What the disk does not have yet; it counts as saved from now on.
    pub fn take_unsaved(&mut self) -> Vec<(ConversationId, String)> {
        let mut unsaved: Vec<_> = self
            .texts
            .iter_mut()
            .filter(|(_, composer)| composer.is_dirty())
            .map(|(id, composer)| {
                composer.saved = composer.draft().to_owned();
                (*id, composer.saved.clone())
            })
            .collect();
        unsaved.sort_by_key(|(id, _)| *id);
        unsaved
    }

    /// As [`Self::take_unsaved`], with what was typed behind a text that is still on its way into
    /// the outbox: at the end of the app there is no later moment to save it.
    pub fn take_last(&mut self) -> Vec<(ConversationId, String)> {
        let mut last = self.take_unsaved();
        let behind = self.texts.iter().filter(|(_, composer)| {
            composer.loaded && !composer.leaving.is_empty() && composer.has_draft()
        });
        last.extend(behind.map(|(id, composer)| (*id, composer.draft().to_owned())));
        last.sort_by_key(|(id, _)| *id);
        last
    }

    /// A conversation has another id from now on; its text goes with it, before what may stand there.
    pub fn rehome(&mut self, from: ConversationId, to: ConversationId) {
        let Some(mut moved) = self.texts.remove(&from) else {
            return;
        };
        if let Some(there) = self.texts.remove(&to).filter(Composer::has_draft) {
            let words = before(moved.editor.text(), there.editor.text());
            moved.edit(|editor| editor.replace(&words));
        }
        self.texts.insert(to, moved);
    }

    /// Whether anything is not on the disk yet.
    pub fn is_dirty(&self) -> bool {
        self.texts.values().any(Composer::is_dirty)
    }

    /// The disk failed: every text that was on its way out comes back.
    pub fn bring_back(&mut self) {
        self.texts.values_mut().for_each(Composer::bring_back);
    }

    /// Forgets texts that the disk has, where nothing was touched: only those are read again.
    pub fn forget_untouched(&mut self, except: ConversationId) {
        self.texts
            .retain(|id, composer| *id == except || composer.touched);
    }
}

//! Walking through what was sent before. What was written stays behind it: the way back leads there,
//! and until the agent takes what is shown it is the draft.

use super::Composer;
use crate::model::editor::Motion;

/// A walk through earlier texts.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    /// Which text is shown.
    at: usize,
    /// What was written when the walk began; only texts that begin so are shown.
    pub(super) origin: String,
}

impl Composer {
    /// Whether an earlier text is shown, as it was sent.
    pub const fn is_walking(&self) -> bool {
        self.walk.is_some()
    }

    /// Shows the next older one of `sent` that begins with what was written. Whether there is one.
    pub fn older(&mut self, sent: &[String]) -> bool {
        let (from, origin) = match &self.walk {
            Some(walk) => (walk.at + 1, walk.origin.clone()),
            None => (0, self.editor.text().to_owned()),
        };
        let fits = |(_, text): &(usize, &String)| text.starts_with(&origin) && **text != origin;
        let found = sent.iter().enumerate().skip(from).find(fits);
        let Some((at, text)) = found else {
            return false;
        };
        if self.walk.is_none() {
            self.editor.remember();
        }
        self.show(text);
        self.walk = Some(Walk { at, origin });
        true
    }

    /// Shows the next newer one, and what was written behind the newest. Whether it was a walk.
    pub fn newer(&mut self, sent: &[String]) -> bool {
        let Some(Walk { at, origin }) = self.walk.take() else {
            return false;
        };
        let fits = |(_, text): &(usize, &String)| text.starts_with(&origin) && **text != origin;
        let newer = sent.iter().enumerate().take(at).rev().find(fits);
        match newer {
            Some((at, text)) => {
                self.show(text);
                self.walk = Some(Walk { at, origin });
            }
            None => self.show(&origin),
        }
        true
    }

    /// What is shown is what is written from now on.
    pub fn end_walk(&mut self) {
        self.walk = None;
    }

    /// What the disk is to have as the draft.
    pub(super) fn draft(&self) -> &str {
        match &self.walk {
            Some(walk) => &walk.origin,
            None => self.editor.text(),
        }
    }

    fn show(&mut self, text: &str) {
        self.touched = true;
        self.warned = None;
        self.editor.leaf(text);
        self.editor.go(Motion::TextEnd);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(composer: &Composer, text: &str, draft: &str) {
        assert_eq!(composer.editor().text(), text);
        assert_eq!(composer.draft(), draft);
    }

    #[test]
    fn only_texts_that_begin_as_what_was_written_are_shown_and_it_comes_back() {
        let sent = ["On my way", "Hello", "On Monday", "Bye"].map(str::to_owned);
        let mut composer = Composer::default();
        composer.insert("On ");
        assert!(composer.older(&sent));
        check(&composer, "On my way", "On ");
        assert!(composer.older(&sent));
        check(&composer, "On Monday", "On ");
        assert!(!composer.older(&sent), "there is no older one");
        check(&composer, "On Monday", "On ");
        assert!(composer.newer(&sent));
        check(&composer, "On my way", "On ");
        assert!(composer.newer(&sent));
        check(&composer, "On ", "On ");
        assert!(!composer.newer(&sent));
        assert!(!composer.is_walking());
    }

    #[test]
    fn a_text_that_was_changed_is_the_draft_and_a_step_leads_back() {
        let sent = ["On my way".to_owned()];
        let mut composer = Composer::default();
        composer.insert("On ");
        assert!(composer.older(&sent));
        composer.insert("!");
        check(&composer, "On my way!", "On my way!");
        composer.edit(|editor| {
            editor.undo();
            editor.undo();
        });
        check(&composer, "On ", "On ");
    }
}

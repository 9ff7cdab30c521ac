//! The emoji that are offered while a name is being written.

use super::Composer;
use crate::model::emoji::{self, Emoji};

impl Composer {
    /// What the name before the cursor could become, the best first; nothing where there is none.
    pub fn emoji(&self) -> Vec<Emoji> {
        emoji::begun(self.before()).map_or_else(Vec::new, |begun| emoji::offer(begun.name))
    }

    /// Which of them is chosen.
    pub const fn emoji_at(&self) -> usize {
        self.emoji_at
    }

    /// Chooses the next one, or the one before. Whether any are offered.
    pub fn choose_emoji(&mut self, step: isize) -> bool {
        let offered = self.emoji().len();
        let Some(last) = offered.checked_sub(1) else {
            return false;
        };
        let next = self.emoji_at.saturating_add_signed(step);
        self.emoji_at = next.min(last);
        true
    }

    /// Puts the chosen one in place of its name. Whether any were offered.
    pub fn complete_emoji(&mut self) -> bool {
        let offered = self.emoji();
        let chosen = offered.get(self.emoji_at).or_else(|| offered.first());
        let Some(sign) = chosen.map(|emoji| emoji.sign) else {
            return false;
        };
        let Some(at) = emoji::begun(self.before()).map(|begun| begun.at) else {
            return false;
        };
        self.put_for(at, sign);
        true
    }

    /// The colon that was typed just now may have closed a name.
    pub fn close_emoji(&mut self) {
        let closed = emoji::closed(self.before()).map(|(begun, sign)| (begun.at, sign));
        if let Some((at, sign)) = closed {
            self.put_for(at, sign);
        }
    }

    fn put_for(&mut self, at: usize, sign: &str) {
        let end = self.editor.cursor();
        self.edit(|editor| editor.put(at..end, sign));
    }

    fn before(&self) -> &str {
        &self.editor.text()[..self.editor.cursor()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_the_emoji_that_is_chosen() {
        let mut composer = Composer::default();
        composer.insert("yes :thumbs");
        assert!(composer.choose_emoji(1));
        composer.insert("u");
        assert_eq!(composer.emoji_at(), 0, "another name, another choice");
        assert!(composer.complete_emoji());
        assert_eq!(composer.editor().text(), "yes 👍");
        assert!(!composer.complete_emoji());
        composer.edit(|editor| {
            editor.undo();
        });
        assert_eq!(composer.editor().text(), "yes :thumbsu");
    }

    #[test]
    fn a_colon_closes_a_name_that_there_is() {
        let mut composer = Composer::default();
        composer.insert(":tada:");
        composer.close_emoji();
        composer.insert(" 10:30: :nosuch:");
        composer.close_emoji();
        assert_eq!(composer.editor().text(), "🎉 10:30: :nosuch:");
    }
}

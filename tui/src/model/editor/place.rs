//! Places in a text that are known in bytes.

use super::Editor;
use std::ops::Range;

impl Editor {
    /// Sends the cursor to a byte of the text, or to the nearest place behind it.
    pub fn go_to(&mut self, at: usize) {
        let at = at.min(self.text.len());
        self.set_cursor(at);
    }

    /// Takes a part out and puts the cursor there. One that does not lie between characters stays.
    pub fn cut_out(&mut self, range: Range<usize>) {
        if self.text.get(range.clone()).is_some() {
            let start = range.start;
            self.text.drain(range);
            self.set_cursor(start);
        }
    }
}

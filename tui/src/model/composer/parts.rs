//! A text that goes out as several.

use super::Composer;

impl Composer {
    /// Takes the text out to be sent in parts. Its whole words.
    pub fn take_apart(&mut self) -> String {
        let body = self.body().to_owned();
        self.leaving.push_back(body.clone());
        self.empty();
        body
    }
}

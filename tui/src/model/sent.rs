//! What the agent sent before, so that it can be written again: newest first, each text once.

/// The most texts that are kept: who looks further back searches.
pub const SENT_MAX: usize = 200;

/// Texts that the agent sent.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    texts: Vec<String>,
    known: Known,
}

/// Whether the disk has told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Known {
    #[default]
    Unasked,
    /// The agent looks for one already.
    Awaited,
    Told,
}

impl Sent {
    /// The texts, newest first.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether the disk has told what was sent before.
    pub fn is_known(&self) -> bool {
        self.known == Known::Told
    }

    /// The agent looks for one. Whether the disk is to be asked.
    pub fn look(&mut self) -> bool {
        let ask = self.known == Known::Unasked;
        if ask {
            self.known = Known::Awaited;
        }
        ask
    }

    /// The disk has told, newest first. What was sent since stands before it.
    pub fn tell(&mut self, texts: Vec<String>) {
        let since = std::mem::take(&mut self.texts);
        for text in since.into_iter().chain(texts) {
            if self.texts.len() < SENT_MAX && !self.texts.contains(&text) {
                self.texts.push(text);
            }
        }
        self.known = Known::Told;
    }

    /// One more was sent.
    pub fn push(&mut self, text: &str) {
        self.texts.retain(|other| other != text);
        self.texts.insert(0, text.to_owned());
        self.texts.truncate(SENT_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_stands_once_where_it_was_sent_last() {
        let mut sent = Sent::default();
        assert!(sent.look());
        assert!(!sent.look(), "the disk is asked once");
        sent.push("on my way");
        sent.tell(
            ["hello", "on my way", "hello", "bye"]
                .map(str::to_owned)
                .to_vec(),
        );
        assert_eq!(sent.texts(), ["on my way", "hello", "bye"]);
        sent.push("bye");
        assert_eq!(sent.texts(), ["bye", "on my way", "hello"]);
        (0..SENT_MAX).for_each(|n| sent.push(&n.to_string()));
        assert_eq!(sent.texts().len(), SENT_MAX);
    }
}

//! What of mine waits for the relay, and how that is said.

/// Changes that are under way at once while the relay answers: no reason to say that some wait.
const CHANGES_UNDER_WAY_MAX: u32 = 4;

/// Requests of mine that the relay has not settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// Texts and notes on their way.
    pub waiting: u32,
    /// Texts and notes that were refused; want a decision.
    pub refused: u32,
    /// How many of those that wait are notes.
    pub notes: u32,
    /// Changes of conversations on their way.
    pub changes: u32,
}

impl Outbox {
    /// How much waits, whatever it is.
    pub const fn total(&self) -> u32 {
        self.waiting.saturating_add(self.changes)
    }

    /// The same without changes that a relay which answers is about to take.
    #[must_use]
    pub const fn held_up(self) -> Self {
        match self.changes {
            0..=CHANGES_UNDER_WAY_MAX => Self { changes: 0, ..self },
            _ => self,
        }
    }

    /// What waits, in words: "2 texts and 3 changes wait"; none where nothing does.
    pub fn words(&self) -> Option<String> {
        let texts = self.waiting.saturating_sub(self.notes);
        let counted = [
            (texts, "text"),
            (self.notes.min(self.waiting), "note"),
            (self.changes, "change"),
        ];
        let several = |(count, what): (u32, &str)| match count {
            0 => None,
            1 => Some(format!("1 {what}")),
            count => Some(format!("{count} {what}s")),
        };
        let mut parts: Vec<String> = counted.into_iter().filter_map(several).collect();
        let last = parts.pop()?;
        let all = match parts.is_empty() {
            true => last,
            false => format!("{} and {last}", parts.join(", ")),
        };
        let verb = if self.total() == 1 { "waits" } else { "wait" };
        Some(format!("{all} {verb}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_said_by_what_it_is() {
        for (waiting, notes, changes, words) in [
            (0, 0, 0, None),
            (1, 0, 0, Some("1 text waits")),
            (2, 0, 3, Some("2 texts and 3 changes wait")),
            (3, 1, 1, Some("2 texts, 1 note and 1 change wait")),
            (1, 1, 0, Some("1 note waits")),
            (0, 0, 1, Some("1 change waits")),
        ] {
            let outbox = Outbox {
                waiting,
                refused: 0,
                notes,
                changes,
            };
            assert_eq!(outbox.words().as_deref(), words);
        }
    }
}

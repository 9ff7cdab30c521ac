//! Practice: one line at a time that says what to try next.

use crate::action::Action;

/// One thing to learn.
#[derive(Debug, PartialEq, Eq)]
struct Lesson {
    /// What to try, in at most 50 characters, to fit on the smallest screen.
    says: &'static str,
    /// Any of these shows that it was understood.
    done_by: &'static [Action],
}

const LESSONS: &[Lesson] = &[
    Lesson {
        says: "j and k, or ↓ and ↑, walk through the customers",
        done_by: &[
            Action::NextConversation,
            Action::PreviousConversation,
            Action::NextWaiting,
            Action::PreviousWaiting,
        ],
    },
    Lesson {
        says: "Enter opens a conversation and counts it as read",
        done_by: &[Action::Open],
    },
    Lesson {
        says: "r writes a reply",
        done_by: &[Action::Reply],
    },
    Lesson {
        says: "write an answer; Enter sends it",
        done_by: &[Action::Send],
    },
    Lesson {
        says: "Esc leaves the composer; a draft would stay",
        done_by: &[Action::LeaveComposer],
    },
    Lesson {
        says: "n goes to the next customer who waits",
        done_by: &[Action::NextWaiting, Action::PreviousWaiting],
    },
    Lesson {
        says: "g shows places to go to: try g a, then g i",
        done_by: &[
            Action::ViewAll,
            Action::ViewInbox,
            Action::ViewMine,
            Action::ViewUnassigned,
            Action::ViewSnoozed,
            Action::ViewDone,
            Action::ViewFlagged,
        ],
    },
    Lesson {
        says: "? shows every key that works where you are",
        done_by: &[Action::Help],
    },
];

/// What is said when everything was tried.
const FAREWELL: &str = "That is the desk: q leaves, nothing stays behind";

/// How far the agent has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coach {
    lesson: usize,
}

impl Coach {
    /// What to try next.
    pub fn says(&self) -> &'static str {
        LESSONS
            .get(self.lesson)
            .map_or(FAREWELL, |lesson| lesson.says)
    }

    /// Which lesson of how many, from 1; none after the last.
    pub fn progress(&self) -> Option<(usize, usize)> {
        (self.lesson < LESSONS.len()).then_some((self.lesson + 1, LESSONS.len()))
    }

    /// Goes on where `action` was what the lesson is about.
    pub fn saw(&mut self, action: Action) {
        if LESSONS
            .get(self.lesson)
            .is_some_and(|lesson| lesson.done_by.contains(&action))
        {
            self.lesson += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lesson_waits_for_its_own_action() {
        let mut coach = Coach::default();
        coach.saw(Action::Send);
        assert_eq!(coach.progress(), Some((1, LESSONS.len())));
        for lesson in LESSONS {
            assert!(lesson.says.chars().count() <= 50);
            assert_eq!(coach.says(), lesson.says);
            coach.saw(lesson.done_by[0]);
        }
        assert_eq!(coach.says(), FAREWELL);
        assert_eq!(coach.progress(), None);
    }
}

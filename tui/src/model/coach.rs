//! Practice: one line at a time that says what to try next.

use crate::action::Action;
use crate::input::context::Context;

/// One thing to learn.
#[derive(Debug, PartialEq, Eq)]
struct Lesson {
    /// What to try, in at most 50 characters, to fit on the smallest screen.
    says: &'static str,
    /// Where it can be tried.
    place: Place,
    /// Any of these shows that it was understood.
    done_by: &'static [Action],
}

/// Where the hands must be for a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the list or the chat.
    Desk,
    /// At a text: letters are words there, not keys.
    Composer,
}

const LESSONS: [Lesson; 8] = [
    Lesson {
        says: "j and k, or ↓ and ↑, walk through the customers",
        place: Place::Desk,
        done_by: &[
            Action::NextConversation,
            Action::PreviousConversation,
            Action::NextWaiting,
            Action::PreviousWaiting,
        ],
    },
    Lesson {
        says: "Enter opens a conversation and counts it as read",
        place: Place::Desk,
        done_by: &[Action::Open],
    },
    Lesson {
        says: "r writes a reply",
        place: Place::Desk,
        done_by: &[Action::Reply],
    },
    Lesson {
        says: "write an answer; Enter sends it",
        place: Place::Composer,
        done_by: &[Action::Send],
    },
    Lesson {
        says: "Esc leaves the composer; a draft would stay",
        place: Place::Composer,
        done_by: &[Action::LeaveComposer],
    },
    Lesson {
        says: "n goes to the next customer who waits",
        place: Place::Desk,
        done_by: &[Action::NextWaiting, Action::PreviousWaiting],
    },
    Lesson {
        says: "g shows places to go to: try g a, then g i",
        place: Place::Desk,
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
        place: Place::Desk,
        done_by: &[Action::Help],
    },
];

/// What is said when everything was tried.
const FAREWELL: &str = "That is the desk: q leaves, nothing stays behind";

/// How far the agent has come: lessons may be learnt in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coach {
    learnt: [bool; LESSONS.len()],
}

impl Coach {
    /// What to try next where the hands are now: the first lesson that was not learnt yet and can
    /// be tried here, else the first that was not learnt.
    pub fn says(&self, context: Context) -> &'static str {
        let place = match context {
            Context::Composer => Place::Composer,
            _ => Place::Desk,
        };
        let here = self.open().find(|lesson| lesson.place == place);
        here.or_else(|| self.open().next())
            .map_or(FAREWELL, |lesson| lesson.says)
    }

    /// Which lesson of how many, from 1; none after the last.
    pub fn progress(&self) -> Option<(usize, usize)> {
        let left = self.open().count();
        (left > 0).then_some((LESSONS.len() - left + 1, LESSONS.len()))
    }

    /// Counts every lesson as learnt that `action` is about.
    pub fn saw(&mut self, action: Action) {
        for (lesson, learnt) in LESSONS.iter().zip(&mut self.learnt) {
            *learnt |= lesson.done_by.contains(&action);
        }
    }

    fn open(&self) -> impl Iterator<Item = &'static Lesson> {
        let lessons = LESSONS.iter().zip(self.learnt);
        lessons.filter_map(|(lesson, learnt)| (!learnt).then_some(lesson))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_lessons_follow_the_hands_and_each_fits_the_smallest_screen() {
        let mut coach = Coach::default();
        for (at, lesson) in LESSONS.iter().enumerate() {
            let context = match lesson.place {
                Place::Desk => Context::List,
                Place::Composer => Context::Composer,
            };
            assert!(lesson.says.chars().count() <= 50);
            assert_eq!(coach.says(context), lesson.says);
            assert_eq!(coach.progress(), Some((at + 1, LESSONS.len())));
            coach.saw(lesson.done_by[0]);
        }
        assert_eq!(coach.says(Context::List), FAREWELL);
        assert_eq!(coach.progress(), None);
    }

    #[test]
    fn what_was_done_already_is_not_asked_for() {
        let mut coach = Coach::default();
        [Action::Reply, Action::Send, Action::LeaveComposer]
            .into_iter()
            .for_each(|action| coach.saw(action));
        coach.saw(Action::NextConversation);
        coach.saw(Action::Open);
        assert_eq!(
            coach.says(Context::Chat),
            "n goes to the next customer who waits"
        );
    }

    #[test]
    fn in_the_composer_its_own_lessons_come_first() {
        let mut coach = Coach::default();
        coach.saw(Action::Reply);
        assert_eq!(
            coach.says(Context::Composer),
            "write an answer; Enter sends it"
        );
    }

    proptest! {
        #[test]
        fn every_order_of_the_lessons_ends_in_the_farewell(
            order in Just((0..LESSONS.len()).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let mut coach = Coach::default();
            for at in order {
                let before = coach.progress();
                coach.saw(LESSONS[at].done_by[0]);
                prop_assert_ne!(coach.says(Context::List), LESSONS[at].says);
                prop_assert!(coach.progress().is_none_or(|now| Some(now) >= before));
            }
            prop_assert_eq!(coach.says(Context::List), FAREWELL);
        }
    }
}

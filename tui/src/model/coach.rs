//! Practice: one line at a time that says what to try next.

use crate::action::Action;
use crate::input::context::Context;
use crate::input::keymap::Keymap;

/// What a sentence asks for the key of an action.
type Keys<'a> = &'a dyn Fn(Action) -> String;

/// One thing to learn.
#[derive(Debug)]
struct Lesson {
    /// What to try, in few words, with the keys of any preset.
    says: fn(Keys<'_>) -> String,
    /// Where it can be tried.
    place: Place,
    /// Any of these shows that it was understood.
    done_by: &'static [Action],
}

/// Where the hands must be for a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the list or the chat, where there is somebody.
    Customer,
    /// At the list or the chat, empty or not.
    Desk,
    /// At a text: letters are words there, not keys.
    Composer,
}

/// The longest sentence: it stands behind its number on the smallest screen.
#[cfg(test)]
const SAYS_CHARACTERS_MAX: usize = 48;

/// In the order in which an inbox brings them up: answer, put away, hand over, take back.
const LESSONS: [Lesson; 11] = [
    Lesson {
        says: |key| {
            let (next, previous) = (Action::NextConversation, Action::PreviousConversation);
            format!("{} and {} walk along the list", key(next), key(previous))
        },
        place: Place::Customer,
        done_by: &[
            Action::NextConversation,
            Action::PreviousConversation,
            Action::NextWaiting,
            Action::PreviousWaiting,
        ],
    },
    Lesson {
        says: |key| format!("{} opens it and counts it as read", key(Action::Open)),
        place: Place::Customer,
        done_by: &[Action::Open],
    },
    Lesson {
        says: |key| format!("{} writes a reply", key(Action::Reply)),
        place: Place::Customer,
        done_by: &[Action::Reply],
    },
    Lesson {
        says: |key| format!("write an answer; {} sends it", key(Action::Send)),
        place: Place::Composer,
        done_by: &[Action::Send],
    },
    Lesson {
        says: |key| format!("{} leaves; a draft would stay", key(Action::LeaveComposer)),
        place: Place::Composer,
        done_by: &[Action::LeaveComposer],
    },
    Lesson {
        says: |key| format!("{} marks it done, goes on", key(Action::DoneNext)),
        place: Place::Customer,
        done_by: &[Action::DoneNext, Action::DoneStay],
    },
    Lesson {
        says: |key| format!("{} puts it away until a time", key(Action::Snooze)),
        place: Place::Customer,
        done_by: &[Action::Snooze],
    },
    Lesson {
        says: |key| format!("{} gives it to a colleague", key(Action::Assign)),
        place: Place::Customer,
        done_by: &[Action::Assign, Action::Take],
    },
    Lesson {
        says: |key| format!("{} takes the newest change back", key(Action::Undo)),
        place: Place::Desk,
        done_by: &[Action::Undo],
    },
    Lesson {
        says: |key| {
            let (all, inbox) = (key(Action::ViewAll), key(Action::ViewInbox));
            format!("{all} shows all, {inbox} the inbox")
        },
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
        says: |key| format!("{} shows every key that works here", key(Action::Help)),
        place: Place::Desk,
        done_by: &[Action::Help],
    },
];

/// What is said when everything was tried.
fn farewell(key: Keys<'_>) -> String {
    let quit = key(Action::Quit);
    format!("That is the desk: {quit} leaves, nothing stays")
}

/// What is said while a line wants an answer.
fn at_a_prompt(key: Keys<'_>) -> String {
    let (accept, leave) = (key(Action::AcceptPrompt), key(Action::LeavePrompt));
    format!("{accept} takes the answer, {leave} leaves it")
}

/// How far the agent has come: lessons may be learnt in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coach {
    learnt: [bool; LESSONS.len()],
}

impl Coach {
    /// What to try next where the hands are now, with `customers` in the list: the first lesson that
    /// was not learnt yet and can be tried here, else the first that was not learnt.
    pub fn says(&self, keymap: &Keymap, context: Context, customers: usize) -> String {
        let key = |action| keymap.teach(context, action);
        let can_be_tried = |lesson: &&Lesson| match lesson.place {
            Place::Composer => context == Context::Composer,
            Place::Customer => context != Context::Composer && customers > 0,
            Place::Desk => context != Context::Composer,
        };
        if context == Context::Prompt {
            return at_a_prompt(&key);
        }
        let here = self.open().find(can_be_tried);
        here.or_else(|| self.open().next())
            .map_or_else(|| farewell(&key), |lesson| (lesson.says)(&key))
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
    use crate::input::preset::Preset;
    use proptest::prelude::*;

    fn says(coach: &Coach, context: Context) -> String {
        coach.says(&Keymap::default(), context, 3)
    }

    fn context(lesson: &Lesson) -> Context {
        match lesson.place {
            Place::Desk | Place::Customer => Context::List,
            Place::Composer => Context::Composer,
        }
    }

    fn end() -> String {
        farewell(&|action| Keymap::default().teach(Context::List, action))
    }

    #[test]
    fn the_lessons_follow_the_hands_and_each_fits_the_smallest_screen() {
        for preset in Preset::ALL {
            let keymap = preset.keymap();
            let mut coach = Coach::default();
            for (at, lesson) in LESSONS.iter().enumerate() {
                let context = context(lesson);
                let said = coach.says(&keymap, context, 1);
                assert!(said.chars().count() <= SAYS_CHARACTERS_MAX, "{said}");
                assert_eq!(said, (lesson.says)(&|action| keymap.teach(context, action)));
                assert_eq!(coach.progress(), Some((at + 1, LESSONS.len())));
                coach.saw(lesson.done_by[0]);
            }
            let last = coach.says(&keymap, Context::List, 1);
            assert!(last.starts_with("That is the desk"));
            assert!(last.chars().count() <= SAYS_CHARACTERS_MAX, "{last}");
            assert_eq!(coach.progress(), None);
        }
    }

    #[test]
    fn a_newcomer_answers_puts_away_hands_over_and_takes_back() {
        let mut coach = Coach::default();
        let mut told = Vec::new();
        for (keys, action) in [
            ("j and k", Action::NextConversation),
            ("Enter", Action::Open),
            ("r", Action::Reply),
        ] {
            assert!(says(&coach, Context::List).starts_with(keys));
            coach.saw(action);
        }
        coach.saw(Action::Send);
        coach.saw(Action::LeaveComposer);
        while coach
            .progress()
            .is_some_and(|(at, _)| at < LESSONS.len() - 1)
        {
            let said = says(&coach, Context::List);
            let key = said.split(' ').next().unwrap().to_owned();
            let lesson = coach.open().next().unwrap();
            coach.saw(lesson.done_by[0]);
            told.push(key);
        }
        assert_eq!(told, ["e", "b", "a", "z"]);
    }

    #[test]
    fn the_keys_are_those_that_are_bound() {
        let mut coach = Coach::default();
        let before = [Action::NextConversation, Action::Open];
        before.into_iter().for_each(|action| coach.saw(action));
        let plain = Preset::Plain.keymap();
        assert_eq!(coach.says(&plain, Context::List, 1), "F2 writes a reply");
        let vim = Preset::Vim.keymap();
        assert_eq!(coach.says(&vim, Context::List, 1), "i writes a reply");
    }

    #[test]
    fn what_was_done_already_is_not_asked_for() {
        let mut coach = Coach::default();
        [Action::Reply, Action::Send, Action::LeaveComposer]
            .into_iter()
            .for_each(|action| coach.saw(action));
        coach.saw(Action::NextConversation);
        coach.saw(Action::Open);
        assert_eq!(says(&coach, Context::Chat), "e marks it done, goes on");
    }

    #[test]
    fn in_the_composer_its_own_lessons_come_first() {
        let mut coach = Coach::default();
        coach.saw(Action::Reply);
        let said = says(&coach, Context::Composer);
        assert_eq!(said, "write an answer; Enter sends it");
    }

    #[test]
    fn where_nobody_is_nothing_is_asked_that_needs_a_customer() {
        let coach = Coach::default();
        let said = coach.says(&Keymap::default(), Context::List, 0);
        assert_eq!(said, "z takes the newest change back");
    }

    #[test]
    fn a_line_that_wants_an_answer_says_how_to_give_it() {
        let said = says(&Coach::default(), Context::Prompt);
        assert_eq!(said, "Enter takes the answer, Esc leaves it");
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
                let key = |action| Keymap::default().teach(Context::List, action);
                prop_assert_ne!(says(&coach, Context::List), (LESSONS[at].says)(&key));
                prop_assert!(coach.progress().is_none_or(|now| Some(now) >= before));
            }
            prop_assert_eq!(says(&coach, Context::List), end());
        }
    }
}

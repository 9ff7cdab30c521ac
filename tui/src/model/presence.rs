//! Who of the colleagues is where, and what this app has said of itself. Nothing of it is kept.

use crate::event::Heard;
use smsdesk_common::agent::initials;
use smsdesk_common::ids::{AgentId, ConversationId};
use smsdesk_common::stream::PresenceState;
use smsdesk_common::time::Timestamp;

/// What this app says again, so that the relay goes on believing it, in milliseconds: well before
/// the relay stops to.
const AGAIN_MS: [i64; 2] = [5_000, 30_000];
/// How long colleagues are believed of whom nothing more is heard, in milliseconds: half as long
/// again as the relay takes to repeat itself.
const BELIEVED_MS: [i64; 2] = [45_000, 450_000];
/// How long somebody types who has not touched a key, in milliseconds: to find a word takes time.
const TYPING_MS_MAX: i64 = 30_000;
/// How long somebody looks who has not touched a key, in milliseconds.
const VIEWING_MS_MAX: i64 = 120_000;
/// The shortest time between two frames to the relay, in milliseconds.
const SAY_MS_MIN: i64 = 1_000;
/// The most colleagues that are remembered: more than a list has rows.
pub const COLLEAGUES_MAX: usize = 1_024;

/// A colleague in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// Who.
    pub agent: AgentId,
    /// Their name; remote text.
    pub name: String,
    /// Where.
    pub conversation: ConversationId,
    /// Whether they write.
    pub state: PresenceState,
    /// Since when.
    pub since: Timestamp,
    heard_at: Timestamp,
}

/// What the relay was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Said {
    conversation: ConversationId,
    state: PresenceState,
    at: Timestamp,
}

/// Presence as this app knows it.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    others: Vec<Colleague>,
    said: Option<Said>,
    /// When a key was touched last.
    keyed_at: Option<Timestamp>,
    /// Which text was changed last, and when.
    typed: Option<(ConversationId, Timestamp)>,
    /// When the timer that runs will ring.
    pub ring_at: Option<Timestamp>,
}

/// Whether less than `ms` have passed since `at`. A clock that went back counts as passed.
fn within(at: Timestamp, now: Timestamp, ms: i64) -> bool {
    (0..ms).contains(&now.millis_since(at))
}

const fn of(state: PresenceState, [typing, viewing]: [i64; 2]) -> i64 {
    match state {
        PresenceState::Typing => typing,
        PresenceState::Viewing | PresenceState::Away => viewing,
    }
}

/// What this app does.
impl Presence {
    /// A key was touched.
    pub const fn note_key(&mut self, now: Timestamp) {
        self.keyed_at = Some(now);
    }

    /// The text to `conversation` was changed.
    pub const fn note_typing(&mut self, conversation: ConversationId, now: Timestamp) {
        self.typed = Some((conversation, now));
    }

    /// What to say of somebody who has `conversation` open.
    pub fn doing(&self, conversation: ConversationId, now: Timestamp) -> Option<PresenceState> {
        let typed = self.typed.filter(|(at, _)| *at == conversation);
        if typed.is_some_and(|(_, at)| within(at, now, TYPING_MS_MAX)) {
            return Some(PresenceState::Typing);
        }
        let here = self.keyed_at?;
        within(here, now, VIEWING_MS_MAX).then_some(PresenceState::Viewing)
    }

    /// What is to be said to the relay now, where `doing` is so; it counts as said.
    pub fn say(
        &mut self,
        doing: Option<(ConversationId, PresenceState)>,
        now: Timestamp,
    ) -> Option<(ConversationId, PresenceState)> {
        let left = || {
            let said = self.said.filter(|said| said.state != PresenceState::Away)?;
            Some((said.conversation, PresenceState::Away))
        };
        let (conversation, state) = doing.or_else(left)?;
        if let Some(said) = self.said {
            let same = (said.conversation, said.state) == (conversation, state);
            let again = if same {
                of(state, AGAIN_MS)
            } else {
                SAY_MS_MIN
            };
            if within(said.at, now, again) {
                return None;
            }
        }
        let at = now;
        self.said = Some(Said {
            conversation,
            state,
            at,
        });
        Some((conversation, state))
    }

    /// The relay cannot be reached: it knows nothing of us, nor we of the others.
    pub fn forget(&mut self) {
        self.said = None;
        self.others.clear();
    }

    /// In how many milliseconds something is to be said, forgotten or drawn anew.
    pub fn due_ms(
        &self,
        doing: Option<(ConversationId, PresenceState)>,
        now: Timestamp,
    ) -> Option<i64> {
        let after = |at: Timestamp, ms: i64| (ms - now.millis_since(at)).max(0);
        let said = self.said.and_then(|said| {
            let unsaid = doing != Some((said.conversation, said.state));
            let over = doing.is_none() && said.state == PresenceState::Away;
            let ms = if unsaid {
                SAY_MS_MIN
            } else {
                of(said.state, AGAIN_MS)
            };
            (!over).then(|| after(said.at, ms))
        });
        let rests = doing.and_then(|(_, state)| match state {
            PresenceState::Typing => self.typed.map(|(_, at)| after(at, TYPING_MS_MAX)),
            PresenceState::Viewing | PresenceState::Away => {
                self.keyed_at.map(|at| after(at, VIEWING_MS_MAX))
            }
        });
        let others = self.others.iter().flat_map(|it| {
            let believed = after(it.heard_at, of(it.state, BELIEVED_MS));
            let typing = it.state == PresenceState::Typing;
            // "20 s ago" grows by tens.
            let grows = typing.then(|| 10_000 - now.millis_since(it.since).rem_euclid(10_000));
            [Some(believed), grows]
        });
        others.flatten().chain(said).chain(rests).min()
    }
}

/// What the others do.
impl Presence {
    /// The relay says what a colleague does.
    pub fn hear(&mut self, heard: Heard, now: Timestamp) {
        self.others
            .retain(|it| (it.agent, it.conversation) != (heard.agent, heard.conversation));
        if heard.state == PresenceState::Away || self.others.len() >= COLLEAGUES_MAX {
            return;
        }
        let for_ms = i64::try_from(heard.for_ms).unwrap_or(i64::MAX);
        self.others.push(Colleague {
            agent: heard.agent,
            name: heard.name,
            conversation: heard.conversation,
            state: heard.state,
            since: now.plus_millis(-for_ms.min(BELIEVED_MS[1] * 1_000)),
            heard_at: now,
        });
    }

    /// Forgets whom nothing was heard of for too long.
    pub fn expire(&mut self, now: Timestamp) {
        self.others
            .retain(|it| within(it.heard_at, now, of(it.state, BELIEVED_MS)));
    }

    /// Who is in `conversation` beside `me`, writers first, who began first before the others.
    pub fn at(&self, conversation: ConversationId, me: Option<AgentId>) -> Vec<&Colleague> {
        let here = self
            .others
            .iter()
            .filter(|it| it.conversation == conversation);
        let mut here: Vec<_> = here.filter(|it| Some(it.agent) != me).collect();
        here.sort_by_key(|it| (it.state != PresenceState::Typing, it.since, it.agent));
        here
    }

    /// Two letters for a colleague that no other one here has, as far as names allow.
    pub fn letters(&self, colleague: &Colleague) -> String {
        let taken = |letters: &str| {
            let others = self.others.iter();
            let mut others = others.filter(|it| it.agent < colleague.agent);
            others.any(|it| initials(&it.name) == letters)
        };
        let usual = initials(&colleague.name);
        if !taken(&usual) {
            return usual;
        }
        let name = colleague.name.to_uppercase();
        let mut letters = name.chars().filter(|c| c.is_alphanumeric());
        let first = letters.next().unwrap_or('?');
        let pairs = letters
            .chain('2'..='9')
            .map(|second| format!("{first}{second}"));
        pairs.into_iter().find(|pair| !taken(pair)).unwrap_or(usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const HERE: ConversationId = ConversationId(Uuid::from_u128(7));
    const THERE: ConversationId = ConversationId(Uuid::from_u128(8));

    const fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    fn heard(agent: u128, name: &str, state: PresenceState) -> Heard {
        Heard {
            agent: AgentId(Uuid::from_u128(agent)),
            name: name.to_owned(),
            conversation: HERE,
            state,
            for_ms: 0,
        }
    }

    #[test]
    fn colleagues_with_the_same_initials_get_letters_of_their_own() {
        let mut presence = Presence::default();
        for (n, name) in ["Ana", "Anna", "Andrea", "Al B"].into_iter().enumerate() {
            presence.hear(heard(n as u128, name, PresenceState::Viewing), at(0));
        }
        let here = presence.at(HERE, None);
        let mut letters: Vec<_> = here.iter().map(|it| presence.letters(it)).collect();
        assert_eq!(letters[0], "AN");
        letters.sort();
        letters.dedup();
        assert!(letters.len() >= 3, "{letters:?}");
    }

    #[test]
    fn whom_nothing_is_heard_of_is_forgotten_and_typing_sooner() {
        let mut presence = Presence::default();
        presence.hear(heard(1, "Bo", PresenceState::Typing), at(0));
        presence.hear(heard(2, "Cy", PresenceState::Viewing), at(0));
        presence.expire(at(44_999));
        assert_eq!(presence.at(HERE, None).len(), 2);
        presence.expire(at(45_000));
        assert_eq!(presence.at(HERE, None)[0].name, "Cy");
        presence.expire(at(450_000));
        assert!(presence.at(HERE, None).is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_said_more_than_once_a_second_and_the_last_is_said_in_the_end(
            steps in prop::collection::vec((0i64..3_000, 0u8..5), 1..80),
        ) {
            let (mut presence, mut now, mut said) = (Presence::default(), at(0), Vec::new());
            let mut doing = None;
            for (passes, what) in steps {
                now = now.plus_millis(passes);
                doing = match what {
                    0 => None,
                    1 => Some((THERE, PresenceState::Viewing)),
                    2 => Some((HERE, PresenceState::Typing)),
                    _ => Some((HERE, PresenceState::Viewing)),
                };
                said.extend(presence.say(doing, now).map(|it| (now, it)));
            }
            while let Some(ms) = presence.due_ms(doing, now).filter(|ms| *ms < 2_000) {
                now = now.plus_millis(ms.max(1));
                said.extend(presence.say(doing, now).map(|it| (now, it)));
                if said.len() > 500 { break; }
            }
            for pair in said.windows(2) {
                prop_assert!(pair[1].0.millis_since(pair[0].0) >= SAY_MS_MIN);
            }
            let last = said.last().map(|(_, it)| *it);
            match doing {
                Some(doing) => prop_assert_eq!(last, Some(doing)),
                None => prop_assert!(last.is_none_or(|(_, state)| state == PresenceState::Away)),
            }
        }
    }
}

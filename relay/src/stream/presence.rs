//! Who looks at which conversation and who writes there, as a pure state machine: what sessions say
//! and the passing of time go in; what each session must be told comes out. Nothing is stored.
//!
//! A session is at one place at most, and is told the newest state of each colleague and
//! conversation, however often it changed since it was told last: memory grows with the number of
//! sessions and with nothing that a client does.

use crate::stream::session::Millis;
use smsdesk_common::ids::{AgentId, ConversationId};
use smsdesk_common::stream::{PresenceState, RelayFrame};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How often a session is believed something new, in milliseconds. What it says in between waits,
/// and only the last of it.
pub const SAY_MS_MIN: Millis = 1_000;
/// How long somebody types who says nothing more, in milliseconds.
pub const TYPING_MS_MAX: Millis = 15_000;
/// How long somebody looks at a conversation who says nothing more, in milliseconds.
pub const VIEWING_MS_MAX: Millis = 60_000;
/// How often it is said again that somebody types, in milliseconds, so that a terminal that heard
/// nothing for longer may forget it.
pub const TYPING_AGAIN_MS: Millis = 30_000;
/// The same for somebody who looks on, in milliseconds.
pub const VIEWING_AGAIN_MS: Millis = 5 * 60_000;
/// How long it is remembered that somebody left, in milliseconds: long enough for a session that
/// is slow to be told. Terminals forget by themselves what they hear nothing more of.
const LEFT_MS_MAX: Millis = 60_000;
/// The most changes that are told at once.
pub const CHANGES_MAX: usize = 32;
/// The most changes that are told one by one; who is further behind is told everything.
const TOLD_MAX: usize = 1_024;
/// How long it takes to wake a session, in microseconds.
const WAKE_US: u64 = 20;
/// How long it takes to tell it one change, in microseconds.
const FRAME_US: u64 = 5;
/// Which part of a core may be spent on telling: a quarter.
const REST: u64 = 4;
/// The shortest time between two rounds of telling, in milliseconds: what comes together is told
/// together.
const PAUSE_MS_MIN: Millis = 20;

/// One connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// How far a session was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u64);

/// What is told: one colleague in one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place {
    agent: AgentId,
    conversation: ConversationId,
}

/// One session.
#[derive(Clone, Copy, Debug)]
struct Standing {
    agent: AgentId,
    at: Option<Stay>,
    /// What it said too soon.
    said: Option<(ConversationId, PresenceState)>,
    /// When it was believed last.
    believed_at: Millis,
}

/// A session in a conversation.
#[derive(Clone, Copy, Debug)]
struct Stay {
    conversation: ConversationId,
    since: Millis,
    until: Millis,
    typing: Option<Typing>,
}

#[derive(Clone, Copy, Debug)]
struct Typing {
    since: Millis,
    until: Millis,
}

/// A state and since when.
type Held = (PresenceState, Millis);

/// What was told of a place last.
#[derive(Clone, Copy, Debug)]
struct Told {
    state: PresenceState,
    since: Millis,
    version: Version,
    at: Millis,
}

/// Everybody's presence.
#[derive(Debug, Default)]
pub struct Presences {
    sessions: BTreeMap<SessionId, Standing>,
    /// Places that may have changed, oldest first.
    changed: VecDeque<Place>,
    /// The same, to be looked up.
    waiting: BTreeSet<Place>,
    told: BTreeMap<Place, Told>,
    order: VecDeque<(Version, Place)>,
    version: Version,
}

/// What a session says.
impl Presences {
    /// A session says what its agent does. More often than every [`SAY_MS_MIN`], it waits.
    pub fn say(
        &mut self,
        session: SessionId,
        agent: AgentId,
        (conversation, state): (ConversationId, PresenceState),
        now: Millis,
    ) {
        let held = self.sessions.get(&session).copied();
        let mut standing = held.unwrap_or(Standing {
            agent,
            at: None,
            said: None,
            believed_at: now,
        });
        standing.said = Some((conversation, state));
        if held.is_none_or(|held| held.believed_at + SAY_MS_MIN <= now) {
            self.believe(&mut standing, now);
        }
        self.sessions.insert(session, standing);
    }

    /// A session is over.
    pub fn leave(&mut self, session: SessionId) {
        if let Some(Standing { agent, at, .. }) = self.sessions.remove(&session)
            && let Some(Stay { conversation, .. }) = at
        {
            self.touch(Place {
                agent,
                conversation,
            });
        }
    }

    fn believe(&mut self, standing: &mut Standing, now: Millis) {
        let Some((conversation, state)) = standing.said.take() else {
            return;
        };
        standing.believed_at = now;
        let agent = standing.agent;
        let before = standing.at.map(|stay| stay.conversation);
        if state == PresenceState::Away {
            // Whoever left one place may be at another by now.
            standing.at = standing.at.filter(|stay| stay.conversation != conversation);
        } else {
            let held = standing.at.filter(|stay| stay.conversation == conversation);
            let typing = held.and_then(|stay| stay.typing).map(|it| it.since);
            let typing = (state == PresenceState::Typing).then(|| Typing {
                since: typing.unwrap_or(now),
                until: now + TYPING_MS_MAX,
            });
            standing.at = Some(Stay {
                conversation,
                since: held.map_or(now, |stay| stay.since),
                until: now + VIEWING_MS_MAX,
                typing,
            });
        }
        for conversation in before.into_iter().chain([conversation]) {
            self.touch(Place {
                agent,
                conversation,
            });
        }
    }

    fn touch(&mut self, place: Place) {
        if self.waiting.insert(place) {
            self.changed.push_back(place);
        }
    }
}

/// Time.
impl Presences {
    /// When [`Self::advance`] has something to do; none where that is never.
    pub fn due(&self) -> Option<Millis> {
        if !self.changed.is_empty() {
            return Some(0);
        }
        let sessions = self.sessions.values().flat_map(|standing| {
            let said = standing.said.map(|_| standing.believed_at + SAY_MS_MIN);
            let typing = standing.at.and_then(|stay| stay.typing);
            let stay = standing.at.map(|stay| stay.until);
            [said, typing.map(|typing| typing.until), stay]
        });
        let told = self
            .told
            .values()
            .map(|told| Some(told.at + told.again_ms()));
        sessions.chain(told).flatten().min()
    }

    /// Time has passed; tells at most [`CHANGES_MAX`] changes, oldest first. How many.
    pub fn advance(&mut self, now: Millis) -> usize {
        self.expire(now);
        self.say_again(now);
        let mut told = 0;
        while told < CHANGES_MAX
            && let Some(place) = self.changed.pop_front()
        {
            self.waiting.remove(&place);
            told += usize::from(self.tell(place, now));
        }
        told
    }

    fn expire(&mut self, now: Millis) {
        let due = |standing: &Standing| {
            let said = standing.said.is_some() && standing.believed_at + SAY_MS_MIN <= now;
            let stay = standing.at.is_some_and(|stay| {
                stay.until <= now || stay.typing.is_some_and(|typing| typing.until <= now)
            });
            said || stay
        };
        let sessions: Vec<_> = self.sessions.iter().filter(|(_, it)| due(it)).collect();
        let sessions: Vec<_> = sessions.into_iter().map(|(id, it)| (*id, *it)).collect();
        for (session, mut standing) in sessions {
            if let Some(stay) = &mut standing.at {
                stay.typing = stay.typing.filter(|typing| typing.until > now);
                let (agent, conversation) = (standing.agent, stay.conversation);
                self.touch(Place {
                    agent,
                    conversation,
                });
            }
            standing.at = standing.at.filter(|stay| stay.until > now);
            if standing.believed_at + SAY_MS_MIN <= now {
                self.believe(&mut standing, now);
            }
            self.sessions.insert(session, standing);
        }
    }

    fn say_again(&mut self, now: Millis) {
        self.told
            .retain(|_, told| told.state != PresenceState::Away || told.at + told.again_ms() > now);
        let due = self
            .told
            .iter()
            .filter(|(_, told)| told.at + told.again_ms() <= now);
        let due: Vec<_> = due.map(|(place, _)| *place).collect();
        due.into_iter().for_each(|place| self.touch(place));
    }

    /// Whether there was something new to tell.
    fn tell(&mut self, place: Place, now: Millis) -> bool {
        let held = self.held(place, None);
        let told = self.told.get(&place);
        let again = told.is_some_and(|told| told.at + told.again_ms() <= now);
        let same = match (told, held) {
            (Some(told), Some(held)) => (told.state, told.since) == held,
            (Some(told), None) => told.state == PresenceState::Away,
            (None, held) => held.is_none(),
        };
        if same && !again {
            return false;
        }
        self.version.0 += 1;
        let (state, since) = held.unwrap_or((PresenceState::Away, now));
        let (version, at) = (self.version, now);
        self.told.insert(
            place,
            Told {
                state,
                since,
                version,
                at,
            },
        );
        self.order.push_back((version, place));
        while self.order.len() > TOLD_MAX {
            self.order.pop_front();
        }
        true
    }

    /// What an agent does in a conversation, by all their sessions but one: the liveliest, since
    /// the earliest.
    fn held(&self, place: Place, but: Option<SessionId>) -> Option<Held> {
        let sessions = self.sessions.iter();
        let here = sessions
            .filter(|(id, standing)| standing.agent == place.agent && Some(**id) != but)
            .filter_map(|(_, standing)| standing.at)
            .filter(|stay| stay.conversation == place.conversation);
        let states = here.map(|stay| match stay.typing {
            Some(typing) => (0, typing.since),
            None => (1, stay.since),
        });
        states.min().map(|(rank, since)| match rank {
            0 => (PresenceState::Typing, since),
            _ => (PresenceState::Viewing, since),
        })
    }
}

impl Told {
    const fn again_ms(&self) -> Millis {
        match self.state {
            PresenceState::Typing => TYPING_AGAIN_MS,
            PresenceState::Viewing => VIEWING_AGAIN_MS,
            PresenceState::Away => LEFT_MS_MAX,
        }
    }
}

/// What sessions are told.
impl Presences {
    /// How far everything was told.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// What a session of `agent` must be told that was told up to `told`, and how far that leads: of
    /// each place the newest, and everything there is where it is new or far behind.
    pub fn news(
        &self,
        told: Version,
        session: SessionId,
        agent: AgentId,
        now: Millis,
    ) -> (Version, Vec<RelayFrame>) {
        let lost = self
            .order
            .front()
            .is_some_and(|(first, _)| first.0 > told.0 + 1);
        let all = told == Version::default() || lost;
        let places: Vec<Place> = if all {
            self.told.keys().copied().collect()
        } else {
            let start = self.order.partition_point(|(version, _)| *version <= told);
            // One that is not remembered any more was left.
            let newest = |(version, place): &&(Version, Place)| {
                let told = self.told.get(place);
                told.is_none_or(|told| told.version == *version)
            };
            let order = self.order.range(start..).filter(newest);
            order.map(|(_, place)| *place).collect()
        };
        let frames = places.into_iter().filter_map(|place| {
            let held = if place.agent == agent {
                self.held(place, Some(session))
            } else {
                let told = self.told.get(&place);
                let told = told.filter(|told| told.state != PresenceState::Away);
                told.map(|told| (told.state, told.since))
            };
            if held.is_none() && told == Version::default() {
                return None;
            }
            let state = held.map_or(PresenceState::Away, |(state, _)| state);
            Some(RelayFrame::Presence {
                conversation: place.conversation,
                agent: place.agent,
                state,
                for_ms: held.map(|(_, since)| now.saturating_sub(since)),
            })
        });
        (self.version, frames.collect())
    }

    /// How long to rest after `changes` were told to `sessions`, in milliseconds.
    pub fn rest_ms(sessions: usize, changes: usize) -> Millis {
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let each = WAKE_US + FRAME_US * number(changes);
        (REST * number(sessions).saturating_mul(each) / 1_000).max(PAUSE_MS_MIN)
    }
}

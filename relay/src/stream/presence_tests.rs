use super::presence::{
    CHANGES_MAX, Presences, SAY_MS_MIN, SessionId, TYPING_AGAIN_MS, TYPING_MS_MAX,
    VIEWING_AGAIN_MS, VIEWING_MS_MAX, Version,
};
use super::session::Millis;
use proptest::prelude::*;
use smsdesk_common::ids::{AgentId, ConversationId};
use smsdesk_common::stream::PresenceState::{self, Away, Typing, Viewing};
use smsdesk_common::stream::RelayFrame;
use std::collections::BTreeMap;
use uuid::Uuid;

const fn agent(n: u128) -> AgentId {
    AgentId(Uuid::from_u128(n))
}

const fn place(n: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(n))
}

/// A desk where session `n` is agent `n`'s, and one who looks on.
#[derive(Default)]
struct Desk {
    presences: Presences,
    now: Millis,
    told: Version,
    /// What the one who looks on believes.
    sees: BTreeMap<(AgentId, ConversationId), (PresenceState, u64)>,
    frames: usize,
}

const ONLOOKER: (SessionId, AgentId) = (SessionId(99), agent(99));

impl Desk {
    fn says(&mut self, n: u64, conversation: u128, state: PresenceState) {
        let who = agent(u128::from(n));
        let said = (place(conversation), state);
        self.presences.say(SessionId(n), who, said, self.now);
    }

    /// Lets time pass, and everything be told that is due.
    fn passes(&mut self, ms: Millis) {
        let end = self.now + ms;
        while let Some(due) = self.presences.due().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.presences.advance(self.now);
            self.listens();
        }
        self.now = end;
    }

    fn listens(&mut self) {
        let (session, who) = ONLOOKER;
        let (told, frames) = self.presences.news(self.told, session, who, self.now);
        self.told = told;
        for frame in frames {
            let RelayFrame::Presence {
                conversation,
                agent,
                state,
                for_ms,
            } = frame
            else {
                panic!("{frame:?}")
            };
            self.frames += 1;
            match for_ms {
                Some(for_ms) => self.sees.insert((agent, conversation), (state, for_ms)),
                None => self.sees.remove(&(agent, conversation)),
            };
            assert_eq!(state == Away, for_ms.is_none());
        }
    }

    fn sees(&self, n: u128, conversation: u128) -> Option<PresenceState> {
        let held = self.sees.get(&(agent(n), place(conversation)));
        held.map(|(state, _)| *state)
    }
}

#[test]
fn others_see_who_looks_and_who_types_until_they_leave() {
    let mut desk = Desk::default();
    desk.says(1, 7, Viewing);
    desk.passes(0);
    assert_eq!(desk.sees(1, 7), Some(Viewing));
    desk.passes(SAY_MS_MIN);
    desk.says(1, 7, Typing);
    desk.passes(0);
    assert_eq!(desk.sees(1, 7), Some(Typing));
    desk.passes(SAY_MS_MIN);
    desk.says(1, 8, Viewing);
    desk.passes(0);
    assert_eq!((desk.sees(1, 7), desk.sees(1, 8)), (None, Some(Viewing)));
    desk.presences.leave(SessionId(1));
    desk.passes(0);
    assert!(desk.sees.is_empty());
}

#[test]
fn who_says_nothing_more_stops_typing_and_leaves() {
    let mut desk = Desk::default();
    desk.says(1, 7, Typing);
    desk.passes(TYPING_MS_MAX - 1);
    assert_eq!(desk.sees(1, 7), Some(Typing));
    desk.passes(1);
    assert_eq!(desk.sees(1, 7), Some(Viewing));
    desk.passes(VIEWING_MS_MAX - TYPING_MS_MAX);
    assert_eq!(desk.sees(1, 7), None);
    desk.passes(VIEWING_MS_MAX);
    assert_eq!(desk.presences.due(), None, "an empty desk sleeps");
}

#[test]
fn a_claim_is_as_old_as_the_typing_and_who_comes_later_hears_its_age() {
    let mut desk = Desk::default();
    for _ in 0..5 {
        desk.says(1, 7, Typing);
        desk.passes(5_000);
    }
    let (_, frames) = desk
        .presences
        .news(Version::default(), SessionId(50), agent(50), desk.now);
    assert!(
        matches!(
            frames[..],
            [RelayFrame::Presence {
                state: Typing,
                for_ms: Some(25_000),
                ..
            }]
        ),
        "{frames:?}"
    );
}

#[test]
fn what_is_said_too_soon_waits_and_only_the_last_of_it_counts() {
    let mut desk = Desk::default();
    desk.says(1, 7, Viewing);
    desk.passes(1);
    for conversation in 100..1_100 {
        desk.says(1, conversation, Typing);
    }
    desk.says(1, 8, Viewing);
    desk.passes(SAY_MS_MIN - 2);
    assert_eq!((desk.sees(1, 7), desk.sees.len()), (Some(Viewing), 1));
    desk.passes(1);
    assert_eq!((desk.sees(1, 8), desk.sees.len()), (Some(Viewing), 1));
    assert_eq!(desk.frames, 3, "came, left, came");
}

#[test]
fn two_devices_of_one_agent_are_one_colleague() {
    let mut desk = Desk::default();
    let say = |desk: &mut Desk, session, state| {
        let now = desk.now;
        desk.presences
            .say(SessionId(session), agent(1), (place(7), state), now);
        desk.passes(0);
    };
    say(&mut desk, 1, Typing);
    say(&mut desk, 2, Viewing);
    assert_eq!(desk.sees(1, 7), Some(Typing));
    desk.presences.leave(SessionId(1));
    desk.passes(0);
    assert_eq!(desk.sees(1, 7), Some(Viewing));
    let (_, own) = desk
        .presences
        .news(Version::default(), SessionId(2), agent(1), desk.now);
    assert_eq!(own, [], "nobody is told of themselves");
}

#[test]
fn what_lasts_is_said_again_now_and_then_and_not_more() {
    let mut desk = Desk::default();
    for _ in 0..(2 * TYPING_AGAIN_MS / 5_000) {
        desk.says(1, 7, Typing);
        desk.passes(5_000);
    }
    assert_eq!(desk.frames, 3);
    for _ in 0..(VIEWING_AGAIN_MS / 30_000) {
        desk.says(2, 7, Viewing);
        desk.passes(30_000);
    }
    assert_eq!(desk.sees(2, 7), Some(Viewing));
    assert!(desk.frames <= 7, "{}", desk.frames);
}

#[test]
fn a_thousand_who_move_every_second_are_told_to_each_other_within_a_part_of_a_core() {
    let mut presences = Presences::default();
    let (mut now, mut told) = (0, 0);
    let mut said_at = 0;
    while now < 60_000 {
        if now >= said_at {
            for n in 0..1_000 {
                let conversation = place(u128::from(n * 7 + now));
                let who = agent(u128::from(n));
                presences.say(SessionId(n), who, (conversation, Viewing), now);
            }
            said_at = now + 1_000;
        }
        let changes = presences.advance(now);
        assert!(changes <= CHANGES_MAX);
        told += changes * 1_000;
        now += Presences::rest_ms(1_000, changes);
    }
    assert!(told / 60 <= 50_000, "{} frames a second", told / 60);
    let (_, all) = presences.news(Version::default(), SessionId(5_000), agent(5_000), now);
    assert!(all.len() <= 1_000, "{} places are remembered", all.len());
}

#[derive(Clone, Debug)]
enum Step {
    Say(u64, u128, PresenceState),
    Leave(u64),
    Wait(Millis),
    Listen,
}

fn any_step() -> impl Strategy<Value = Step> {
    let state = prop::sample::select(vec![Viewing, Typing, Away]);
    prop_oneof![
        6 => (1u64..6, 1u128..4, state).prop_map(|(n, at, state)| Step::Say(n, at, state)),
        1 => (1u64..6).prop_map(Step::Leave),
        4 => prop_oneof![0u64..2_000, 10_000u64..70_000].prop_map(Step::Wait),
        2 => Just(Step::Listen),
    ]
}

proptest! {
    #[test]
    fn who_listens_seldom_believes_what_who_listens_always_does(
        steps in prop::collection::vec(any_step(), 1..60),
    ) {
        let mut desk = Desk::default();
        let mut seldom: BTreeMap<_, _> = BTreeMap::new();
        let mut told = Version::default();
        let mut hear = |desk: &Desk| {
            let (session, who) = (SessionId(98), agent(98));
            let (version, frames) = desk.presences.news(told, session, who, desk.now);
            told = version;
            for frame in frames {
                if let RelayFrame::Presence { conversation, agent, state, .. } = frame {
                    match state {
                        Away => seldom.remove(&(agent, conversation)),
                        held => seldom.insert((agent, conversation), held),
                    };
                }
            }
            seldom.clone()
        };
        for step in steps {
            match step {
                Step::Say(n, conversation, state) => desk.says(n, conversation, state),
                Step::Leave(n) => desk.presences.leave(SessionId(n)),
                Step::Wait(ms) => desk.passes(ms),
                Step::Listen => { hear(&desk); }
            }
            // An agent with one session is at one place at most.
            let agents: Vec<_> = desk.sees.keys().map(|(agent, _)| *agent).collect();
            let mut once = agents.clone();
            once.dedup();
            prop_assert_eq!(agents, once);
        }
        desk.passes(SAY_MS_MIN);
        let always: BTreeMap<_, _> = desk.sees.iter().map(|(at, (state, _))| (*at, *state)).collect();
        prop_assert_eq!(hear(&desk), always.clone());
        let (_, fresh) = desk.presences.news(Version::default(), SessionId(97), agent(97), desk.now);
        prop_assert_eq!(fresh.len(), always.len(), "who comes new is told all of it");
        desk.passes(2 * VIEWING_MS_MAX);
        prop_assert!(desk.sees.is_empty(), "nobody stays who says nothing");
    }
}

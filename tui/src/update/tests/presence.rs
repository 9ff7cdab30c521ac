//! What colleagues see of this app, and what it shows of them.

use crate::effect::{Effect, TimerKind};
use crate::event::{Event, Heard, LinkEvent};
use crate::model::chat::ReadBy;
use crate::model::connection::Connection;
use crate::testkit::{NOW, Rig, conversation_id, desk};
use smsdesk_common::ids::{AgentId, Seq};
use smsdesk_common::stream::PresenceState::{self, Away, Typing, Viewing};
use uuid::Uuid;

fn told(rig: &Rig) -> Vec<(u32, PresenceState)> {
    let tell = |effect: &Effect| match effect {
        Effect::Doing {
            conversation,
            state,
        } => {
            let n = (1..=4).find(|n| conversation_id(*n) == *conversation);
            Some((n.unwrap(), *state))
        }
        _ => None,
    };
    rig.effects.iter().filter_map(tell).collect()
}

/// Time passes, and the presence timer rings.
fn passes(rig: &mut Rig, ms: i64) {
    rig.now = rig.now.plus_millis(ms);
    let timers = rig.timers.iter().rev();
    let timer = timers
        .copied()
        .find(|timer| timer.kind == TimerKind::Presence);
    if let Some(timer) = timer {
        rig.tell(Event::Timer(timer));
    }
}

fn hears(rig: &mut Rig, (agent, name): (u128, &str), n: u32, state: PresenceState, for_ms: u64) {
    rig.tell(Event::Link(LinkEvent::Presence(Heard {
        agent: AgentId(Uuid::from_u128(agent)),
        name: name.to_owned(),
        conversation: conversation_id(n),
        state,
        for_ms,
    })));
}

const BO: (u128, &str) = (2, "Bo");

#[test]
fn who_only_passes_over_conversations_is_nowhere_and_who_opens_one_is_there() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j k j");
    assert_eq!(told(&rig), []);
    rig.press("k enter");
    assert_eq!(told(&rig), [(1, Viewing)]);
    rig.press("r").write("He");
    passes(&mut rig, 1_000);
    assert_eq!(
        told(&rig),
        [(1, Viewing), (1, Typing)],
        "at most one a second"
    );
    rig.press("esc q");
    passes(&mut rig, 1_000);
    assert_eq!(told(&rig)[2..], [(1, Away)]);
    passes(&mut rig, 60_000);
    assert_eq!(told(&rig).len(), 3, "and then nothing more");
}

#[test]
fn whoever_rests_is_not_said_to_type_and_in_the_end_not_to_be_there() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("He");
    for _ in 0..200 {
        passes(&mut rig, 1_000);
    }
    let told = told(&rig);
    let count = |wanted| told.iter().filter(|(_, state)| *state == wanted).count();
    assert!((5..=7).contains(&count(Typing)), "{told:?}");
    assert!((3..=5).contains(&count(Viewing)), "{told:?}");
    assert_eq!(told.last(), Some(&(1, Away)));
}

#[test]
fn nothing_is_said_or_shown_without_a_connection_and_all_of_it_again_with_one() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("enter");
    hears(&mut rig, BO, 1, Viewing, 0);
    assert!(rig.screen().contains("Bo is here"), "{}", rig.screen());
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Offline)));
    assert!(!rig.screen().contains("Bo is here"));
    rig.press("r").write("He");
    assert_eq!(told(&rig), [(1, Viewing)]);
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Live)));
    assert_eq!(told(&rig), [(1, Viewing), (1, Typing)]);
}

#[test]
fn a_colleague_who_writes_is_seen_in_the_list_and_above_my_own_text() {
    for (width, height) in [(60, 15), (120, 30)] {
        let mut rig = Rig::new(width, height, desk());
        hears(&mut rig, BO, 1, Typing, 20_500);
        hears(&mut rig, (3, "Cy"), 1, Viewing, 0);
        hears(&mut rig, (3, "Cy"), 2, Typing, 0);
        insta::assert_snapshot!(format!("colleagues-list-{width}x{height}"), rig.screen());
        rig.press("enter");
        assert!(rig.screen().contains("Bo is typing…"), "{}", rig.screen());
        rig.press("r").write("He");
        let screen = rig.screen();
        assert!(screen.contains("Bo began to write 20 s ago"), "{screen}");
        insta::assert_snapshot!(format!("colleagues-claim-{width}x{height}"), screen);
        rig.press("enter");
        assert!(
            !rig.screen().contains("not sent:"),
            "it warns and never blocks"
        );
        hears(&mut rig, BO, 1, Away, 0);
        assert!(!rig.screen().contains("Bo began"));
    }
}

#[test]
fn whom_nothing_is_heard_of_leaves_the_screen_by_itself() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("enter");
    hears(&mut rig, BO, 1, Typing, 0);
    for _ in 0..45 {
        passes(&mut rig, 1_000);
    }
    assert!(!rig.screen().contains("Bo is typing"));
}

#[test]
fn under_the_newest_text_that_a_colleague_read_stands_when() {
    let mut disk = desk();
    let read = |name: &str, position| ReadBy {
        name: name.to_owned(),
        position: Seq(position),
        at: NOW,
    };
    let all = vec![read("Bo", 7), read("Cy", 8), read("Di", 8)];
    disk.read_by.insert(conversation_id(1), all);
    let mut rig = Rig::new(120, 30, disk);
    rig.press("enter");
    let screen = rig.screen();
    assert!(screen.contains("seen by Bo 14:00"), "{screen}");
    assert!(screen.contains("seen by Cy 14:00, Di 14:00"), "{screen}");
}

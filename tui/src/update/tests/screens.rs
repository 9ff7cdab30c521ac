use crate::effect::{Effect, TimerKind};
use crate::event::{CacheEvent, Event, LinkEvent};
use crate::model::Focus;
use crate::model::coach::Coach;
use crate::model::connection::Connection;
use crate::model::overlay::Overlay;
use crate::testkit::{Rig, desk, setup};

fn has(rig: &Rig, effect: &Effect) -> bool {
    rig.effects.contains(effect)
}

#[test]
fn quitting_asks_only_while_texts_wait() {
    let mut rig = Rig::new(120, 30, desk());
    rig.tell(Event::Cache(CacheEvent::Outbox {
        waiting: 2,
        refused: 0,
        notes: 0,
        changes: 0,
    }));
    rig.press("q");
    assert!(!has(&rig, &Effect::Quit));
    assert!(rig.screen().contains("2 texts wait to be sent."));
    rig.press("n");
    assert!(rig.model.overlays.is_empty());
    rig.press("q y");
    assert!(has(&rig, &Effect::Quit));
    let mut rig = Rig::new(120, 30, desk());
    rig.press("q");
    assert!(has(&rig, &Effect::Quit));
}

#[test]
fn q_in_the_chat_only_goes_back() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("enter q");
    assert_eq!(rig.model.focus, Focus::List);
    assert!(!has(&rig, &Effect::Quit));
}

#[test]
fn help_tells_the_keys_of_here_and_scrolls_to_its_end() {
    let mut rig = Rig::new(80, 24, desk());
    rig.press("enter ?");
    assert!(rig.screen().contains("write a reply"));
    for _ in 0..200 {
        rig.press("j");
    }
    let Some(Overlay::Help { scroll, .. }) = rig.model.overlays.last() else {
        panic!("closed")
    };
    let end = *scroll;
    rig.press("j pgdn");
    assert!(
        matches!(rig.model.overlays.last(), Some(Overlay::Help { scroll, .. }) if *scroll == end)
    );
    rig.press("?");
    assert!(rig.model.overlays.is_empty());
    assert_eq!(rig.model.focus, Focus::Chat);
}

#[test]
fn a_prefix_shows_what_can_follow_and_any_other_key_ends_it() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("g");
    assert!(rig.screen().contains("m  my open conversations"));
    rig.press("esc");
    assert!(rig.model.prefix.is_empty());
    assert!(!rig.screen().contains("m  my open conversations"));
    rig.press("g x j");
    assert_eq!(rig.selected(), Some(crate::testkit::conversation_id(2)));
}

#[test]
fn a_notice_goes_away_by_itself() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("-");
    let timer = *rig
        .timers
        .iter()
        .find(|timer| timer.kind == TimerKind::Notice)
        .unwrap();
    rig.tell(Event::Timer(timer));
    assert_eq!(rig.model.notices.iter().count(), 0);
}

#[test]
fn the_connection_is_told_in_words() {
    let mut rig = Rig::new(120, 30, desk());
    let states = [
        (Connection::Live, " live "),
        (Connection::Connecting, "connecting…"),
        (
            Connection::CatchingUp { behind: 1_204 },
            "catching up 1,204",
        ),
        (Connection::Offline, "offline"),
        (
            Connection::SignedOut {
                reason: "token revoked".to_owned(),
            },
            "signed out: token revoked",
        ),
    ];
    for (state, words) in states {
        rig.tell(Event::Link(LinkEvent::Connection(state)));
        assert!(
            rig.screen().lines().last().unwrap().contains(words),
            "{words}"
        );
    }
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Offline)));
    rig.tell(Event::Cache(CacheEvent::Outbox {
        waiting: 2,
        refused: 1,
        notes: 0,
        changes: 0,
    }));
    assert!(
        rig.screen()
            .contains("offline, 2 waiting to send · 1 refused")
    );
}

#[test]
fn an_echo_waits_in_words_while_the_relay_cannot_be_reached() {
    let mut rig = Rig::new(120, 30, desk());
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Offline)));
    rig.press("r").write("yes").press("enter");
    assert!(rig.screen().contains("waiting to send ◷"));
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Live)));
    assert!(rig.screen().contains("sending… ◷"));
}

#[test]
fn suspending_saves_first_and_redraws_afterwards() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("half").press("ctrl-z");
    let at = |wanted: fn(&Effect) -> bool| rig.effects.iter().position(wanted);
    let saved = at(|effect| matches!(effect, Effect::SaveDraft { .. }));
    let suspended = at(|effect| *effect == Effect::Suspend);
    assert!(saved < suspended && saved.is_some());
    rig.tell(Event::Resumed);
    assert!(has(&rig, &Effect::Redraw));
}

#[test]
fn practice_goes_on_when_a_lesson_was_done() {
    let mut rig = Rig::with(
        crate::model::Setup {
            coach: Some(Coach::default()),
            ..setup(120, 30)
        },
        desk(),
    );
    assert!(rig.screen().contains("Try 1/11"));
    rig.press("j enter r");
    assert!(rig.screen().contains("Try 4/11"), "{}", rig.screen());
}

#[test]
fn a_window_that_is_too_small_says_so_and_comes_back() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("half");
    rig.tell(Event::Input(crate::event::Input::Resize {
        width: 59,
        height: 30,
    }));
    assert!(rig.screen().starts_with("smsdesk needs 60 × 15."));
    rig.tell(Event::Input(crate::event::Input::Resize {
        width: 60,
        height: 15,
    }));
    assert!(rig.screen().contains("half"));
}

#[test]
fn what_was_said_of_the_connection_goes_when_it_is_back() {
    let mut rig = Rig::new(120, 30, desk());
    let message = "cannot reach the relay".to_owned();
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Offline)));
    rig.tell(Event::Link(LinkEvent::Trouble { message }));
    assert!(rig.screen().contains("cannot reach the relay"));
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Live)));
    assert!(!rig.screen().contains("cannot reach the relay"));
}

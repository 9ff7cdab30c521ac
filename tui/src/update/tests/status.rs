//! How app and relay fare: who is asked, when, and what stays.

use crate::effect::{Effect, TimerKind};
use crate::event::{CacheEvent, Event, LinkEvent};
use crate::model::connection::Connection;
use crate::model::overlay::Overlay;
use crate::model::relay::Relay;
use crate::model::status::Told;
use crate::testkit::{Rig, desk};
use smsdesk_common::agent::Role;
use smsdesk_common::api::status::RelayStatus;
use smsdesk_common::capability::Capabilities;

/// How often the relay and this device were asked.
fn asked(rig: &Rig) -> (usize, usize) {
    let count = |wanted: &Effect| rig.effects.iter().filter(|it| *it == wanted).count();
    (count(&Effect::AskStatus), count(&Effect::LookHere))
}

fn answer(rig: &mut Rig) {
    let told = Told {
        asked: rig.now,
        heard: rig.now,
        status: RelayStatus {
            now: rig.now,
            version: "0.1.0 \u{1b}[31m".to_owned(),
            ..RelayStatus::default()
        },
    };
    rig.tell(Event::Cache(CacheEvent::Status(Ok(Box::new(told)))));
}

fn time_passes(rig: &mut Rig) {
    let timers = rig.timers.iter().rev().copied();
    let mut ours = timers.filter(|it| it.kind == TimerKind::Status);
    rig.tell(Event::Timer(ours.next().unwrap()));
}

#[test]
fn the_key_shows_it_at_once_and_it_is_asked_again_while_somebody_looks() {
    let mut rig = Rig::new(100, 30, desk());
    rig.model.connection = Connection::Live;
    rig.effects.clear();
    rig.press("g h");
    assert!(matches!(rig.model.overlays.last(), Some(Overlay::Status)));
    assert!(rig.screen().contains("asking…"));
    assert_eq!(asked(&rig), (1, 1));
    time_passes(&mut rig);
    assert_eq!(asked(&rig), (1, 2), "one question at a time");
    answer(&mut rig);
    let screen = rig.screen();
    assert!(
        screen.contains("0.1.0") && !screen.contains('\u{1b}'),
        "{screen}"
    );
    time_passes(&mut rig);
    assert_eq!(asked(&rig), (2, 3));
    let why = "cannot reach the relay".to_owned();
    rig.tell(Event::Cache(CacheEvent::Status(Err(why))));
    let screen = rig.screen();
    assert!(
        screen.contains("says no more: cannot reach the relay"),
        "{screen}"
    );
    assert!(screen.contains("0.1.0"), "what was said stays");
    rig.press("q");
    time_passes(&mut rig);
    assert_eq!(asked(&rig), (2, 3), "nobody looks any more");
}

#[test]
fn everybody_may_see_it_and_without_a_relay_this_device_is_told_of() {
    let mut rig = Rig::new(100, 30, desk());
    if let Some(me) = &mut rig.model.setup.me {
        me.role = Role::Readonly;
    }
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Offline)));
    rig.effects.clear();
    rig.press(": s t a t u s enter");
    assert_eq!(asked(&rig), (0, 1));
    let screen = rig.screen();
    assert!(
        screen.contains("offline") && screen.contains("not reached"),
        "{screen}"
    );
}

#[test]
fn an_older_relay_is_not_asked_and_the_screen_says_why_it_says_nothing() {
    let mut rig = Rig::new(100, 30, desk());
    rig.model.connection = Connection::Live;
    rig.tell(Event::Link(LinkEvent::Met(Relay {
        version: "0.1.0".to_owned(),
        capabilities: Capabilities::said(Some(&[])),
    })));
    rig.effects.clear();
    rig.press("g h");
    assert_eq!(asked(&rig), (0, 1));
    assert!(rig.screen().contains("too old for telling how it fares"));
}

#[test]
fn only_what_comes_live_counts_as_a_text_on_its_way() {
    let mut rig = Rig::new(100, 30, desk());
    let arrive = |rig: &mut Rig| {
        let (taken, stored) = (vec![rig.now], rig.now);
        rig.tell(Event::Cache(CacheEvent::Arrived { taken, stored }));
    };
    rig.model.connection = Connection::CatchingUp { behind: 2 };
    arrive(&mut rig);
    assert!(!rig.model.watch.awaits_frame());
    rig.model.connection = Connection::Live;
    arrive(&mut rig);
    assert!(rig.model.watch.awaits_frame());
}

#[test]
fn on_a_small_screen_the_rest_is_scrolled_to_and_no_further() {
    let mut rig = Rig::new(60, 15, desk());
    rig.model.connection = Connection::Live;
    rig.press("g h");
    answer(&mut rig);
    assert!(!rig.screen().contains("relay's disk"));
    rig.press("j j j j j j j j j j j j j j j j j j j j");
    assert!(rig.screen().contains("relay's disk"));
    let scrolled = rig.model.watch.scroll;
    rig.press("j k");
    assert_eq!(rig.model.watch.scroll, scrolled - 1);
    rig.press("k k k k k k k k k k k k k k k k k k k k");
    assert_eq!(rig.model.watch.scroll, 0);
}

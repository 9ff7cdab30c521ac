//! Figures: what is asked of the relay, and when.

use crate::effect::Effect;
use crate::event::{Event, LinkEvent};
use crate::model::connection::Connection;
use crate::model::relay::Relay;
use crate::model::stats::{Question, Stretch, Wanted};
use crate::testkit::{Rig, desk};
use smsdesk_common::capability::Capabilities;
use smsdesk_common::stats::By;

fn asked(rig: &Rig) -> Vec<&Question> {
    let questions = rig.effects.iter().filter_map(|effect| match effect {
        Effect::AskFigures(question) => Some(question),
        _ => None,
    });
    questions.collect()
}

#[test]
fn every_turn_asks_the_relay_for_what_is_meant_now() {
    let mut rig = Rig::new(120, 30, desk());
    rig.effects.clear();
    rig.press("g c l tab h h");
    let wanted: Vec<Wanted> = asked(&rig).iter().map(|it| it.wanted).collect();
    let of = |stretch, by| Wanted { stretch, by };
    assert_eq!(
        wanted,
        [
            of(Stretch::Today, By::Hour),
            of(Stretch::Week, By::Hour),
            of(Stretch::Week, By::Day),
            of(Stretch::Today, By::Day),
            of(Stretch::Year, By::Day),
        ]
    );
    assert!(
        asked(&rig)
            .iter()
            .all(|it| it.path.starts_with("/v1/stats?tz="))
    );
    rig.press("esc l");
    assert_eq!(asked(&rig).len(), 5, "closed, the keys mean something else");
}

#[test]
fn the_figures_of_the_day_are_asked_for_once_the_relay_is_reached_and_not_without_it() {
    let mut rig = Rig::new(120, 30, desk());
    assert_eq!(asked(&rig).len(), 1);
    rig.press("j k");
    assert_eq!(asked(&rig).len(), 1, "the timer runs");
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Offline)));
    let timer = rig.timers.iter().rev();
    let timer = timer
        .copied()
        .find(|it| it.kind == crate::effect::TimerKind::Figures);
    rig.tell(Event::Timer(timer.unwrap()));
    assert_eq!(asked(&rig).len(), 1, "nobody is there to be asked");
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Live)));
    assert_eq!(asked(&rig).len(), 2);
}

#[test]
fn an_older_relay_is_not_asked() {
    let mut rig = Rig::new(120, 30, desk());
    rig.effects.clear();
    rig.tell(Event::Link(LinkEvent::Met(Relay {
        version: "0.1.0".to_owned(),
        capabilities: Capabilities::said(Some(&[])),
    })));
    rig.press("g c");
    assert!(asked(&rig).is_empty() && rig.model.overlays.is_empty());
    assert!(rig.screen().contains("too old"));
}

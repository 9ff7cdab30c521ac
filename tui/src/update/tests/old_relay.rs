//! A relay one version back: what it cannot do is greyed and says why, the rest works.

use crate::effect::Effect;
use crate::event::{Event, LinkEvent};
use crate::input::preset::Preset;
use crate::model::Focus;
use crate::model::batch::{Deed, Then, Wish};
use crate::model::macros::Macro;
use crate::model::overlay::Overlay;
use crate::model::relay::{Relay, TOO_OLD};
use crate::testkit::{Rig, desk};
use smsdesk_common::capability::Capabilities;

fn rig(names: Option<&[&str]>) -> Rig {
    let names: Option<Vec<String>> =
        names.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    let mut rig = Rig::new(120, 30, desk());
    rig.tell(Event::Link(LinkEvent::Met(Relay {
        version: "0.1.0".to_owned(),
        capabilities: Capabilities::said(names.as_deref()),
    })));
    rig
}

fn triaged(rig: &Rig) -> bool {
    let is_triage = |effect: &Effect| matches!(effect, Effect::Triage { .. });
    rig.effects.iter().any(is_triage)
}

#[test]
fn a_relay_of_the_first_version_takes_triage_and_no_notes() {
    let mut rig = rig(None);
    rig.press("P");
    let why = "note: the relay (0.1.0) is too old for private notes; it has to be updated";
    assert_eq!(rig.model.notices.iter().last().unwrap().text, why);
    assert_eq!(
        rig.model.focus,
        Focus::List,
        "nothing is written that could not go"
    );
    rig.press("b").write("2h").press("enter");
    assert!(triaged(&rig));
}

#[test]
fn what_it_cannot_do_says_so_in_palette_command_line_and_help() {
    let mut rig = rig(Some(&["triage"]));
    rig.press("ctrl-k").write("snooze");
    assert!(
        rig.screen()
            .contains("– the relay (0.1.0) is too old for snoozing")
    );
    rig.press("esc :").write("snooze 2h").press("enter");
    assert!(rig.screen().contains("`snooze`: the relay (0.1.0)"));
    rig.press("esc ?");
    let screen = rig.screen();
    let line = screen.lines().find(|line| line.contains(TOO_OLD));
    assert!(line.is_some_and(|line| line.contains(" P ")), "{screen}");
    assert!(!triaged(&rig));
}

#[test]
fn what_can_follow_a_key_is_greyed_with_the_reason() {
    use crate::input::rebind::{Wish as Keys, keymap};
    let mut rig = rig(Some(&["triage"]));
    let keys = Keys {
        line: 1,
        place: None,
        action: "snooze".to_owned(),
        keys: vec!["g z".to_owned()],
    };
    rig.model.keymap = keymap(Preset::Default, &[keys]).0;
    rig.press("g");
    assert!(
        rig.screen().contains(&format!("z  {TOO_OLD}")),
        "{}",
        rig.screen()
    );
}

#[test]
fn a_macro_that_asks_for_it_does_nothing_by_halves() {
    let mut rig = rig(Some(&["triage"]));
    let deed = Deed {
        wishes: vec![Wish::SnoozeUntil("2h".to_owned())],
        then: Then::Stay,
    };
    let named = Macro {
        name: "later".to_owned(),
        key: 'l',
        deed,
    };
    rig.model.keymap = Preset::Default.keymap().with_macros(vec![named]);
    rig.press("m l");
    assert!(
        rig.screen()
            .contains("Nothing was done: the relay (0.1.0) is too old")
    );
    assert!(!triaged(&rig));
    rig.press("e");
    assert!(triaged(&rig), "the rest works");
}

#[test]
fn templates_and_texts_for_later_are_not_begun_where_they_could_not_go() {
    let mut rig = rig(Some(&["triage", "notes"]));
    for (keys, says) in [
        (
            "g T",
            "templates: the relay (0.1.0) is too old for templates",
        ),
        ("g t", "too old for texts that go out later"),
    ] {
        rig.press(keys);
        let last = rig.model.notices.iter().last().unwrap();
        assert!(last.text.contains(says), "{keys}: {}", last.text);
    }
    rig.press("r").write("/");
    assert!(rig.model.prompt().is_none(), "a slash is a slash");
    rig.press("alt-s");
    assert!(rig.model.prompt().is_none());
    let text = rig.model.composer().unwrap().editor().text();
    assert_eq!(text, "/", "the words stay");
}

#[test]
fn a_contact_is_shown_and_not_changed_where_the_relay_cannot_keep_it() {
    let mut rig = rig(Some(&["triage"]));
    rig.press("p");
    assert!(
        matches!(rig.model.overlays.last(), Some(Overlay::Contact(_))),
        "{}",
        rig.screen()
    );
    rig.press("enter");
    let last = rig.model.notices.iter().last().unwrap();
    assert!(last.text.contains("too old for changes of contacts"));
    assert!(rig.model.prompt().is_none());
}

#[test]
fn an_updated_relay_takes_it_at_once() {
    let mut rig = rig(None);
    rig.tell(Event::Link(LinkEvent::Met(Relay::default())));
    rig.press("P");
    assert_eq!(rig.model.focus, Focus::Composer);
}

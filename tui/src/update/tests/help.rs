use crate::input::context::Context;
use crate::testkit::{Rig, desk};

fn rig() -> Rig {
    Rig::new(120, 30, desk())
}

#[test]
fn the_help_is_narrowed_by_words_while_they_are_typed() {
    let mut rig = rig();
    rig.press("? /").write("snooz");
    let shown = rig.screen();
    assert!(shown.contains("Keys with snooz"), "{shown}");
    assert!(shown.contains("put it away until a time"), "by its name");
    assert!(shown.contains("snoozed conversations") && !shown.contains("write a reply"));
    rig.press("enter");
    assert_eq!(rig.model.context(), Context::Help);
    assert!(!rig.screen().contains("write a reply"), "it stays narrowed");
    rig.press("/").write("qqq");
    assert!(rig.screen().contains("none with qqq"));
    rig.press("esc");
    assert_eq!(rig.model.context(), Context::Help);
    assert!(rig.screen().contains("write a reply"), "all are back");
    rig.press("esc");
    assert_eq!(rig.model.context(), Context::List);
}

#[test]
fn the_help_finds_a_key_too() {
    let mut rig = rig();
    rig.press("? /").write("g s");
    assert!(rig.screen().contains("snoozed conversations"));
}

#[test]
fn on_the_smallest_screen_the_narrowed_help_stands_above_its_line() {
    let mut rig = Rig::new(60, 15, desk());
    rig.press("? /").write("snooz");
    insta::assert_snapshot!("help_search_60x15", rig.screen());
}

#[test]
fn the_status_line_teaches_what_is_not_known_yet() {
    let foot = |rig: &Rig| rig.screen().lines().last().unwrap_or_default().to_owned();
    let mut rig = rig();
    assert!(!foot(&rig).contains(": command"), "{}", foot(&rig));
    rig.press("n n n");
    let taught = foot(&rig);
    assert!(
        taught.contains(": command") && !taught.contains("next waiting"),
        "{taught}"
    );
    assert!(taught.contains("? help"), "{taught}");
}

use crate::effect::Effect;
use crate::effect::TimerKind;
use crate::event::Event;
use crate::model::Focus;
use crate::testkit::{NOW, Rig, conversation_id, desk};

/// A desk whose texts are held for two and a half seconds.
fn rig() -> Rig {
    let mut disk = desk();
    disk.hold = Some(NOW.plus_millis(2_500));
    Rig::new(120, 30, disk)
}

fn written(rig: &Rig) -> &str {
    rig.model.composer().unwrap().editor().text()
}

fn rings(rig: &mut Rig) {
    let clock = rig
        .timers
        .iter()
        .rfind(|timer| timer.kind == TimerKind::Clock);
    let clock = *clock.unwrap();
    rig.tell(Event::Timer(clock));
}

#[test]
fn a_text_says_in_how_many_seconds_it_goes_out() {
    let mut rig = rig();
    rig.press("r").write("on my way").press("enter");
    assert!(rig.screen().contains("sends in 3 s"), "{}", rig.screen());
    rig.now = NOW.plus_millis(500);
    rings(&mut rig);
    assert!(rig.screen().contains("sends in 2 s"), "{}", rig.screen());
    rig.now = NOW.plus_millis(2_500);
    rings(&mut rig);
    assert!(rig.screen().contains("sending…"), "{}", rig.screen());
}

#[test]
fn a_text_that_is_taken_back_is_the_draft_again_and_is_being_written() {
    let mut rig = rig();
    rig.press("r").write("on my way").press("enter esc z");
    assert_eq!(written(&rig), "on my way");
    assert_eq!(rig.model.focus, Focus::Composer);
    assert!(!rig.screen().contains("sends in"));
    assert_eq!(rig.disk.drafts[&conversation_id(1)], "on my way");
    rig.press("enter");
    assert!(rig.screen().contains("sends in"));
}

#[test]
fn what_was_written_since_stands_behind_what_is_taken_back() {
    let mut rig = rig();
    rig.press("r")
        .write("on my way")
        .press("enter")
        .write("and");
    rig.press("alt-z");
    assert_eq!(written(&rig), "on my way\nand");
    assert_eq!(rig.disk.drafts[&conversation_id(1)], "on my way\nand");
}

#[test]
fn undo_goes_back_to_the_conversation_of_the_text() {
    let mut rig = rig();
    rig.press("r").write("on my way").press("enter esc q j j z");
    assert_eq!(rig.selected(), Some(conversation_id(1)));
    assert_eq!(written(&rig), "on my way");
}

#[test]
fn a_text_that_has_gone_out_is_not_taken_back() {
    let mut rig = rig();
    rig.press("r alt-z");
    assert!(rig.screen().contains("Too late to take a text back"));
    assert!(rig.effects.contains(&Effect::TakeBack(conversation_id(1))));
    assert_eq!(written(&rig), "");
}

//! What sentences call the keys: as they are bound, in every preset.

use crate::input::preset::Preset;
use crate::model::Setup;
use crate::model::coach::Coach;
use crate::testkit::{Rig, desk, setup};

fn rig(preset: Preset) -> Rig {
    let setup = Setup {
        coach: Some(Coach::default()),
        ..setup(120, 30)
    };
    let mut rig = Rig::with(setup, desk());
    rig.model.keymap = preset.keymap();
    rig
}

fn says(rig: &Rig, words: &str) {
    assert!(rig.screen().contains(words), "{words}\n{}", rig.screen());
}

#[test]
fn what_was_done_is_told_with_the_keys_that_are_bound() {
    let mut rig = rig(Preset::Plain);
    rig.press("f3");
    says(
        &rig,
        "Done · F12 last-conversation goes back to it, F12 undo",
    );
    rig.press("f12").write("undo").press("enter");
    says(&rig, "F12 redo redoes");
    rig.press("f4");
    says(&rig, "Done · F4 reopens it");
    rig.press("f7 f7");
    says(&rig, "Flagged · F7 takes the flag off");
}

#[test]
fn a_paste_is_told_where_it_could_go() {
    use crate::event::{Event, Input};
    for (preset, key) in [(Preset::Plain, "F2"), (Preset::Vim, "i")] {
        let mut rig = rig(preset);
        rig.tell(Event::Input(Input::Paste("hello".to_owned())));
        says(&rig, &format!("{key} begins a reply"));
    }
}

#[test]
fn the_lesson_and_the_foot_of_the_chat_name_the_same_key() {
    let mut rig = rig(Preset::Plain);
    rig.press("down up enter");
    says(&rig, "F2 writes a reply");
    assert!(!rig.screen().contains("r writes a reply"));
}

#[test]
fn an_empty_inbox_offers_a_way_on_and_back_in_place_of_what_needs_a_customer() {
    let mut rig = rig(Preset::Default);
    while !rig.model.roster.slice().rows.is_empty() {
        rig.press("e");
    }
    let screen = rig.screen();
    let bar = screen.trim_end().lines().last().unwrap();
    assert!(
        bar.contains("z undo") && bar.contains("g a all conv"),
        "{bar}"
    );
    assert!(!bar.contains("e done"), "{bar}");
    says(&rig, "z takes the newest change back");
}

//! Writing beside typing: earlier texts, steps back, emoji, spelling, costs, parts, the own editor.

use crate::effect::{Effect, Timer, TimerKind};
use crate::event::{Edited, Event, Input, Misspelt, Spelled};
use crate::input::key::{Code, Key};
use crate::model::aids::Aids;
use crate::model::lent::{Lent, Whose};
use crate::model::note::Writing;
use crate::model::price::Prices;
use crate::testkit::{Rig, conversation_id, desk, setup};
use smsdesk_common::segments::BODY_CHARACTERS_MAX;

fn text(rig: &Rig) -> &str {
    rig.model.written().unwrap().editor().text()
}

fn notice(rig: &Rig) -> &str {
    let last = rig.model.notices.iter().last();
    last.map_or("", |notice| &notice.text)
}

fn submitted(rig: &Rig) -> Vec<&str> {
    let effects = rig.effects.iter();
    effects
        .filter_map(|effect| match effect {
            Effect::Submit { body, .. } => Some(body.as_str()),
            _ => None,
        })
        .collect()
}

fn paste(text: &str) -> Event {
    Event::Input(Input::Paste(text.to_owned()))
}

fn rig_with(aids: Aids) -> Rig {
    let mut setup = setup(120, 30);
    setup.aids = aids;
    Rig::with(setup, desk())
}

fn newest(rig: &Rig, kind: TimerKind) -> Timer {
    let mut timers = rig.timers.iter().rev();
    *timers.find(|timer| timer.kind == kind).unwrap()
}

#[test]
fn an_empty_composer_walks_through_my_texts_and_a_draft_comes_back() {
    let mut rig = Rig::new(120, 30, desk());
    rig.disk.sent = ["On my way", "Hello", "On Monday"]
        .map(str::to_owned)
        .to_vec();
    rig.press("r up");
    assert_eq!(text(&rig), "On my way");
    rig.press("up up up");
    assert_eq!(text(&rig), "On Monday");
    assert_eq!(notice(&rig), "That is the oldest one");
    rig.press("down down down");
    assert_eq!(text(&rig), "");
    rig.write("On").press("up");
    assert_eq!(text(&rig), "On", "arrows move in a text");
    rig.press("end ctrl-p ctrl-p");
    assert_eq!(text(&rig), "On Monday");
    rig.press("ctrl-n ctrl-n");
    assert_eq!(text(&rig), "On");
    rig.press("ctrl-p").write("!").press("ctrl-_ ctrl-_");
    assert_eq!(text(&rig), "On");
    let asks = |effect: &&Effect| **effect == Effect::LoadSent;
    assert_eq!(rig.effects.iter().filter(asks).count(), 1);
}

#[test]
fn the_disk_keeps_the_draft_while_an_earlier_text_is_only_looked_at() {
    let mut rig = Rig::new(120, 30, desk());
    rig.disk.sent = vec!["On my way".to_owned()];
    rig.press("r").write("On").press("ctrl-p");
    rig.tell(Event::Timer(newest(&rig, TimerKind::Drafts)));
    assert_eq!(rig.disk.drafts[&conversation_id(1)], "On");
    rig.press("esc");
    assert_eq!(rig.disk.drafts[&conversation_id(1)], "On my way");
    rig.press("r enter");
    assert_eq!(submitted(&rig), ["On my way"]);
}

#[test]
fn a_text_that_was_sent_comes_back_by_the_walk_and_by_no_step() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("on my way").press("enter ctrl-_");
    assert_eq!(text(&rig), "");
    assert_eq!(notice(&rig), "There is no edit to take back");
    rig.press("up");
    assert_eq!(text(&rig), "on my way");
}

#[test]
fn many_segments_want_a_second_enter_and_a_change_asks_again() {
    let mut rig = rig_with(Aids {
        prices: Prices::new([("+1".to_owned(), "0.01 USD".parse().unwrap())]),
        ..Aids::default()
    });
    let long = "word ".repeat(120);
    rig.press("r");
    rig.tell(paste(&long));
    rig.press("enter");
    assert_eq!(submitted(&rig), Vec::<&str>::new());
    let screen = rig.screen();
    let says = "not sent yet: 4 segments · ≈ 0.04 USD · Enter sends it, or shorten it";
    assert!(screen.contains(says), "{screen}");
    rig.press("enter");
    assert!(
        submitted(&rig).is_empty(),
        "an Enter that came too soon is no answer"
    );
    rig.write("word ".repeat(40).as_str());
    rig.now = rig.now.plus_millis(500);
    rig.press("enter");
    assert!(submitted(&rig).is_empty(), "other words, another question");
    rig.now = rig.now.plus_millis(500);
    rig.press("enter");
    assert_eq!(submitted(&rig).len(), 1);
    let mut rig = rig_with(Aids {
        warn_segments: 0,
        ..Aids::default()
    });
    rig.press("r");
    rig.tell(paste(&long));
    rig.press("enter");
    assert_eq!(submitted(&rig).len(), 1);
}

#[test]
fn a_text_that_is_too_long_is_refused_and_split_by_a_key() {
    let mut rig = Rig::new(120, 30, desk());
    let long = "This is a sentence. ".repeat(100);
    rig.press("r");
    rig.tell(paste(&long));
    let screen = rig.screen();
    assert!(screen.contains("399 characters too many: 1600 is the end · Alt-p splits it"));
    rig.press("enter");
    assert!(
        notice(&rig).starts_with("Not sent: 1999 characters"),
        "{}",
        notice(&rig)
    );
    rig.press("alt-p");
    assert!(rig.screen().contains("2 texts"), "{}", rig.screen());
    rig.write("num").press("enter");
    let parts = rig.effects.iter().find_map(|effect| match effect {
        Effect::SubmitParts { bodies, whole, .. } => Some((bodies.clone(), whole.clone())),
        _ => None,
    });
    let (bodies, whole) = parts.unwrap();
    assert_eq!(whole, long.trim());
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].starts_with("(1/2) This") && bodies[1].starts_with("(2/2) This"));
    assert!(
        bodies
            .iter()
            .all(|it| it.chars().count() <= BODY_CHARACTERS_MAX)
    );
    assert_eq!(text(&rig), "");
    assert_eq!(rig.disk.drafts.get(&conversation_id(1)), None);
    rig.write("short").press("alt-p");
    assert_eq!(notice(&rig), "The text fits into one: Enter sends it");
}

#[test]
fn the_counter_says_which_character_costs_and_the_key_that_replaces_it() {
    let mut rig = Rig::new(140, 40, desk());
    rig.press("r");
    rig.tell(paste(&format!("\u{201c}yes\u{201d} {}", "x".repeat(100))));
    let says = "\u{201c} at 1 makes it UCS-2: 2 segments, not 1 · Alt-g replaces";
    assert!(rig.screen().contains(says), "{}", rig.screen());
    rig.press("alt-g");
    assert_eq!(notice(&rig), "2 characters replaced: the text is GSM-7 now");
    assert!(rig.screen().contains("GSM-7 · 106/160 · 1 segment"));
    rig.write("…👍ж").press("alt-g");
    let says = "1 character replaced; no look-alike for 👍ж, so it stays UCS-2";
    assert_eq!(notice(&rig), says);
}

#[test]
fn an_emoji_is_offered_by_its_name_and_tab_takes_it() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("ok :thum");
    assert!(rig.screen().contains("👍 :thumbsup"), "{}", rig.screen());
    rig.press("down tab");
    assert_eq!(text(&rig), "ok 👎");
    assert!(rig.screen().contains("👎 at 4 makes it UCS-2"));
    rig.write(" :tada:");
    assert_eq!(text(&rig), "ok 👎 🎉");
    rig.press("tab");
    assert!(notice(&rig).starts_with("There is no field"));
    rig.press("esc P").write(":thum").press("tab");
    assert_eq!(text(&rig), "👍", "in a note, too");
    rig.write(" @bo").press("tab");
    assert_eq!(text(&rig), "👍 @bo ");
}

#[test]
fn misspelt_words_are_looked_for_when_typing_pauses_and_put_right_by_a_key() {
    let mut rig = rig_with(Aids {
        spell: Some("aspell -a".to_owned()),
        ..Aids::default()
    });
    rig.press("r").write("teh cat");
    let asked = |rig: &Rig| -> Vec<String> {
        let effects = rig.effects.iter();
        effects
            .filter_map(|effect| match effect {
                Effect::Spell { text, .. } => Some(text.clone()),
                _ => None,
            })
            .collect()
    };
    assert!(asked(&rig).is_empty(), "nothing while somebody types");
    rig.tell(Event::Timer(newest(&rig, TimerKind::Spelling)));
    assert_eq!(asked(&rig), ["teh cat"]);
    let misspelt = Misspelt {
        word: "teh".to_owned(),
        suggestions: ["the", "tea"].map(str::to_owned).to_vec(),
    };
    rig.tell(Event::Spelled(Spelled::Words(vec![misspelt])));
    assert!(rig.screen().contains("teh? Alt-c"), "{}", rig.screen());
    rig.press("alt-c");
    assert!(rig.screen().contains("teh should be"), "{}", rig.screen());
    rig.press("enter");
    assert_eq!(text(&rig), "the cat");
    rig.press("ctrl-_ alt-c").write("that").press("enter");
    assert_eq!(text(&rig), "that cat");
    rig.press("alt-c");
    assert_eq!(notice(&rig), "No misspelt word is known here");
}

#[test]
fn a_spelling_command_that_fails_is_told_once_and_not_run_again() {
    let mut rig = rig_with(Aids {
        spell: Some("/nowhere".to_owned()),
        ..Aids::default()
    });
    rig.press("r").write("teh");
    rig.tell(Event::Timer(newest(&rig, TimerKind::Spelling)));
    rig.tell(Event::Spelled(Spelled::Failed(
        "there is no such program".to_owned(),
    )));
    let says = "Spelling is not looked at any more (ui.spell): there is no such program";
    assert_eq!(notice(&rig), says);
    let before = rig.timers.len();
    rig.write(" cat");
    let spelling = |timer: &&Timer| timer.kind == TimerKind::Spelling;
    assert_eq!(rig.timers[before..].iter().filter(spelling).count(), 0);
}

#[test]
fn what_the_editor_saved_is_the_draft_and_is_not_sent() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("half").press("ctrl-o");
    let edit = Effect::Edit {
        command: "vi".to_owned(),
        lent: Lent {
            whose: Whose::Draft {
                conversation: conversation_id(1),
                writing: Writing::Reply,
            },
            text: "half".to_owned(),
        },
    };
    assert!(rig.effects.contains(&edit));
    assert_eq!(rig.disk.drafts[&conversation_id(1)], "half");
    rig.tell(Event::Edited(Edited::Words("half a reply\n\n".to_owned())));
    assert_eq!(text(&rig), "half a reply");
    assert_eq!(rig.disk.drafts[&conversation_id(1)], "half a reply");
    assert!(submitted(&rig).is_empty());
    rig.press("ctrl-_");
    assert_eq!(text(&rig), "half", "a step leads back");
    rig.press("ctrl-o");
    rig.tell(Event::Edited(Edited::Words("\n".to_owned())));
    assert_eq!(text(&rig), "half");
    assert!(notice(&rig).contains("left an empty file"));
    rig.press("ctrl-o");
    rig.tell(Event::Edited(Edited::Nothing(
        "it ended with code 1".to_owned(),
    )));
    assert_eq!(text(&rig), "half");
    let says = "The text stays as it was. Your editor: it ended with code 1";
    assert_eq!(notice(&rig), says);
    rig.press("esc P").write("ask Bo").press("ctrl-o");
    rig.tell(Event::Edited(Edited::Words("ask Bo and Cy\n".to_owned())));
    assert_eq!(text(&rig), "ask Bo and Cy");
    assert_eq!(rig.disk.note_drafts[&conversation_id(1)], "ask Bo and Cy");
}

#[test]
fn no_paste_sends_whatever_is_in_it() {
    let long = "x".repeat(10_000);
    let controls: String = (0..=0x9f).filter_map(char::from_u32).collect();
    for pasted in [
        &*long,
        &controls,
        "yes\n",
        "yes\r\n\r\n",
        "\n",
        "\u{1b}[201~\rx\r",
    ] {
        for way in [paste(pasted), burst(pasted)] {
            let mut rig = Rig::new(120, 30, desk());
            rig.press("r");
            rig.tell(way);
            assert!(submitted(&rig).is_empty(), "{pasted:?}");
            let draft = text(&rig);
            assert!(draft.chars().all(|c| c == '\n' || !c.is_control()));
            assert!(draft.chars().count() <= 4_800);
            assert!(rig.model.overlays.is_empty(), "{pasted:?}");
            assert_eq!(rig.screen().lines().count(), 30);
        }
    }
}

fn burst(text: &str) -> Event {
    let key = |c| match c {
        '\n' | '\r' => Some(Key::plain(Code::Enter)),
        '\t' => Some(Key::plain(Code::Tab)),
        c if c.is_control() => None,
        c => Some(Key::plain(Code::Char(c))),
    };
    Event::Input(Input::Burst(text.chars().filter_map(key).collect()))
}

#[test]
fn the_row_in_the_list_shows_how_the_draft_begins() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("Dear Maria").press("esc");
    assert!(
        rig.screen().contains("✎ draft: Dear Maria"),
        "{}",
        rig.screen()
    );
    let again = Rig::new(120, 30, rig.disk);
    let screen = again.screen();
    assert!(
        screen.contains("✎ draft: Dear Maria"),
        "as the disk has it: {screen}"
    );
}

#[test]
fn a_file_cannot_be_attached_and_that_is_said() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r alt-a");
    assert!(notice(&rig).contains("cannot be sent yet"));
}

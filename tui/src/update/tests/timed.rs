use crate::effect::Effect;
use crate::model::Focus;
use crate::model::overlay::Overlay;
use crate::model::timed::{TimedDeed, Timing};
use crate::model::triage::Act;
use crate::testkit::{NOW, Rig, conversation_id, desk};

const HOUR_MS: i64 = 3_600_000;

fn timings(rig: &Rig) -> Vec<(&str, &Timing)> {
    let effects = rig.effects.iter();
    effects
        .filter_map(|effect| match effect {
            Effect::SubmitLater { body, timing, .. } => Some((body.as_str(), timing)),
            _ => None,
        })
        .collect()
}

fn deeds(rig: &Rig) -> Vec<&TimedDeed> {
    let effects = rig.effects.iter();
    effects
        .filter_map(|effect| match effect {
            Effect::ChangeTimed { deed, .. } => Some(deed),
            _ => None,
        })
        .collect()
}

fn sent(rig: &Rig) -> usize {
    let submits = |effect: &&Effect| matches!(effect, Effect::Submit { .. });
    rig.effects.iter().filter(submits).count()
}

/// A desk where a text to the second conversation waits until 18:00.
fn timed() -> Rig {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j r").write("see you then").press("alt-s");
    rig.write("18:00").press("enter");
    rig
}

#[test]
fn alt_s_asks_when_and_shows_what_it_understood_before_enter() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j r").write("see you then").press("alt-s");
    rig.write("mon 8:30");
    insta::assert_snapshot!("timed_prompt", rig.screen());
    rig.press("alt-r").press("enter");
    let timed = timings(&rig);
    assert_eq!(timed.len(), 1);
    assert_eq!(timed[0].0, "see you then");
    assert!(timed[0].1.cancel_on_reply);
    // From Friday 14:00 to Monday 8:30.
    assert_eq!(
        timed[0].1.at.millis_since(NOW),
        (2 * 24 + 18) * HOUR_MS + HOUR_MS / 2
    );
    assert_eq!(sent(&rig), 0);
    assert_eq!(rig.model.composer().unwrap().editor().text(), "");
    insta::assert_snapshot!("timed_in_the_chat", rig.screen());
}

#[test]
fn theirs_is_the_zone_that_somebody_said_of_them() {
    let mut disk = desk();
    disk.knows(2, |contact| {
        contact.time_zone = Some("America/Los_Angeles".to_owned());
    });
    let mut rig = Rig::new(120, 30, disk);
    rig.press("j r").write("see you then").press("alt-s");
    rig.write("mon 9 theirs");
    let screen = rig.screen();
    let says = "Mon 23 Nov 12:00 your time, 09:00 theirs";
    assert!(screen.contains(says), "{screen}");
    assert!(!screen.contains("(by number)"), "{screen}");
    rig.press("enter");
    let timed = timings(&rig);
    assert_eq!(timed[0].1.zone.as_deref(), Some("America/Los_Angeles"));
    // From Friday 14:00 to Monday 12:00.
    assert_eq!(timed[0].1.at.millis_since(NOW), (2 * 24 + 22) * HOUR_MS);
}

#[test]
fn what_is_no_time_ahead_is_refused_with_examples_and_nothing_is_timed() {
    for (text, says) in [
        ("soon", "such as 18:00"),
        ("today 9", "has passed"),
        ("", "when?"),
    ] {
        let mut rig = Rig::new(120, 30, desk());
        rig.press("j r").write("see you then").press("alt-s");
        rig.write(text).press("enter");
        assert!(timings(&rig).is_empty(), "{text:?}");
        assert!(rig.screen().contains(says), "{text:?}: {}", rig.screen());
        rig.press("esc");
        let text = rig.model.composer().unwrap().editor().text();
        assert_eq!(text, "see you then", "the words stay");
    }
}

#[test]
fn an_empty_composer_is_asked_for_no_time() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j r").press("alt-s");
    assert!(rig.model.prompt().is_none());
}

#[test]
fn the_list_of_timed_texts_opens_changes_and_cancels() {
    let mut rig = timed();
    rig.press("esc").press("g t");
    insta::assert_snapshot!("timed_list", rig.screen());
    rig.press("c");
    assert_eq!(deeds(&rig), [&TimedDeed::CancelOnReply(true)]);
    rig.press("t").write("20:00").press("enter");
    assert!(
        matches!(deeds(&rig)[1], TimedDeed::Move { at, .. } if at.millis_since(NOW) == 6 * HOUR_MS)
    );
    rig.press("e").write("!").press("enter");
    assert_eq!(deeds(&rig)[2], &TimedDeed::Edit("see you then!".to_owned()));
    assert!(
        rig.screen().contains("20:00 · unless they write"),
        "{}",
        rig.screen()
    );
    rig.press("x");
    assert_eq!(deeds(&rig)[3], &TimedDeed::Cancel);
    insta::assert_snapshot!("timed_list_empty", rig.screen());
    rig.press("esc");
    assert!(rig.model.overlays.is_empty());
}

#[test]
fn enter_in_the_list_leads_to_the_conversation() {
    let mut rig = timed();
    rig.press("esc esc k").press("g t enter");
    assert!(rig.model.overlays.is_empty());
    assert_eq!(rig.selected(), Some(conversation_id(2)));
}

#[test]
fn a_text_that_is_sent_now_leaves_the_list() {
    let mut rig = timed();
    rig.press("esc").press("g t").press("S");
    assert_eq!(deeds(&rig), [&TimedDeed::SendNow]);
    let Some(Overlay::Timed(list)) = rig.model.overlays.last() else {
        panic!("it stays open");
    };
    assert!(list.texts().is_empty());
}

#[test]
fn the_list_fits_the_smallest_screen() {
    let mut rig = Rig::new(60, 15, desk());
    rig.press("j r").write("see you then").press("alt-s");
    rig.write("18:00").press("enter");
    rig.press("esc").press("g t");
    insta::assert_snapshot!("timed_list_small", rig.screen());
}

#[test]
fn alt_e_sends_marks_done_and_goes_on() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j r").write("bye").press("alt-e");
    assert_eq!(sent(&rig), 1);
    let done = rig.effects.iter().find_map(|effect| match effect {
        Effect::Triage { targets, acts } => Some((targets[0].conversation, acts.clone())),
        _ => None,
    });
    assert_eq!(done, Some((conversation_id(2), vec![Act::Done])));
    assert_ne!(rig.model.focus, Focus::Composer);
    assert_ne!(rig.selected(), Some(conversation_id(2)));
}

#[test]
fn alt_e_with_nothing_written_does_nothing() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j r").press("alt-e");
    assert_eq!(sent(&rig), 0);
    let triaged = |effect: &Effect| matches!(effect, Effect::Triage { .. });
    assert!(!rig.effects.iter().any(triaged));
    assert_eq!(rig.model.focus, Focus::Composer);
}

#[test]
fn the_words_of_a_text_of_several_lines_are_changed_in_the_composer() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j r")
        .write("one")
        .press("alt-enter")
        .write("two");
    rig.press("alt-s").write("18:00").press("enter");
    rig.press("esc").press("g t").press("e");
    assert_eq!(deeds(&rig), [&TimedDeed::TakeBack]);
    assert!(rig.model.overlays.is_empty());
    let text = rig.model.composer().unwrap().editor().text();
    assert_eq!(text, "one\ntwo");
}

#[test]
fn they_are_in_the_composer_where_its_conversation_was_not_open_either() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j r")
        .write("one")
        .press("alt-enter")
        .write("two");
    rig.press("alt-s").write("18:00").press("enter");
    // Another app knows of the text what the disk knows.
    let mut rig = Rig::new(120, 30, rig.disk.clone());
    rig.press("g t").press("e");
    assert_eq!(rig.selected(), Some(conversation_id(2)));
    let text = rig.model.composer().unwrap().editor().text();
    assert_eq!(text, "one\ntwo");
}

#[test]
fn another_time_is_read_in_the_zone_of_whom_the_text_is_for_wherever_the_chat_is() {
    let mut disk = desk();
    disk.knows(2, |contact| {
        contact.time_zone = Some("Asia/Tokyo".to_owned());
    });
    let mut rig = Rig::new(120, 30, disk);
    rig.press("j r").write("see you then").press("alt-s");
    rig.write("18:00").press("enter").press("esc q k");
    rig.press("g t").press("t").write("mon 9:00 theirs");
    let screen = rig.screen();
    assert!(screen.contains("09:00 theirs"), "{screen}");
    assert!(!screen.contains("by number"), "{screen}");
    rig.press("enter");
    let Some(TimedDeed::Move { zone, .. }) = deeds(&rig).last() else {
        panic!("{:?}", deeds(&rig));
    };
    assert_eq!(zone.as_deref(), Some("Asia/Tokyo"));
}

#[test]
fn a_text_of_many_segments_is_told_before_the_enter_that_times_it() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j r").write(&"word ".repeat(120)).press("alt-s");
    let screen = rig.screen();
    assert!(screen.contains("4 segments"), "{screen}");
    rig.write("18:00").press("enter");
    assert_eq!(timings(&rig).len(), 1);
}

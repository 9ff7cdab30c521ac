use crate::effect::{Effect, TimerKind};
use crate::event::{CacheEvent, Event, Input};
use crate::input::key::{Code, Key, parse_sequence};
use crate::model::Focus;
use crate::model::chat::Local;
use crate::testkit::{Disk, Rig, Text, conversation_id, desk};
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::ids::Seq;
use smsdesk_common::status::DeliveryStatus::{Delivered, Failed, Queued, Unconfirmed, Unknown};

fn submitted(rig: &Rig) -> Vec<(u32, &str)> {
    let submit = |effect| match effect {
        &Effect::Submit {
            conversation,
            ref body,
            ..
        } => {
            let n = (1..=4)
                .find(|n| conversation_id(*n) == conversation)
                .unwrap();
            Some((n, body.as_str()))
        }
        _ => None,
    };
    rig.effects.iter().filter_map(submit).collect()
}

fn text(rig: &Rig) -> &str {
    rig.model.composer().unwrap().editor().text()
}

fn notice(rig: &Rig) -> &str {
    rig.model
        .notices
        .iter()
        .last()
        .map_or("", |notice| &notice.text)
}

fn burst(text: &str) -> Event {
    let key = |c| {
        Key::plain(if c == '\n' {
            Code::Enter
        } else {
            Code::Char(c)
        })
    };
    Event::Input(Input::Burst(text.chars().map(key).collect()))
}

#[test]
fn enter_sends_to_the_conversation_that_is_shown() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j r").write("who is this?").press("enter");
    assert_eq!(submitted(&rig), [(2, "who is this?")]);
    assert_eq!(text(&rig), "");
    assert_eq!(rig.model.focus, Focus::Composer);
    assert!(
        rig.screen().contains("who is this?"),
        "the echo is in the chat"
    );
    assert_eq!(rig.disk.drafts.get(&conversation_id(2)), None);
}

#[test]
fn the_draft_says_the_same_as_the_text_that_uses_it_up() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j r").write("who");
    rig.tell(Event::Timer(
        *rig.timers
            .iter()
            .rev()
            .find(|timer| timer.kind == TimerKind::Drafts)
            .unwrap(),
    ));
    rig.write(" is this? ").press("enter");
    let submit = |effect: &Effect| matches!(effect, Effect::Submit { .. });
    let at = rig.effects.iter().position(submit).unwrap();
    let conversation = conversation_id(2);
    let expected = Effect::SaveDraft {
        conversation,
        text: "who is this? ".to_owned(),
    };
    assert_eq!(rig.effects[at - 1], expected);
    assert_eq!(rig.disk.drafts.get(&conversation), None);
}

#[test]
fn a_reply_says_what_it_answers() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("yes").press("enter");
    let seen = rig.effects.iter().find_map(|effect| match effect {
        Effect::Submit { seen, .. } => Some(*seen),
        _ => None,
    });
    assert_eq!(seen, Some(Seq(8).into()));
}

#[test]
fn keys_faster_than_the_disk_still_write_to_the_selected_conversation() {
    let mut rig = Rig::new(120, 30, desk());
    rig.disk
        .drafts
        .insert(conversation_id(2), "Dear ".to_owned());
    for key in parse_sequence("j r s i r").unwrap() {
        rig.tell_only(Event::Input(Input::Key(key)));
    }
    assert_eq!(
        rig.model.timeline.as_ref().unwrap().conversation(),
        conversation_id(2)
    );
    rig.answer_all();
    assert_eq!(text(&rig), "Dear sir", "as if the draft had been there");
    rig.press("enter");
    assert_eq!(submitted(&rig), [(2, "Dear sir")]);
}

#[test]
fn a_draft_that_the_disk_has_not_told_yet_is_not_overwritten() {
    let mut rig = Rig::new(120, 30, desk());
    for key in parse_sequence("j r s i r").unwrap() {
        rig.tell_only(Event::Input(Input::Key(key)));
    }
    rig.tell_only(Event::Terminate);
    let saves = |effect: &Effect| matches!(effect, Effect::SaveDraft { .. });
    assert!(!rig.effects.iter().any(saves));
}

#[test]
fn a_burst_that_moves_the_selection_first_writes_to_what_it_selected() {
    let mut rig = Rig::new(120, 30, desk());
    rig.tell(burst("jrsir\n"));
    assert_eq!(
        rig.model.timeline.as_ref().unwrap().conversation(),
        conversation_id(2)
    );
    assert_eq!(text(&rig), "sir\n");
    assert_eq!(submitted(&rig), []);
}

#[test]
fn a_text_leaves_the_composer_but_its_draft_stays_until_it_is_in_the_outbox() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("yes");
    rig.tell_only(Event::Input(Input::Key(Key::plain(Code::Enter))));
    assert_eq!(text(&rig), "");
    assert!(
        !rig.screen().contains("sending…"),
        "nothing is shown that a restart would lose"
    );
    let saves = |rig: &Rig| {
        rig.effects
            .iter()
            .filter(|e| matches!(e, Effect::SaveDraft { .. }))
            .count()
    };
    let before = saves(&rig);
    rig.tell_only(Event::Terminate);
    assert_eq!(saves(&rig), before);
    rig.answer_all();
    assert!(rig.screen().contains("sending…"));
}

#[test]
fn what_is_typed_behind_a_text_that_is_leaving_outlives_the_app() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("yes");
    rig.tell_only(Event::Input(Input::Key(Key::plain(Code::Enter))));
    for c in "and".chars() {
        rig.tell_only(Event::Input(Input::Key(Key::plain(Code::Char(c)))));
    }
    rig.tell_only(Event::Terminate);
    while let Some(effect) = rig.asked.pop_front() {
        rig.disk.perform(effect);
    }
    assert_eq!(submitted(&rig), [(1, "yes")]);
    assert_eq!(rig.disk.drafts[&conversation_id(1)], "and");
}

#[test]
fn a_draft_is_forgotten_once_its_text_is_in_the_outbox() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("yes").press("esc");
    assert_eq!(rig.disk.drafts[&conversation_id(1)], "yes");
    rig.press("r enter");
    assert_eq!(rig.disk.drafts.get(&conversation_id(1)), None);
}

#[test]
fn words_come_back_when_the_disk_does_not_take_them() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("yes");
    rig.tell_only(Event::Input(Input::Key(Key::plain(Code::Enter))));
    rig.asked.clear();
    for c in "and".chars() {
        rig.tell_only(Event::Input(Input::Key(Key::plain(Code::Char(c)))));
    }
    rig.tell_only(Event::Cache(CacheEvent::Failed {
        message: "disk full".to_owned(),
    }));
    assert_eq!(text(&rig), "yes\nand");
    assert_eq!(notice(&rig), "disk full");
}

#[test]
fn words_that_came_back_and_were_sent_after_all_are_not_offered_twice() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("yes");
    rig.tell_only(Event::Input(Input::Key(Key::plain(Code::Enter))));
    rig.tell_only(Event::Cache(CacheEvent::Failed {
        message: "slow disk".to_owned(),
    }));
    assert_eq!(text(&rig), "yes");
    rig.answer_all();
    assert_eq!(text(&rig), "");
}

#[test]
fn nothing_and_too_much_are_not_sent() {
    let mut rig = Rig::new(120, 30, desk());
    rig.model.setup.aids.warn_segments = 0;
    rig.press("r").write("  ").press("alt-enter enter");
    assert_eq!(submitted(&rig), []);
    assert_eq!(notice(&rig), "There is nothing to send yet");
    rig.tell(Event::Input(Input::Paste("x".repeat(1_601))));
    rig.press("enter");
    assert_eq!(submitted(&rig), []);
    assert!(
        notice(&rig).starts_with("Not sent: 1601 characters"),
        "{}",
        notice(&rig)
    );
    rig.press("backspace enter");
    assert_eq!(submitted(&rig).len(), 1);
}

#[test]
fn a_paste_never_sends() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r");
    rig.tell(Event::Input(Input::Paste("one\ntwo\n".to_owned())));
    rig.tell(burst("three\nfour\n"));
    assert_eq!(submitted(&rig), []);
    assert_eq!(text(&rig), "one\ntwo\nthree\nfour\n");
    assert!(notice(&rig).contains("not sent"));
    rig.press("enter");
    assert_eq!(submitted(&rig), [(1, "one\ntwo\nthree\nfour")]);
}

#[test]
fn a_burst_that_opens_the_composer_does_not_send_either() {
    let mut rig = Rig::new(120, 30, desk());
    rig.tell(burst("rhello\n"));
    assert_eq!(rig.model.focus, Focus::Composer);
    assert_eq!(text(&rig), "hello\n");
    assert_eq!(submitted(&rig), []);
}

#[test]
fn a_burst_elsewhere_is_a_number_of_keys() {
    let mut rig = Rig::new(120, 30, desk());
    rig.tell(burst("jj\n"));
    assert_eq!(rig.selected(), Some(conversation_id(3)));
    assert_eq!(rig.model.focus, Focus::Chat);
    rig.tell(Event::Input(Input::Paste("rm -rf".to_owned())));
    assert_eq!(rig.model.focus, Focus::Chat, "a paste is not obeyed");
    assert!(notice(&rig).starts_with("Nothing was pasted"));
}

#[test]
fn a_draft_belongs_to_its_conversation() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r")
        .write("for Maria")
        .press("esc j r")
        .write("for the other")
        .press("esc k r");
    assert_eq!(text(&rig), "for Maria");
    rig.press("enter");
    assert_eq!(submitted(&rig), [(1, "for Maria")]);
    assert_eq!(rig.disk.drafts[&conversation_id(2)], "for the other");
    assert!(rig.screen().contains("✎ draft"), "{}", rig.screen());
}

#[test]
fn a_draft_of_yesterday_is_there_again() {
    let mut disk = desk();
    disk.drafts
        .insert(conversation_id(1), "half a sen".to_owned());
    let mut rig = Rig::new(120, 30, disk);
    assert!(rig.screen().contains("draft, not sent · r goes on"));
    rig.press("r").write("tence").press("enter");
    assert_eq!(submitted(&rig), [(1, "half a sentence")]);
}

#[test]
fn typing_is_on_the_disk_within_a_second_and_when_the_app_must_end() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("hel");
    let timers: Vec<_> = rig
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::StartTimer { timer, after_ms } if timer.kind == TimerKind::Drafts => {
                Some((*timer, *after_ms))
            }
            _ => None,
        })
        .collect();
    assert_eq!(timers.len(), 1, "one timer, however many keys");
    assert_eq!(timers[0].1, 1_000);
    rig.tell(Event::Timer(timers[0].0));
    assert_eq!(rig.disk.drafts[&conversation_id(1)], "hel");
    rig.write("lo");
    rig.tell(Event::Terminate);
    assert_eq!(rig.disk.drafts[&conversation_id(1)], "hello");
    assert_eq!(rig.effects.last(), Some(&Effect::Quit));
}

#[test]
fn a_late_answer_of_the_disk_does_not_bring_back_what_was_sent() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("yes").press("esc enter");
    rig.tell_only(Event::Cache(CacheEvent::Applied {
        conversations: vec![],
        everything: true,
    }));
    rig.press("r enter");
    assert_eq!(text(&rig), "");
    rig.press("esc j k");
    assert_eq!(text(&rig), "");
}

#[test]
fn one_key_makes_a_text_gsm7() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("it’s ok…");
    assert!(
        rig.screen()
            .contains("’ at 3 makes it UCS-2 · Alt-g replaces · 8/70"),
        "{}",
        rig.screen()
    );
    rig.press("alt-g");
    assert_eq!(text(&rig), "it's ok...");
    assert!(
        rig.screen()
            .contains("GSM-7 · 10/160 · 1 segment · Enter sends")
    );
    rig.write("🙏").press("alt-g");
    assert_eq!(notice(&rig), "No look-alike in GSM-7 for 🙏");
}

#[test]
fn a_refused_text_goes_back_into_the_composer() {
    let mut disk = desk();
    let problem = Problem::new(ErrorCode::ToInvalid, "that is a landline");
    let refused = Text::from_us("call us", 0, Queued).local(Local::Refused(problem));
    disk.add(conversation_id(2), refused);
    let mut rig = Rig::new(120, 30, disk);
    rig.press("j");
    assert!(
        rig.screen()
            .contains("refused ✗ that is a landline · R edits it"),
        "{}",
        rig.screen()
    );
    rig.press("R");
    assert_eq!(text(&rig), "call us");
    assert!(
        rig.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Withdraw { .. }))
    );
    rig.write(" please").press("enter");
    assert_eq!(submitted(&rig), [(2, "call us please")]);
}

#[test]
fn a_text_that_failed_on_its_way_is_written_again_as_a_new_one() {
    let mut disk = desk();
    disk.add(
        conversation_id(2),
        Text::from_us("are you there?", 0, Failed).error(30003),
    );
    let mut rig = Rig::new(120, 30, disk);
    rig.press("j j R");
    assert_eq!(text(&rig), "are you there?");
    assert!(
        !rig.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Withdraw { .. }))
    );
}

#[test]
fn resending_does_not_overwrite_a_draft() {
    let mut disk = desk();
    disk.add(
        conversation_id(2),
        Text::from_us("are you there?", 0, Failed),
    );
    let mut rig = Rig::new(120, 30, disk);
    rig.press("j j r").write("new words").press("esc R");
    assert_eq!(text(&rig), "new words");
    assert!(notice(&rig).starts_with("There is a draft already"));
    rig.press("g g").press("k k R");
    assert_eq!(notice(&rig), "No text here was refused or failed");
}

/// A desk where it is not known whether the newest text to conversation 1 arrived.
fn unconfirmed() -> Disk {
    let mut disk = desk();
    disk.add(
        conversation_id(1),
        Text::from_us("on our way", 0, Unconfirmed),
    );
    disk
}

#[test]
fn a_text_that_may_have_arrived_goes_out_again_only_after_a_question_and_as_a_new_one() {
    for (keys, sent) in [
        ("R y", 1),
        ("R enter", 1),
        ("R n", 0),
        ("R esc", 0),
        ("R q", 0),
        ("R x n", 0),
    ] {
        let mut rig = Rig::new(120, 30, unconfirmed());
        rig.press("j j").press(keys);
        let expected = [(1, "on our way")];
        assert_eq!(submitted(&rig), expected[..sent], "{keys}");
        assert_eq!(rig.model.overlays.len(), 0, "{keys}");
    }
}

#[test]
fn sending_again_leaves_a_draft_alone() {
    let mut rig = Rig::new(120, 30, unconfirmed());
    rig.press("j j r").write("half a thought").press("esc R y");
    assert_eq!(submitted(&rig), [(1, "on our way")]);
    assert_eq!(text(&rig), "half a thought");
}

#[test]
fn what_was_settled_while_the_question_stood_is_not_sent_again() {
    let mut rig = Rig::new(120, 30, unconfirmed());
    rig.press("j j R");
    let items = rig.disk.texts.get_mut(&conversation_id(1)).unwrap();
    items.last_mut().unwrap().entry.status = Some(Delivered);
    rig.applied(&[conversation_id(1)]);
    rig.press("y");
    assert_eq!(submitted(&rig), []);
    assert!(
        notice(&rig).starts_with("Not sent again"),
        "{}",
        notice(&rig)
    );
}

#[test]
fn the_newest_text_that_went_wrong_is_the_one_to_send_again() {
    let mut disk = unconfirmed();
    let failed = Text::from_us("and the code?", 0, Failed);
    disk.add(conversation_id(1), failed);
    let mut rig = Rig::new(120, 30, disk);
    rig.press("j j R");
    assert_eq!(text(&rig), "and the code?");
    assert!(rig.model.overlays.is_empty());
}

#[test]
fn a_text_that_is_still_looked_for_is_not_to_be_sent_again() {
    let mut disk = desk();
    disk.add(conversation_id(1), Text::from_us("on our way", 0, Unknown));
    let mut rig = Rig::new(120, 30, disk);
    rig.press("j j");
    let screen = rig.screen();
    assert!(
        screen.contains("asking Twilio whether it was taken ?"),
        "{screen}"
    );
    rig.press("R");
    assert_eq!(notice(&rig), "No text here was refused or failed");
}

use crate::effect::Effect;
use crate::event::{Event, Input};
use crate::input::context::Context;
use crate::input::key::{Code, Key, parse_sequence};
use crate::model::Focus;
use crate::model::triage::Act;
use crate::testkit::{NOW, Rig, conversation_id, desk};
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::time::Timestamp;

fn rig() -> Rig {
    Rig::new(120, 30, desk())
}

fn snoozed(rig: &Rig) -> Vec<(ConversationId, Option<Timestamp>)> {
    let acts = rig.effects.iter().filter_map(|effect| match effect {
        Effect::Triage {
            conversation,
            act: Act::Snooze(until),
            ..
        } => Some((*conversation, *until)),
        _ => None,
    });
    acts.collect()
}

fn line(rig: &Rig) -> &str {
    rig.model.prompt().unwrap().editor().text()
}

#[test]
fn a_prompt_is_answered_by_the_text_or_by_a_candidate() {
    let mut rig = rig();
    rig.press("j b").write("2h").press("enter");
    let until = NOW.plus_millis(2 * 3_600_000);
    assert_eq!(snoozed(&rig), [(conversation_id(2), Some(until))]);
    assert_eq!(rig.selected(), Some(conversation_id(3)), "the next one");
    let mut rig = self::rig();
    rig.press("b").write("rep").press("enter");
    assert_eq!(snoozed(&rig), [(conversation_id(1), None)]);
    let row = &rig.disk.rows[0].conversation;
    assert_eq!(row.status, ConversationStatus::Snoozed);
}

#[test]
fn leaving_a_prompt_leaves_everything_as_it_was() {
    for keys in ["esc", "ctrl-c"] {
        for (before, focus) in [("j", Focus::List), ("j enter", Focus::Chat)] {
            let mut rig = rig();
            rig.press(before);
            let screen = rig.screen();
            rig.press("b").write("tomorrow").press("down").press(keys);
            assert_eq!((rig.screen(), rig.model.focus), (screen, focus));
            assert_eq!(snoozed(&rig), []);
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_until_the_text_changes_and_nothing_is_lost() {
    let mut rig = rig();
    rig.press("b").write("qqq").press("enter");
    assert!(rig.screen().contains("until when? such as 2h, 18:00"));
    assert_eq!(line(&rig), "qqq");
    rig.press("left");
    assert!(rig.screen().contains("until when?"));
    rig.press("backspace");
    assert!(!rig.screen().contains("until when?"));
    assert_eq!(snoozed(&rig), []);
}

#[test]
fn the_line_has_the_keys_of_the_composer() {
    let mut rig = rig();
    rig.press("b").write("tue nine").press("ctrl-w").write("9");
    rig.press("ctrl-a").write("x").press("ctrl-e backspace");
    assert_eq!(line(&rig), "xtue ");
    rig.press("ctrl-u ctrl-y");
    assert_eq!(line(&rig), "xtue ");
}

#[test]
fn a_paste_into_a_prompt_never_accepts_it() {
    let mut rig = rig();
    rig.press("b");
    rig.tell(Event::Input(Input::Paste("2\nh\n".to_owned())));
    assert_eq!((line(&rig), rig.model.context()), ("2 h", Context::Prompt));
    rig.press("ctrl-u");
    let burst = parse_sequence("3 h enter").unwrap();
    rig.tell(Event::Input(Input::Burst(burst)));
    assert_eq!((line(&rig), rig.model.context()), ("3h", Context::Prompt));
    let mut rig = self::rig();
    let burst = [
        parse_sequence("b 3 h").unwrap(),
        vec![Key::plain(Code::Enter)],
    ];
    rig.tell(Event::Input(Input::Burst(burst.concat())));
    assert_eq!((line(&rig), rig.model.context()), ("3h", Context::Prompt));
    assert_eq!(snoozed(&rig), []);
}

#[test]
fn a_prompt_is_about_the_conversation_that_it_was_opened_for() {
    let mut rig = rig();
    rig.press("j b").write("1h");
    let closed = &mut rig.disk.rows[1].conversation;
    closed.status = ConversationStatus::Done;
    rig.applied(&[conversation_id(2)]);
    assert_eq!(
        rig.selected(),
        Some(conversation_id(2)),
        "it stays in sight"
    );
    rig.press("enter");
    assert_eq!(snoozed(&rig)[0].0, conversation_id(2));
}

#[test]
fn the_help_of_a_prompt_leads_back_to_it() {
    let mut rig = rig();
    rig.press("b").write("1h").press("f1");
    assert_eq!(rig.model.context(), Context::Help);
    rig.press("esc");
    assert_eq!((line(&rig), rig.model.context()), ("1h", Context::Prompt));
}

#[test]
fn without_a_conversation_nothing_is_asked() {
    let mut rig = Rig::new(120, 30, crate::testkit::Disk::default());
    rig.press("b");
    assert_eq!(rig.model.context(), Context::List);
    assert!(rig.screen().contains("No conversation is selected yet"));
}

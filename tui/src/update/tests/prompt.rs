use crate::effect::Effect;
use crate::event::{Event, Input};
use crate::input::context::Context;
use crate::input::key::{Code, Key, parse_sequence};
use crate::model::Focus;
use crate::model::triage::Act;
use crate::testkit::{NOW, Rig, agent_ana, agent_bo, conversation_id, desk};
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::time::Timestamp;

fn rig() -> Rig {
    Rig::new(120, 30, desk())
}

fn snoozed(rig: &Rig) -> Vec<(ConversationId, Option<Timestamp>)> {
    let steps = rig.effects.iter().filter_map(|effect| match effect {
        Effect::Triage { targets, acts } => match acts.as_slice() {
            [Act::Snooze(until)] => Some(targets.iter().map(|it| (it.conversation, *until))),
            _ => None,
        },
        _ => None,
    });
    steps.flatten().collect()
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
fn the_time_that_it_comes_back_at_stands_where_it_is_looked_for() {
    let mut rig = rig();
    rig.press("b").write("tue 9");
    assert!(rig.screen().contains("tue 9  Tue 24 Nov 09:00"));
    rig.press("enter");
    assert!(rig.screen().contains("Snoozed · - goes back to it"));
    rig.press("g s");
    assert!(rig.screen().contains("until Tue 09:00 · "));
    assert!(rig.screen().contains("snoozed until Tue 09:00 · AN"));
    rig.press("E b ctrl-n ctrl-n ctrl-n ctrl-n ctrl-n enter g s");
    assert!(rig.screen().contains("snoozed until they write"));
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
fn a_prompt_is_about_all_that_are_selected_and_its_answer_is_one_step() {
    let mut rig = rig();
    rig.press("space space b").write("1h");
    assert!(rig.screen().contains("Snooze 2 conversations until"));
    rig.press("enter");
    let until = Some(NOW.plus_millis(3_600_000));
    let both = [(conversation_id(1), until), (conversation_id(2), until)];
    assert_eq!(snoozed(&rig), both);
    assert!(rig.model.marks.is_empty());
    rig.press("z");
    for n in [1, 2] {
        assert_eq!(held(&rig, n).status, ConversationStatus::Open, "{n}");
    }
}

#[test]
fn what_is_selected_and_leaves_the_view_meanwhile_is_what_a_prompt_is_about() {
    let mut rig = rig();
    rig.press("space b").write("1h");
    let closed = &mut rig.disk.rows[0].conversation;
    closed.status = ConversationStatus::Done;
    rig.applied(&[conversation_id(1)]);
    rig.press("enter");
    let whom: Vec<_> = snoozed(&rig).into_iter().map(|(whom, _)| whom).collect();
    assert_eq!(whom, [conversation_id(1)]);
}

#[test]
fn a_counted_prompt_reaches_to_so_many_rows_and_the_dot_does_it_again() {
    let mut rig = rig();
    let owners = |rig: &Rig| [1, 2, 3].map(|n| held(rig, n).assignee);
    let before = owners(&rig);
    rig.press("2 a").write("bo").press("enter");
    for n in [1, 2] {
        assert_eq!(held(&rig, n).assignee, Some(agent_bo().id), "{n}");
    }
    rig.press("j j .");
    assert_eq!(held(&rig, 3).assignee, Some(agent_bo().id));
    rig.press("z z");
    assert_eq!(owners(&rig), before);
}

#[test]
fn a_dot_snoozes_for_as_long_as_before_not_until_the_same_moment() {
    let mut rig = rig();
    rig.press("b").write("2h").press("enter");
    rig.now = rig.now.plus_millis(600_000);
    rig.press(".");
    let until = |ms| Some(NOW.plus_millis(ms));
    let expected = [
        (conversation_id(1), until(7_200_000)),
        (conversation_id(2), until(7_800_000)),
    ];
    assert_eq!(snoozed(&rig), expected);
}

#[test]
fn labels_of_several_turn_over_to_the_same_side() {
    let mut rig = rig();
    rig.press("space space t");
    assert_eq!(offered(&rig)[0], "plumbing", "only one of them has it");
    rig.write("plumbing").press("enter");
    for n in [1, 2] {
        assert_eq!(held(&rig, n).labels, ["plumbing"], "{n}");
    }
    rig.press("z");
    assert_eq!(held(&rig, 1).labels, ["plumbing"]);
    assert!(held(&rig, 2).labels.is_empty());
}

#[test]
fn the_reason_of_a_flag_is_taken_back_and_given_again() {
    let mut rig = rig();
    rig.press("j F").write("ask the owner").press("enter");
    rig.press("F").write(" first").press("enter z");
    assert_eq!(held(&rig, 2).flag_reason.as_deref(), Some("ask the owner"));
    rig.press("z");
    assert_eq!(
        (held(&rig, 2).flagged, &held(&rig, 2).flag_reason),
        (false, &None)
    );
    rig.press("Z Z");
    let reason = held(&rig, 2).flag_reason.as_deref();
    assert_eq!(reason, Some("ask the owner first"));
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
    assert!(rig.screen().contains("The list is empty: nothing was done"));
}

fn held(rig: &Rig, n: u32) -> &Conversation {
    let id = conversation_id(n);
    let mut rows = rig.disk.rows.iter();
    &rows
        .find(|row| row.conversation.id == id)
        .unwrap()
        .conversation
}

fn offered(rig: &Rig) -> Vec<String> {
    let shown = rig.model.prompt().unwrap().shown().iter();
    let words = shown.map(|it| format!("{} {}", it.label, it.hint).trim().to_owned());
    words.collect()
}

#[test]
fn a_conversation_is_given_to_whoever_works_here_or_to_nobody() {
    let mut rig = rig();
    rig.press("j a");
    let nobody = "nobody for whoever comes first · as it is";
    assert_eq!(offered(&rig), ["Ana you", "Bo", nobody], "Cy has left");
    rig.write("bo").press("enter");
    assert_eq!(held(&rig, 2).assignee, Some(agent_bo().id));
    assert_eq!(
        rig.selected(),
        Some(conversation_id(2)),
        "it stays in sight"
    );
    assert!(rig.screen().contains("It has another owner now"));
    rig.press("a enter");
    assert_eq!(held(&rig, 2).assignee, Some(agent_ana().id), "me first");
    rig.press("a").write("nob").press("enter");
    assert_eq!(held(&rig, 2).assignee, None);
    rig.press("a").write("cy").press("enter");
    assert!(rig.screen().contains("nobody of that name works here"));
}

#[test]
fn several_labels_turn_over_in_one_answer() {
    let mut rig = rig();
    rig.press("t");
    assert_eq!(offered(&rig), ["plumbing ✓ has it", "urgent"]);
    rig.write("plu,ur,");
    let after = ["plumbing will lose it", "urgent ✓ will have it"];
    assert_eq!(offered(&rig), after);
    rig.write("gate code").press("enter");
    assert_eq!(held(&rig, 1).labels, ["gate code", "urgent"]);
    assert!(rig.screen().contains("The labels are changed"));
}

#[test]
fn an_empty_answer_leaves_the_labels_and_a_long_one_is_refused_in_words() {
    let mut rig = rig();
    rig.press("t enter");
    assert_eq!(held(&rig, 1).labels, ["plumbing"]);
    let long = "x".repeat(41);
    for ending in [",", ""] {
        rig.press("t")
            .write(&format!("{long}{ending}"))
            .press("enter");
        assert!(
            rig.screen().contains("a label of 41 characters"),
            "{ending:?}"
        );
        rig.press("esc");
    }
    rig.press("t").write("plumbing,plumbing,").press("enter");
    assert_eq!(held(&rig, 1).labels, ["plumbing"], "there and back");
}

#[test]
fn a_paste_of_labels_turns_each_over_and_is_not_accepted() {
    let mut rig = rig();
    rig.press("t");
    rig.tell(Event::Input(Input::Paste("urgent,new one\n".to_owned())));
    assert_eq!(rig.model.context(), Context::Prompt);
    rig.press("enter");
    assert_eq!(held(&rig, 1).labels, ["new one", "plumbing", "urgent"]);
}

#[test]
fn a_flag_can_say_why_and_the_header_tells_it() {
    let mut rig = rig();
    rig.press("j F").write("ask the owner first").press("enter");
    let reason = |rig: &Rig| held(rig, 2).flag_reason.clone();
    assert!(held(&rig, 2).flagged);
    assert_eq!(reason(&rig).as_deref(), Some("ask the owner first"));
    assert!(rig.screen().contains("open · ⚑ ask the owner first"));
    rig.press("F").write(", she knows").press("enter");
    assert_eq!(
        reason(&rig).as_deref(),
        Some("ask the owner first, she knows")
    );
    rig.press("F").write(&"x".repeat(150)).press("enter");
    assert!(rig.screen().contains("expected at most 160"));
    rig.press("ctrl-u enter");
    assert_eq!((held(&rig, 2).flagged, reason(&rig)), (true, None));
    rig.press("*");
    assert!(!held(&rig, 2).flagged);
}

use crate::action::Action;
use crate::effect::Effect;
use crate::input::command::{Argument, argument, obstacle, parse, places};
use crate::input::context::Context;
use crate::input::docs::docs_markdown;
use crate::input::keymap::Keymap;
use crate::input::reach::{Script, script};
use crate::model::Focus;
use crate::model::list::View;
use crate::model::prompt::Value;
use crate::model::triage::Act;
use crate::testkit::{NOW, Rig, desk};
use smsdesk_common::time::Timestamp;

fn rig() -> Rig {
    Rig::new(120, 30, desk())
}

fn triaged(rig: &Rig) -> Vec<Act> {
    let acts = rig.effects.iter().map(|effect| match effect {
        Effect::Triage { acts, .. } => acts.clone(),
        _ => Vec::new(),
    });
    acts.flatten().collect()
}

fn in_two_hours() -> Timestamp {
    NOW.plus_millis(2 * 3_600_000)
}

/// The actions that are offered, best first.
fn offered(rig: &Rig) -> Vec<Action> {
    let shown = rig.model.prompt().unwrap().shown().iter();
    let actions = shown.filter_map(|it| match it.value {
        Value::Action(action) => Some(action),
        _ => None,
    });
    actions.collect()
}

#[test]
fn a_command_does_what_its_key_does() {
    let mut rig = rig();
    rig.press(":").write("flag").press("enter");
    assert_eq!(triaged(&rig), [Act::Flag]);
    rig.press(":").write("view done").press("enter");
    assert_eq!(rig.model.roster.view(), View::Done);
    rig.press(":").write("help").press("enter");
    assert_eq!(rig.model.context(), Context::Help);
}

#[test]
fn an_argument_is_what_the_prompt_would_have_been_answered_with() {
    let mut rig = rig();
    rig.press(":").write("snooze 2h");
    assert!(rig.screen().contains("snooze: a time such as 2h"));
    assert!(
        rig.screen().contains("Fri 20 Nov 16:00"),
        "{}",
        rig.screen()
    );
    rig.press("enter");
    assert_eq!(triaged(&rig), [Act::Snooze(Some(in_two_hours()))]);
    assert_eq!(rig.model.context(), Context::List);
    rig.press(":").write("snooze rep").press("enter");
    assert_eq!(triaged(&rig)[1], Act::Snooze(None));
}

#[test]
fn an_argument_that_is_in_doubt_is_asked_for() {
    let mut rig = rig();
    rig.press(":").write("snooze week").press("enter");
    assert_eq!(rig.model.context(), Context::Prompt);
    assert!(rig.screen().contains("Snooze "), "{}", rig.screen());
    assert_eq!(triaged(&rig), []);
    rig.press("ctrl-u").write("2h").press("enter");
    assert_eq!(triaged(&rig), [Act::Snooze(Some(in_two_hours()))]);
}

#[test]
fn an_argument_that_means_nothing_is_said_and_stays_to_be_changed() {
    let mut rig = rig();
    rig.press(":").write("snooze qqq").press("enter");
    assert!(rig.screen().contains("until when? such as 2h"));
    assert_eq!(rig.model.prompt().unwrap().text(), "qqq");
}

#[test]
fn what_is_no_command_is_said_and_does_nothing() {
    let mut rig = rig();
    rig.press(":").write("snoze tue 9").press("enter");
    let told = "unknown action `snoze`; did you mean `snooze`?";
    assert!(rig.screen().contains(told), "{}", rig.screen());
    rig.press("ctrl-u").write("send").press("enter");
    assert!(rig.screen().contains("`send`: only in the composer"));
    rig.press("ctrl-u").press("enter");
    assert!(rig.screen().contains("expected the name of an action"));
    assert_eq!(triaged(&rig), []);
    rig.press("esc");
    assert_eq!(rig.model.context(), Context::List);
}

#[test]
fn tab_completes_a_name_and_a_blank_goes_on_to_its_argument() {
    let mut rig = rig();
    rig.press(":").write("snoo").press("tab").write(" 2h");
    assert_eq!(rig.model.prompt().unwrap().text(), "snooze 2h");
    rig.press("enter");
    assert_eq!(triaged(&rig), [Act::Snooze(Some(in_two_hours()))]);
    rig.press(":").write("fla").press("tab enter");
    assert_eq!(triaged(&rig)[1], Act::Flag);
}

#[test]
fn the_palette_finds_by_name_and_by_what_it_does_and_names_the_key() {
    for keys in ["ctrl-k", "alt-x"] {
        let mut rig = rig();
        rig.press(keys).write("put away");
        assert_eq!(offered(&rig)[0], Action::Snooze);
        assert!(rig.screen().contains("b  put it away until a time"));
        rig.press("enter");
        assert!(rig.screen().contains("until when? such") || rig.screen().contains("Snooze "));
    }
}

#[test]
fn what_was_used_last_comes_first() {
    let mut rig = rig();
    rig.press("ctrl-k").write("flag it").press("enter");
    rig.press("ctrl-k")
        .write("half page down")
        .press("enter ctrl-k");
    assert_eq!(offered(&rig)[..2], [Action::HalfPageDown, Action::Flag]);
}

#[test]
fn in_the_composer_the_palette_leaves_the_draft_alone() {
    let mut rig = rig();
    rig.press("r").write("half a word").press("alt-x");
    rig.write("line start").press("enter");
    assert_eq!(rig.model.focus, Focus::Composer);
    let editor = rig.model.composer().unwrap().editor();
    assert_eq!(editor.text(), "half a word");
    rig.write("X");
    let editor = rig.model.composer().unwrap().editor();
    assert_eq!(editor.text(), "Xhalf a word");
    rig.press("ctrl-k");
    assert_eq!(rig.model.context(), Context::Composer, "it deletes there");
}

#[test]
fn what_does_not_work_here_is_found_with_the_reason_and_does_nothing() {
    let mut rig = rig();
    rig.press("ctrl-k");
    assert!(!offered(&rig).contains(&Action::Send));
    rig.write("send the text");
    assert!(rig.screen().contains("– only in the composer"));
    let at = offered(&rig).iter().position(|it| *it == Action::Send);
    for _ in 0..at.unwrap() {
        rig.press("down");
    }
    rig.press("enter");
    assert_eq!(rig.model.context(), Context::Prompt);
    assert!(rig.screen().contains("`send`: only in the composer"));
}

#[test]
fn every_action_that_works_at_the_desk_is_in_the_palette_and_in_the_command_line() {
    for hands in ["j", "j enter", "r"] {
        for open in [":", "ctrl-k", "alt-x"] {
            let mut rig = rig();
            rig.press(hands);
            let at = rig.model.hands();
            rig.press(open);
            if rig.model.prompt().is_none() {
                continue;
            }
            let works = |action: &&Action| obstacle(**action, at).is_none();
            for action in Action::ALL.iter().filter(works) {
                assert!(offered(&rig).contains(action), "{}", action.name());
            }
        }
    }
}

#[test]
fn on_the_smallest_screen_every_line_of_the_palette_can_be_read() {
    let mut rig = Rig::new(60, 15, desk());
    rig.press("ctrl-k").write("snooze");
    insta::assert_snapshot!("palette_60x15", rig.screen());
    rig.press("esc :").write("snooze t");
    insta::assert_snapshot!("command_60x15", rig.screen());
}

/// What keeps an action from being asked for by its name, beside the place that it belongs to.
const NOT_BY_NAME: &[Action] = &[Action::Command, Action::Palette];

#[test]
fn every_action_is_reached_by_key_palette_name_documentation_and_script() {
    let keymap = Keymap::default();
    let page = docs_markdown();
    for action in Action::ALL {
        let name = action.name();
        let places = places(*action);
        let keys = places.iter().map(|at| keymap.key_for(*at, *action));
        assert!(
            !places.is_empty() && keys.into_iter().all(|it| it.is_some()),
            "{name}"
        );
        let at_desk =
            |at: &&Context| matches!(at, Context::List | Context::Chat | Context::Composer);
        for at in places.iter().filter(at_desk) {
            let hindered = obstacle(*action, *at).is_some();
            assert_eq!(hindered, NOT_BY_NAME.contains(action), "{name}");
        }
        assert_eq!(parse(name).unwrap().action, *action);
        let row = format!("| `{name}` | {} |", action.describe());
        assert!(page.contains(&row), "{row}");
        if argument(*action) != Argument::None {
            let by_script = script(*action);
            assert_ne!(by_script, Script::Nothing("about the screen"), "{name}");
        }
    }
}

#[test]
fn every_action_that_changes_a_conversation_has_a_command_for_scripts() {
    for action in Action::ALL {
        let mut rig = rig();
        let line = match argument(*action) {
            Argument::Time => format!("{} 2h", action.name()),
            Argument::Agent => format!("{} nobody", action.name()),
            Argument::Labels => format!("{} vip", action.name()),
            Argument::Person => format!("{} +13055550142", action.name()),
            Argument::Words => format!("{} now", action.name()),
            Argument::Whom => format!("{} is:open", action.name()),
            Argument::View => format!("{} inbox", action.name()),
            Argument::None => action.name().to_owned(),
        };
        rig.press(":").write(&line).press("enter");
        if !triaged(&rig).is_empty() {
            let by_script = script(*action);
            assert_ne!(
                by_script,
                Script::Nothing("about the screen"),
                "{}",
                action.name()
            );
        }
    }
}

#[test]
fn no_notice_hides_the_line_that_is_typed() {
    let mut rig = Rig::new(60, 15, desk());
    rig.press("* :").write("snooze 2h");
    assert!(rig.screen().contains(" > snooze 2h"), "{}", rig.screen());
}

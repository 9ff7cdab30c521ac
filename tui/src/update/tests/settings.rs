//! The list of what is set at the relay.

use crate::effect::{Effect, SettingsAsk as Ask};
use crate::model::connection::Connection;
use crate::model::settings::Wanted;
use crate::testkit::{Rig, desk};
use serde_json::{Value, json};
use smsdesk_common::agent::Role;
use smsdesk_common::settings::{LineSettings, QuietAgents};

fn admin() -> Rig {
    as_role(Role::Admin)
}

fn as_role(role: Role) -> Rig {
    let mut disk = desk();
    let line = "+15557122661".to_owned();
    let lines = &mut disk.settings.setting.settings.lines;
    lines.insert(line, LineSettings::default());
    let mut rig = Rig::new(120, 30, disk);
    if let Some(me) = &mut rig.model.setup.me {
        me.role = role;
    }
    rig.model.connection = Connection::Live;
    rig
}

fn asked(rig: &Rig) -> Vec<(&str, &Value)> {
    let asked = rig.effects.iter().filter_map(|effect| match effect {
        Effect::Settings(Ask::Set(Wanted { path, value })) => Some((path.as_str(), value)),
        _ => None,
    });
    asked.collect()
}

#[test]
fn a_switch_turns_over_with_one_key_and_the_list_stays() {
    let mut rig = admin();
    rig.press("g S").write("automation.enabled").press("enter");
    assert_eq!(asked(&rig), [("automation.enabled", &json!(false))]);
    assert!(
        rig.screen().contains("off · whether anything is sent"),
        "{}",
        rig.screen()
    );
    rig.press("enter");
    assert_eq!(
        asked(&rig).last(),
        Some(&("automation.enabled", &json!(true)))
    );
    rig.press("ctrl-u").write("quiet.policy").press("enter");
    assert_eq!(
        asked(&rig).last(),
        Some(&("quiet.policy", &json!("expire")))
    );
    rig.press("ctrl-u")
        .write("lines quiet start")
        .press("enter");
    assert!(
        rig.screen().contains("lines.+15557122661.quiet_start"),
        "{}",
        rig.screen()
    );
}

#[test]
fn a_value_is_edited_in_its_line_and_what_it_cannot_be_is_told_there() {
    let mut rig = admin();
    rig.press(":").write("settings").press("enter");
    rig.write("quiet.start").press("enter");
    assert_eq!(rig.model.prompt().unwrap().text(), "21:00");
    rig.press("ctrl-u").write("late").press("enter");
    let problem = rig.model.prompt().unwrap().problem().unwrap().to_owned();
    assert!(problem.contains("expected a time of the day"), "{problem}");
    rig.press("ctrl-u").write("22:30").press("enter");
    assert_eq!(asked(&rig), [("quiet.start", &json!("22:30"))]);
    assert!(
        rig.screen().contains("22:30 · when quiet hours begin"),
        "{}",
        rig.screen()
    );
    rig.press("enter").press("ctrl-u").press("enter");
    assert_eq!(asked(&rig).last(), Some(&("quiet.start", &Value::Null)));
}

#[test]
fn who_is_no_admin_reads_and_offline_nobody_sets() {
    let mut rig = as_role(Role::Agent);
    rig.press("g S").write("automation.rules").press("enter");
    let says = rig.model.prompt().unwrap().problem().unwrap().to_owned();
    assert_eq!(says, "only an admin changes settings; your role is agent");
    let mut rig = admin();
    rig.model.connection = Connection::Offline;
    rig.press("g S").write("automation.rules").press("enter");
    let says = rig.model.prompt().unwrap().problem().unwrap().to_owned();
    assert!(says.starts_with("offline: "), "{says}");
    assert!(asked(&rig).is_empty());
}

#[test]
fn what_the_relay_refuses_is_told_and_nothing_is_shown_otherwise() {
    let mut rig = admin();
    rig.disk.settings.refuses = Some("no".to_owned());
    rig.press("g S").write("automation.rules").press("enter");
    assert!(
        rig.screen().contains("on · replies to keywords"),
        "{}",
        rig.screen()
    );
    rig.press("esc");
    assert!(
        rig.screen()
            .contains("automation.rules was not changed: no"),
        "{}",
        rig.screen()
    );
}

/// A rig where it is quiet all around the clock; Maria's chat is open and a text is typed.
fn at_night(agents: QuietAgents) -> Rig {
    let mut disk = desk();
    let quiet = &mut disk.settings.setting.settings.quiet;
    (quiet.enabled, quiet.agents) = (true, agents);
    (quiet.start, quiet.end) = ("00:00".parse().unwrap(), "23:59".parse().unwrap());
    quiet.zone = Some("UTC".to_owned());
    let mut rig = Rig::new(120, 30, disk);
    rig.press("r").write("See you tomorrow").press("enter");
    rig
}

fn sent(rig: &Rig) -> usize {
    let sent = |effect: &&Effect| matches!(effect, Effect::Submit { .. });
    rig.effects.iter().filter(sent).count()
}

#[test]
fn whoever_writes_in_quiet_hours_is_asked_before_anything_leaves_the_app() {
    let mut rig = at_night(QuietAgents::Ask);
    assert_eq!(sent(&rig), 0);
    let screen = rig.screen();
    assert!(screen.contains("where they are, quiet until"), "{screen}");
    assert!(screen.contains("See you tomorrow"), "{screen}");
    rig.now = rig.now.plus_millis(1_000);
    rig.press("enter");
    assert_eq!(sent(&rig), 1);
    assert_eq!(sent(&at_night(QuietAgents::Pass)), 1);
}

//! Keys, macros and views of one's own: shown by name, and changed while the app runs.

use crate::effect::Mouse;
use crate::event::Event;
use crate::input::keymap::Keymap;
use crate::input::preset::Preset;
use crate::model::aids::Aids;
use crate::model::attention::Notify;
use crate::model::list::View;
use crate::model::listing::{SavedView, Sorting, ViewNumber};
use crate::model::tools::Tools;
use crate::model::{Colours, Focus, Preferences, Setup};
use crate::testkit::{Rig, desk, setup};

fn saved(names: &[&str]) -> Vec<SavedView> {
    let view = |name: &&str| SavedView {
        name: (*name).to_owned(),
        filter: "is:open".parse().unwrap(),
        sorting: Sorting::Newest,
    };
    names.iter().map(view).collect()
}

fn rig(names: &[&str]) -> Rig {
    let saved = saved(names);
    let mut disk = desk();
    disk.saved.clone_from(&saved);
    let setup = Setup {
        saved: saved.into(),
        ..setup(120, 30)
    };
    Rig::with(setup, disk)
}

/// The configuration was changed, for the disk as for the app.
fn reload(rig: &mut Rig, keymap: Keymap, names: &[&str], left_out: &[&str]) {
    rig.disk.saved = saved(names);
    let told = left_out.iter().map(|told| (*told).to_owned());
    let tools = Tools {
        keymap,
        saved: saved(names),
        left_out: told.collect(),
    };
    rig.tell(Event::Configuration(Box::new(Ok(Preferences {
        colours: Colours::None,
        home: "US".parse().unwrap(),
        notify: Notify::OFF,
        mouse: Mouse::Off,
        tools: Some(tools),
        aids: Aids::default(),
    }))));
}

fn own(number: u8) -> View {
    View::Saved(ViewNumber::new(number).unwrap())
}

#[test]
fn a_view_is_shown_by_its_name_built_in_or_own() {
    for (line, view) in [
        ("view Billing", own(2)),
        ("view bill", own(2)),
        ("view vip", own(1)),
        ("view done", View::Done),
        ("view inbox", View::Inbox),
        ("view-flagged", View::Flagged),
    ] {
        let mut rig = rig(&["VIP", "Billing"]);
        rig.press(":").write(line).press("enter");
        assert_eq!(rig.model.roster.view(), view, "{line}");
        assert!(rig.model.overlays.is_empty(), "{line}");
    }
}

#[test]
fn the_command_line_offers_the_views_that_fit() {
    let mut rig = rig(&["VIP", "Billing"]);
    rig.press(":").write("view b");
    let screen = rig.screen();
    assert!(
        screen.contains("Billing") && screen.contains("g 2"),
        "{screen}"
    );
    rig.press("esc g v").write("unas").press("enter");
    assert_eq!(rig.model.roster.view(), View::Unassigned);
    rig.press("g v").write("nosuch").press("enter");
    assert!(rig.screen().contains("no view is called that"));
}

#[test]
fn changed_keys_and_views_are_in_force_at_once() {
    let mut rig = rig(&["VIP"]);
    let left_out = "Left out: smsdesk.toml:4: unknown action `snoze`";
    reload(
        &mut rig,
        Preset::Vim.keymap(),
        &["Late", "VIP"],
        &[left_out],
    );
    assert!(rig.screen().contains(left_out));
    rig.press("g 2");
    assert_eq!(rig.model.roster.view(), own(2));
    rig.press("i");
    assert_eq!(rig.model.focus, Focus::Composer);
    rig.press("esc q x");
    assert!(rig.screen().contains("Done ·"));
}

#[test]
fn half_a_sequence_does_not_go_on_with_other_keys() {
    let mut rig = rig(&[]);
    rig.press("5 g");
    reload(&mut rig, Preset::Vim.keymap(), &[], &[]);
    assert!(rig.model.prefix.is_empty() && rig.model.count.is_none());
}

#[test]
fn a_view_that_is_gone_gives_way_to_the_inbox_once_nobody_writes() {
    let mut rig = rig(&["VIP"]);
    rig.press("g 1 r").write("half");
    reload(&mut rig, Keymap::default(), &[], &[]);
    assert_eq!(rig.model.focus, Focus::Composer, "keys stay words");
    rig.write(" a text");
    assert!(rig.screen().contains("half a text"));
    rig.press("esc q");
    assert_eq!(rig.model.roster.view(), View::Inbox);
}

use crate::effect::Effect;
use crate::event::{Edited, Event};
use crate::model::rules::Draft;
use crate::testkit::{Disk, Rig, desk};
use smsdesk_common::agent::Role;
use smsdesk_common::ids::{RuleId, Seq};
use smsdesk_common::rule::{Rule, SEEDS, parse};
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

fn with_rules() -> Disk {
    let mut disk = desk();
    let written = parse(SEEDS).unwrap().into_iter().zip(0u32..);
    let rules = written.map(|(rule, place)| Rule {
        id: RuleId(Uuid::from_u128(u128::from(place))),
        seq: Seq(7),
        place,
        source: rule.source,
        says: rule.definition,
        hits: place * 3,
        hit_at: None,
        edited_seq: Seq(5),
        edited_at: Timestamp::from_millis(0),
        edited_by: None,
    });
    disk.templates.rules = rules.collect();
    disk
}

fn rig(disk: Disk, role: Role) -> Rig {
    let mut rig = Rig::new(120, 30, disk);
    if let Some(me) = rig.model.setup.me.as_mut() {
        me.role = role;
    }
    rig.press("g R");
    rig
}

fn notice(rig: &Rig) -> &str {
    let last = rig.model.notices.iter().last();
    last.map_or("", |notice| &notice.text)
}

fn written(rig: &Rig) -> Vec<&Draft> {
    let drafts = rig.effects.iter().filter_map(|effect| match effect {
        Effect::WriteRules(draft) => Some(&**draft),
        _ => None,
    });
    drafts.collect()
}

fn edits(rig: &Rig) -> Vec<&str> {
    let texts = rig.effects.iter().filter_map(|effect| match effect {
        Effect::Edit { lent, .. } => Some(lent.text.as_str()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn rules_are_listed_with_their_hits_and_one_is_switched() {
    let mut rig = rig(with_rules(), Role::Admin);
    let screen = rig.screen();
    assert!(screen.contains("documents"), "{screen}");
    assert!(
        screen.contains("on · 20 · 3 hits · replies, flags"),
        "{screen}"
    );
    rig.write("docu").press("enter");
    let drafts = written(&rig);
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0].if_seq, Some(Seq(5)));
    let off = parse(&drafts[0].text).unwrap();
    let enabled: Vec<bool> = off.iter().map(|rule| rule.definition.enabled).collect();
    assert_eq!(enabled, [true, false, true, true]);
    assert_eq!(notice(&rig), "Rules saved: 3 of 4 are on");
}

#[test]
fn the_text_goes_through_the_agents_own_editor_and_is_kept_where_it_does_not_read() {
    let mut rig = rig(with_rules(), Role::Admin);
    rig.press("enter");
    assert_eq!(edits(&rig), [SEEDS]);
    let wrong = format!("{SEEDS}\n[[rule]]\nnam = 1\n");
    rig.tell(Event::Edited(Edited::Words(wrong.clone())));
    assert!(written(&rig).is_empty());
    assert!(
        notice(&rig).starts_with("Rules not saved: line 3"),
        "{}",
        notice(&rig)
    );
    rig.press("g R");
    let screen = rig.screen();
    assert!(screen.contains("not saved yet: line 3"), "{screen}");
    rig.press("enter");
    assert_eq!(edits(&rig).last(), Some(&wrong.as_str()));
    rig.disk.templates.refuses = Some("line 1: no template".to_owned());
    let right = SEEDS.replace("asks for help", "wants help");
    rig.tell(Event::Edited(Edited::Words(right.clone())));
    assert!(
        notice(&rig).contains("line 1: no template"),
        "{}",
        notice(&rig)
    );
    rig.disk.templates.refuses = None;
    rig.press("g R").press("enter");
    assert_eq!(edits(&rig).last(), Some(&right.as_str()));
    rig.tell(Event::Edited(Edited::Words(right)));
    assert_eq!(notice(&rig), "Rules saved: 4 of 4 are on");
    assert!(rig.model.rules.kept.is_none());
    assert!(rig.disk.templates.kept_rules.is_none());
}

#[test]
fn a_text_is_on_the_disk_before_the_relay_is_asked_and_until_it_says_yes() {
    let mut rig = rig(with_rules(), Role::Admin);
    rig.press("enter");
    rig.disk.templates.refuses = Some("the relay cannot be reached".to_owned());
    let text = SEEDS.replace("asks for help", "wants help");
    rig.effects.clear();
    rig.tell(Event::Edited(Edited::Words(text.clone())));
    let kept = |effect: &Effect| matches!(effect, Effect::KeepRules(Some(kept)) if kept.draft.text == text);
    let asked = |effect: &Effect| matches!(effect, Effect::WriteRules(_));
    let at = |is: &dyn Fn(&Effect) -> bool| rig.effects.iter().position(is);
    assert!(
        at(&kept).is_some() && at(&kept) < at(&asked),
        "{:?}",
        rig.effects
    );
    let kept = rig.disk.templates.kept_rules.clone().unwrap();
    assert_eq!(
        (kept.draft.text, kept.why),
        (text, "the relay cannot be reached".to_owned())
    );
}

#[test]
fn a_desk_without_rules_is_offered_some_and_only_an_admin_may_change_them() {
    let mut rig = rig(desk(), Role::Admin);
    assert!(rig.screen().contains("no rules yet"), "{}", rig.screen());
    rig.press("enter");
    assert_eq!(edits(&rig), [SEEDS]);
    rig.tell(Event::Edited(Edited::Words(SEEDS.to_owned())));
    assert_eq!(written(&rig)[0].if_seq, None);
    let mut rig = self::rig(with_rules(), Role::Agent);
    rig.press("enter");
    assert!(rig.screen().contains("only an admin may change rules"));
    assert!(edits(&rig).is_empty() && written(&rig).is_empty());
}

#[test]
fn an_editor_that_leaves_nothing_changes_nothing() {
    let mut rig = rig(with_rules(), Role::Admin);
    rig.press("enter");
    rig.tell(Event::Edited(Edited::Nothing(
        "it ended with code 1".to_owned(),
    )));
    assert_eq!(
        notice(&rig),
        "The rules stay as they were. Your editor: it ended with code 1"
    );
    rig.press("g R").press("enter");
    rig.tell(Event::Edited(Edited::Words(SEEDS.to_owned())));
    assert_eq!(notice(&rig), "Nothing was changed");
    assert!(written(&rig).is_empty());
}

use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use crate::model::aids::Aids;
use crate::model::bulk::{Ask, Outcome, Says, Told, Whom};
use crate::model::overlay::Overlay;
use crate::model::price::Prices;
use crate::testkit::templates::template;
use crate::testkit::{Rig, desk};
use smsdesk_common::api::broadcasts::{BulkPlan, BulkRecipient};
use smsdesk_common::broadcast::RecipientState;
use smsdesk_common::ids::BroadcastId;
use std::collections::BTreeMap;
use uuid::Uuid;

const ID: BroadcastId = BroadcastId(Uuid::from_u128(7));

fn rig() -> Rig {
    let mut disk = desk();
    disk.templates.all = vec![template(2, "outage", "No water until noon")];
    disk.directory.labels = vec!["vip".to_owned()];
    let mut rig = Rig::new(100, 30, disk);
    rig.model.setup.aids = Aids {
        prices: Prices::new([("+1".to_owned(), "0.01 USD".parse().unwrap())]),
        ..rig.model.setup.aids.clone()
    };
    rig
}

fn plan() -> BulkPlan {
    BulkPlan {
        recipients: 40,
        reachable: 38,
        quiet: 0,
        opted_out: 1,
        duplicate: 0,
        invalid: 1,
        incomplete: 0,
        refused: 0,
        missing: BTreeMap::new(),
        segments: 38,
        segments_by_prefix: BTreeMap::from([("+12394".to_owned(), 38)]),
        example: Some("Hi Maria, no water until noon".to_owned()),
        problems: vec![BulkRecipient {
            n: 3,
            given: "rub\u{1b}bish".to_owned(),
            address: None,
            contact: None,
            state: RecipientState::Invalid,
            reason: Some("expected a number".to_owned()),
            entry: None,
            conversation: None,
            status: None,
            error: None,
        }],
        confirm: "abc".to_owned(),
    }
}

fn asked(rig: &Rig) -> Vec<Ask> {
    let asked = rig.effects.iter().filter_map(|effect| match effect {
        Effect::Bulk(ask) => Some((**ask).clone()),
        _ => None,
    });
    asked.collect()
}

/// The relay answers what it was asked last.
fn answer(rig: &mut Rig, outcome: Outcome) {
    let draft = asked(rig).pop().unwrap().draft;
    let told = Box::new(Told {
        draft,
        id: ID,
        outcome,
    });
    rig.tell(Event::Cache(CacheEvent::Bulk(told)));
}

fn notice(rig: &Rig) -> &str {
    let last = rig.model.notices.iter().last();
    last.map_or("", |notice| &notice.text)
}

/// Words of one's own to a filter, written and saved.
fn written() -> Rig {
    let mut rig = rig();
    rig.press(":").write("bulk").press("enter");
    rig.write("is:open").press("enter");
    rig.write("closed on Monday").press("enter");
    rig.press("ctrl-s");
    rig
}

#[test]
fn words_go_to_a_filter_once_they_were_counted_and_the_agent_said_yes() {
    let mut rig = written();
    let ask = asked(&rig).pop().unwrap();
    assert_eq!(ask.draft.whom, Whom::Filter("is:open".to_owned()));
    assert_eq!(ask.draft.says, Says::Words("closed on Monday".to_owned()));
    rig.press("y");
    assert_eq!(asked(&rig).len(), 1, "nothing was counted yet");
    answer(&mut rig, Outcome::Counted(Box::new(plan())));
    let screen = rig.screen();
    for words in [
        "reachable    38",
        "opted out    1",
        "price        0.38 USD",
        "Hi Maria, no water until noon",
        "y texts 38 now",
    ] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    assert!(!screen.contains('\u{1b}'), "{screen}");
    rig.press("y");
    let begun = asked(&rig).pop().unwrap();
    assert_eq!(
        (begun.id, begun.confirm.as_deref()),
        (Some(ID), Some("abc"))
    );
    rig.press("y");
    assert_eq!(asked(&rig).len(), 2, "it is asked for once");
    answer(&mut rig, Outcome::Begun);
    assert!(matches!(
        rig.model.overlays.as_slice(),
        [Overlay::Broadcasts(_)]
    ));
    assert!(rig.effects.contains(&Effect::LoadBroadcasts));
    assert!(notice(&rig).contains("closed on Monday"));
}

#[test]
fn a_template_goes_to_a_label_without_a_sheet() {
    let mut rig = rig();
    rig.press(":").write("bulk").press("enter");
    rig.write("vip").press("enter");
    rig.write("outage").press("enter");
    let ask = asked(&rig).pop().unwrap();
    assert_eq!(ask.draft.whom, Whom::Label("vip".to_owned()));
    assert!(matches!(ask.draft.says, Says::Template { name, .. } if name == "outage"));
}

#[test]
fn those_who_are_selected_are_offered_first() {
    let mut rig = rig();
    rig.press("space space")
        .press(":")
        .write("bulk")
        .press("enter");
    let prompt = rig.model.prompt().unwrap();
    assert_eq!(prompt.chosen().unwrap().label, "2 conversations");
    rig.press("enter").write("outage").press("enter");
    let ask = asked(&rig).pop().unwrap();
    assert!(matches!(ask.draft.whom, Whom::Conversations(those) if those.len() == 2));
}

#[test]
fn everybody_by_saying_nothing_is_nobody() {
    let mut disk = desk();
    disk.directory.labels.clear();
    let mut rig = Rig::new(100, 30, disk);
    rig.press(":").write("view all").press("enter");
    rig.press(":").write("bulk").press("enter enter");
    let prompt = rig.model.prompt().unwrap();
    assert!(prompt.problem().unwrap().contains("everybody"));
}

#[test]
fn offline_nothing_begins_and_the_words_stay() {
    let mut rig = written();
    answer(&mut rig, Outcome::Refused("no answer".to_owned()));
    assert!(rig.screen().contains("no answer"), "{}", rig.screen());
    rig.press("y");
    assert_eq!(asked(&rig).len(), 1);
    rig.press("r");
    assert_eq!(asked(&rig).len(), 2, "it is counted anew");
    rig.press("esc");
    let sheet = rig.model.sheet().unwrap();
    assert_eq!(sheet.words(), "closed on Monday");
}

#[test]
fn an_answer_that_was_lost_is_asked_for_again_under_the_same_id_and_said_when_left() {
    let mut rig = written();
    answer(&mut rig, Outcome::Counted(Box::new(plan())));
    rig.press("y");
    answer(&mut rig, Outcome::Unsure("the connection broke".to_owned()));
    let screen = rig.screen();
    assert!(screen.contains("nobody is texted twice"), "{screen}");
    rig.press("y");
    let all = asked(&rig);
    assert_eq!(all[1], all[2]);
    answer(&mut rig, Outcome::Unsure("the connection broke".to_owned()));
    rig.press("esc");
    assert!(notice(&rig).contains("may have begun"), "{}", notice(&rig));
    // The sheet is there still: saved again, it is the same one.
    rig.press("ctrl-s");
    let again = asked(&rig).pop().unwrap();
    assert_eq!((again.id, again.confirm.as_deref()), (Some(ID), None));
    answer(&mut rig, Outcome::Counted(Box::new(plan())));
    rig.press("y");
    assert_eq!(asked(&rig).pop().unwrap(), all[1]);
    answer(&mut rig, Outcome::Begun);
    assert!(notice(&rig).contains("It goes out"), "{}", notice(&rig));
}

#[test]
fn what_was_changed_since_it_was_counted_is_counted_anew() {
    let mut rig = written();
    answer(&mut rig, Outcome::Counted(Box::new(plan())));
    rig.press("y");
    answer(&mut rig, Outcome::Changed);
    let ask = asked(&rig).pop().unwrap();
    assert_eq!((ask.id, ask.confirm), (Some(ID), None));
    rig.press("y");
    assert_eq!(asked(&rig).len(), 3, "nothing begins before it is counted");
}

#[test]
fn what_comes_after_it_was_left_is_told() {
    let mut rig = written();
    answer(&mut rig, Outcome::Counted(Box::new(plan())));
    rig.press("y").press("esc");
    answer(&mut rig, Outcome::Begun);
    assert!(notice(&rig).contains("It goes out"), "{}", notice(&rig));
    assert!(
        rig.model.overlays.is_empty(),
        "nothing is laid over the list"
    );
}

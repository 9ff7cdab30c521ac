use crate::effect::Effect;
use crate::model::contact::Ask;
use crate::testkit::{NOW, Rig, conversation_id, desk};
use smsdesk_common::contact::{Contact, OptOut};
use smsdesk_common::optout::Means;

fn opted_out(contact: &mut Contact) {
    contact.opt_outs = vec![OptOut {
        address: contact.addresses[0].clone(),
        line: None,
        since: NOW,
        means: Some(Means::Keyword),
    }];
}

fn opts_out(rig: &Rig) -> usize {
    let effects = rig.effects.iter();
    let asked = effects.filter(|it| matches!(it, Effect::Contact(Ask::OptOut { .. })));
    asked.count()
}

fn submits(rig: &Rig) -> bool {
    let submits = |it: &Effect| {
        matches!(
            it,
            Effect::Submit { .. } | Effect::SubmitParts { .. } | Effect::SubmitLater { .. }
        )
    };
    rig.effects.iter().any(submits)
}

#[test]
fn whoever_opted_out_is_not_written_to_and_the_words_stay() {
    let mut disk = desk();
    disk.knows(1, opted_out);
    let mut rig = Rig::new(100, 30, disk);
    assert_eq!(rig.selected(), Some(conversation_id(1)));
    let banner = "by STOP: texts are refused";
    assert!(rig.screen().contains(banner), "{}", rig.screen());
    rig.press("r").write("but he comes").press("enter");
    assert!(!submits(&rig));
    assert!(rig.screen().contains("Not sent"), "{}", rig.screen());
    assert!(rig.screen().contains("but he comes"), "{}", rig.screen());
}

#[test]
fn somebody_is_opted_out_by_the_same_key_twice() {
    let mut rig = Rig::new(100, 30, desk());
    rig.press("g x");
    assert_eq!(opts_out(&rig), 0, "asked first");
    assert!(rig.screen().contains("once more"), "{}", rig.screen());
    rig.press("g x");
    assert_eq!(opts_out(&rig), 1);
    rig.press("g x");
    assert_eq!(opts_out(&rig), 1, "each time asked anew");
}

#[test]
fn a_question_about_one_is_no_answer_about_another() {
    let mut rig = Rig::new(100, 30, desk());
    rig.press("g x").press("j").press("g x");
    assert_eq!(opts_out(&rig), 0);
}

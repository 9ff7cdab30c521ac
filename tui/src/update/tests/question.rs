//! What others did while a text was written.

use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use crate::model::Focus;
use crate::model::chat::Local;
use crate::model::question::{Consent, READ_MS_MIN, Seen};
use crate::testkit::{Disk, Rig, Text, agent_ana, conversation_id, desk, row};
use smsdesk_common::api::Problem;
use smsdesk_common::entry::EntryKind;
use smsdesk_common::ids::{EntryId, Seq};
use smsdesk_common::meanwhile::Meanwhile;
use smsdesk_common::status::DeliveryStatus::Delivered;

/// Each text that was handed to the outbox, with what its author had seen.
fn submitted(rig: &Rig) -> Vec<(&str, Seen)> {
    let submit = |effect| match effect {
        &Effect::Submit { ref body, seen, .. } => Some((body.as_str(), seen)),
        _ => None,
    };
    rig.effects.iter().filter_map(submit).collect()
}

fn text(rig: &Rig) -> &str {
    rig.model.composer().unwrap().editor().text()
}

fn arrives(rig: &mut Rig, n: u32, text: Text) {
    rig.disk.add(conversation_id(n), text);
    rig.applied(&[conversation_id(n)]);
}

/// Long enough to read a question.
fn reads(rig: &mut Rig) {
    rig.now = rig.now.plus_millis(READ_MS_MIN);
}

/// The relay refuses the oldest text that waits in the `n`th conversation, over the newest entry
/// there.
pub(super) fn refuse_the_first(rig: &mut Rig, n: u32) -> Option<EntryId> {
    let conversation = conversation_id(n);
    let texts = rig.disk.texts.get_mut(&conversation)?;
    let records = texts.iter().filter(|item| item.local.is_none());
    let entries: Vec<_> = records.map(|item| item.entry.clone()).collect();
    let waits = texts
        .iter_mut()
        .find(|item| item.local == Some(Local::Waiting))?;
    let meanwhile = Meanwhile::since(&entries, Seq::ZERO, agent_ana().id, |_| None)?;
    let problem = Problem {
        meanwhile: Some(Box::new(meanwhile.clone())),
        ..Problem::new(meanwhile.code(), "…")
    };
    waits.local = Some(Local::Refused(problem.clone()));
    let (entry, body) = (waits.entry.id, waits.entry.body.clone());
    rig.tell_only(Event::Cache(CacheEvent::TextRefused {
        conversation,
        entry,
        body,
        send_at: None,
        problem: Box::new(problem),
        about: Box::default(),
    }));
    let (waiting, refused) = (0, 1);
    rig.tell_only(Event::Cache(CacheEvent::Outbox {
        waiting,
        refused,
        notes: 0,
        changes: 0,
    }));
    Some(entry)
}

#[test]
fn a_text_of_the_customer_while_i_typed_holds_mine_back_until_a_second_enter() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("He is on his way");
    arrives(&mut rig, 1, Text::from_them("forget it, it is fixed", 0));
    rig.press("enter");
    assert_eq!(submitted(&rig), []);
    assert_eq!(text(&rig), "He is on his way");
    assert!(
        rig.disk.drafts.contains_key(&conversation_id(1)),
        "on the disk"
    );
    let screen = rig.screen();
    let says = "not sent: Maria Alvarez wrote meanwhile · Enter sends it anyway";
    assert!(screen.contains(says), "{screen}");
    assert!(screen.contains("forget it, it is fixed"));
    rig.press("enter");
    assert_eq!(submitted(&rig), [], "nobody reads so fast");
    reads(&mut rig);
    rig.press("enter");
    let (up_to, consent) = (Seq(15), Consent::Given);
    assert_eq!(
        submitted(&rig),
        [("He is on his way", Seen { up_to, consent })]
    );
    assert!(!rig.screen().contains("not sent:"));
}

#[test]
fn what_happens_after_the_question_asks_again_and_a_changed_text_is_asked_about_once() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("He is on his way");
    arrives(&mut rig, 1, Text::from_them("forget it", 0));
    rig.press("enter");
    arrives(&mut rig, 1, Text::from_us("Gladly", 0, Delivered).by_bo());
    reads(&mut rig);
    rig.press("enter");
    assert_eq!(submitted(&rig), []);
    assert!(
        rig.screen().contains("not sent: Bo answered meanwhile"),
        "{}",
        rig.screen()
    );
    rig.write("!");
    reads(&mut rig);
    rig.press("enter");
    assert_eq!(submitted(&rig).len(), 1);
    assert_eq!(submitted(&rig)[0].0, "He is on his way!");
}

#[test]
fn what_was_on_the_screen_before_the_first_letter_is_not_asked_about() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r");
    arrives(&mut rig, 1, Text::from_them("one more thing", 0));
    rig.write("ok").press("enter");
    assert_eq!(submitted(&rig).len(), 1);
    // My own text came back meanwhile, which is no news to me.
    arrives(&mut rig, 1, Text::from_us("ok", 0, Delivered));
    rig.write("bye").press("enter");
    assert_eq!(submitted(&rig).len(), 2);
    // Whoever comes back to a draft has seen what came in between.
    rig.write("and").press("esc");
    arrives(&mut rig, 1, Text::from_them("thanks", 0));
    rig.press("r enter");
    assert_eq!(submitted(&rig).len(), 3);
    assert_eq!(submitted(&rig)[2].1.consent, Consent::Unasked);
}

#[test]
fn a_colleague_who_closes_it_or_takes_it_is_named() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("ok");
    arrives(
        &mut rig,
        1,
        Text::internal(EntryKind::Activity, "marked it done", 0)
            .by_bo()
            .closed(),
    );
    rig.press("enter");
    assert_eq!(submitted(&rig), []);
    assert!(
        rig.screen()
            .contains("not sent: Bo marked it done meanwhile"),
        "{}",
        rig.screen()
    );
}

#[test]
fn a_text_that_the_relay_asks_about_comes_back_into_the_composer_with_the_question() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("He is on his way").press("enter");
    let entry = refuse_the_first(&mut rig, 1).unwrap();
    let saved = rig
        .effects
        .iter()
        .rposition(|it| matches!(it, Effect::SaveDraft { .. }));
    let withdrawn = rig
        .effects
        .iter()
        .position(|it| *it == Effect::Withdraw { entry });
    assert!(saved < withdrawn, "the draft is on the disk first");
    rig.answer_all();
    assert_eq!(text(&rig), "He is on his way");
    let screen = rig.screen();
    assert!(screen.contains("not sent: Maria Alvarez wrote"), "{screen}");
    assert!(!screen.contains("A text was refused"), "{screen}");
    reads(&mut rig);
    rig.press("enter");
    assert_eq!(submitted(&rig)[1].1.consent, Consent::Given);
}

#[test]
fn a_refused_text_does_not_push_others_aside_and_waits_in_the_chat() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("first").press("enter").write("second");
    refuse_the_first(&mut rig, 1).unwrap();
    rig.answer_all();
    assert_eq!(text(&rig), "second");
    let screen = rig.screen();
    assert!(screen.contains("not sent ✗ the customer wrote"), "{screen}");
    assert!(
        screen.contains("Maria Alvarez: a text was not sent"),
        "{screen}"
    );
    rig.press("ctrl-u esc R");
    assert_eq!(text(&rig), "first");
    assert!(rig.screen().contains("sends it anyway"), "{}", rig.screen());
    reads(&mut rig);
    rig.press("enter");
    assert_eq!(submitted(&rig)[1], ("first", submitted(&rig)[1].1));
    assert_eq!(submitted(&rig)[1].1.consent, Consent::Given);
}

#[test]
fn a_refusal_elsewhere_moves_nothing_and_is_said() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r")
        .write("first")
        .press("enter esc j r")
        .write("to somebody else");
    refuse_the_first(&mut rig, 1).unwrap();
    rig.answer_all();
    assert_eq!(rig.model.focus, Focus::Composer);
    assert_eq!(text(&rig), "to somebody else");
    let screen = rig.screen();
    assert!(screen.contains("Maria Alvarez: not sent"), "{screen}");
    assert_eq!(rig.disk.drafts[&conversation_id(1)], "first");
}

#[test]
fn the_question_fits_the_smallest_screen() {
    let disk = Disk::default().with(
        row(1, "Wolfeschlegelsteinhausenbergerdorff"),
        1,
        vec![Text::from_them("hello?", 5)],
    );
    let mut rig = Rig::new(60, 15, disk);
    rig.press("r").write("yes?");
    arrives(&mut rig, 1, Text::from_them("are you there?", 0));
    rig.press("enter");
    insta::assert_snapshot!("question-60x15", rig.screen());
}

//! Texts that are held: none goes out early, none is lost, none both goes out and comes back.

use super::*;
use crate::cache::outbox::hold::{newest, next_release, take_back};
use crate::cache::testing::{conversation_id, template};
use crate::cache::{drafts, templates};
use crate::model::templates::Origin;

fn held(desk: &mut Desk, n: u64, conversation: u64, ms: i64) {
    let request = text(n, conversation, &format!("text {n}"));
    let at = NOON.plus_millis(-i64::try_from(n).unwrap());
    let until = NOON.plus_millis(ms);
    submit_held(&mut desk.outbox, request, at, until).unwrap();
}

fn queue_at(desk: &Desk, ms: i64) -> Vec<Uuid> {
    release(&desk.outbox, NOON.plus_millis(ms)).unwrap();
    desk.queue()
}

#[test]
fn a_text_does_not_go_out_before_its_time_and_keeps_what_is_behind_it() {
    let mut desk = Desk::new();
    held(&mut desk, 1, 1, 3_000);
    desk.submit(text(2, 1, "behind it"));
    desk.submit(text(3, 2, "elsewhere"));
    assert_eq!(queue_at(&desk, 2_999), [entry_id(3).0]);
    let release = next_release(&desk.outbox).unwrap();
    assert_eq!(release, Some(NOON.plus_millis(3_000)));
    assert_eq!(queue_at(&desk, 3_000), [1, 3].map(|n| entry_id(n).0));
    assert_eq!(next_release(&desk.outbox).unwrap(), None);
}

#[test]
fn a_text_that_may_go_out_is_not_taken_back_even_if_the_clock_goes_back() {
    let mut desk = Desk::new();
    held(&mut desk, 1, 1, 3_000);
    let place = newest(&desk.outbox, None).unwrap().unwrap();
    assert_eq!(queue_at(&desk, 3_000), [entry_id(1).0]);
    assert_eq!(newest(&desk.outbox, None).unwrap(), None);
    assert_eq!(take_back(&mut desk.outbox, place, NOON).unwrap(), None);
    assert_eq!(queue_at(&desk, 0), [entry_id(1).0]);
}

#[test]
fn a_clock_that_goes_back_holds_no_text_for_longer() {
    let mut desk = Desk::new();
    held(&mut desk, 1, 1, 3_000);
    assert_eq!(queue_at(&desk, -60_000), [entry_id(1).0]);
}

#[test]
fn a_start_lets_go_of_what_was_held() {
    let mut desk = Desk::new();
    held(&mut desk, 1, 1, 3_000);
    release_all(&desk.outbox).unwrap();
    assert_eq!(desk.queue(), [entry_id(1).0]);
}

#[test]
fn a_text_that_is_taken_back_is_the_draft_before_what_was_written_since() {
    let mut desk = Desk::new();
    held(&mut desk, 1, 1, 3_000);
    held(&mut desk, 2, 1, 3_000);
    drafts::TEXTS
        .save(&desk.outbox, conversation_id(1), "and", NOON)
        .unwrap();
    for n in [2, 1] {
        let place = newest(&desk.outbox, Some(conversation_id(1))).unwrap();
        let taken = take_back(&mut desk.outbox, place.unwrap(), NOON).unwrap();
        assert_eq!(taken.unwrap().body, format!("text {n}"));
    }
    let draft = drafts::TEXTS
        .load(&desk.outbox, conversation_id(1))
        .unwrap();
    assert_eq!(draft, "text 1\ntext 2\nand");
    assert_eq!(counts(&desk.outbox).unwrap().waiting, 0);
    assert!(queue_at(&desk, 9_000).is_empty());
}

#[test]
fn undo_takes_back_what_was_done_last_be_it_a_text_or_a_step() {
    use crate::cache::testing::{agent_id, conversation};
    use crate::model::batch::Target;
    use crate::model::triage::Act;
    let mut desk = Desk::with([Record::Conversation(Box::new(conversation(1)))]);
    let mut ids = 1_000;
    let target = Target {
        conversation: conversation_id(1),
        seen: Seq::ZERO,
    };
    let mut work = |desk: &mut Desk, acts: Option<Act>| {
        let mut new_id = || {
            ids += 1;
            Uuid::from_u128(ids)
        };
        let mut hand = Hand {
            records: &desk.records,
            outbox: &mut desk.outbox,
            me: Some(agent_id(1)),
            now: NOON,
            new_id: &mut new_id,
        };
        match acts {
            Some(act) => {
                hand.act(&[target], &[act]).unwrap();
                Undone::Nothing
            }
            None => hand.undo().unwrap(),
        }
    };
    work(&mut desk, Some(Act::Flag));
    held(&mut desk, 1, 1, 3_000);
    work(&mut desk, Some(Act::Done));
    assert!(matches!(work(&mut desk, None), Undone::Step(_)));
    assert!(matches!(work(&mut desk, None), Undone::Text(_)));
    assert!(matches!(work(&mut desk, None), Undone::Step(_)));
    assert_eq!(work(&mut desk, None), Undone::Nothing);
}

#[test]
fn a_text_that_is_taken_back_still_owes_its_template() {
    let mut desk = Desk::new();
    let here = conversation_id(1);
    let owes = Origin {
        template: Some(template(1, "x", "").id),
        fields: Vec::new(),
    };
    templates::keep_origin(&desk.outbox, here, &owes).unwrap();
    drafts::TEXTS
        .save(&desk.outbox, here, "text 1", NOON)
        .unwrap();
    held(&mut desk, 1, 1, 3_000);
    assert!(templates::origin(&desk.outbox, here).unwrap().is_empty());
    let place = newest(&desk.outbox, Some(here)).unwrap().unwrap();
    take_back(&mut desk.outbox, place, NOON).unwrap();
    assert_eq!(templates::origin(&desk.outbox, here).unwrap(), owes);
}

#[test]
fn parts_of_one_text_are_taken_back_together_and_owe_its_template() {
    let mut desk = Desk::new();
    let here = conversation_id(1);
    let template = Some(template(1, "x", "").id);
    let owes = Origin {
        template,
        fields: Vec::new(),
    };
    held(&mut desk, 1, 1, 3_000);
    templates::keep_origin(&desk.outbox, here, &owes).unwrap();
    drafts::TEXTS
        .save(&desk.outbox, here, "One. Two.", NOON)
        .unwrap();
    let part = |n, body: &str| text(n, 1, body);
    parts::submit(
        &mut desk.outbox,
        vec![part(2, "(1/2) One."), part(3, "(2/2) Two.")],
        (here, "One. Two."),
        NOON,
        Some(NOON.plus_millis(3_000)),
    )
    .unwrap();
    assert_eq!(drafts::TEXTS.load(&desk.outbox, here).unwrap(), "");
    let place = newest(&desk.outbox, Some(here)).unwrap().unwrap();
    let taken = take_back(&mut desk.outbox, place, NOON).unwrap().unwrap();
    assert_eq!(taken.body, "One. Two.");
    assert_eq!(templates::origin(&desk.outbox, here).unwrap(), owes);
    assert_eq!(queue_at(&desk, 9_000), [entry_id(1).0], "what went before");
}

#[test]
fn a_text_that_was_refused_still_owes_its_template_as_a_draft() {
    let mut desk = Desk::new();
    let here = conversation_id(1);
    let owes = Origin {
        template: Some(template(1, "x", "").id),
        fields: Vec::new(),
    };
    templates::keep_origin(&desk.outbox, here, &owes).unwrap();
    drafts::TEXTS
        .save(&desk.outbox, here, "hello", NOON)
        .unwrap();
    desk.submit(text(1, 1, "hello"));
    desk.refuse(1);
    withdraw(&mut desk.outbox, RequestKind::Send, entry_id(1), NOON).unwrap();
    assert_eq!(drafts::TEXTS.load(&desk.outbox, here).unwrap(), "hello");
    assert_eq!(templates::origin(&desk.outbox, here).unwrap(), owes);
}

use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use crate::testkit::{NOW, Rig, agent_ana, desk};
use smsdesk_common::api::broadcasts::BroadcastAction;
use smsdesk_common::broadcast::{Broadcast, BroadcastState, RecipientState, Totals};
use smsdesk_common::ids::{BroadcastId, Seq};
use uuid::Uuid;

fn broadcast(n: u128, name: &str, state: BroadcastState) -> Broadcast {
    let mut totals = Totals::default();
    totals.add(RecipientState::Pending, 60);
    totals.add(RecipientState::Delivered, 38);
    totals.add(RecipientState::OptedOut, 2);
    Broadcast {
        id: BroadcastId(Uuid::from_u128(n)),
        seq: Seq(1),
        name: name.to_owned(),
        state,
        why: None,
        body: "closed on Monday".to_owned(),
        template: None,
        totals,
        created_by: agent_ana().id,
        created_at: NOW,
        changed_by: None,
        changed_at: None,
        finished_at: None,
    }
}

/// The list with one that runs and one that has finished.
fn listed() -> Rig {
    let mut rig = Rig::new(100, 24, desk());
    rig.press("B");
    rig.tell(Event::Cache(CacheEvent::Broadcasts(vec![
        broadcast(2, "Office closed", BroadcastState::Running),
        broadcast(1, "Storm\u{1b}[31m warning", BroadcastState::Finished),
    ])));
    rig
}

fn asked(rig: &Rig) -> Vec<BroadcastAction> {
    let effects = rig.effects.iter();
    effects
        .filter_map(|effect| match effect {
            Effect::ChangeBroadcast { action, .. } => Some(*action),
            _ => None,
        })
        .collect()
}

#[test]
fn each_broadcast_has_a_bar_and_says_how_its_recipients_fare() {
    let rig = listed();
    let screen = rig.screen();
    assert!(screen.contains("Office closed"), "{screen}");
    assert!(screen.contains("████████░░░░░░░░░░░░ 40/100"), "{screen}");
    assert!(screen.contains("38 delivered, 2 opted out"), "{screen}");
    assert!(!screen.contains('\u{1b}'), "{screen}");
}

#[test]
fn space_pauses_what_runs_and_nothing_that_has_ended() {
    let mut rig = listed();
    rig.press("space");
    assert_eq!(asked(&rig), [BroadcastAction::Pause]);
    rig.press("j").press("space").press("x").press("x");
    assert_eq!(asked(&rig), [BroadcastAction::Pause]);
}

#[test]
fn canceling_is_asked_about_and_moving_away_forgets_the_question() {
    let mut rig = listed();
    rig.press("x").press("j").press("k").press("x");
    assert_eq!(asked(&rig), []);
    assert!(
        rig.screen().contains("60 are not texted"),
        "{}",
        rig.screen()
    );
    rig.press("x");
    assert_eq!(asked(&rig), [BroadcastAction::Cancel]);
}

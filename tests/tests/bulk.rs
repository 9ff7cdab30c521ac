//! One text to many, over the whole house.

#![expect(clippy::unwrap_used, reason = "tests")]

use smsdesk_common::broadcast::RecipientState;
use smsdesk_tests::bulk::{CALLS_MAX, Scale, run};
use std::time::Duration;

const RELAY: &str = env!("CARGO_BIN_EXE_relay-under-test");
#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_people_are_texted_once_although_the_relay_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let scale = Scale {
        rows: 300,
        opted_out_every: 20,
        rubbish_every: 33,
        limited: 0.3,
        kills: 1,
        rate: "10000",
        deadline: Duration::from_secs(180),
        to_the_end: false,
    };
    let outcome = run(RELAY.into(), folder.path(), scale).await.unwrap();
    let doubled: Vec<_> = outcome
        .taken
        .iter()
        .filter(|(_, count)| **count > 1)
        .collect();
    assert!(doubled.is_empty(), "texted twice: {doubled:?}");
    let totals = &outcome.totals;
    assert_eq!(totals.all(), 300, "{totals:?}");
    assert_eq!(totals.of(RecipientState::Invalid), scale.rubbish());
    assert_eq!(
        totals.of(RecipientState::OptedOut) + totals.of(RecipientState::Failed),
        scale.out(),
        "{totals:?}"
    );
    let reachable = 300 - scale.rubbish() - scale.out();
    let taken = u32::try_from(outcome.taken.len()).unwrap();
    assert!(
        taken <= reachable && taken + CALLS_MAX >= reachable,
        "{taken}"
    );
    let replies = outcome.replies;
    assert!(!replies.times.is_empty(), "the agent was heard meanwhile");
    assert!(replies.lost <= scale.kills, "{replies:?}");
}

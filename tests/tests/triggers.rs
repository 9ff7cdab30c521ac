//! Triggers over the whole house: each type asked for by another program, refused or sent to the
//! customer once at the simulator.

use serde_json::json;
use smsdesk_common::agent::Role;
use smsdesk_tests::api::Api;
use smsdesk_tests::visits::{KINDS, id, triggered, triggers, values};
use smsdesk_tests::world::{BO, MARIA, World};

/// A desk, and a program that may change what holds.
async fn desk() -> (World, Api) {
    let world = World::start().await;
    let boss = world.join_as("Boss", Some(Role::Admin)).await;
    (world, Api::of(&boss))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_trigger_sends_its_text_once_and_asks_for_what_it_lacks() {
    let (world, api) = desk().await;
    for (n, (kind, needs)) in KINDS.into_iter().enumerate() {
        let path = format!("/v1/triggers/{kind}");
        let (status, problem) = api.post(&path, &json!({ "to": MARIA })).await;
        assert_eq!(
            (status, &problem["code"], &problem["missing"]),
            (409, &json!("variables_missing"), &json!(needs))
        );
        let body = json!({ "id": id(100 + n as u128), "to": MARIA, "variables": values() });
        let (first, again) = tokio::join!(api.post(&path, &body), api.post(&path, &body));
        let mut statuses = [first.0, again.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201], "{first:?} {again:?}");
        let sofar = triggered(KINDS.into_iter().map(|(kind, _)| kind).take(n + 1));
        world.gets(MARIA, &sofar).await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switch_of_a_trigger_holds_it_back_and_no_other_and_the_master_switch_all() {
    let (world, api) = desk().await;
    for (n, (off, _)) in KINDS.into_iter().enumerate() {
        let who = format!("+1239426710{n}");
        let switch = format!("automation.triggers.{off}");
        api.set(&switch, false).await;
        for (kind, _) in KINDS {
            let (status, answer) = triggers(&api, kind, &who).await;
            let expected = if kind == off { 409 } else { 201 };
            assert_eq!(status, expected, "{answer}");
            if kind == off {
                assert_eq!(answer["code"], "trigger_disabled");
            }
        }
        api.set(&switch, true).await;
        let others = KINDS
            .into_iter()
            .map(|(kind, _)| kind)
            .filter(|it| *it != off);
        let others: Vec<_> = others.collect();
        world.gets(&who, &triggered(others.into_iter())).await;
    }
    api.set("automation.enabled", false).await;
    for (kind, _) in KINDS {
        let (status, problem) = triggers(&api, kind, MARIA).await;
        assert_eq!(
            (status, &problem["code"]),
            (409, &json!("trigger_disabled"))
        );
    }
    assert!(world.handed_over(MARIA).is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wrote_stop_is_told_nothing() {
    let (world, api) = desk().await;
    world.customer_writes(MARIA, "STOP").await;
    for (kind, _) in KINDS {
        let (status, problem) = triggers(&api, kind, MARIA).await;
        assert_eq!((status, &problem["code"]), (409, &json!("opted_out")));
    }
    // Whoever is told last is told; had the others been, it was before.
    triggers(&api, "arrived", BO).await;
    world.gets(BO, &triggered(["arrived"].into_iter())).await;
    assert!(world.handed_over(MARIA).is_empty());
    world.end().await;
}

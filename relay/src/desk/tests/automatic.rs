use super::*;
use crate::desk::automatic::{self, Automatic, Outcome, Refusal};
use crate::store::consent::{self, Noted};
use crate::store::sql::Tx;
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::entry::{Author, Cause};
use smsdesk_common::ids::RuleId;
use smsdesk_common::optout::{Consent, Means, Said};

fn rule() -> Cause {
    Cause::Rule(RuleId(Uuid::from_u128(7)))
}

fn automatic(key: &str, body: &str) -> Automatic {
    Automatic {
        key: key.to_owned(),
        cause: rule(),
        recipient: to_maria(0, "").recipient,
        body: body.to_owned(),
        template: None,
        expires_ms: None,
    }
}

async fn decide(world: &World, text: Automatic) -> Outcome {
    let decided = world.store.write(move |tx| automatic::send(tx, &text));
    decided.await.unwrap()
}

async fn opt_out(world: &World) {
    let maria = Address::from_twilio(MARIA).unwrap();
    let written = world.store.write(move |tx: &mut dyn Tx| {
        let now = tx.now();
        consent::insert(
            tx,
            &Noted {
                address: maria,
                said: Said {
                    line: None,
                    service: None,
                    consent: Consent::Out,
                    means: Means::Agent,
                    at: now,
                },
                entry: None,
                agent: None,
                noted: now,
            },
        )
    });
    written.await.unwrap();
}

#[tokio::test]
async fn what_is_decided_twice_goes_once() {
    let world = world().await;
    let Outcome::Queued(first) = decide(&world, automatic("rule:1", "hello")).await else {
        panic!()
    };
    assert_eq!(first.author, Author::Automation(rule()));
    let again = decide(&world, automatic("rule:1", "in other words by now")).await;
    assert_eq!(again, Outcome::Before(first));
    assert_eq!(world.waiting().await, 1);
    let other = decide(&world, automatic("rule:2", "hello")).await;
    assert!(matches!(other, Outcome::Queued(_)), "{other:?}");
}

#[tokio::test]
async fn nobody_is_answered_by_it_and_nothing_is_reopened() {
    let world = world().await;
    world.receive(inbound(1, "are you there?")).await;
    let before = world.only_conversation().await;
    decide(&world, automatic("rule:1", "we are closed")).await;
    let after = world.only_conversation().await;
    assert_eq!(after.waiting_since, before.waiting_since);
    assert_eq!(after.status, before.status);
    assert_eq!(after.last.unwrap().text, "we are closed");
    let unanswered =
        move |reads: &mut dyn crate::store::sql::Reads| entries::unanswered_since(reads, before.id);
    let since = world.store.read(unanswered).await.unwrap();
    assert_eq!(since, before.waiting_since, "nor when it is reopened");
}

#[tokio::test]
async fn a_stranger_who_is_told_something_is_nobodys_work_until_they_write() {
    let world = world().await;
    decide(&world, automatic("rule:1", "hello")).await;
    let new = world.only_conversation().await;
    assert_eq!(new.status, ConversationStatus::Done);
    world.receive(inbound(1, "yes?")).await;
    let open = world.only_conversation().await;
    assert_eq!(open.status, ConversationStatus::Open);
}

#[tokio::test]
async fn whoever_opted_out_gets_nothing_from_anybody() {
    let world = world().await;
    decide(&world, automatic("rule:1", "before")).await;
    opt_out(&world).await;
    let refused = decide(&world, automatic("rule:2", "after")).await;
    assert_eq!(refused, Outcome::Refused(Refusal::OptedOut));
    let error = world.send(to_maria(1, "after")).await.unwrap_err();
    let DeskError::Refused { code, detail } = error else {
        panic!("{error}")
    };
    assert_eq!(code, ErrorCode::OptedOut);
    assert!(detail.contains("opted out on"), "{detail}");
    // What was queued before meets the gate once more.
    let claimed = world.store.write(|tx| {
        let grants = [crate::outbox::lanes::Grant {
            line: Address::from_twilio(LINE).unwrap(),
            texts: 9,
            segments: 99,
            probe: false,
        }];
        crate::outbox::worker::claim(tx, &grants, 9)
    });
    assert!(claimed.await.unwrap().is_empty());
    assert_eq!(world.waiting().await, 0);
    let conversation = world.only_conversation().await;
    let entry = &world.entries(conversation.id).await[0];
    assert_eq!(entry.status, Some(DeliveryStatus::Failed));
    let why = entry.error.as_ref().unwrap();
    assert_eq!(why.text, "not sent: the person opted out meanwhile");
}

#[tokio::test]
async fn what_people_wrote_goes_first_and_takes_along_what_stands_before_it() {
    let world = world().await;
    let to = |number: &str, key: &str| {
        let mut text = automatic(key, key);
        text.recipient = Recipient::Address {
            to: Address::from_twilio(number).unwrap(),
            line: None,
            open: None,
        };
        text
    };
    for (number, key) in [
        ("+12394267001", "bulk 1"),
        ("+12394267002", "bulk 2"),
        (MARIA, "bulk 3"),
    ] {
        decide(&world, to(number, key)).await;
    }
    world.send(to_maria(1, "from Ana")).await.unwrap();
    let mut order = Vec::new();
    for _ in 0..4 {
        let claimed = world.store.write(|tx| {
            let line = Address::from_twilio(LINE).unwrap();
            let claimed = outbox::claim(tx, &line, 1, 99)?;
            for text in &claimed {
                outbox::remove(tx, text.entry)?;
            }
            Ok::<_, crate::store::StoreError>(claimed)
        });
        for text in claimed.await.unwrap() {
            order.push(world.entry(text.entry).await.body);
        }
    }
    assert_eq!(order, ["bulk 3", "from Ana", "bulk 1", "bulk 2"]);
}

#[tokio::test]
async fn what_cannot_go_says_why_and_may_be_decided_again() {
    let world = world().await;
    let refused = decide(&world, automatic("rule:1", " ")).await;
    let Outcome::Refused(Refusal::NotSupported(words)) = refused else {
        panic!("{refused:?}")
    };
    assert!(words.contains("expected some words"), "{words}");
    let unknown = Automatic {
        recipient: Recipient::Conversation(ConversationId(Uuid::nil())),
        ..automatic("rule:1", "hello")
    };
    let refused = decide(&world, unknown).await;
    assert!(
        matches!(refused, Outcome::Refused(Refusal::NotSupported(_))),
        "{refused:?}"
    );
    let sent = decide(&world, automatic("rule:1", "hello")).await;
    assert!(matches!(sent, Outcome::Queued(_)), "{sent:?}");
}

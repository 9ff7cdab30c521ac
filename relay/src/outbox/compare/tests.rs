use super::*;
use crate::outbox::cadence::Cadence;
use crate::outbox::reconcile::Reconciler;
use crate::outbox::rig::{CADENCE, MARIA, Rig};
use crate::twilio::simulator::InboundText;
use smsdesk_common::status::{Delivery, DeliveryStatus};

const HOUR: i64 = 3_600_000;

impl Rig {
    async fn compare(&self) -> Comparison {
        self.try_to_compare().await.unwrap()
    }

    async fn try_to_compare(&self) -> Result<Comparison, CompareError> {
        let pace = Pace {
            call: Duration::ZERO,
            fault: Duration::ZERO,
        };
        let (view, accounts) = (self.relay.store.view(), &self.relay.accounts);
        let since = view.clock().now().plus_millis(-72 * HOUR);
        compare_at(pace, &view, accounts, Some(since)).await
    }
}

#[tokio::test]
async fn three_planted_differences_are_found_and_nothing_else() {
    let rig = Rig::start().await;
    let sids = rig.write(5).await;
    for (sid, n) in sids.iter().zip(1..).skip(2) {
        rig.receive(sid, &format!("text {n}")).await;
    }
    rig.receive(&sids[1], "text of another").await;
    rig.receive("SMffffffffffffffffffffffffffffffff", "never sent")
        .await;
    rig.advance(HOUR);
    let found = rig.compare().await;
    let told = found.to_string();
    let mut told: Vec<_> = told.lines().map(str::to_owned).collect();
    assert!(told.pop().unwrap().starts_with("reconciled: 0 of ours"));
    let summary = told.pop().unwrap();
    assert!(
        summary.starts_with("twilio: 5 listed and 5 of ours compared since ")
            && summary.ends_with(": 3 differences"),
        "{summary}"
    );
    told.sort();
    let mut expected = vec![
        format!(
            "missing: {} is in Twilio's list (inbound), not here",
            sids[0]
        ),
        format!("differs: {} has another body", sids[1]),
        "extra: SMffffffffffffffffffffffffffffffff is here, Twilio does not know it".to_owned(),
    ];
    expected.sort();
    assert_eq!(told, expected);
    assert!(!found.to_string().contains(MARIA) && !found.to_string().contains("text"));
}

#[tokio::test]
async fn after_the_lists_were_read_there_is_no_difference() {
    let rig = Rig::start().await;
    rig.write(30).await;
    let text = InboundText::new(MARIA, "“one more” – and…");
    rig.simulator.inbound(&text).await.unwrap();
    rig.advance(HOUR);
    let cadence = Cadence {
        page_messages: 7,
        ..CADENCE
    };
    let found = rig.compare().await;
    assert_eq!(found.differences.len(), 31);
    let mut reconciler = Reconciler::new(std::sync::Arc::clone(&rig.relay), cadence);
    reconciler.rest().await;
    assert_eq!(found.reconciled.read_through, None);
    let found = rig.compare().await;
    assert_eq!((found.listed, found.ours), (31, 31));
    assert_eq!(found.differences, []);
    assert_eq!(found.reconciled.brought, 31);
    assert!(found.reconciled.read_through.is_some());
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_an_error_and_not_agreement() {
    let rig = Rig::start().await;
    rig.turn(|knobs| knobs.http_503 = crate::twilio::simulator::Rate::ALWAYS);
    let outcome = rig.try_to_compare().await;
    assert!(matches!(outcome, Err(CompareError::Look(_))));
}

#[tokio::test]
async fn our_status_counts_where_it_is_behind_or_both_are_final() {
    let rig = Rig::start().await;
    let sid = rig.write(1).await.remove(0);
    rig.receive(&sid, "text 1").await;
    let mut entry = rig.entries().await.remove(0);
    let client = rig
        .relay
        .accounts
        .client(&Address::from_twilio(crate::outbox::rig::LINE).unwrap());
    let mut message = client.fetch(&sid.parse().unwrap()).await.unwrap();
    let young = message.created.plus_millis(SETTLED_MS - 1);
    let old = message.created.plus_millis(SETTLED_MS);
    let mut differs = |ours, theirs, now| {
        entry.status = Some(ours);
        message.delivery = Some(Delivery {
            status: theirs,
            error: None,
        });
        differs_in_status(&entry, &message, now)
    };
    use DeliveryStatus::{Accepted, Delivered, Failed, Sent, Unconfirmed, Undelivered};
    assert!(!differs(Delivered, Sent, old), "theirs lags");
    assert!(!differs(Accepted, Sent, young) && differs(Accepted, Sent, old));
    assert!(!differs(Sent, Delivered, young) && differs(Sent, Delivered, old));
    assert!(differs(Delivered, Undelivered, young) && differs(Failed, Undelivered, young));
    assert!(differs(Unconfirmed, Failed, old) && !differs(Delivered, Delivered, old));
}

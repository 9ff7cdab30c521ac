//! Somebody is erased, and what is old is purged.

use super::*;
use crate::admin::removal::{erase, purge};
use crate::desk::erase::ENTRIES_ONCE;
use crate::store::sql::{Reads, Value};
use crate::store::sweep::Beside;
use crate::store::verify::verify;
use crate::store::{audit, consent, removal, search};
use smsdesk_common::audit::Actor;
use smsdesk_common::feed::Digest;

/// Stands in every text that is to be gone.
const CANARY: &str = "zanzibarcanary";

fn maria() -> Address {
    Address::from_twilio(MARIA).unwrap()
}

fn raw(sid: u32, from: &str, body: &str) -> (InboundMessage, Vec<u8>) {
    let sid = format!("SM{sid:032x}");
    let form = encoded(&[
        ("AccountSid", ACCOUNT),
        ("MessageSid", &sid),
        ("From", from),
        ("To", LINE),
        ("Body", body),
        ("FromCity", "NAPLES"),
        ("NumSegments", "1"),
    ]);
    let message = InboundMessage::from_form(&Form::parse(form.as_bytes()).unwrap()).unwrap();
    (message, form.into_bytes())
}

impl World {
    async fn heard(&self, sid: u32, from: &str, body: &str) -> Seen {
        let (message, raw) = raw(sid, from, body);
        let job = move |tx: &mut dyn crate::store::sql::Tx| {
            receive::receive(tx, &message, &raw, Origin::Webhook)
        };
        self.store.write(job).await.unwrap()
    }

    async fn index(&self) {
        while self.store.write(|tx| search::index(tx, 100)).await.unwrap() > 0 {}
    }

    /// Everything fits: the digest, the feed, the tables.
    async fn fits(&self) {
        let path = self._folder.path().join("t.db");
        let report = tokio::task::spawn_blocking(move || verify(&path).unwrap());
        let report = report.await.unwrap();
        assert_eq!(report.findings, []);
        assert!(report.complete);
    }

    async fn number(&self, sql: &'static str) -> i64 {
        let look = move |reads: &mut dyn Reads| {
            let row = reads.query_one(sql, &[])?;
            row.unwrap().int(0)
        };
        self.store.read(look).await.unwrap()
    }

    /// Names of the database's files in which the bytes are.
    fn files_with(&self, wanted: &[u8]) -> Vec<String> {
        let files = std::fs::read_dir(self._folder.path()).unwrap();
        let mut found = Vec::new();
        for file in files.flatten() {
            let bytes = std::fs::read(file.path()).unwrap();
            if bytes.windows(wanted.len()).any(|window| window == wanted) {
                found.push(file.file_name().into_string().unwrap());
            }
        }
        found
    }
}

#[tokio::test]
async fn of_somebody_who_is_erased_nothing_is_left_in_any_file_and_everything_else_stays() {
    let world = world().await;
    let other = "+12394267059";
    for sid in 0..40 {
        world.heard(sid, MARIA, &format!("{CANARY} {sid}")).await;
        world
            .heard(1_000 + sid, other, &format!("stays {sid}"))
            .await;
    }
    world.index().await;
    assert!(!world.files_with(CANARY.as_bytes()).is_empty());
    let before = world.number("SELECT COUNT(*) FROM entry").await;
    let erased = erase(&world.store, &maria(), Beside::Relay).await.unwrap();
    assert_eq!(
        (erased.extent.entries, erased.webhooks, erased.clean),
        (40, 40, true)
    );
    assert_eq!(
        world.number("SELECT COUNT(*) FROM entry").await,
        before - 40
    );
    for trace in [CANARY, MARIA, &MARIA[1..]] {
        let left = world.files_with(trace.as_bytes());
        assert!(left.is_empty(), "{trace}: {left:?}");
    }
    assert!(!world.files_with(b"stays 7").is_empty());
    world.fits().await;
    // Again, nothing is known of them, and nothing is told twice.
    let again = erase(&world.store, &maria(), Beside::Relay).await.unwrap();
    assert!(!again.extent.known && again.clean);
    let told = world.number("SELECT COUNT(*) FROM audit WHERE deed = 'erased'");
    assert_eq!(told.await, 1);
}

#[tokio::test]
async fn what_is_erased_does_not_come_back_by_a_webhook_a_list_or_a_late_report() {
    let world = world().await;
    world.heard(1, MARIA, "hello").await;
    let sent = world.send(outgoing(9, "on its way")).await.unwrap();
    let Sent::Now(entry) = sent else {
        panic!("{sent:?}")
    };
    world.report(callback(9, "sent", ""), Some(entry.id)).await;
    world.send(outgoing(10, "still here")).await.unwrap();
    erase(&world.store, &maria(), Beside::Nobody).await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) FROM outbox").await, 0);
    let webhooks = world.number("SELECT COUNT(*) FROM webhook").await;
    assert_eq!(world.heard(1, MARIA, "hello").await, Seen::Again);
    let late = callback(9, "delivered", "");
    assert_eq!(world.report(late, Some(entry.id)).await, Seen::Again);
    let unheard = EntryId(Uuid::from_u128(10));
    let first = callback(10, "sent", "");
    assert_eq!(world.report(first, Some(unheard)).await, Seen::Again);
    assert!(
        world
            .store
            .read(|r| removal::is_gone(r, &format!("SM{:032x}", 10)))
            .await
            .unwrap()
    );
    assert_eq!(world.number("SELECT COUNT(*) FROM entry").await, 0);
    assert_eq!(world.number("SELECT COUNT(*) FROM webhook").await, webhooks);
    // The same request is refused and sends nothing.
    assert!(world.send(outgoing(9, "on its way")).await.is_err());
    world.fits().await;
    // A new text of theirs begins anew.
    assert_eq!(world.heard(2, MARIA, "me again").await, Seen::First);
    assert_eq!(world.only_conversation().await.inbound_total, 1);
    world.fits().await;
}

fn outgoing(id: u128, body: &str) -> Outgoing {
    Outgoing {
        id: Some(EntryId(Uuid::from_u128(id))),
        recipient: Recipient::Address {
            to: maria(),
            line: None,
            open: None,
        },
        body: body.to_owned(),
        media: Vec::new(),
        epoch: None,
        seen: None,
        confirmed: true,
        template: None,
        later: None,
    }
}

#[tokio::test]
async fn who_asked_for_no_more_texts_gets_none_after_being_erased_either_until_they_ask_again() {
    let world = world().await;
    world.heard(1, MARIA, "STOP").await;
    for _ in 0..2 {
        erase(&world.store, &maria(), Beside::Nobody).await.unwrap();
        assert!(world.files_with(MARIA.as_bytes()).is_empty());
        let refused = world.send(outgoing(20, "hello?")).await.unwrap_err();
        let code = match refused {
            DeskError::Refused { code, .. } | DeskError::Conflict { code, .. } => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code, ErrorCode::OptedOut);
    }
    assert_eq!(world.heard(2, MARIA, "START").await, Seen::First);
    erase(&world.store, &maria(), Beside::Nobody).await.unwrap();
    world.send(outgoing(21, "welcome back")).await.unwrap();
    let said = world.store.read(|reads| consent::of(reads, &maria())).await;
    assert_eq!(said.unwrap().len(), 2);
    world.fits().await;
}

#[tokio::test]
async fn a_long_conversation_goes_piece_by_piece_and_one_that_is_cut_goes_on() {
    let world = world().await;
    let many = ENTRIES_ONCE + 30;
    for sid in 0..many {
        world.heard(sid, MARIA, "text").await;
    }
    let first = world
        .store
        .write(|tx| crate::desk::erase::step(tx, &maria(), 0));
    let step = first.await.unwrap();
    assert_eq!(
        step,
        crate::desk::erase::Step::More(u64::from(ENTRIES_ONCE))
    );
    assert_eq!(world.number("SELECT COUNT(*) FROM contact").await, 1);
    assert_eq!(
        world
            .number("SELECT COUNT(*) FROM audit WHERE deed = 'erased'")
            .await,
        0
    );
    let rest = erase(&world.store, &maria(), Beside::Nobody).await.unwrap();
    assert_eq!(rest.extent.entries, 30);
    assert_eq!(world.number("SELECT COUNT(*) FROM contact").await, 0);
    let seq = world.store.hub().head();
    let digest = world.store.read(crate::store::meta::digest).await.unwrap();
    let lines = world.store.read(move |reads| {
        let mut sum = Digest::EMPTY;
        for row in reads.query("SELECT kind, id, seq FROM changes", &[])? {
            sum.add(row.text(0)?, row.text(1)?, row.seq(2)?);
        }
        Ok::<_, crate::store::StoreError>(sum)
    });
    assert_eq!(lines.await.unwrap(), digest, "{seq}");
    world.fits().await;
}

#[tokio::test]
async fn what_is_old_is_purged_and_conversations_unread_and_what_waits_stay() {
    let world = world().await;
    for sid in 0..120 {
        world.heard(sid, MARIA, &format!("{CANARY} {sid}")).await;
    }
    world.index().await;
    let old = world.only_conversation().await.last.unwrap().at;
    let than = Timestamp::from_millis(old.as_millis() + 1);
    world.send(outgoing(1, "waits")).await.unwrap();
    for sid in 200..205 {
        world.heard(sid, MARIA, "young").await;
    }
    let purged = purge(&world.store, Actor::Relay, than).await.unwrap();
    assert_eq!(purged.entries, 120);
    assert_eq!(purged.raw, 120);
    let conversation = world.only_conversation().await;
    assert_eq!(conversation.inbound_total, 125);
    assert_eq!(world.entries(conversation.id).await.len(), 6);
    assert_eq!(world.heard(3, MARIA, "comes again").await, Seen::Again);
    world.fits().await;
    // All of it, but for the text that is still to go.
    let all = Timestamp::from_millis(i64::MAX / 2);
    let purged = purge(&world.store, Actor::Operator, all).await.unwrap();
    assert_eq!(purged.entries, 5);
    let again = purge(&world.store, Actor::Operator, all).await.unwrap();
    assert_eq!(again, crate::desk::purge::Purged::default());
    let rows = world
        .store
        .read(|reads| audit::page(reads, &audit::Wanted::default(), 10));
    let deeds = rows.await.unwrap();
    let purges = deeds.iter().filter(|row| row.deed == "purged").count();
    assert_eq!(purges, 2);
    assert_eq!(
        world
            .number("SELECT COUNT(*) FROM said WHERE said MATCH 'words : \"zanzibarcanary\"'")
            .await,
        0
    );
    world.fits().await;
}

#[tokio::test]
async fn a_broadcast_keeps_what_became_of_somebody_who_was_erased_and_forgets_who_it_was() {
    let world = world().await;
    let insert = |tx: &mut dyn crate::store::sql::Tx| {
        tx.execute(
            "INSERT INTO broadcast_recipient (broadcast, n, given, address, state, next_at) \
             VALUES ('b', 1, 'Maria', ?1, 'delivered', 0), ('b', 2, 'Maria', ?1, 'pending', 0)",
            &[Value::Text(MARIA.to_owned())],
        )
    };
    world.store.write(insert).await.unwrap();
    world.heard(1, MARIA, "hello").await;
    erase(&world.store, &maria(), Beside::Nobody).await.unwrap();
    let kept = world.number(
        "SELECT COUNT(*) FROM broadcast_recipient WHERE given = '' AND address IS NULL \
         AND state IN ('delivered', 'canceled')",
    );
    assert_eq!(kept.await, 2);
}

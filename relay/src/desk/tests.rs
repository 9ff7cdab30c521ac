mod world;

use self::world::*;
use super::send::{Outgoing, Recipient, Sent};
use super::{DeskError, people, read};
use crate::store::feed;
use crate::store::webhooks::Seen;
use proptest::prelude::*;
use smsdesk_common::agent::Role;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::ids::{ConversationId, DeviceId, RequestId, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::status::DeliveryStatus;
use uuid::Uuid;

#[tokio::test]
async fn a_first_text_makes_contact_conversation_and_entry() {
    let world = world().await;
    assert_eq!(
        world.receive(inbound(1, "hi\u{0}\u{1b}[2J")).await,
        Seen::First
    );
    let conversation = world.only_conversation().await;
    assert_eq!(
        (conversation.address.as_str(), conversation.inbound_total),
        (MARIA, 1)
    );
    let entries = world.entries(conversation.id).await;
    assert_eq!(
        entries[0].body, "hi\u{0}\u{1b}[2J",
        "stored exactly as sent"
    );
    assert_eq!(conversation.waiting_since, Some(entries[0].at));
    assert_eq!(conversation.last.unwrap().entry, entries[0].id);
}

#[tokio::test]
async fn a_repeated_webhook_changes_nothing_at_all() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let head = world.store.hub().head();
    assert_eq!(world.receive(inbound(1, "hi")).await, Seen::Again);
    assert_eq!(
        world.receive(inbound(1, "another body, same sid")).await,
        Seen::Again
    );
    assert_eq!(world.store.hub().head(), head);
    assert_eq!(world.only_conversation().await.inbound_total, 1);
}

#[tokio::test]
async fn an_answer_ends_the_wait_and_the_next_text_starts_a_new_one() {
    let world = world().await;
    world.receive(inbound(1, "first")).await;
    let began = world.only_conversation().await.waiting_since;
    world.receive(inbound(2, "second")).await;
    assert_eq!(
        world.only_conversation().await.waiting_since,
        began,
        "the wait goes on"
    );
    world.send(to_maria(1, "answer")).await.unwrap();
    assert_eq!(world.only_conversation().await.waiting_since, None);
    world.receive(inbound(3, "third")).await;
    assert!(world.only_conversation().await.waiting_since > began);
}

#[tokio::test]
async fn the_same_request_sends_once_and_another_with_its_id_is_refused() {
    let world = world().await;
    let Sent::Now(first) = world.send(to_maria(1, "hello")).await.unwrap() else {
        panic!()
    };
    let Sent::Before(again) = world.send(to_maria(1, "hello")).await.unwrap() else {
        panic!()
    };
    assert_eq!(first, again);
    assert_eq!(world.waiting().await, 1);
    let error = world.send(to_maria(1, "something else")).await.unwrap_err();
    assert!(
        matches!(
            error,
            DeskError::Refused {
                code: ErrorCode::IdReused,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(world.waiting().await, 1);
}

#[tokio::test]
async fn an_id_of_a_text_that_came_in_cannot_be_sent_with() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let conversation = world.only_conversation().await;
    let id = world.entries(conversation.id).await[0].id;
    let error = world
        .send(Outgoing {
            id: Some(id),
            ..to_maria(0, "x")
        })
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            DeskError::Refused {
                code: ErrorCode::IdReused,
                ..
            }
        ),
        "{error}"
    );
}

type Change<'a> = &'a dyn Fn(&mut SendMessage);

#[test]
fn what_cannot_be_sent_is_refused_by_field() {
    let home = "US".parse().ok();
    let message = |change: &dyn Fn(&mut SendMessage)| {
        let mut message = SendMessage {
            to: Some("(239) 426-7058".to_owned()),
            body: "hi".to_owned(),
            ..SendMessage::default()
        };
        change(&mut message);
        Outgoing::parse(message, home)
    };
    let Recipient::Address { to, .. } = message(&|_| {}).unwrap().recipient else {
        panic!()
    };
    assert_eq!(to.as_str(), MARIA);
    let cases: [(Change, ErrorCode, &str); 8] = [
        (
            &|m| m.to = Some("not a number".to_owned()),
            ErrorCode::ToInvalid,
            "`to`",
        ),
        (
            &|m| m.to = Some("+1 12".to_owned()),
            ErrorCode::ToInvalid,
            "`to`",
        ),
        (&|m| m.to = None, ErrorCode::RecipientAmbiguous, "`to`"),
        (
            &|m| m.conversation = Some(ConversationId(Uuid::nil())),
            ErrorCode::RecipientAmbiguous,
            "`conversation`",
        ),
        (
            &|m| m.body = " \n".to_owned(),
            ErrorCode::BodyEmpty,
            "`body`",
        ),
        (
            &|m| m.body = "é".repeat(1_601),
            ErrorCode::BodyTooLong,
            "1601",
        ),
        (
            &|m| m.media = vec!["x".to_owned()],
            ErrorCode::NotSupported,
            "`media`",
        ),
        (
            &|m| m.send_at = Some("18:00".to_owned()),
            ErrorCode::NotSupported,
            "`send_at`",
        ),
    ];
    for (change, expected, words) in cases {
        match message(change) {
            Err(DeskError::Refused { code, detail }) => {
                assert_eq!(code, expected);
                assert!(detail.contains(words), "{detail}");
            }
            other => panic!("{expected:?}: {other:?}"),
        }
    }
    assert!(message(&|m| m.body = "é".repeat(1_600)).is_ok());
}

#[tokio::test]
async fn an_unknown_conversation_or_line_is_refused_and_stores_nothing() {
    let world = world().await;
    let head = world.store.hub().head();
    let nowhere = Recipient::Conversation(ConversationId(Uuid::nil()));
    let error = world
        .send(Outgoing {
            recipient: nowhere,
            ..to_maria(1, "x")
        })
        .await
        .unwrap_err();
    let unknown = ErrorCode::ConversationUnknown;
    assert!(
        matches!(error, DeskError::Refused { code, .. } if code == unknown),
        "{error}"
    );
    let other = Recipient::Address {
        to: Address::from_twilio(MARIA).unwrap(),
        line: Some("+15550000000".to_owned()),
    };
    let error = world
        .send(Outgoing {
            recipient: other,
            ..to_maria(1, "x")
        })
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains(LINE),
        "names the lines there are: {error}"
    );
    assert_eq!(world.store.hub().head(), head);
}

#[tokio::test]
async fn an_early_callback_binds_the_sid_and_takes_the_text_off_the_outbox() {
    let world = world().await;
    let Sent::Now(entry) = world.send(to_maria(1, "hello")).await.unwrap() else {
        panic!()
    };
    world.report(callback(7, "sent", ""), Some(entry.id)).await;
    let entry = world.entry(entry.id).await;
    assert_eq!(entry.status, Some(DeliveryStatus::Sent));
    assert_eq!(entry.sid.as_deref(), Some(format!("SM{:032x}", 7).as_str()));
    assert_eq!(world.waiting().await, 0);
    assert_eq!(
        world.only_conversation().await.last.unwrap().status,
        entry.status
    );
}

#[tokio::test]
async fn a_callback_cannot_take_a_text_from_another_sid_or_change_an_inbound_one() {
    let world = world().await;
    let Sent::Now(entry) = world.send(to_maria(1, "hello")).await.unwrap() else {
        panic!()
    };
    world.report(callback(7, "sent", ""), Some(entry.id)).await;
    world
        .report(callback(8, "failed", "30007"), Some(entry.id))
        .await;
    assert_eq!(
        world.entry(entry.id).await.status,
        Some(DeliveryStatus::Sent)
    );
    world.receive(inbound(9, "hi")).await;
    let texts = world.entries(entry.conversation).await;
    world
        .report(callback(10, "failed", "30007"), Some(texts[0].id))
        .await;
    assert_eq!(
        world.entry(texts[0].id).await.status,
        Some(DeliveryStatus::Received)
    );
}

#[tokio::test]
async fn a_read_marker_is_set_once_however_often_and_late_the_request_comes() {
    let world = world().await;
    world.receive(inbound(1, "one")).await;
    world.receive(inbound(2, "two")).await;
    let conversation = world.only_conversation().await.id;
    let set = |id: u128, position: u64, inbound_read: u32| {
        let ana = world.ana.clone();
        let id = RequestId(Uuid::from_u128(id));
        let request = SetRead {
            id,
            position: Seq(position),
            inbound_read,
        };
        world
            .store
            .write(move |tx| read::set(tx, &ana, conversation, &request))
    };
    assert_eq!(set(1, 5, 1).await.unwrap().inbound_read, 1);
    assert_eq!(set(2, 9, 2).await.unwrap().inbound_read, 2);
    assert_eq!(
        set(1, 5, 1).await.unwrap().inbound_read,
        2,
        "a late repeat does not go back"
    );
    let error = set(1, 6, 1).await.unwrap_err();
    assert!(
        matches!(
            error,
            DeskError::Refused {
                code: ErrorCode::IdReused,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn an_invite_works_once_and_a_revoked_token_says_so() {
    let world = world().await;
    let store = &world.store;
    let instance = store.instance().to_owned();
    let (_, code) = store
        .write(|tx| people::invite(tx, "Bo", Role::Admin))
        .await
        .unwrap();
    let join = |code: String| {
        let instance = instance.clone();
        store.write(move |tx| people::join(tx, &code, DeviceId(Uuid::nil()), &instance))
    };
    let (bo, token) = join(code.clone()).await.unwrap();
    assert_eq!((bo.name.as_str(), bo.role), ("Bo", Role::Admin));
    let error = join(code).await.unwrap_err();
    assert!(
        matches!(
            error,
            DeskError::Refused {
                code: ErrorCode::InviteInvalid,
                ..
            }
        ),
        "{error}"
    );
    let who = |token: String| {
        let instance = instance.clone();
        store.read(move |reads| people::who(reads, &token, &instance))
    };
    assert_eq!(who(token.clone()).await.unwrap().id, bo.id);
    store.write(|tx| people::revoke(tx, "Bo")).await.unwrap();
    for (token, expected) in [
        (token.clone(), ErrorCode::TokenRevoked),
        (format!("{token}x"), ErrorCode::TokenUnknown),
        ("smsdesk_ffffffff_abc".to_owned(), ErrorCode::TokenForeign),
        ("nonsense".to_owned(), ErrorCode::TokenUnknown),
    ] {
        let error = who(token).await.unwrap_err();
        assert!(
            matches!(error, DeskError::Refused { code, .. } if code == expected),
            "{expected:?}: {error}"
        );
    }
}

#[tokio::test]
async fn nothing_in_the_database_is_a_token_or_an_invite() {
    let world = world().await;
    let (_, code) = world
        .store
        .write(|tx| people::invite(tx, "Bo", Role::Agent))
        .await
        .unwrap();
    let instance = world.store.instance().to_owned();
    let again = code.clone();
    let (_, token) = world
        .store
        .write(move |tx| people::join(tx, &again, DeviceId(Uuid::nil()), &instance))
        .await
        .unwrap();
    let secret = token.rsplit('_').next().unwrap().to_owned();
    for file in ["t.db", "t.db-wal"] {
        let bytes = std::fs::read(world.folder.path().join(file)).unwrap();
        let holds = |what: &str| {
            bytes
                .windows(what.len())
                .any(|part| part == what.as_bytes())
        };
        assert!(!holds(&secret) && !holds(&code), "{file}");
    }
}

/// What the provider reports of one text, and a repeated webhook of the customer's.
fn reports() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let report = prop_oneof![
        Just(("queued", "")),
        Just(("sending", "")),
        Just(("sent", "")),
        Just(("delivered", "")),
        Just(("undelivered", "30005")),
        Just(("failed", "30008")),
        Just(("a word of tomorrow", "")),
    ];
    proptest::collection::vec(report, 0..8)
}

async fn end_of(order: &[(&str, &str)]) -> (Option<DeliveryStatus>, Option<u32>) {
    let world = world().await;
    let Sent::Now(entry) = world.send(to_maria(1, "hello")).await.unwrap() else {
        panic!()
    };
    let mut held = entry.status;
    for (word, code) in order {
        world.report(callback(7, word, code), Some(entry.id)).await;
        let now = world.entry(entry.id).await.status;
        assert!(now >= held, "a status went backwards: {held:?} to {now:?}");
        held = now;
    }
    let entry = world.entry(entry.id).await;
    (entry.status, entry.error.map(|error| error.code))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn callbacks_in_any_order_and_any_number_end_in_one_state(
        order in reports(),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut other = order.clone();
            other.extend_from_slice(&order);
            if !other.is_empty() {
                let turn = shuffled.index(other.len());
                other.rotate_left(turn);
            }
            other.reverse();
            assert_eq!(end_of(&order).await, end_of(&other).await);
        });
    }
}

#[tokio::test]
async fn the_feed_tells_of_every_record_that_a_text_touches() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let page = world
        .store
        .read(|reads| feed::after(reads, Seq::ZERO, 100))
        .await
        .unwrap();
    let kinds: Vec<String> = page
        .changes
        .iter()
        .map(|(_, json)| {
            let change: serde_json::Value = serde_json::from_str(json).unwrap();
            change["kind"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(kinds, ["line", "agent", "contact", "entry", "conversation"]);
}

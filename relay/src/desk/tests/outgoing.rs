use super::*;
use smsdesk_common::ids::Epoch;

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
            ErrorCode::MediaInvalid,
            "`media`",
        ),
        (
            &|m| m.cancel_on_reply = true,
            ErrorCode::SendAtInvalid,
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
async fn a_text_of_a_former_life_that_is_not_known_is_refused_and_a_known_one_answered() {
    let world = world().await;
    let of = |epoch| Outgoing {
        epoch: Some(epoch),
        ..to_maria(1, "x")
    };
    let former = Epoch(world.store.epoch().0.wrapping_add(1));
    let error = world.send(of(former)).await.unwrap_err();
    let restored = ErrorCode::RelayRestored;
    assert!(
        matches!(error, DeskError::Refused { code, .. } if code == restored),
        "{error}"
    );
    assert_eq!(world.waiting().await, 0);
    world.send(of(world.store.epoch())).await.unwrap();
    assert!(matches!(world.send(of(former)).await, Ok(Sent::Before(_))));
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
        open: None,
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

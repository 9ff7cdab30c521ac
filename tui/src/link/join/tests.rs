use super::*;
use crate::cache::testing::agent;
use crate::link::testing::{TestRelay, install_tls};
use uuid::Uuid;

#[tokio::test]
async fn an_invite_becomes_a_token_once() {
    let mut relay = TestRelay::start().await;
    let invite = Invite::parse(&format!("{}#CODE-1", relay.url)).unwrap();
    let device = DeviceId(Uuid::from_u128(5));
    let joining = tokio::spawn({
        let invite = invite.clone();
        async move { join(&invite, device).await }
    });
    let call = relay.call().await;
    assert_eq!(call.path, "/v1/join");
    assert_eq!(
        call.body,
        format!(r#"{{"code":"CODE-1","device":"{device}"}}"#)
    );
    let answer = Joined {
        token: "secret".to_owned(),
        agent: agent(1, "Ana"),
        relay: "https://sms.example.com".to_owned(),
    };
    call.answer(201, &answer).await;
    assert_eq!(joining.await.unwrap(), Ok(answer));

    let joining = tokio::spawn(async move { join(&invite, device).await });
    relay.call().await.refuse(ErrorCode::InviteInvalid).await;
    assert_eq!(joining.await.unwrap(), Err(JoinError::InviteInvalid));
}

#[tokio::test]
async fn joining_what_is_no_relay_says_so() {
    let mut relay = TestRelay::start().await;
    let invite = Invite::parse(&format!("{}#CODE-1", relay.url)).unwrap();
    let device = DeviceId(Uuid::from_u128(5));
    let joining = tokio::spawn({
        let invite = invite.clone();
        async move { join(&invite, device).await }
    });
    relay.call().await.answer_text(200, "hello").await;
    let refused = joining.await.unwrap().unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("does not answer like a smsdesk relay"),
        "{refused}"
    );
    drop(relay);
    install_tls();
    let nobody = Invite::parse("http://127.0.0.1:1#CODE-1").unwrap();
    let refused = join(&nobody, device).await.unwrap_err();
    assert!(
        refused.to_string().starts_with("cannot reach 127.0.0.1:1"),
        "{refused}"
    );
}

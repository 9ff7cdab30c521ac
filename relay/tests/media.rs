//! `GET /v1/media/{id}/{index}`: what came with a text.

use crate::common::desk::{ACCOUNT, MARIA, inbound};
use crate::common::twilio::sid;
use crate::common::{Desk, Reply, Setup, Twilio, eventually};
use crate::reconcile::{Provider, until_inbound};
use reqwest::Method;
use smsdesk_common::api::ErrorCode;
use smsdesk_relay::twilio::simulator::{InboundMedia, InboundText};
use uuid::Uuid;

#[tokio::test]
async fn a_picture_that_came_with_a_text_is_had_by_token_alone() {
    let provider = Provider::start().await;
    let desk = Desk::start(provider.setup()).await;
    let text = InboundText {
        media: InboundMedia::Pictures(2),
        ..InboundText::new(MARIA, "look")
    };
    provider.write(text).await;
    until_inbound(&desk, 1).await;
    let entry = eventually("its pictures are known", async || {
        let entry = desk.entries().await.remove(0);
        (entry.media.len() == 2).then_some(entry)
    })
    .await;
    let mut files = Vec::new();
    for index in 0..2 {
        let path = format!("/v1/media/{}/{index}", entry.id);
        let answer = desk.raw(Method::GET, &path).bearer_auth(&desk.token);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/octet-stream");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        files.push(answer.bytes().await.unwrap());
    }
    assert!(!files[0].is_empty() && !files[1].is_empty());
    let none = desk.get(&format!("/v1/media/{}/2", entry.id)).await;
    none.problem(ErrorCode::MediaUnknown);
    let nobody = format!("/v1/media/{}/0", Uuid::nil());
    desk.get(&nobody).await.problem(ErrorCode::MediaUnknown);
    let wrong = desk.get("/v1/media/first/0").await;
    wrong.problem(ErrorCode::ParameterInvalid);
}

#[tokio::test]
async fn an_address_elsewhere_is_never_asked() {
    let twilio = Twilio::start(|_, _| Reply::Accept(7)).await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    for (number, url) in [
        (1, "http://169.254.169.254/latest/meta-data".to_owned()),
        (
            2,
            format!(
                "{}/2010-04-01/Accounts/{ACCOUNT}/../../secret",
                twilio.url()
            ),
        ),
        (
            3,
            format!(
                "{}.evil.example/2010-04-01/Accounts/{ACCOUNT}/x",
                twilio.url()
            ),
        ),
    ] {
        let mut pairs = inbound(number, MARIA, "look");
        pairs.push(("MediaUrl0".to_owned(), url));
        assert_eq!(
            desk.signed("/webhooks/twilio/message", &pairs).await.status,
            200
        );
        let sid = sid(number);
        let entries = desk.entries().await;
        let entry = entries
            .iter()
            .find(|entry| entry.sid.as_ref() == Some(&sid));
        let path = format!("/v1/media/{}/0", entry.unwrap().id);
        desk.get(&path).await.problem(ErrorCode::MediaUnknown);
    }
}

#[tokio::test]
async fn what_we_send_lies_where_the_provider_fetches_it() {
    let twilio = Twilio::start(|_, _| Reply::Accept(7)).await;
    let desk = Desk::start(Setup::calling(twilio.url())).await;
    let id = Uuid::from_u128(1);
    let plan = "https://files.example.com/plan.pdf";
    let message = serde_json::json!({ "id": id, "to": MARIA, "body": "", "media": [plan] });
    assert_eq!(desk.post("/v1/messages", &message).await.status, 201);
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let url = format!("http://{}/v1/media/{id}/0", desk.address);
    let answer = http.get(url).bearer_auth(&desk.token).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], plan);
}

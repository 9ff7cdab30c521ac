//! How webhooks are tried again: the overrides in a URL's fragment, time limits, the fallback.

use crate::receiver::{Answer, Asked};
use crate::world::{World, config};
use smsdesk_relay::twilio::simulator::{Purpose, SimulatorConfig};
use tokio::net::TcpSocket;

const TWIML: Answer = Answer::With(200, "text/xml", "<Response/>");
const BROKEN: Answer = Answer::With(500, "text/plain", "");
const MISSING: Answer = Answer::With(404, "text/plain", "");

/// A line whose webhook is `/sms` with this fragment.
async fn world(fragment: &str) -> World {
    let world = World::new().await;
    let numbers = world.get("IncomingPhoneNumbers.json").await.1;
    let sid = numbers["incoming_phone_numbers"][0]["sid"]
        .as_str()
        .unwrap();
    let url = world.receiver.url(&format!("/sms{fragment}"));
    world
        .post(
            &format!("IncomingPhoneNumbers/{sid}.json"),
            &[("SmsUrl", &url)],
        )
        .await;
    world
}

#[tokio::test]
async fn a_failure_is_tried_again_as_the_overrides_say() {
    type Case = (&'static str, fn() -> Vec<Answer>, u32, Option<u16>);
    let cases: [Case; 8] = [
        ("", || vec![BROKEN], 1, Some(500)),
        ("", || vec![MISSING], 1, Some(404)),
        ("#rc=3", || vec![BROKEN], 1, Some(500)),
        ("#rp=5xx", || vec![BROKEN, TWIML], 2, Some(200)),
        ("#rp=5xx", || vec![MISSING], 1, Some(404)),
        (
            "#rc=5&rp=all",
            || vec![BROKEN, MISSING, BROKEN, TWIML],
            4,
            Some(200),
        ),
        (
            "#rc=2&rp=4xx,5xx",
            || vec![BROKEN, MISSING, BROKEN, TWIML],
            3,
            Some(500),
        ),
        ("#rc=0&rp=all", || vec![BROKEN], 1, Some(500)),
    ];
    for (fragment, answers, attempts, status) in cases {
        let world = world(fragment).await;
        world.receiver.will(answers());
        let outcome = world.write("hello").await.webhooks.remove(0);
        assert_eq!(
            (outcome.attempts, outcome.status),
            (attempts, status),
            "{fragment}"
        );
        let asked = world.receiver.rest().await;
        assert_eq!(asked.len(), usize::try_from(attempts).unwrap());
        let token = |asked: &Asked| asked.header("i-twilio-idempotency-token").to_owned();
        assert!(
            asked.iter().all(|one| token(one) == token(&asked[0])),
            "one webhook, one token"
        );
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_is_not_asked_again_unless_told_so() {
    for (fragment, attempts) in [("#rt=100", 1), ("#rt=100&rp=rt&rc=2", 3)] {
        let world = world(fragment).await;
        world
            .receiver
            .will([Answer::Never, Answer::Never, Answer::Never]);
        let outcome = world.write("hello").await.webhooks.remove(0);
        assert_eq!(
            (outcome.attempts, outcome.status),
            (attempts, None),
            "{fragment}"
        );
        assert_eq!(outcome.error_code, Some(11200));
    }
}

#[tokio::test]
async fn all_tries_together_keep_to_the_total_time() {
    let world = world("#tt=5900&rt=3000&rp=all&rc=5").await;
    world.receiver.will([(); 6].map(|()| Answer::Never));
    let outcome = world.write("hello").await.webhooks.remove(0);
    assert_eq!(outcome.attempts, 2, "the second one is cut short");
    assert_eq!(outcome.error_code, Some(11200));
}

#[tokio::test]
async fn a_connection_that_fails_is_tried_once_more() {
    // Taken, so that nobody else listens there, and nobody listens.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/sms", closed.local_addr().unwrap());
    for (fragment, attempts) in [("", 2), ("#rc=3", 4), ("#rp=5xx", 1)] {
        let webhook_url = Some(format!("{url}{fragment}"));
        let world = World::with(SimulatorConfig {
            webhook_url,
            ..config()
        })
        .await;
        let outcome = world.write("hello").await.webhooks.remove(0);
        assert_eq!(
            (outcome.attempts, outcome.error_code),
            (attempts, Some(11205)),
            "{fragment}"
        );
    }
}

#[tokio::test]
async fn the_fallback_learns_what_went_wrong_where() {
    let world = world("?line=1#rc=0").await;
    let numbers = world.get("IncomingPhoneNumbers.json").await.1;
    let sid = numbers["incoming_phone_numbers"][0]["sid"]
        .as_str()
        .unwrap();
    let fallback = world.receiver.url("/again");
    let path = format!("IncomingPhoneNumbers/{sid}.json");
    world.post(&path, &[("SmsFallbackUrl", &fallback)]).await;

    let spoken = "<Response><Message>we are closed</Message></Response>";
    for (first, code) in [
        (BROKEN, "11200"),
        (Answer::With(200, "application/json", "{}"), "12300"),
    ] {
        world
            .receiver
            .will([first, Answer::With(200, "text/xml", spoken)]);
        let received = world.write("hello").await;
        assert_eq!(received.webhooks.len(), 2);
        assert_eq!(received.webhooks[1].error_code, None);
        let asked = world.receiver.take(2).await;
        assert_eq!(asked[1].path, "/again");
        assert_eq!(asked[1].param("MessageSid"), asked[0].param("MessageSid"));
        assert_eq!(asked[1].param("ErrorCode"), Some(code));
        assert_eq!(
            asked[1].param("ErrorUrl"),
            Some(world.receiver.url("/sms?line=1").as_str())
        );
        assert!(crate::inbound::is_signed(&asked[1], &fallback));
        let replies = world.simulator.messages_from(received.message.position + 1);
        assert_eq!(replies[0].body, "we are closed");
    }
    let last = world.simulator.attempts().pop().unwrap();
    assert_eq!(last.purpose, Purpose::Fallback);
    world.write("all is well again").await;
    assert_eq!(
        world.receiver.rest().await.len(),
        1,
        "the fallback is not asked for nothing"
    );
}

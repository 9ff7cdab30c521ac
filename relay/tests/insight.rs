//! What customers' texts seem to say: judged behind their commit, told in the feed, and never in the
//! way of anything.

use crate::common::endpoint::{Endpoint, Question, Says, judged};
use crate::common::{Desk, Reply, Setup, Twilio, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::entry::{Direction, Entry, EntryKind};
use smsdesk_common::insight::{Intent, Sentiment, Source};
use smsdesk_relay::clock::Clock;
use std::sync::Arc;
use tokio::sync::Semaphore;

const MARIA: &str = "+12394267058";
const BO: &str = "+13055550142";

fn setup(more: &str) -> Setup {
    Setup {
        more: more.to_owned(),
        ..Setup::new()
    }
}

/// The relay is killed, and another one goes on in its folder.
async fn again(desk: Desk, more: Option<&str>) -> Desk {
    let token = desk.token.clone();
    let mut setup = desk.crash().await;
    if let Some(more) = more {
        more.clone_into(&mut setup.more);
    }
    let mut desk = Desk::launch(setup, Clock::system()).await;
    desk.token = token;
    desk
}

async fn texts(desk: &Desk) -> Vec<Entry> {
    let mut entries = desk.entries().await;
    entries.retain(|entry| entry.entry_kind == EntryKind::Message);
    entries
}

/// Waits until the text with those words was judged.
async fn told(desk: &Desk, body: &str) -> Entry {
    eventually(&format!("{body:?} is judged"), async || {
        let mut entries = texts(desk).await.into_iter();
        entries.find(|entry| entry.body == body && entry.insight.is_some())
    })
    .await
}

async fn health(desk: &Desk) -> Value {
    let answer = desk.request(Method::GET, "/health", "", "", None).await;
    answer.json()["insight"].clone()
}

#[tokio::test]
async fn the_built_in_words_judge_texts_behind_their_commit_and_the_feed_tells() {
    let desk = Desk::start(setup("[relay.insight]\nadapter = \"lexicon\"")).await;
    desk.receive(1, MARIA, "Nobody came, this is terrible")
        .await;
    desk.receive(2, BO, "¡Muchas gracias!").await;
    let bad = told(&desk, "Nobody came, this is terrible").await;
    let insight = bad.insight.unwrap();
    assert_eq!(
        (insight.sentiment, insight.intent, insight.source),
        (Sentiment::Negative, Intent::Complaint, Source::Lexicon)
    );
    assert!(bad.seq > bad.position, "told as a change of the entry");
    let good = told(&desk, "¡Muchas gracias!").await.insight.unwrap();
    assert_eq!(
        (good.sentiment, good.intent),
        (Sentiment::Positive, Intent::Thanks)
    );
    assert_eq!(health(&desk).await["judged"], 2);
}

#[tokio::test]
async fn nobody_judges_unless_the_configuration_says_so() {
    let desk = Desk::start(Setup::new()).await;
    desk.receive(1, MARIA, "terrible").await;
    assert_eq!(health(&desk).await, Value::Null);
    assert!(texts(&desk).await[0].insight.is_none());
    let mut desk = again(desk, Some("[relay.insight]\nadapter = \"lexicon\"")).await;
    told(&desk, "terrible").await;
    desk.stop().await.unwrap();
}

#[tokio::test]
async fn an_endpoint_that_never_answers_delays_no_webhook_and_no_text() {
    let twilio = Twilio::start(|_, count| Reply::Accept(u32::try_from(count).unwrap() + 100)).await;
    let endpoint = Endpoint::start(|_, _| Says::Nothing).await;
    let desk = Desk::start(Setup {
        more: endpoint.configured("timeout_ms = 120000"),
        ..Setup::calling(twilio.url())
    })
    .await;
    assert_eq!(desk.receive(1, MARIA, "first").await.status, 200);
    eventually("the endpoint is asked", async || {
        (!endpoint.questions().is_empty()).then_some(())
    })
    .await;
    // While that question stays without an answer everything else goes on.
    for n in 2..30 {
        let body = format!("text {n}");
        assert_eq!(desk.receive(n, MARIA, &body).await.status, 200);
    }
    assert_eq!(texts(&desk).await.len(), 29, "all of them are in the feed");
    assert_eq!(desk.send(1, MARIA, "On our way").await.status, 201);
    desk.becomes(1, "queued").await;
    eventually("the reply went out", async || {
        (twilio.bodies() == ["On our way"]).then_some(())
    })
    .await;
    assert!(
        texts(&desk)
            .await
            .iter()
            .all(|entry| entry.insight.is_none())
    );
}

#[tokio::test]
async fn an_endpoint_is_asked_in_its_language_and_numbers_stay_here() {
    let endpoint = Endpoint::start(|_, _| Says::Content(judged("", 0))).await;
    let desk = Desk::start(setup(&endpoint.configured(""))).await;
    desk.receive(1, MARIA, "call 239 426 7058, you are late")
        .await;
    let entry = told(&desk, "call 239 426 7058, you are late").await;
    let insight = entry.insight.unwrap();
    assert_eq!((insight.score, insight.confidence), (-70, 90));
    assert_eq!(insight.source, Source::Ai);
    assert_eq!(entry.suggestion, None);
    let question = endpoint.questions().remove(0);
    assert!(question.head.contains("authorization: bearer sk-secret"));
    assert_eq!(question.text(), "call [number], you are late");
    assert_eq!(question.body["model"], "tiny");
    assert_eq!(question.body["response_format"]["type"], "json_object");
}

#[tokio::test]
async fn what_is_of_no_use_is_counted_and_the_text_stays_as_it_is() {
    let say = |question: &Question, _: usize| match question.text().as_str() {
        "empty" => Says::Raw(200, "", String::new()),
        "huge" => Says::Endless,
        "html" => Says::Raw(200, "", "<html>".to_owned()),
        "strange" => Says::Content(json!({
            "sentiment": "sad", "score": 0, "intent": "other", "confidence": 1,
        })),
        "bad" => Says::Raw(400, "", "{}".to_owned()),
        "moved" => Says::Raw(302, "location: http://127.0.0.1:9/\r\n", String::new()),
        _ => Says::Content(judged("", 0)),
    };
    let endpoint = Endpoint::start(say).await;
    let desk = Desk::start(setup(&endpoint.configured(""))).await;
    let words = ["empty", "huge", "html", "strange", "bad", "moved", "well"];
    for (n, body) in (1..).zip(words) {
        desk.receive(n, MARIA, body).await;
    }
    told(&desk, "well").await;
    eventually("all were asked about", async || {
        (health(&desk).await["failed"] == 6).then_some(())
    })
    .await;
    let judged = texts(&desk)
        .await
        .into_iter()
        .filter(|it| it.insight.is_some());
    assert_eq!(judged.count(), 1);
    assert_eq!(
        endpoint.questions().len(),
        words.len(),
        "none is asked about twice"
    );
}

#[tokio::test]
async fn an_endpoint_that_fails_is_asked_again_and_every_text_is_judged_in_the_end() {
    let say = |_: &Question, count: usize| match count {
        0 => Says::Raw(500, "", String::new()),
        1 => Says::Raw(429, "retry-after: 0\r\n", String::new()),
        _ => Says::Content(judged("", 0)),
    };
    let endpoint = Endpoint::start(say).await;
    let desk = Desk::start(setup(&endpoint.configured(""))).await;
    desk.receive(1, MARIA, "one").await;
    desk.receive(2, MARIA, "two").await;
    told(&desk, "one").await;
    told(&desk, "two").await;
    assert_eq!(health(&desk).await["failed"], 2);
}

#[tokio::test]
async fn a_relay_that_is_killed_goes_on_where_it_stopped() {
    let gate = Arc::new(Semaphore::new(0));
    let shared = Arc::clone(&gate);
    let say = move |question: &Question, _: usize| match question.text().as_str() {
        "held" => Says::ContentAfter(Arc::clone(&shared), judged("", 0)),
        _ => Says::Content(judged("", 0)),
    };
    let endpoint = Endpoint::start(say).await;
    let desk = Desk::start(setup(&endpoint.configured(""))).await;
    desk.receive(1, MARIA, "before").await;
    told(&desk, "before").await;
    desk.receive(2, MARIA, "held").await;
    eventually("the question is under way", async || {
        endpoint.texts().contains(&"held".to_owned()).then_some(())
    })
    .await;
    let desk = again(desk, None).await;
    gate.add_permits(10);
    told(&desk, "held").await;
    let asked = endpoint.texts();
    assert_eq!(
        asked,
        ["before", "held", "held"],
        "what was judged is judged"
    );
}

#[tokio::test]
async fn a_day_costs_no_more_than_its_cap_also_over_a_restart() {
    // A question may cost some 1.4 units here, by the bytes that it has, and costs 1.1 in the end.
    let endpoint = Endpoint::start(|_, _| Says::Content(judged("", 0))).await;
    let more = "price_in = \"1\"\nprice_out = \"1\"\ndaily_cost_cap = \"3\"";
    let desk = Desk::start(setup(&endpoint.configured(more))).await;
    desk.receive(1, MARIA, "one").await;
    told(&desk, "one").await;
    desk.receive(2, MARIA, "two").await;
    told(&desk, "two").await;
    desk.receive(3, MARIA, "three").await;
    let paused = async |desk: &Desk| {
        eventually("the cap is told", async || {
            let health = health(desk).await;
            health["paused"].as_str().map(str::to_owned)
        })
        .await
    };
    assert!(paused(&desk).await.contains("cost cap"));
    let desk = again(desk, None).await;
    assert!(paused(&desk).await.contains("cost cap"));
    assert_eq!(endpoint.texts(), ["one", "two"]);
}

#[tokio::test]
async fn a_suggestion_stands_at_the_newest_text_until_somebody_writes() {
    let endpoint = Endpoint::start(|question, _| {
        Says::Content(judged(&format!("About {}: sorry", question.text()), 50))
    })
    .await;
    let desk = Desk::start(setup(&endpoint.configured("suggest = true"))).await;
    let suggested = async || {
        let texts = texts(&desk).await;
        let suggested = texts.into_iter().filter_map(|entry| entry.suggestion);
        suggested.collect::<Vec<_>>()
    };
    desk.receive(1, MARIA, "one").await;
    let entry = told(&desk, "one").await;
    assert_eq!(entry.suggestion.as_deref(), Some("About one: sorry"));
    desk.receive(2, MARIA, "two").await;
    told(&desk, "two").await;
    assert_eq!(suggested().await, ["About two: sorry"]);
    assert_eq!(desk.send(1, MARIA, "Hello").await.status, 201);
    assert_eq!(suggested().await, Vec::<String>::new());
    let sent = texts(&desk).await;
    let outbound = sent.iter().filter(|it| it.direction == Direction::Outbound);
    assert_eq!(outbound.count(), 1, "nothing goes out by itself");
}

const RULE: &str = "[[rule]]\nname = \"ai\"\nany = [\"late\"]\nreply_ai = true\n";

/// A desk with the rule, an endpoint that is as sure as it is told, and Twilio.
async fn with_rule(confidence: u8, adapter: &str) -> (Desk, Endpoint, Twilio) {
    let twilio = Twilio::start(|_, count| Reply::Accept(u32::try_from(count).unwrap() + 100)).await;
    let endpoint =
        Endpoint::start(move |_, _| Says::Content(judged("We are sorry", confidence))).await;
    let more = match adapter {
        "openai" => endpoint.configured(""),
        other => format!("[relay.insight]\nadapter = \"{other}\""),
    };
    let desk = Desk::start(Setup {
        more,
        ..Setup::calling(twilio.url())
    })
    .await;
    let boss = desk.join("Boss", "admin").await;
    let body = Some(json!({ "text": RULE }).to_string());
    let put = desk.request(Method::PUT, "/v1/rules", &boss, "application/json", body);
    assert_eq!(put.await.status, 200);
    (desk, endpoint, twilio)
}

async fn conversation(desk: &Desk) -> Value {
    let page = desk.get("/v1/conversations?view=all").await.json();
    page["conversations"][0].clone()
}

#[tokio::test]
async fn a_rule_lets_the_endpoint_reply_and_the_text_is_marked() {
    let (desk, _endpoint, twilio) = with_rule(91, "openai").await;
    desk.receive(1, MARIA, "you are late").await;
    let reply = eventually("a reply goes out", async || {
        let mut texts = texts(&desk).await.into_iter();
        texts.find(|entry| entry.direction == Direction::Outbound)
    })
    .await;
    assert_eq!(reply.body, "We are sorry");
    assert_eq!(reply.ai_generated.unwrap().confidence, 91);
    assert!(reply.author.to_string().starts_with("automation:rule:"));
    eventually("Twilio has it", async || {
        (twilio.bodies() == ["We are sorry"]).then_some(())
    })
    .await;
    // The agent's first word ends it, until the conversation is done.
    assert_eq!(desk.send(1, MARIA, "I take over").await.status, 201);
    desk.receive(2, MARIA, "still late").await;
    told(&desk, "still late").await;
    assert_eq!(texts(&desk).await.len(), 4, "no second reply");
    let id = conversation(&desk).await["id"].as_str().unwrap().to_owned();
    let done = json!({ "id": uuid::Uuid::from_u128(9), "status": "done" });
    let path = format!("/v1/conversations/{id}");
    let token = desk.token.clone();
    let patch = desk.request(
        Method::PATCH,
        &path,
        &token,
        "application/json",
        Some(done.to_string()),
    );
    assert_eq!(patch.await.status, 200);
    desk.receive(3, MARIA, "late again").await;
    eventually("it replies again", async || {
        (texts(&desk).await.len() == 6).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_reply_that_is_not_sure_enough_asks_for_attention_instead() {
    let (desk, _endpoint, twilio) = with_rule(79, "openai").await;
    desk.receive(1, MARIA, "you are late").await;
    let reason = eventually("it is flagged", async || {
        let reason = conversation(&desk).await["flag_reason"].clone();
        reason.as_str().map(str::to_owned)
    })
    .await;
    assert!(
        reason.contains("not sure") && reason.contains("79"),
        "{reason}"
    );
    assert_eq!(texts(&desk).await.len(), 1);
    assert!(twilio.calls().is_empty());
}

#[tokio::test]
async fn a_person_who_opted_out_gets_no_reply_of_a_machine_and_without_an_endpoint_nobody_does() {
    let (desk, endpoint, _twilio) = with_rule(99, "openai").await;
    desk.receive(1, MARIA, "STOP").await;
    desk.receive(2, MARIA, "late").await;
    told(&desk, "late").await;
    assert_eq!(texts(&desk).await.len(), 2);
    assert_eq!(endpoint.texts(), ["STOP", "late"]);
    let (desk, _endpoint, _twilio) = with_rule(99, "lexicon").await;
    desk.receive(1, MARIA, "you are late").await;
    told(&desk, "you are late").await;
    assert_eq!(texts(&desk).await.len(), 1);
    assert!(conversation(&desk).await["flag_reason"].is_null());
}

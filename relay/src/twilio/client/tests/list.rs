use super::*;
use crate::twilio::listed::NextPage;
use smsdesk_common::entry::Direction;
use smsdesk_common::time::Timestamp;

const NOTHING: &str = r#"{"messages":[],"next_page_uri":null}"#;

fn looker(server: &Server) -> TwilioClient {
    client(&server.url(), Auth::Token(TOKEN.into()), UNHURRIED)
}

/// The request's first line without its version.
fn target(request: &str) -> &str {
    let line = request.lines().next().unwrap();
    line.strip_suffix(" HTTP/1.1").unwrap()
}

fn path(rest: &str) -> String {
    format!("GET /2010-04-01/Accounts/{ACCOUNT}/Messages{rest}")
}

async fn listed(query: &ListQuery) -> String {
    let server = Server::answering("200 OK", "", NOTHING).await;
    let page = looker(&server).list(query).await.unwrap();
    assert_eq!((page.messages.len(), page.next), (0, None));
    server.request().await
}

#[tokio::test]
async fn a_list_is_asked_for_as_twilio_wants_it() {
    let query = ListQuery {
        to: Some(address("+15557122661")),
        from: Some(address("+13055550142")),
        sent_from: Some(Timestamp::from_millis(1_795_252_560_999)),
        sent_until: Some(Timestamp::from_millis(1_795_252_561_000)),
        page_messages: 7,
    };
    let request = listed(&query).await;
    let expected = path(
        ".json?To=%2B15557122661&From=%2B13055550142&DateSent%3E=2026-11-21T09%3A16%3A00Z\
         &DateSent%3C=2026-11-21T09%3A16%3A01Z&PageSize=7",
    );
    assert_eq!(target(&request), expected);
    let credentials = STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
    assert!(request.contains(&format!("authorization: Basic {credentials}")));
}

#[tokio::test]
async fn a_number_has_lists_of_its_own_and_a_service_only_the_accounts() {
    let service = address("MGbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    for (line, direction, filter) in [
        ("+15557122661", Direction::Inbound, "To=%2B15557122661&"),
        ("+15557122661", Direction::Outbound, "From=%2B15557122661&"),
        (service.as_str(), Direction::Inbound, ""),
        (service.as_str(), Direction::Outbound, ""),
    ] {
        let request = listed(&ListQuery::of_line(&address(line), direction, None)).await;
        assert_eq!(
            target(&request),
            path(&format!(".json?{filter}PageSize=200"))
        );
    }
}

#[tokio::test]
async fn a_later_page_is_asked_for_with_twilios_own_query() {
    let query = "To=%2B1&PageSize=50&Page=1&PageToken=PASM02";
    let body = NOTHING.replace(
        "null",
        &format!("\"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?{query}\""),
    );
    let server = Server::answering("200 OK", "", &body).await;
    let page = looker(&server).list(&ListQuery::default()).await.unwrap();
    assert_eq!(page.next, Some(NextPage::kept(query.to_owned())));
    let server = Server::answering("200 OK", "", NOTHING).await;
    looker(&server).list_on(&page.next.unwrap()).await.unwrap();
    assert_eq!(
        target(&server.request().await),
        path(&format!(".json?{query}"))
    );
}

#[tokio::test]
async fn one_message_and_its_attachments_have_addresses_of_their_own() {
    let sid = "MM02".parse().unwrap();
    let server = Server::answering("200 OK", "", "{}").await;
    assert_eq!(
        looker(&server).fetch(&sid).await,
        Err(LookError::Unreadable)
    );
    assert_eq!(target(&server.request().await), path("/MM02.json"));
    let files = r#"{"media_list":[{"sid":"ME03","content_type":"image/png"}]}"#;
    let server = Server::answering("200 OK", "", files).await;
    let url = server.url();
    let media = looker(&server).media(&sid).await.unwrap();
    let expected = format!("{url}/2010-04-01/Accounts/{ACCOUNT}/Messages/MM02/Media/ME03");
    assert_eq!(media[0].url, expected);
    assert_eq!(
        target(&server.request().await),
        path("/MM02/Media.json?PageSize=20")
    );
}

#[tokio::test]
async fn each_refusal_says_whether_another_time_may_help() {
    let later = |seconds: Option<u64>| LookError::Later {
        after: seconds.map(Duration::from_secs),
    };
    for (status, headers, expected) in [
        (
            "429 Too Many Requests",
            "retry-after: 7\r\n",
            later(Some(7)),
        ),
        ("429 Too Many Requests", "", later(None)),
        ("503 Service Unavailable", "", later(None)),
        ("404 Not Found", "", LookError::Missing),
    ] {
        let server = Server::answering(status, headers, "<html>").await;
        let error = looker(&server)
            .list(&ListQuery::default())
            .await
            .unwrap_err();
        assert_eq!(error, expected, "{status}");
        server.request().await;
    }
    let body = r#"{"code":20003,"message":"Authenticate"}"#;
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let server = Server::answering(status, "", body).await;
        let error = looker(&server)
            .list(&ListQuery::default())
            .await
            .unwrap_err();
        assert!(matches!(error, LookError::Refused { error } if error.code == 20003));
    }
    let nobody = Server::answering("200 OK", "", NOTHING).await;
    let gone = client("http://127.0.0.1:9", Auth::Token(TOKEN.into()), UNHURRIED);
    assert_eq!(gone.list(&ListQuery::default()).await, Err(later(None)));
    drop(nobody);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::answering("200 OK", "", NOTHING).await;
    let location = format!("location: {}/\r\n", elsewhere.url());
    let server = Server::answering("307 Temporary Redirect", &location, NOTHING).await;
    let error = looker(&server)
        .list(&ListQuery::default())
        .await
        .unwrap_err();
    assert!(matches!(error, LookError::Refused { .. }), "{error:?}");
    server.request().await;
    elsewhere.task.abort();
}

#[tokio::test]
async fn a_long_page_is_read_and_an_endless_one_is_not() {
    let words = "é".repeat(1_600);
    let message = format!(
        r#"{{"account_sid":"AC01","sid":"SM02","body":"{words}","direction":"inbound","status":
        "received","from":"+1","to":"+2","date_created":"Thu, 24 Aug 2023 05:01:45 +0000"}}"#
    );
    let messages = vec![message.as_str(); 300].join(",");
    let body = format!(r#"{{"messages":[{messages}],"next_page_uri":null}}"#);
    assert!(body.len() > ANSWER_BYTES_MAX * 3);
    let server = Server::answering("200 OK", "", &body).await;
    let page = looker(&server).list(&ListQuery::default()).await.unwrap();
    assert_eq!((page.messages.len(), page.unreadable), (300, 0));
    let start = "HTTP/1.1 200 OK\r\n\r\n{\"messages\":[";
    let more = Box::leak(" ".repeat(64 * 1024).into_boxed_str());
    let server = Server::start(Then::SayForEver(start, more)).await;
    let error = looker(&server)
        .list(&ListQuery::default())
        .await
        .unwrap_err();
    assert_eq!(error, LookError::Unreadable);
}

//! The client against a server that says exactly what the test has written down.

mod list;

use super::*;
use crate::twilio::classify::Doubt;
use crate::twilio::form::Form;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

const ACCOUNT: &str = "AC319743aabbccddeeff00112233445566";
const TOKEN: &str = "f00dfeedf00dfeedf00dfeedf00dfeed";

/// Long enough for a busy machine: these tests never wait for it.
const UNHURRIED: Timeouts = Timeouts {
    connect: Duration::from_secs(30),
    total: Duration::from_secs(60),
};

/// What the server does after it has read the request.
enum Then {
    /// Writes this and closes.
    Say(String),
    /// Writes this and keeps the connection open until the client closes it.
    SayAndHang(&'static str),
    /// Writes the first and then the second, again and again, until the client closes.
    SayForEver(&'static str, &'static str),
}

/// A server for one connection. Its task ends with the listener and the request as it came.
struct Server {
    address: SocketAddr,
    task: JoinHandle<(TcpListener, String)>,
}

impl Server {
    async fn start(then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = read_request(&mut stream).await;
            match then {
                Then::Say(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
                Then::SayAndHang(start) => {
                    stream.write_all(start.as_bytes()).await.unwrap();
                    until_closed(&mut stream).await;
                }
                Then::SayForEver(start, more) => {
                    stream.write_all(start.as_bytes()).await.unwrap();
                    while stream.write_all(more.as_bytes()).await.is_ok() {}
                }
            }
            (listener, request)
        });
        Self { address, task }
    }

    async fn answering(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::start(Then::Say(format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        )))
        .await
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The one request; fails if there was another.
    async fn request(self) -> String {
        let (listener, request) = self.task.await.unwrap();
        let second = listener.into_std().unwrap().accept();
        assert_eq!(second.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        request
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            });
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        assert_ne!(
            stream.read_buf(&mut request).await.unwrap(),
            0,
            "half a request: {text}"
        );
    }
}

async fn until_closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // A reset is as good an end as any.
    let _closed = stream.read_to_end(&mut rest).await;
}

fn client(base_url: &str, auth: Auth, timeouts: Timeouts) -> TwilioClient {
    // Another test of this process may have been first.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    TwilioClient::with_timeouts(base_url, &ACCOUNT.parse().unwrap(), auth, timeouts).unwrap()
}

fn address(text: &str) -> Address {
    Address::from_twilio(text).unwrap()
}

fn text() -> CreateMessage {
    CreateMessage {
        to: address("+13055550142"),
        from: address("+15557122661").into(),
        body: "Grüße & 100 % 😀".to_owned(),
        status_callback: Some("https://h.example/webhooks/twilio/status?entry=7".to_owned()),
        validity_s: Some(14_400),
        media_urls: Vec::new(),
    }
}

async fn create_at(base_url: &str, timeouts: Timeouts) -> CreateOutcome {
    client(base_url, Auth::Token(TOKEN.into()), timeouts)
        .create(&text())
        .await
}

/// The outcome against `server`, which must have seen one request and no more.
async fn outcome(server: Server, timeouts: Timeouts) -> CreateOutcome {
    let outcome = create_at(&server.url(), timeouts).await;
    server.request().await;
    outcome
}

fn form_of(request: &str) -> Vec<(String, String)> {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let form = Form::parse(body.as_bytes()).unwrap();
    let pairs = form.pairs().iter().cloned();
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[tokio::test]
async fn a_text_is_posted_as_twilio_wants_it_and_accepted() {
    let server =
        Server::answering("201 CREATED", "", r#"{"sid": "SM01", "status": "queued"}"#).await;
    let outcome = create_at(&format!("{}/", server.url()), UNHURRIED).await;
    let CreateOutcome::Accepted(message) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(message.sid.as_str(), "SM01");
    let request = server.request().await;
    let line = format!("POST /2010-04-01/Accounts/{ACCOUNT}/Messages.json HTTP/1.1\r\n");
    assert!(request.starts_with(&line), "{request}");
    let basic = STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
    assert!(
        request.contains(&format!("\r\nauthorization: Basic {basic}\r\n")),
        "{request}"
    );
    assert!(request.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"));
    let expected = owned(&[
        ("To", "+13055550142"),
        ("From", "+15557122661"),
        ("Body", "Grüße & 100 % 😀"),
        (
            "StatusCallback",
            "https://h.example/webhooks/twilio/status?entry=7",
        ),
        ("ValidityPeriod", "14400"),
    ]);
    assert_eq!(form_of(&request), expected);
}

#[tokio::test]
async fn an_api_key_stands_for_the_account_in_the_credentials_alone() {
    let server = Server::answering("201 CREATED", "", r#"{"sid": "SM01"}"#).await;
    let key = Auth::ApiKey {
        sid: "SK01".parse().unwrap(),
        secret: "s3cret".into(),
    };
    client(&server.url(), key, UNHURRIED).create(&text()).await;
    let request = server.request().await;
    assert!(request.contains(&format!("/Accounts/{ACCOUNT}/Messages.json")));
    assert!(request.contains(&format!("Basic {}\r\n", STANDARD.encode("SK01:s3cret"))));
}

#[tokio::test]
async fn pictures_from_a_service_need_no_words() {
    let service = "MG0123456789abcdef0123456789abcdef";
    let message = CreateMessage {
        from: address(service).into(),
        body: String::new(),
        status_callback: None,
        validity_s: None,
        media_urls: vec![
            "https://h.example/1".to_owned(),
            "https://h.example/2".to_owned(),
        ],
        ..text()
    };
    let server = Server::answering("201 CREATED", "", r#"{"sid": "MM01"}"#).await;
    client(&server.url(), Auth::Token(TOKEN.into()), UNHURRIED)
        .create(&message)
        .await;
    let expected = owned(&[
        ("To", "+13055550142"),
        ("MessagingServiceSid", service),
        ("MediaUrl", "https://h.example/1"),
        ("MediaUrl", "https://h.example/2"),
    ]);
    assert_eq!(form_of(&server.request().await), expected);
}

#[test]
fn a_senders_name_is_not_taken_for_a_service() {
    for name in ["MGMOTORS", "+15557122661", "32665", "whatsapp:+15557122661"] {
        assert_eq!(Sender::from(address(name)), Sender::Number(address(name)));
    }
}

#[tokio::test]
async fn a_refusal_is_told_with_its_code() {
    let body =
        r#"{"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}"#;
    let server = Server::answering("400 BAD REQUEST", "", body).await;
    let outcome = outcome(server, UNHURRIED).await;
    assert!(matches!(outcome, CreateOutcome::Rejected { error } if error.code == 21610));
}

#[tokio::test]
async fn too_many_requests_are_tried_after_the_asked_for_wait() {
    let body = r#"{"code": 20429, "message": "Too Many Requests", "status": 429}"#;
    let server = Server::answering("429 TOO MANY REQUESTS", "Retry-After: 3\r\n", body).await;
    let CreateOutcome::RetryLater { after, .. } = outcome(server, UNHURRIED).await else {
        panic!()
    };
    assert_eq!(after, Some(Duration::from_secs(3)));
}

#[tokio::test]
async fn a_fault_of_twilios_is_in_doubt_and_not_repeated() {
    let server = Server::answering("500 INTERNAL SERVER ERROR", "Retry-After: 1\r\n", "oops").await;
    let reason = Doubt::Fault { status: 500 };
    assert_eq!(
        outcome(server, UNHURRIED).await,
        CreateOutcome::Ambiguous { reason }
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::answering("307 TEMPORARY REDIRECT", "Location: /elsewhere\r\n", "").await;
    let outcome = outcome(server, UNHURRIED).await;
    assert!(
        matches!(outcome, CreateOutcome::AccountRefused { .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_is_in_doubt_and_not_repeated() {
    for answer in ["", "HTTP/1.1 20", "SSH-2.0-OpenSSH_9.2p1\r\n"] {
        let server = Server::start(Then::Say(answer.to_owned())).await;
        let reason = Doubt::Broken;
        assert_eq!(
            outcome(server, UNHURRIED).await,
            CreateOutcome::Ambiguous { reason },
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_refused_connection_is_tried_later() {
    // Taken, so that nobody else listens there, and nobody listens.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    let expected = CreateOutcome::RetryLater {
        after: None,
        error: None,
    };
    assert_eq!(create_at(&url, UNHURRIED).await, expected);
}

#[tokio::test]
async fn a_handshake_without_end_is_tried_later_for_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let timeouts = Timeouts {
        connect: Duration::from_millis(20),
        ..UNHURRIED
    };
    let expected = CreateOutcome::RetryLater {
        after: None,
        error: None,
    };
    assert_eq!(create_at(&url, timeouts).await, expected);
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_in_doubt() {
    let timeouts = Timeouts {
        total: Duration::from_millis(500),
        ..UNHURRIED
    };
    let silent = Server::start(Then::SayAndHang("")).await;
    let reason = Doubt::TimedOut;
    assert_eq!(
        outcome(silent, timeouts).await,
        CreateOutcome::Ambiguous { reason }
    );
    let half = "HTTP/1.1 201 CREATED\r\ncontent-length: 99\r\n\r\n{\"sid\": \"SM01\"";
    let halting = Server::start(Then::SayAndHang(half)).await;
    let halted = outcome(halting, timeouts).await;
    assert!(
        matches!(halted, CreateOutcome::Ambiguous { .. }),
        "{halted:?}"
    );
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let chunk = "10\r\n                \r\n";
    let head = "HTTP/1.1 201 CREATED\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n";
    let server = Server::start(Then::SayForEver(head, chunk)).await;
    let reason = Doubt::Unreadable { status: 201 };
    // The size must end it long before the time does.
    let outcome = tokio::time::timeout(UNHURRIED.total / 2, outcome(server, UNHURRIED)).await;
    assert_eq!(outcome, Ok(CreateOutcome::Ambiguous { reason }));
}

#[test]
fn a_base_address_that_is_none_is_refused() {
    for base_url in [
        "",
        "api.twilio.com",
        "ftp://api.twilio.com",
        "https://",
        "data:x",
    ] {
        let account = ACCOUNT.parse().unwrap();
        let auth = Auth::Token(TOKEN.into());
        let error = TwilioClient::new(base_url, &account, auth).unwrap_err();
        assert!(matches!(error, ClientError::BaseUrl), "{base_url}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        std::io::Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_names_the_request_and_nothing_private() {
    let log = Log::default();
    let writer = log.clone();
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(move || writer.clone());
    let ours = Targets::new().with_target("smsdesk_relay", tracing::Level::TRACE);
    let subscriber = tracing_subscriber::registry().with(layer).with(ours);
    let guard = tracing::subscriber::set_default(subscriber);
    let body = r#"{"code": 21211, "message": "'+13055550142' is not a number", "status": 400}"#;
    // Twice: another test may have met these places first, when nobody listened, and what a place
    // has learnt then is forgotten only by asking all of them anew.
    for _ in 0..2 {
        let head = "Twilio-Request-Id: RQ77\r\n";
        let server = Server::answering("400 BAD REQUEST", head, body).await;
        outcome(server, UNHURRIED).await;
        outcome(Server::start(Then::Say(String::new())).await, UNHURRIED).await;
        tracing::callsite::rebuild_interest_cache();
    }
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("RQ77") && log.contains("Broken"), "{log}");
    for private in [
        "3055550142",
        "5557122661",
        "Grüße",
        TOKEN,
        &STANDARD.encode(TOKEN)[..20],
    ] {
        assert!(!log.contains(private), "{private} in {log}");
    }
}

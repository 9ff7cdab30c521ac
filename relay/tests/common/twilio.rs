//! A server in the place of Twilio's API that does what the test has written down.

use super::desk::ACCOUNT;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Takes the text: `201` with a message of this number.
    Accept(u32),
    /// This status with a JSON body.
    Status(u16, String),
    /// Closes without a word.
    Drop,
    /// Never answers.
    Hang,
    /// Takes the text once the semaphore has a permit.
    AcceptAfter(Arc<Semaphore>, u32),
}

/// How the server names every request.
pub(crate) const REQUEST: &str = "RQ0123456789abcdef0123456789abcdef";

/// A form that was posted.
pub(crate) type Call = BTreeMap<String, String>;

type Script = dyn Fn(&Call, usize) -> Reply + Send + Sync;

/// The server. It ends with the test's runtime.
#[derive(Clone, Debug)]
pub(crate) struct Twilio {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Twilio {
    /// A server that asks `script` about each call; the second parameter counts calls from 0.
    pub(crate) async fn start(
        script: impl Fn(&Call, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::listen(listener, script)
    }

    pub(crate) fn listen(
        listener: TcpListener,
        script: impl Fn(&Call, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let shared = Arc::clone(&calls);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&shared), Arc::clone(&script)));
            }
        });
        Self { address, calls }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every call so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The bodies of the calls so far.
    pub(crate) fn bodies(&self) -> Vec<String> {
        let calls = self.calls();
        calls.iter().map(|call| call["Body"].clone()).collect()
    }
}

pub(crate) fn sid(number: u32) -> String {
    format!("SM{number:032x}")
}

async fn answer(mut stream: TcpStream, calls: Arc<Mutex<Vec<Call>>>, script: Arc<Script>) {
    let call = match read(&mut stream).await {
        Some(Asked::Create(call)) => call,
        Some(Asked::List) => {
            let nothing = r#"{"messages":[],"next_page_uri":null}"#;
            return say(&mut stream, 200, nothing).await;
        }
        None => return,
    };
    let count = {
        let mut calls = calls.lock().unwrap();
        calls.push(call.clone());
        calls.len() - 1
    };
    let (status, body) = match script(&call, count) {
        Reply::Accept(number) => (201, accepted(number)),
        Reply::Status(status, body) => (status, body),
        Reply::Drop => return,
        Reply::Hang => {
            let mut rest = Vec::new();
            let _closed = stream.read_to_end(&mut rest).await;
            return;
        }
        Reply::AcceptAfter(gate, number) => {
            gate.acquire().await.unwrap().forget();
            (201, accepted(number))
        }
    };
    say(&mut stream, status, &body).await;
}

async fn say(stream: &mut TcpStream, status: u16, body: &str) {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n\
         twilio-request-id: {REQUEST}\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    let _gone = stream.write_all(text.as_bytes()).await;
}

fn accepted(number: u32) -> String {
    let sid = sid(number);
    format!(r#"{{"sid":"{sid}","status":"queued","num_segments":"1","error_code":null}}"#)
}

/// What a request wants.
enum Asked {
    /// A message, by this form.
    Create(Call),
    /// A list of messages. There are none.
    List,
}

/// One request to the path of the messages.
async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                let path = format!("/2010-04-01/accounts/{ACCOUNT}/messages.json");
                let path = path.to_ascii_lowercase();
                if head.starts_with(&format!("get {path}?")) {
                    return Some(Asked::List);
                }
                assert!(head.starts_with(&format!("post {path} ")), "{head}");
                let pairs = form_urlencoded::parse(body.as_bytes());
                return Some(Asked::Create(pairs.into_owned().collect()));
            }
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
}

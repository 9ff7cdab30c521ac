//! A server in the place of an endpoint that judges texts, which does what the test has written down.

use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// What the server does with a question.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    /// `200` with a completion of this content.
    Content(Value),
    /// The same, once the semaphore has a permit.
    ContentAfter(Arc<Semaphore>, Value),
    /// This status with this body, and further lines of the head.
    Raw(u16, &'static str, String),
    /// Never answers.
    Nothing,
    /// A body that does not end.
    Endless,
}

/// A question.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Question {
    /// The customer's words, as they came.
    pub(crate) fn text(&self) -> String {
        let data = self.body["messages"][1]["content"].as_str().unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        data["text"].as_str().unwrap().to_owned()
    }
}

type Script = dyn Fn(&Question, usize) -> Says + Send + Sync;

/// The server. It ends with the test's runtime.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    address: SocketAddr,
    questions: Arc<Mutex<Vec<Question>>>,
}

impl Endpoint {
    /// A server that asks `script` about each question; the second parameter counts them from 0.
    pub(crate) async fn start(
        script: impl Fn(&Question, usize) -> Says + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let questions = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let shared = Arc::clone(&questions);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&shared), Arc::clone(&script)));
            }
        });
        Self { address, questions }
    }

    /// The configuration of a relay that asks it.
    pub(crate) fn configured(&self, more: &str) -> String {
        format!(
            "[relay.insight]\nadapter = \"openai\"\nurl = \"http://{}/v1\"\nmodel = \"tiny\"\n\
             api_key = \"sk-secret\"\n{more}\n",
            self.address
        )
    }

    /// Every question so far.
    pub(crate) fn questions(&self) -> Vec<Question> {
        self.questions.lock().unwrap().clone()
    }

    /// What was asked about, in the order of the words.
    pub(crate) fn texts(&self) -> Vec<String> {
        let mut texts: Vec<_> = self.questions().iter().map(Question::text).collect();
        texts.sort();
        texts
    }
}

/// What an endpoint says of a complaint, with a reply.
pub(crate) fn judged(reply: &str, confidence: u8) -> Value {
    json!({
        "sentiment": "negative", "score": -70, "intent": "complaint", "confidence": 90,
        "reply": reply, "reply_confidence": confidence,
    })
}

async fn answer(mut stream: TcpStream, asked: Arc<Mutex<Vec<Question>>>, script: Arc<Script>) {
    let Some(question) = read(&mut stream).await else {
        return;
    };
    let count = {
        let mut asked = asked.lock().unwrap();
        asked.push(question.clone());
        asked.len() - 1
    };
    let (status, head, body) = match script(&question, count) {
        Says::Content(content) => (200, "", completion(&content)),
        Says::ContentAfter(gate, content) => {
            gate.acquire().await.unwrap().forget();
            (200, "", completion(&content))
        }
        Says::Raw(status, head, body) => (status, head, body),
        Says::Nothing => {
            let mut rest = Vec::new();
            let _closed = stream.read_to_end(&mut rest).await;
            return;
        }
        Says::Endless => {
            let head = "HTTP/1.1 200 X\r\ncontent-type: application/json\r\n\r\n";
            let _gone = stream.write_all(head.as_bytes()).await;
            while stream.write_all(&[b' '; 4_096]).await.is_ok() {}
            return;
        }
    };
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n{head}\
         content-length: {length}\r\n\r\n{body}"
    );
    let _gone = stream.write_all(text.as_bytes()).await;
}

fn completion(content: &Value) -> String {
    let message = json!({ "role": "assistant", "content": content.to_string() });
    let usage = json!({ "prompt_tokens": 1_000, "completion_tokens": 100 });
    json!({ "choices": [{ "message": message }], "usage": usage }).to_string()
}

async fn read(stream: &mut TcpStream) -> Option<Question> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                assert!(head.starts_with("post /v1/chat/completions "), "{head}");
                let body = serde_json::from_str(body).ok()?;
                return Some(Question { head, body });
            }
        }
        let mut part = [0; 4_096];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => request.extend_from_slice(&part[..length]),
        }
    }
}

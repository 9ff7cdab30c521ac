//! A webhook server that remembers what it was asked and answers as it was told.

use crate::world::within;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

/// Requests that a test may leave unread.
const MAX_UNREAD: usize = 1000;

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Vec<(String, String)>,
}

impl Asked {
    /// The only value of a parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let mut values = self.form.iter().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// How the server answers one request.
pub(crate) enum Answer {
    /// With this status, content type and body.
    With(u16, &'static str, &'static str),
    /// Not before the test says so, then with an empty TwiML document.
    When(oneshot::Receiver<()>),
    /// Never.
    Never,
}

type Script = Arc<Mutex<VecDeque<Answer>>>;

pub(crate) struct Receiver {
    base: String,
    script: Script,
    asked: AsyncMutex<mpsc::Receiver<Asked>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let script = Script::default();
        let (sender, asked) = mpsc::channel(MAX_UNREAD);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state((Arc::clone(&script), sender));
        // The server ends with the test's runtime.
        drop(tokio::spawn(
            async move { axum::serve(listener, router).await },
        ));
        Self {
            base,
            script,
            asked: AsyncMutex::new(asked),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The answers to the next requests, in order; later ones get an empty TwiML document.
    pub(crate) fn will(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.lock().unwrap().extend(answers);
    }

    /// The next request, in the order of arrival.
    pub(crate) async fn next(&self) -> Asked {
        within(async { self.asked.lock().await.recv().await.unwrap() }).await
    }

    /// The next `count` requests.
    pub(crate) async fn take(&self, count: usize) -> Vec<Asked> {
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.push(self.next().await);
        }
        taken
    }

    /// The requests that came and were not looked at.
    pub(crate) async fn rest(&self) -> Vec<Asked> {
        let mut asked = self.asked.lock().await;
        std::iter::from_fn(|| asked.try_recv().ok()).collect()
    }
}

async fn answer(
    State((script, sender)): State<(Script, mpsc::Sender<Asked>)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let encoded = if method == Method::GET {
        uri.query().unwrap_or_default().as_bytes()
    } else {
        &body
    };
    let asked = Asked {
        form: form_urlencoded::parse(encoded).into_owned().collect(),
        path: uri.path_and_query().unwrap().to_string(),
        method,
        headers,
    };
    // The answer is chosen in the order of arrival, before anything can wait.
    let answer = script.lock().unwrap().pop_front();
    sender.try_send(asked).unwrap();
    let twiml = ([(header::CONTENT_TYPE, "text/xml")], "<Response/>").into_response();
    match answer {
        None => twiml,
        Some(Answer::With(status, "", body)) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, axum::body::Body::from(body)).into_response()
        }
        Some(Answer::With(status, content_type, body)) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
        }
        Some(Answer::When(told)) => {
            drop(told.await);
            twiml
        }
        Some(Answer::Never) => std::future::pending().await,
    }
}

//! What other programs ask of a relay over HTTP, by the token of somebody who has joined.

#![expect(
    clippy::expect_used,
    reason = "a harness that does not work is a failed test"
)]

use crate::eventually::eventually;
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::join::Joined;

/// One program, over connections of its own.
#[derive(Clone, Debug)]
pub struct Api {
    relay: String,
    token: String,
    http: reqwest::Client,
}

impl Api {
    /// A program that acts as whoever joined.
    pub fn of(joined: &Joined) -> Self {
        Self {
            relay: joined.relay.clone(),
            token: joined.token.clone(),
            http: reqwest::Client::new(),
        }
    }

    /// The status and the body of the answer; null where there is none.
    pub async fn ask(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let request = self.http.request(method, format!("{}{path}", self.relay));
        let mut request = request.bearer_auth(&self.token);
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.expect("the relay answers");
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.expect("a whole answer");
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        (status, body)
    }

    /// `POST`, whatever is answered.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(Method::POST, path, body).await
    }

    /// What is there.
    ///
    /// # Panics
    /// It is refused.
    pub async fn get(&self, path: &str) -> Value {
        self.done(Method::GET, path, &Value::Null).await
    }

    /// What becomes of it.
    ///
    /// # Panics
    /// It is refused.
    pub async fn patch(&self, path: &str, body: &Value) -> Value {
        self.done(Method::PATCH, path, body).await
    }

    /// What holds from now on.
    ///
    /// # Panics
    /// It is refused.
    pub async fn put(&self, path: &str, body: &Value) -> Value {
        self.done(Method::PUT, path, body).await
    }

    async fn done(&self, method: Method, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Sets what holds, by its path.
    pub async fn set(&self, key: &str, value: impl Into<Value>) {
        self.put("/v1/settings", &json!({ key: value.into() }))
            .await;
    }

    /// The conversation with a customer; null where there is none.
    pub async fn conversation(&self, who: &str) -> Value {
        let page = self.get("/v1/conversations").await;
        let all = page["conversations"].as_array().expect("conversations");
        let found = all.iter().find(|it| it["address"] == who);
        found.cloned().unwrap_or_default()
    }

    /// Waits until so many texts wait for their time.
    pub async fn waits(&self, count: usize) {
        eventually(&format!("{count} timed texts"), || async {
            let page = self.get("/v1/messages?status=scheduled").await;
            match page["messages"].as_array().expect("messages").len() {
                found if found == count => Ok(()),
                found => Err(found.to_string()),
            }
        })
        .await;
    }
}

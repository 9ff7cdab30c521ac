//! One HTTP call to the relay, and what its failure means.

use super::failure::{Failure, judge};
use super::relay_url::RelayUrl;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use smsdesk_common::api::tokens::WIPE_HEADER;
use smsdesk_common::api::{EPOCH_HEADER, answer_s_max};
use smsdesk_common::ids::Epoch;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long opening a connection may take: a phone's network needs a few seconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes of an answer: a full page of the history with the longest texts fits.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// JSON of more bytes is read on a thread of its own, because it takes longer than a frame of the
/// screen may wait.
const PARSE_INLINE_BYTES_MAX: usize = 16 * 1024;
/// The longest wait that a relay may ask for, in seconds.
const RETRY_AFTER_S_MAX: u64 = 300;

/// An answer, and which life of the relay's database has given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answered<T> {
    pub(super) value: T,
    /// None where the relay does not say.
    pub(super) epoch: Option<Epoch>,
}

/// A client of one relay.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    relay: RelayUrl,
    authorization: Option<HeaderValue>,
    /// Whether the relay has told this device to remove its copy of the records.
    wipe: AtomicBool,
}

/// The token cannot be sent, or this system cannot do TLS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct SetupError(pub(super) String);

/// The header that proves who we are. Never shown in a log.
pub(super) fn bearer(token: &SecretString) -> Result<HeaderValue, SetupError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
        .map_err(|_| SetupError("the stored token has characters that no token has".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

impl Http {
    /// A client; without a token it can only join.
    pub(super) fn new(
        relay: RelayUrl,
        authorization: Option<HeaderValue>,
    ) -> Result<Self, SetupError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(SetupError(
                "this program has no TLS provider installed".to_owned(),
            ));
        }
        let mut builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            // Of a call that says nothing else.
            .timeout(answer_time(""))
            // A redirect could carry the token to another host.
            .redirect(Policy::none())
            // The stream cannot go through a proxy; half a connection would be worse than none.
            .no_proxy()
            .user_agent(concat!("smsdesk/", env!("CARGO_PKG_VERSION")));
        if !relay.is_encrypted() {
            // A practice desk must work where the system has no certificates at all.
            builder = builder.tls_certs_only([]);
        }
        let client = builder
            .build()
            .map_err(|error| SetupError(format!("TLS cannot be set up: {}", root_cause(&error))))?;
        Ok(Self {
            client,
            relay,
            authorization,
            wipe: AtomicBool::new(false),
        })
    }

    /// The relay tells this device to remove its copy of the records.
    pub(super) fn order_wipe(&self) {
        self.wipe.store(true, Ordering::Relaxed);
    }

    /// Whether it did.
    pub(super) fn is_to_wipe(&self) -> bool {
        self.wipe.load(Ordering::Relaxed)
    }

    /// The relay.
    pub(super) const fn relay(&self) -> &RelayUrl {
        &self.relay
    }

    /// Reads what is at `path`, which begins with a slash and may have a query.
    pub(super) async fn get<T>(&self, path: &str) -> Result<T, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.call(self.client.get(self.relay.http(path))).await
    }

    /// As [`Self::get`], with when the relay says that it answered.
    pub(super) async fn dated<T>(&self, path: &str) -> Result<(T, Option<String>), Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let response = self.send(self.client.get(self.relay.http(path))).await?;
        let date = response.headers().get(DATE);
        let date = date.and_then(|date| Some(date.to_str().ok()?.to_owned()));
        Ok((self.take(response).await?.value, date))
    }

    /// Posts JSON.
    pub(super) async fn post<T>(&self, path: &str, body: String) -> Result<T, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let request = self.client.post(self.relay.http(path));
        let request = request.timeout(answer_time(path));
        self.call(with_json(request, body)).await
    }

    /// Deletes what is at `path`.
    pub(super) async fn delete(&self, path: &str) -> Result<(), Failure> {
        self.call(self.client.delete(self.relay.http(path))).await
    }

    /// Asks for something to be done, by JSON.
    pub(super) async fn ask<T>(
        &self,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<Answered<T>, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let request = self.client.request(method, self.relay.http(path));
        let request = request.timeout(answer_time(path));
        self.answered(with_json(request, body)).await
    }

    async fn call<T>(&self, request: RequestBuilder) -> Result<T, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.answered(request).await.map(|answered| answered.value)
    }

    async fn answered<T>(&self, request: RequestBuilder) -> Result<Answered<T>, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let response = self.send(request).await?;
        self.take(response).await
    }

    async fn send(&self, mut request: RequestBuilder) -> Result<Response, Failure> {
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let sent = request.send().await;
        sent.map_err(|error| self.unreachable(&error))
    }

    async fn take<T>(&self, mut response: Response) -> Result<Answered<T>, Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let (status, retry_after) = (response.status().as_u16(), retry_after(&response));
        let epoch = epoch(&response);
        if status == 401 && response.headers().contains_key(WIPE_HEADER) {
            self.order_wipe();
        }
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.unreachable(&error))?
        {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Failure::Faulty("the relay's answer is too long".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        if (200..300).contains(&status) {
            if body.is_empty() {
                body.extend_from_slice(b"null");
            }
            let value = parse(body).await.ok_or_else(|| {
                Failure::Faulty(format!(
                    "{} does not answer like a smsdesk relay",
                    self.relay.authority()
                ))
            })?;
            return Ok(Answered { value, epoch });
        }
        Err(judge(
            status,
            serde_json::from_slice(&body).ok(),
            retry_after,
        ))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let relay = self.relay.authority();
        Failure::Unreachable(if error.is_timeout() {
            format!("{relay} does not answer in time")
        } else {
            format!("cannot reach {relay}: {}", root_cause(error))
        })
    }
}

/// How long a call to a path may take from its start to the last byte of the answer.
fn answer_time(path: &str) -> Duration {
    Duration::from_secs(answer_s_max(path))
}

fn with_json(request: RequestBuilder, body: String) -> RequestBuilder {
    request.header(CONTENT_TYPE, "application/json").body(body)
}

fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let seconds: u64 = text.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(RETRY_AFTER_S_MAX)))
}

fn epoch(response: &Response) -> Option<Epoch> {
    let text = response.headers().get(EPOCH_HEADER)?.to_str().ok()?;
    text.parse().ok()
}

/// Reads JSON without holding up the screen.
pub(super) async fn parse<T>(json: Vec<u8>) -> Option<T>
where
    T: DeserializeOwned + Send + 'static,
{
    if json.len() <= PARSE_INLINE_BYTES_MAX {
        return serde_json::from_slice(&json).ok();
    }
    let parsing = tokio::task::spawn_blocking(move || serde_json::from_slice(&json).ok());
    parsing.await.ok().flatten()
}

/// The innermost cause: the outer ones only say that a request failed.
pub(super) fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let words = cause.to_string();
    // The system's number says nothing to an agent.
    let end = words.find(" (os error").unwrap_or(words.len());
    words[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_with_strange_characters_is_refused_before_it_is_sent() {
        assert!(bearer(&SecretString::from("abc\ndef")).is_err());
        let header = bearer(&SecretString::from("abc")).unwrap();
        assert!(header.is_sensitive() && !format!("{header:?}").contains("abc"));
    }
}

//! What the doctor asks of the network: each question once, none of them repeated, all in bounded time.

use super::failure::Failure;
use super::http::{self, Http};
use super::relay_url::RelayUrl;
use super::socket::{OpenError, Socket};
use crate::clock;
use reqwest::header::HeaderValue;
use secrecy::SecretString;
use smsdesk_common::api::agents::Agents;
use smsdesk_common::api::changes::ChangesPage;
use smsdesk_common::api::health::Health;
use smsdesk_common::ids::Seq;
use smsdesk_common::skew::{Sample, http_date};
use std::time::Duration;
use tokio::time::timeout;

/// How long one question may take, in seconds.
const QUESTION_S_MAX: u64 = 8;

/// A way to a relay.
#[derive(Debug)]
pub struct Way {
    http: Http,
    authorization: HeaderValue,
}

impl Way {
    /// The way to `relay` for the owner of `token`.
    ///
    /// # Errors
    /// The token cannot be sent, or this system cannot do TLS.
    pub fn new(relay: &RelayUrl, token: &SecretString) -> Result<Self, Failure> {
        let set_up = |error: http::SetupError| Failure::SignedOut(error.to_string());
        let authorization = http::bearer(token).map_err(set_up)?;
        let http = Http::new(relay.clone(), Some(authorization.clone())).map_err(set_up)?;
        Ok(Self {
            http,
            authorization,
        })
    }

    /// How the relay says that it is; and how its clock stands, where it said so.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn health(&self) -> Result<(Health, Option<Sample>), Failure> {
        let asked = clock::now();
        let (health, date) = in_time(self.http.dated("/health")).await?;
        let came = clock::now();
        let said = date.as_deref().and_then(http_date);
        Ok((health, said.map(|said| Sample { asked, came, said })))
    }

    /// Who works there, and whose the token is.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn agents(&self) -> Result<Agents, Failure> {
        in_time(self.http.get("/v1/agents")).await
    }

    /// Where the feed stands, and what it comes to.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn head(&self, after: Seq) -> Result<ChangesPage, Failure> {
        let path = format!("/v1/changes?after={}&limit=1", after.0);
        in_time(self.http.get(&path)).await
    }

    /// Whether the live stream opens.
    ///
    /// # Errors
    /// Why not, in words.
    pub async fn stream(&self) -> Result<(), String> {
        let opening = Socket::open(&self.http, &self.authorization);
        match timeout(Duration::from_secs(QUESTION_S_MAX), opening).await {
            Ok(Ok(socket)) => {
                socket.close().await;
                Ok(())
            }
            Ok(Err(OpenError::Unreachable(words) | OpenError::SignedOut(words))) => Err(words),
            Err(_) => Err("it does not open in time".to_owned()),
        }
    }
}

async fn in_time<T>(asking: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    match timeout(Duration::from_secs(QUESTION_S_MAX), asking).await {
        Ok(answered) => answered,
        Err(_) => Err(Failure::Unreachable("no answer came in time".to_owned())),
    }
}

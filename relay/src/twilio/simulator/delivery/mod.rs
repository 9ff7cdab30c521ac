//! Asks the relay's URLs the way Twilio does: signed, with a time budget, retries and overrides.
//!
//! It reports what was answered; what an answer means is decided elsewhere.

mod attempt;
mod overrides;
mod target;

pub use self::attempt::{Attempt, Purpose};

use self::overrides::{Failure, Overrides};
use self::target::Target;
use super::exchange::Exchange;
use super::message::Sid;
use super::number::{Hook, Method};
use crate::twilio::signature::{self, SigningKey};
use reqwest::{Client, header};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Webhooks under way at once; more wait. An account's webhooks are not sent one by one.
const MAX_AT_ONCE: usize = 64;

/// Bytes of a reply that are read (Twilio's error 11750: a reply has at most 64 kB).
const MAX_REPLY_BYTES: usize = 64 * 1024;

/// HTTP clients kept, one for each pair of time limits that URLs ask for.
const MAX_CLIENTS: usize = 16;

/// How long a connection to a webhook server is kept for the next webhook.
const IDLE: Duration = Duration::from_secs(5);

/// HTTP retrieval failure: any status of 400 and above, no answer in time, a broken answer.
const RETRIEVAL_FAILURE: u32 = 11200;
/// The reply is larger than [`MAX_REPLY_BYTES`].
const REPLY_TOO_LARGE: u32 = 11750;
/// No connection.
const CONNECTION_FAILURE: u32 = 11205;

/// A webhook to be delivered.
pub(super) struct Notice {
    pub(super) purpose: Purpose,
    pub(super) hook: Hook,
    pub(super) message_sid: Sid,
    pub(super) params: Vec<(String, String)>,
}

/// How a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Tries made.
    pub attempts: u32,
    /// The last answer's HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Twilio's code for what went wrong; none if nothing did.
    pub error_code: Option<u32>,
}

/// What a webhook server answered with a status below 400.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
}

/// One try that went wrong.
struct Fault {
    failure: Failure,
    code: u32,
    words: String,
}

/// The client side of webhooks.
pub(super) struct Poster {
    key: SigningKey,
    slots: Semaphore,
    clients: Mutex<HashMap<(Duration, Duration), Client>>,
}

impl Poster {
    pub(super) fn new(key: SigningKey) -> Self {
        Self {
            key,
            slots: Semaphore::new(MAX_AT_ONCE),
            clients: Mutex::new(HashMap::new()),
        }
    }

    fn client(&self, overrides: &Overrides) -> reqwest::Result<Client> {
        let limits = (overrides.connect, overrides.read);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&limits) {
            return Ok(client.clone());
        }
        let client = Client::builder()
            .connect_timeout(overrides.connect)
            .read_timeout(overrides.read)
            .pool_idle_timeout(IDLE)
            .user_agent("TwilioProxy/1.1")
            // Names as Twilio writes them, for the sake of tools that show raw requests.
            .http1_title_case_headers()
            .no_proxy()
            .build()?;
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        clients.insert(limits, client.clone());
        Ok(client)
    }
}

impl Exchange {
    /// Delivers a webhook: every try that its URL allows, each recorded. The reply is there only
    /// if a try succeeded.
    pub(super) async fn deliver(&self, notice: &Notice) -> (Outcome, Option<Reply>) {
        let target = Target::of(notice);
        let token = self.mint("").to_string();
        let mut outcome = Outcome {
            attempts: 0,
            status: None,
            error_code: None,
        };
        let Ok(_slot) = self.poster.slots.acquire().await else {
            return (outcome, None);
        };
        let end = Instant::now() + target.overrides.total;
        while outcome.attempts <= target.overrides.retries && Instant::now() < end {
            outcome.attempts += 1;
            let result = tokio::time::timeout_at(end, self.attempt(&target, &token))
                .await
                .unwrap_or_else(|_| Err(Fault::time_is_up()));
            self.record_attempt(notice, &target, &token, outcome.attempts, &result);
            match result {
                Ok(reply) => {
                    outcome.status = Some(reply.status);
                    outcome.error_code = None;
                    return (outcome, Some(reply));
                }
                Err(fault) => {
                    outcome.status = fault.status();
                    outcome.error_code = Some(fault.code);
                    if !target.overrides.policy.retries(fault.failure) {
                        break;
                    }
                }
            }
        }
        (outcome, None)
    }

    /// Notes that a webhook was never sent.
    pub(super) fn record_lost(&self, notice: &Notice) {
        let target = Target::of(notice);
        let lost = Fault {
            failure: Failure::Connect,
            code: CONNECTION_FAILURE,
            words: "lost".to_owned(),
        };
        self.record_attempt(notice, &target, "", 0, &Err(lost));
    }

    async fn attempt(&self, target: &Target, token: &str) -> Result<Reply, Fault> {
        let client = self
            .poster
            .client(&target.overrides)
            .map_err(|error| Fault::of(&error))?;
        let request = match target.method {
            Method::Get => client.get(&target.request_url),
            Method::Post => client
                .post(&target.request_url)
                .header(
                    header::CONTENT_TYPE,
                    "application/x-www-form-urlencoded; charset=UTF-8",
                )
                .body(target.body.clone()),
        };
        let mut response = request
            .header("X-Twilio-Signature", self.signature(target))
            .header("I-Twilio-Idempotency-Token", token)
            .header("X-Home-Region", "us1")
            .header(header::ACCEPT, "*/*")
            .send()
            .await
            .map_err(|error| Fault::of(&error))?;
        let status = response.status().as_u16();
        if status >= 400 {
            return Err(Fault {
                failure: Failure::Status(status),
                code: RETRIEVAL_FAILURE,
                words: format!("HTTP {status}"),
            });
        }
        let content_type = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| Fault::of(&error))? {
            if body.len() + chunk.len() > MAX_REPLY_BYTES {
                return Err(Fault {
                    failure: Failure::Status(status),
                    code: REPLY_TOO_LARGE,
                    words: "the reply is too large".to_owned(),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status,
            content_type,
            body,
        })
    }

    fn signature(&self, target: &Target) -> String {
        signature::sign(&self.poster.key, &target.signed_url, target.signed_params())
    }

    fn record_attempt(
        &self,
        notice: &Notice,
        target: &Target,
        token: &str,
        attempt: u32,
        result: &Result<Reply, Fault>,
    ) {
        let fault = result.as_ref().err();
        self.record(Attempt {
            number: 0,
            at: self.now(),
            purpose: notice.purpose,
            attempt,
            method: target.method.as_str(),
            url: target.signed_url.clone(),
            message_sid: notice.message_sid.clone(),
            params: target.params.clone(),
            signature: self.signature(target),
            idempotency_token: token.to_owned(),
            status: result
                .as_ref()
                .map_or_else(Fault::status, |reply| Some(reply.status)),
            error_code: fault.map(|fault| fault.code),
            error: fault.map(|fault| fault.words.clone()),
        });
    }
}

impl Fault {
    fn of(error: &reqwest::Error) -> Self {
        let (failure, code, words) = if error.is_connect() {
            (Failure::Connect, CONNECTION_FAILURE, "no connection")
        } else if error.is_timeout() {
            (Failure::Read, RETRIEVAL_FAILURE, "no answer in time")
        } else if error.is_builder() {
            (Failure::Connect, RETRIEVAL_FAILURE, "not a URL")
        } else {
            (Failure::Read, RETRIEVAL_FAILURE, "a broken answer")
        };
        Self {
            failure,
            code,
            words: words.to_owned(),
        }
    }

    fn time_is_up() -> Self {
        Self {
            failure: Failure::Read,
            code: RETRIEVAL_FAILURE,
            words: "no answer within the time of all tries".to_owned(),
        }
    }

    const fn status(&self) -> Option<u16> {
        match self.failure {
            Failure::Status(status) => Some(status),
            Failure::Connect | Failure::Read => None,
        }
    }
}

//! Calls to an endpoint that understands OpenAI's `chat/completions`.
//!
//! One call is one request: it never follows a redirect, never repeats itself, and always ends in
//! bounded time with bounded memory. Logs never hold what was asked or answered, nor the key.

use super::answer::{self, Judged, Unfit};
use super::prompt::{self, ANSWER_TOKENS_MAX, Manner, Wish};
use super::tally::Reason;
use crate::config::Endpoint;
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode, redirect, retry};
use secrecy::ExposeSecret as _;
use smsdesk_common::stats::Amount;
use std::time::Duration;

/// Largest answer that is read, in bytes: a judgement with a reply has about 2 KiB.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How long a connection may take, in milliseconds.
const CONNECT_MS: u64 = 5_000;
/// How long an unused connection is kept, in milliseconds: shorter than servers keep theirs.
const IDLE_MS: u64 = 15_000;
/// Tokens that prices are told for.
const PRICED_TOKENS: i64 = 1_000;

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What was judged, or why nothing was.
    pub judged: Result<Judged, Failure>,
    /// What it cost, in billionths; none where the endpoint does not say.
    pub cost: Option<i64>,
}

/// Why nothing was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nor will it be: the text stays as it is.
    Refused(Reason),
    /// It may be asked again, after so many milliseconds where the endpoint said so.
    Later(Reason, Option<u64>),
}

/// A way to an endpoint.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    endpoint: Endpoint,
    company: Option<String>,
}

impl Client {
    /// A way to `endpoint`; the proxy that the environment names is not taken.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(endpoint: Endpoint, company: Option<String>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("smsdesk/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_millis(CONNECT_MS))
            .timeout(endpoint.timeout)
            .pool_idle_timeout(Duration::from_millis(IDLE_MS))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_gzip()
            .no_proxy()
            .build()?;
        Ok(Self {
            http,
            url: format!("{}/chat/completions", endpoint.url),
            endpoint,
            company,
        })
    }

    /// The same for a company that is called so by now.
    #[must_use]
    pub fn of_company(&self, company: Option<String>) -> Self {
        Self {
            company,
            ..self.clone()
        }
    }

    /// What it was made for.
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The most that asking about a text may cost, in billionths: a token has a byte at least.
    pub fn cost_max(&self, text: &str, wish: Wish) -> i64 {
        let bytes = self.body(text, wish).to_string().len();
        self.cost(u64::try_from(bytes).unwrap_or(u64::MAX), ANSWER_TOKENS_MAX)
    }

    fn cost(&self, tokens_in: u64, tokens_out: u64) -> i64 {
        let of = |price: Amount, tokens: u64| {
            let tokens = i64::try_from(tokens).unwrap_or(i64::MAX);
            price.0.saturating_mul(tokens) / PRICED_TOKENS
        };
        let sum = of(self.endpoint.price_in, tokens_in);
        sum.saturating_add(of(self.endpoint.price_out, tokens_out))
    }

    fn body(&self, text: &str, wish: Wish) -> serde_json::Value {
        let manner = Manner {
            model: &self.endpoint.model,
            limit_field: &self.endpoint.limit_field,
            redact_numbers: self.endpoint.redact_numbers,
            company: self.company.as_deref(),
            about: self.endpoint.about.as_deref(),
        };
        prompt::body(&manner, text, wish)
    }

    /// Asks about a text, once.
    pub async fn ask(&self, text: &str, wish: Wish) -> Outcome {
        let mut request = self.http.post(&self.url).json(&self.body(text, wish));
        if let Some(key) = &self.endpoint.api_key {
            request = request.bearer_auth(key.expose_secret());
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return failed(&error),
        };
        let status = response.status();
        if status != StatusCode::OK {
            return refused(&response);
        }
        let body = match bounded(response).await {
            Ok(body) => body,
            Err(failure) => {
                return Outcome {
                    judged: Err(failure),
                    cost: None,
                };
            }
        };
        let judged = answer::read(&body);
        let usage = judged.as_ref().ok().and_then(|judged| judged.usage);
        let cost = usage.map(|it| self.cost(it.prompt_tokens, it.completion_tokens));
        Outcome {
            judged: judged.map_err(|unfit| Failure::Refused(reason(unfit))),
            cost,
        }
    }
}

const fn reason(unfit: Unfit) -> Reason {
    match unfit {
        Unfit::Empty => Reason::Empty,
        Unfit::NotJson => Reason::NotJson,
        Unfit::UnknownValue => Reason::UnknownValue,
    }
}

/// No answer: what never reached the endpoint costs nothing.
fn failed(error: &reqwest::Error) -> Outcome {
    let (reason, cost) = if error.is_connect() {
        (Reason::Unreachable, Some(0))
    } else if error.is_timeout() {
        (Reason::TimedOut, None)
    } else {
        (Reason::Failed, None)
    };
    Outcome {
        judged: Err(Failure::Later(reason, None)),
        cost,
    }
}

/// An answer that says no. Whoever is asked too much, or out of order, may be asked again; so may one
/// that does not let us in, for an operator will mend that.
fn refused(response: &Response) -> Outcome {
    let wished = response.headers().get(RETRY_AFTER);
    let wished = wished.and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    let wished = wished.map(|seconds| seconds.saturating_mul(1_000));
    let later = |reason| Failure::Later(reason, wished);
    let status = response.status();
    let failure = match status {
        StatusCode::TOO_MANY_REQUESTS => later(Reason::Busy),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            later(Reason::Rejected)
        }
        StatusCode::REQUEST_TIMEOUT => later(Reason::TimedOut),
        _ if status.is_server_error() => later(Reason::Failed),
        _ => Failure::Refused(Reason::Rejected),
    };
    Outcome {
        judged: Err(failure),
        cost: Some(0),
    }
}

/// The body, where it fits.
async fn bounded(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > ANSWER_BYTES_MAX => {
                return Err(Failure::Refused(Reason::Huge));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => return Err(Failure::Later(Reason::TimedOut, None)),
            Err(_) => return Err(Failure::Later(Reason::Failed, None)),
        }
    }
}

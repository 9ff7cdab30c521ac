//! Calls to Twilio's REST API (twilio.com/docs/messaging/api/message-resource).
//!
//! One call is one request: it follows no redirect but that of a file, never repeats itself, and ends in
//! bounded time with bounded memory. What an answer means is [`super::classify`]'s to say. Logs hold
//! Twilio's request id, never an address, a text or a credential.

mod file;
mod holdings;
mod list;
#[cfg(test)]
mod tests;

pub use self::file::{FILE_BYTES_MAX, FileError};
pub use self::holdings::FetchedAccount;
pub use self::list::{ListQuery, LookError};

use super::classify::{self, Answer, CreateOutcome, TransportFailure};
use super::sid::{AccountSid, ApiKeySid};
use crate::clock::monotonic;
use crate::metrics::calls::{Calls, Ending, Endpoint};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, Url, redirect, retry};
use secrecy::{ExposeSecret, SecretString};
use smsdesk_common::phone::Address;
use std::time::Duration;
use tracing::Span;

/// Largest answer to a create that is read, in bytes. A message's JSON has about 1 KiB.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// How long an unused connection is kept. Shorter than any server keeps its end: a request on a
/// connection that the other side has just closed would end in doubt.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// Unused connections that are kept. The outbox has few calls under way at a time.
const POOL_IDLE_MAX: usize = 8;

/// Names the request in Twilio's own logs; its support asks for it.
const REQUEST_ID_HEADER: &str = "twilio-request-id";

/// The longest such id that is kept, in characters: Twilio's have 34.
const REQUEST_ID_CHARACTERS_MAX: usize = 64;

/// How long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands, TLS included. What it cuts off may be tried again.
    pub connect: Duration,
    /// From the start to the last byte of the answer. What it cuts off is in doubt.
    pub total: Duration,
}

impl Timeouts {
    /// Twilio answers within a second as a rule and its own libraries wait 30 s; a text in doubt
    /// costs more than a long wait, so the wait is long.
    pub const STANDARD: Self = Self {
        connect: Duration::from_secs(5),
        total: Duration::from_secs(20),
    };
}

/// What the relay shows Twilio to be let in.
#[derive(Clone, Debug)]
pub enum Auth {
    /// The account's own token, which also signs webhooks.
    Token(SecretString),
    /// A key that can be revoked by itself.
    ApiKey {
        /// Its name.
        sid: ApiKeySid,
        /// Its secret.
        secret: SecretString,
    },
}

/// Who a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A number, a short code, a name or a channel's address.
    Number(Address),
    /// A messaging service, which chooses the number.
    Service(Address),
}

impl From<Address> for Sender {
    /// A line is a messaging service if it reads `MG` and 32 hexadecimal digits; a sender's name
    /// has at most 11 characters.
    fn from(line: Address) -> Self {
        let is_service = line.as_str().strip_prefix("MG").is_some_and(|rest| {
            rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        if is_service {
            Self::Service(line)
        } else {
            Self::Number(line)
        }
    }
}

/// A text to hand to Twilio.
#[derive(Clone)]
pub struct CreateMessage {
    /// Whom it is for.
    pub to: Address,
    /// Who it comes from.
    pub from: Sender,
    /// The words; may be empty where there are attachments.
    pub body: String,
    /// Where Twilio reports how far the text has come.
    pub status_callback: Option<String>,
    /// After how many seconds in its queue Twilio gives up: 1 to 36,000.
    pub validity_s: Option<u32>,
    /// Attachments, at most 10, each where Twilio can fetch it.
    pub media_urls: Vec<String>,
}

impl CreateMessage {
    fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![("To", self.to.as_str().to_owned())];
        fields.push(match &self.from {
            Sender::Number(number) => ("From", number.as_str().to_owned()),
            Sender::Service(service) => ("MessagingServiceSid", service.as_str().to_owned()),
        });
        if !self.body.is_empty() || self.media_urls.is_empty() {
            fields.push(("Body", self.body.clone()));
        }
        fields.extend(self.media_urls.iter().map(|url| ("MediaUrl", url.clone())));
        fields.extend(
            self.status_callback
                .iter()
                .map(|url| ("StatusCallback", url.clone())),
        );
        fields.extend(
            self.validity_s
                .map(|seconds| ("ValidityPeriod", seconds.to_string())),
        );
        fields
    }
}

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The base address is not one.
    #[error("expected an address such as https://api.twilio.com")]
    BaseUrl,
    /// TLS cannot be set up, for want of root certificates for one.
    #[error("TLS cannot be set up")]
    Tls(#[source] reqwest::Error),
}

/// One account's way to Twilio's REST API. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct TwilioClient {
    account: AccountSid,
    http: reqwest::Client,
    /// What the addresses of the API start with, without a slash at the end.
    base: String,
    /// The path of the messages below the base.
    path: String,
    messages: Url,
    user: String,
    password: SecretString,
    /// Where calls are counted, where they are.
    calls: Option<Calls>,
}

impl TwilioClient {
    /// A client for `account` at `base_url`: `https://api.twilio.com`, or the plain `http` address
    /// of a simulator. It goes there directly, whatever proxy the environment names.
    ///
    /// # Errors
    /// The address is not one, or TLS cannot be set up.
    ///
    /// # Panics
    /// No default crypto provider of rustls is installed; each binary installs one at its start.
    pub fn new(base_url: &str, account: &AccountSid, auth: Auth) -> Result<Self, ClientError> {
        Self::with_timeouts(base_url, account, auth, Timeouts::STANDARD)
    }

    /// As [`Self::new`], with other limits of time.
    ///
    /// # Errors
    /// As [`Self::new`].
    ///
    /// # Panics
    /// As [`Self::new`].
    pub fn with_timeouts(
        base_url: &str,
        account: &AccountSid,
        auth: Auth,
        timeouts: Timeouts,
    ) -> Result<Self, ClientError> {
        let messages = messages_url(base_url, account).ok_or(ClientError::BaseUrl)?;
        let path = format!("/2010-04-01/Accounts/{account}/Messages.json");
        let base = messages.as_str().strip_suffix(&path).unwrap_or_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("smsdesk/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.total)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .pool_max_idle_per_host(POOL_IDLE_MAX)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // An answer of a kilobyte has nothing to gain, and must not become unreadable.
            .no_gzip()
            .no_proxy()
            .build()
            .map_err(ClientError::Tls)?;
        let (user, password) = match auth {
            Auth::Token(token) => (account.to_string(), token),
            Auth::ApiKey { sid, secret } => (sid.to_string(), secret),
        };
        Ok(Self {
            account: account.clone(),
            http,
            base: base.to_owned(),
            path,
            messages,
            user,
            password,
            calls: None,
        })
    }

    /// Has its calls counted.
    pub(crate) fn count_by(&mut self, calls: Calls) {
        self.calls = Some(calls);
    }

    /// The account that it speaks for.
    #[must_use]
    pub const fn account(&self) -> &AccountSid {
        &self.account
    }

    /// Hands a text to Twilio, once.
    pub async fn create(&self, message: &CreateMessage) -> CreateOutcome {
        let request = self.authorized(self.http.post(self.messages.clone()));
        let request = request.form(&message.fields());
        match self.send(Endpoint::Create, request).await {
            Ok(response) => read(response).await,
            Err(error) => {
                let failure = failure_of(&error);
                let error = error.without_url();
                tracing::debug!(?failure, %error, "no answer to a create");
                classify::failure(failure)
            }
        }
    }

    /// Sends a request, once; the span that it is part of gets the id by which Twilio knows it.
    async fn send(
        &self,
        endpoint: Endpoint,
        request: RequestBuilder,
    ) -> Result<Response, reqwest::Error> {
        let began = monotonic();
        let sent = request.send().await;
        let ending = match &sent {
            Ok(response) => Ending::of(response.status().as_u16()),
            Err(error) => match failure_of(error) {
                TransportFailure::Connect => Ending::Connect,
                TransportFailure::Timeout => Ending::Timeout,
                TransportFailure::Broken => Ending::Broken,
            },
        };
        if let Some(calls) = &self.calls {
            calls.ended(endpoint, ending, began);
        }
        if let Ok(response) = &sent {
            let status = response.status().as_u16();
            let twilio_request = request_id(response.headers());
            Span::current().record("twilio_request", twilio_request.as_str());
            let twilio_request = twilio_request.as_str();
            tracing::debug!(?endpoint, status, twilio_request, "Twilio answered");
        }
        sent
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.user, Some(self.password.expose_secret()))
    }
}

fn messages_url(base_url: &str, account: &AccountSid) -> Option<Url> {
    let mut url = Url::parse(base_url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let path = ["2010-04-01", "Accounts", account.as_str(), "Messages.json"];
    url.path_segments_mut().ok()?.pop_if_empty().extend(path);
    Some(url)
}

/// A connection time-out counts as both; connecting comes first, for then nothing was sent.
fn failure_of(error: &reqwest::Error) -> TransportFailure {
    if error.is_connect() {
        TransportFailure::Connect
    } else if error.is_timeout() {
        TransportFailure::Timeout
    } else {
        TransportFailure::Broken
    }
}

async fn read(response: Response) -> CreateOutcome {
    let status = response.status().as_u16();
    let retry_after = header(response.headers(), RETRY_AFTER.as_str());
    let body = bounded_body(response, ANSWER_BYTES_MAX).await;
    classify::answer(&Answer {
        status,
        retry_after: retry_after.as_deref(),
        body: &body,
    })
}

/// Twilio's id of a request: letters and digits, so that nothing else gets into the log by it.
fn request_id(headers: &HeaderMap) -> String {
    let id = header(headers, REQUEST_ID_HEADER).unwrap_or_default();
    let is_id = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    id.chars()
        .take_while(is_id)
        .take(REQUEST_ID_CHARACTERS_MAX)
        .collect()
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// The body as far as it comes and fits. What is cut off is no longer JSON, so that no answer is
/// mistaken for another; and a refusal is a refusal even without its reason.
async fn bounded_body(mut response: Response, bytes_max: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = bytes_max - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            break;
        }
    }
    body
}

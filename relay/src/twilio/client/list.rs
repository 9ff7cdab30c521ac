//! Looking at messages: lists, one message, its attachments. A look changes nothing at Twilio, so
//! whoever calls may repeat it; this module never does by itself.

use super::{Sender, TwilioClient, bounded_body, header};
use crate::metrics::calls::Endpoint;
use crate::twilio::classify::{self, Answer};
use crate::twilio::listed::{self, ListPage, ListedMessage, NextPage, Unreadable};
use crate::twilio::sid::MessageSid;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Url};
use smsdesk_common::entry::Direction;
use smsdesk_common::media::Media;
use smsdesk_common::phone::Address;
use smsdesk_common::status::DeliveryError;
use smsdesk_common::time::Timestamp;
use std::time::Duration;

/// Messages on a page where nothing else is asked for. Twilio gives up to 1,000; a fifth of them
/// costs few more calls and a fifth of the memory.
const PAGE_MESSAGES: u32 = 200;

/// Largest page that is read, in bytes. A message has at most 1,600 characters, which JSON writes
/// in up to 12 bytes each, and about 1.5 KB around them: 200 of the longest take 4.2 MB.
const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Largest answer about a single message, in bytes.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// Attachments that are asked for; a message has at most 10.
const MEDIA_PAGE: u32 = 20;

/// Which messages, of all that the account has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// To this address only.
    pub to: Option<Address>,
    /// From this address only.
    pub from: Option<Address>,
    /// Sent at or after this time, in whole seconds. Leaves out what was not sent yet.
    pub sent_from: Option<Timestamp>,
    /// Sent at or before this time, in whole seconds. Leaves out what was not sent yet.
    pub sent_until: Option<Timestamp>,
    /// How many on a page: 1 to 1,000.
    pub page_messages: u32,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self {
            to: None,
            from: None,
            sent_from: None,
            sent_until: None,
            page_messages: PAGE_MESSAGES,
        }
    }
}

impl ListQuery {
    /// What came to or went from a line of ours. A number has lists of its own; of what went
    /// through a messaging service there is only the account's, which holds others' as well.
    #[must_use]
    pub fn of_line(line: &Address, direction: Direction, sent_from: Option<Timestamp>) -> Self {
        let number = match Sender::from(line.clone()) {
            Sender::Number(number) => Some(number),
            Sender::Service(_) => None,
        };
        let (to, from) = match direction {
            Direction::Inbound => (number, None),
            Direction::Outbound | Direction::Internal => (None, number),
        };
        Self {
            to,
            from,
            sent_from,
            ..Self::default()
        }
    }

    /// The sign of a comparison belongs to the name: `DateSent>=…`. Times are written as Twilio's
    /// own libraries write them.
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let addresses = [("To", &self.to), ("From", &self.from)];
        pairs.extend(addresses.into_iter().filter_map(|(name, address)| {
            let address = address.as_ref()?.as_str().to_owned();
            Some((name, address))
        }));
        let times = [
            ("DateSent>", self.sent_from),
            ("DateSent<", self.sent_until),
        ];
        pairs.extend(
            times
                .into_iter()
                .filter_map(|(name, time)| Some((name, whole_seconds(time?)))),
        );
        pairs.push(("PageSize", self.page_messages.to_string()));
        pairs
    }
}

fn whole_seconds(time: Timestamp) -> String {
    let jiff = time.to_jiff();
    jiff.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Why a look gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookError {
    /// Twilio cannot be reached, is too busy or has a fault; another time it may answer.
    #[error("Twilio does not answer now")]
    Later {
        /// How long it asks to wait, at most [`classify::RETRY_AFTER_MAX`].
        after: Option<Duration>,
    },
    /// There is no such message, or no such page any more.
    #[error("Twilio knows of no such thing")]
    Missing,
    /// Twilio refuses the request or the account.
    #[error("Twilio refuses it with {}", .error.code)]
    Refused {
        /// Why.
        error: DeliveryError,
    },
    /// The answer makes no sense, or is larger than any should be.
    #[error("Twilio's answer could not be read")]
    Unreadable,
}

impl From<Unreadable> for LookError {
    fn from(_: Unreadable) -> Self {
        Self::Unreadable
    }
}

impl TwilioClient {
    /// The first page of a list.
    ///
    /// # Errors
    /// Twilio gives none, or none that can be read.
    pub async fn list(&self, query: &ListQuery) -> Result<ListPage, LookError> {
        let mut url = self.messages.clone();
        url.query_pairs_mut().extend_pairs(query.pairs());
        self.page(url).await
    }

    /// The page of a list that comes after another.
    ///
    /// # Errors
    /// As [`Self::list`]; [`LookError::Missing`] or a refusal also where Twilio has forgotten the
    /// place.
    pub async fn list_on(&self, next: &NextPage) -> Result<ListPage, LookError> {
        let mut url = self.messages.clone();
        url.set_query(Some(next.as_str()));
        self.page(url).await
    }

    async fn page(&self, url: Url) -> Result<ListPage, LookError> {
        let body = self.look(url, PAGE_BYTES_MAX).await?;
        Ok(listed::page(&body, &self.base, &self.path)?)
    }

    /// One message.
    ///
    /// # Errors
    /// Twilio does not have it, or gives nothing that can be read.
    pub async fn fetch(&self, sid: &MessageSid) -> Result<ListedMessage, LookError> {
        let url = self.of_message(sid, ".json")?;
        Ok(listed::message(&self.look(url, MESSAGE_BYTES_MAX).await?)?)
    }

    /// The attachments of a message, in Twilio's order.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub async fn media(&self, sid: &MessageSid) -> Result<Vec<Media>, LookError> {
        let mut url = self.of_message(sid, "/Media.json")?;
        let size = MEDIA_PAGE.to_string();
        url.query_pairs_mut().append_pair("PageSize", &size);
        let body = self.look(url, MESSAGE_BYTES_MAX).await?;
        let message = self.of_message(sid, "")?;
        Ok(listed::media(&body, message.as_str())?)
    }

    /// An address below the one of a message.
    fn of_message(&self, sid: &MessageSid, rest: &str) -> Result<Url, LookError> {
        let messages = self.messages.as_str();
        let messages = messages.strip_suffix(".json").unwrap_or(messages);
        Url::parse(&format!("{messages}/{sid}{rest}")).map_err(|_| LookError::Missing)
    }

    /// What an address is of, for what is counted.
    fn endpoint(&self, url: &Url) -> Endpoint {
        let messages = self.path.strip_suffix(".json").unwrap_or(&self.path);
        match url.path().split_once(messages) {
            Some((_, ".json")) => Endpoint::List,
            Some((_, rest)) if rest.ends_with("/Media.json") => Endpoint::Media,
            Some((_, rest)) if rest.starts_with('/') => Endpoint::Message,
            _ => Endpoint::Other,
        }
    }

    pub(super) async fn look(&self, url: Url, bytes_max: usize) -> Result<Vec<u8>, LookError> {
        let endpoint = self.endpoint(&url);
        let request = self.http.get(url);
        Ok(self.ask_of(endpoint, request, bytes_max).await?.body)
    }

    /// Asks once; anything but 200 is an error.
    pub(super) async fn ask(
        &self,
        request: RequestBuilder,
        bytes_max: usize,
    ) -> Result<Answered, LookError> {
        self.ask_of(Endpoint::Other, request, bytes_max).await
    }

    async fn ask_of(
        &self,
        endpoint: Endpoint,
        request: RequestBuilder,
        bytes_max: usize,
    ) -> Result<Answered, LookError> {
        let response = self.send(endpoint, self.authorized(request)).await;
        let response = response.map_err(|error| {
            let error = error.without_url();
            tracing::debug!(%error, "no answer to a look");
            LookError::Later { after: None }
        })?;
        let status = response.status().as_u16();
        let retry_after = header(response.headers(), RETRY_AFTER.as_str());
        let headers = response.headers().clone();
        let body = bounded_body(response, bytes_max).await;
        match status {
            200 => Ok(Answered { headers, body }),
            404 | 410 => Err(LookError::Missing),
            408 | 429 | 500.. => Err(LookError::Later {
                after: retry_after.as_deref().and_then(classify::seconds),
            }),
            _ => {
                let answer = Answer {
                    status,
                    retry_after: None,
                    body: &body,
                };
                let error = classify::refusal(&answer);
                Err(LookError::Refused { error })
            }
        }
    }
}

/// An answer with the status 200.
pub(super) struct Answered {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

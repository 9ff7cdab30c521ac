//! A person writes to a line: the message, Twilio's own answer to a keyword, and the webhook.

use super::config::OptOutManagement;
use super::delivery::{Notice, Outcome, Purpose, Reply};
use super::exchange::{Exchange, Route};
use super::geography::Place;
use super::journey;
use super::message::{API_VERSION, Direction, MediaFile, Message, Status};
use super::number::{Hook, Number};
use super::opt_out::Keyword;
use super::outbound::Draft;
use super::random::Roll;
use super::twiml::{self, Answer, TwimlError};
use serde::Deserialize;
use smsdesk_common::segments::{BODY_CHARACTERS_MAX, Segments, body_characters};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Messages that one call can make.
const MAX_COUNT: u32 = 10_000;

/// Files that a message can carry (Twilio's limit for MMS).
pub(super) const MAX_MEDIA: usize = 10;

/// A text from a person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboundText {
    /// Who writes.
    pub from: String,
    /// The line written to; the first one where it is left out.
    pub to: Option<String>,
    /// The text. With a count above 1, `{n}` in it becomes the number of the message, from 1.
    #[serde(default)]
    pub body: String,
    /// The files that come with it.
    #[serde(default)]
    pub media: InboundMedia,
    /// How many such messages come, at most 10,000.
    #[serde(default = "once")]
    pub count: u32,
}

const fn once() -> u32 {
    1
}

/// The files of an inbound message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum InboundMedia {
    /// So many pictures.
    Pictures(usize),
    /// One file of each of these MIME types.
    Types(Vec<String>),
}

impl Default for InboundMedia {
    fn default() -> Self {
        Self::Pictures(0)
    }
}

impl InboundMedia {
    fn types(&self) -> Vec<String> {
        match self {
            Self::Pictures(count) => vec!["image/png".to_owned(); (*count).min(MAX_MEDIA + 1)],
            Self::Types(types) => types.clone(),
        }
    }
}

impl InboundText {
    /// One text to the first line.
    pub fn new(from: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            to: None,
            body: body.into(),
            media: InboundMedia::default(),
            count: 1,
        }
    }
}

/// An inbound message and what became of its webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The message.
    pub message: Message,
    /// How each delivery ended, the fallback's last; empty where the line has no webhook or the
    /// webhook was lost.
    pub webhooks: Vec<Outcome>,
}

/// An inbound text that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InboundError {
    /// The account has no such number.
    #[error("to: {0} is not a number of this account")]
    UnknownLine(String),
    /// The sender is empty or longer than 128 bytes.
    #[error("from: expected an address of 1 to 128 bytes")]
    BadSender,
    /// The text has more characters than Twilio carries.
    #[error("body: expected at most 1600 characters")]
    TooLong,
    /// More files than a message carries.
    #[error("media: expected at most 10 files")]
    TooMuchMedia,
    /// No message, or more at once than one call makes.
    #[error("count: expected 1 to 10000")]
    BadCount,
}

impl Exchange {
    /// Receives a text as often as it says and waits until its webhooks are done.
    ///
    /// # Errors
    /// The text cannot be; nothing happened.
    pub(super) async fn receive(
        self: &Arc<Self>,
        text: &InboundText,
    ) -> Result<Vec<Received>, InboundError> {
        let (line, route) = self.line_of(text)?;
        let mut deliveries = JoinSet::new();
        for n in 1..=text.count {
            let body = if text.count > 1 {
                text.body.replace("{n}", &n.to_string())
            } else {
                text.body.clone()
            };
            let message = self.keep(self.inbound_message(text, &line, &route, body));
            let keyword = match self.opt_out_management() {
                OptOutManagement::Off => None,
                OptOutManagement::Default | OptOutManagement::Advanced => {
                    Keyword::of(&message.body)
                }
            };
            if let Some(keyword) = keyword {
                self.obey(keyword, &message);
            }
            let (exchange, route) = (Arc::clone(self), route.clone());
            deliveries.spawn(async move {
                let webhooks = exchange.notify(&route, &message, keyword).await;
                Received { message, webhooks }
            });
        }
        let mut received = deliveries.join_all().await;
        received.sort_unstable_by_key(|one| one.message.position);
        Ok(received)
    }

    fn line_of(&self, text: &InboundText) -> Result<(Number, Route), InboundError> {
        if text.from.is_empty() || text.from.len() > 128 {
            return Err(InboundError::BadSender);
        }
        if body_characters(&text.body) > BODY_CHARACTERS_MAX {
            return Err(InboundError::TooLong);
        }
        if text.media.types().len() > MAX_MEDIA {
            return Err(InboundError::TooMuchMedia);
        }
        if !(1..=MAX_COUNT).contains(&text.count) {
            return Err(InboundError::BadCount);
        }
        let state = self.state();
        let to = text.to.as_deref();
        let is_meant = |line: &&Number| to.is_none_or(|to| line.phone_number == to);
        state
            .numbers
            .iter()
            .find(is_meant)
            .map(|line| (line.clone(), state.route(line)))
            .ok_or_else(|| InboundError::UnknownLine(to.unwrap_or_default().to_owned()))
    }

    fn inbound_message(
        &self,
        text: &InboundText,
        line: &Number,
        route: &Route,
        body: String,
    ) -> Message {
        let now = self.now();
        let types = text.media.types();
        let prefix = if types.is_empty() { "SM" } else { "MM" };
        let media_file = |content_type| MediaFile {
            sid: self.mint("ME"),
            content_type,
        };
        let mut message = Message {
            position: 0,
            sid: self.mint(prefix),
            direction: Direction::Inbound,
            status: Status::Received,
            from: Some(text.from.clone()),
            to: line.phone_number.clone(),
            segments: Some(Segments::of(&body).segments),
            body,
            messaging_service_sid: route.service.clone(),
            media: types.into_iter().map(media_file).collect(),
            price: None,
            error_code: None,
            status_callback: None,
            created_at: now,
            updated_at: now,
            sent_at: Some(now),
        };
        message.price = Some(journey::price(&message));
        message
    }

    /// Keeps the opt-out list and answers the person, as Twilio does before any webhook.
    fn obey(self: &Arc<Self>, keyword: Keyword, message: &Message) {
        let (line, person) = (&message.to, message.from.as_deref().unwrap_or_default());
        let answers = match keyword {
            Keyword::Stop => self.opt_out(line, person),
            Keyword::Start => self.opt_in(line, person),
            Keyword::Help => !self.is_opted_out(line, person),
        };
        if answers {
            self.reply(message, keyword.answer().to_owned(), Vec::new());
        }
    }

    /// Sends an answer to an inbound message; nobody is told how it fares.
    fn reply(self: &Arc<Self>, to: &Message, body: String, media_types: Vec<String>) {
        let accepted = self.accept(Draft {
            direction: Direction::OutboundReply,
            to: to.from.clone().unwrap_or_default(),
            from: Some(to.to.clone()),
            body,
            media_types,
            messaging_service_sid: None,
            status_callback: None,
            send_at: None,
        });
        self.set_off(accepted.journey);
    }

    async fn notify(
        self: &Arc<Self>,
        route: &Route,
        message: &Message,
        keyword: Option<Keyword>,
    ) -> Vec<Outcome> {
        if !route.sms.is_set() {
            return Vec::new();
        }
        let notice = Notice {
            purpose: Purpose::Message,
            hook: route.sms.clone(),
            message_sid: message.sid.clone(),
            params: self.webhook_params(message, keyword),
        };
        let times = self.times_to_ask();
        if times == 0 {
            self.record_lost(&notice);
        }
        let mut outcomes = Vec::new();
        for _ in 0..times {
            outcomes.extend(self.ask(route, message, &notice).await);
        }
        outcomes
    }

    /// How often an inbound message's webhook is sent: once, where no knob says otherwise.
    fn times_to_ask(&self) -> u32 {
        let mut state = self.state();
        let is_lost = state.happens(Roll::LoseWebhook, |knobs| knobs.lose_webhooks);
        let is_double = state.happens(Roll::DuplicateWebhook, |knobs| knobs.duplicate_webhooks);
        if is_lost { 0 } else { 1 + u32::from(is_double) }
    }

    /// Asks the webhook URL and, if it fails, the fallback URL, and does what the answer says.
    async fn ask(
        self: &Arc<Self>,
        route: &Route,
        message: &Message,
        notice: &Notice,
    ) -> Vec<Outcome> {
        let (mut outcome, reply) = self.deliver(notice).await;
        if let Some(reply) = reply {
            outcome.error_code = self.obey_reply(message, &reply).err().map(TwimlError::code);
        }
        self.note_failure(notice, &outcome);
        let Some(code) = outcome.error_code.filter(|_| route.fallback.is_set()) else {
            return vec![outcome];
        };
        let fallback = fallback_notice(notice, route.fallback.clone(), code);
        let (mut second, reply) = self.deliver(&fallback).await;
        if let Some(reply) = reply {
            second.error_code = self.obey_reply(message, &reply).err().map(TwimlError::code);
        }
        self.note_failure(&fallback, &second);
        vec![outcome, second]
    }

    /// Turns a webhook's answer into messages to the person.
    fn obey_reply(self: &Arc<Self>, message: &Message, reply: &Reply) -> Result<(), TwimlError> {
        let answers = twiml::answers(reply.status, reply.content_type.as_deref(), &reply.body)?;
        for Answer { body, media_urls } in answers {
            let person = message.from.as_deref().unwrap_or_default();
            if self.is_opted_out(&message.to, person) {
                return Err(TwimlError::Unsubscribed);
            }
            let types = media_urls
                .iter()
                .map(|url| super::media_bytes::type_of_url(url))
                .collect();
            self.reply(message, body, types);
        }
        Ok(())
    }

    /// The parameters of an inbound message's webhook, in the order in which Twilio is seen to
    /// send them.
    fn webhook_params(&self, message: &Message, keyword: Option<Keyword>) -> Vec<(String, String)> {
        let sid = message.sid.as_str();
        let from = message.from.as_deref().unwrap_or_default();
        let (here, there) = (Place::of(&message.to), Place::of(from));
        let mut params: Vec<(String, String)> = Vec::new();
        let mut push = |name: &str, value: &str| params.push((name.to_owned(), value.to_owned()));
        push("ToCountry", here.country);
        push("ToState", here.state);
        push("SmsMessageSid", sid);
        push("NumMedia", &message.media.len().to_string());
        push("ToCity", here.city);
        push("FromZip", there.zip);
        push("SmsSid", sid);
        push("FromState", there.state);
        push("SmsStatus", message.status.as_str());
        push("FromCity", there.city);
        push("Body", &message.body);
        push("FromCountry", there.country);
        push("To", &message.to);
        if let Some(service) = &message.messaging_service_sid {
            push("MessagingServiceSid", service);
        }
        push("ToZip", here.zip);
        push("NumSegments", &message.segments.unwrap_or(1).to_string());
        push("MessageSid", sid);
        push("AccountSid", &self.config.account_sid);
        push("From", from);
        push("ApiVersion", API_VERSION);
        if let Some(number) = from.strip_prefix("whatsapp:") {
            push("WaId", number.trim_start_matches('+'));
        }
        if let (OptOutManagement::Advanced, Some(keyword)) = (self.opt_out_management(), keyword) {
            push("OptOutType", keyword.opt_out_type());
        }
        for (index, file) in message.media.iter().enumerate() {
            let uri = message.uri(&self.config.account_sid);
            push(&format!("MediaContentType{index}"), &file.content_type);
            push(
                &format!("MediaUrl{index}"),
                &format!("{}{uri}/Media/{}", self.base, file.sid),
            );
        }
        params
    }
}

/// The same webhook for the fallback URL, which also learns what went wrong where.
fn fallback_notice(notice: &Notice, hook: Hook, code: u32) -> Notice {
    let mut params = notice.params.clone();
    params.push(("ErrorCode".to_owned(), code.to_string()));
    let url = notice.hook.url.split('#').next().unwrap_or_default();
    params.push(("ErrorUrl".to_owned(), url.to_owned()));
    Notice {
        purpose: Purpose::Fallback,
        hook,
        message_sid: notice.message_sid.clone(),
        params,
    }
}

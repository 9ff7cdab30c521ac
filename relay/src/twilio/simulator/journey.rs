//! Takes an outbound message through its statuses and sends its callbacks.

use super::delivery::{Notice, Purpose};
use super::exchange::Exchange;
use super::fate::Fate;
use super::message::{API_VERSION, Message, Sid, Status};
use super::number::Hook;
use super::timeline::{Planned, Step};
use smsdesk_common::segments::Segments;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Charge for one segment of text, in units of 0.00001 US dollars.
const SEGMENT_PRICE: u64 = 790;
/// Charge for one message with media, in the same units.
const MEDIA_PRICE: u64 = 2000;

/// What will happen to one outbound message.
pub(super) struct Journey {
    sid: Sid,
    fate: Fate,
    plan: VecDeque<Planned>,
    started: Instant,
}

impl Journey {
    /// A journey that starts now.
    pub(super) fn new(sid: Sid, fate: Fate, plan: Vec<Planned>) -> Self {
        Self {
            sid,
            fate,
            plan: plan.into(),
            started: Instant::now(),
        }
    }
}

impl Exchange {
    /// Sets an accepted message off in a task of its own, which goes on whoever goes away.
    pub(super) fn set_off(self: &Arc<Self>, journey: Journey) {
        let exchange = Arc::clone(self);
        self.under_way
            .spawn(async move { exchange.travel(journey).await });
    }

    /// The same, but waits for the first callback, which is not held back until its time.
    pub(super) async fn set_off_early(self: &Arc<Self>, mut journey: Journey) {
        let exchange = Arc::clone(self);
        let (tell, told) = oneshot::channel();
        self.under_way.spawn(async move {
            exchange.run_early(&mut journey).await;
            // Nobody listens where the client that waits for its answer has gone away.
            let _ = tell.send(());
            exchange.travel(journey).await;
        });
        drop(told.await);
    }

    async fn travel(&self, mut journey: Journey) {
        while let Some(next) = journey.plan.pop_front() {
            let due = tokio::time::sleep_until(journey.started + next.after);
            tokio::select! {
                () = due => {}
                () = self.shutdown.cancelled() => return,
            }
            if self.take(&journey, next.step).await.is_none() {
                return;
            }
        }
    }

    /// Takes a message up to and including its first callback, whatever time that was planned
    /// for.
    async fn run_early(&self, journey: &mut Journey) {
        let is_post = |planned: &Planned| matches!(planned.step, Step::Post(_));
        let Some(first) = journey.plan.iter().position(is_post) else {
            return;
        };
        for _ in 0..=first {
            let Some(next) = journey.plan.pop_front() else {
                return;
            };
            if self.take(journey, next.step).await.is_none() {
                journey.plan.clear();
            }
        }
    }

    /// Does one step; none where the message is gone or was called off.
    async fn take(&self, journey: &Journey, step: Step) -> Option<()> {
        match step {
            Step::Reach(status) => self.reach(journey, status),
            Step::Bill => self.bill(&journey.sid),
            Step::Post(status) => {
                let message = self.state().messages.get(journey.sid.as_str())?.clone();
                self.post_status(&message, status).await;
                Some(())
            }
        }
    }

    fn reach(&self, journey: &Journey, status: Status) -> Option<()> {
        let now = self.now();
        let mut state = self.state();
        let sender = state.sender_of(state.messages.get(journey.sid.as_str())?);
        let message = state.messages.get_mut(journey.sid.as_str())?;
        if message.status.is_final() {
            return None;
        }
        message.status = status;
        message.updated_at = now;
        if message.from.is_none() {
            message.from = sender;
        }
        if message.segments.is_none() {
            message.segments = Some(Segments::of(&message.body).segments);
        }
        match status {
            Status::Sent => message.sent_at = Some(now),
            Status::Failed | Status::Undelivered => message.error_code = journey.fate.error_code(),
            _ => {}
        }
        drop(state);
        self.announce();
        Some(())
    }

    fn bill(&self, sid: &Sid) -> Option<()> {
        let mut state = self.state();
        let message = state.messages.get_mut(sid.as_str())?;
        message.price = Some(price(message));
        drop(state);
        self.announce();
        Some(())
    }

    /// Sends the callback for `status`, if the message wants callbacks.
    pub(super) async fn post_status(&self, message: &Message, status: Status) {
        let Some(url) = &message.status_callback else {
            return;
        };
        let notice = Notice {
            purpose: Purpose::Status,
            hook: Hook::posting_to(Some(url)),
            message_sid: message.sid.clone(),
            params: self.status_params(message, status),
        };
        let (outcome, _) = self.deliver(&notice).await;
        self.note_failure(&notice, &outcome);
    }

    fn status_params(&self, message: &Message, status: Status) -> Vec<(String, String)> {
        let sid = message.sid.as_str();
        let mut params = vec![
            ("ApiVersion", API_VERSION),
            ("MessageStatus", status.as_str()),
            ("SmsSid", sid),
            ("SmsStatus", status.as_str()),
            ("To", &message.to),
            ("From", message.from.as_deref().unwrap_or_default()),
            ("MessageSid", sid),
            ("AccountSid", &self.config.account_sid),
        ];
        if let Some(service) = &message.messaging_service_sid {
            params.push(("MessagingServiceSid", service));
        }
        let code = message.error_code.map(|code| code.to_string());
        if let (Status::Failed | Status::Undelivered, Some(code)) = (status, &code) {
            params.push(("ErrorCode", code));
        }
        let done = self.now().to_jiff().strftime("%y%m%d%H%M").to_string();
        if matches!(status, Status::Delivered | Status::Undelivered) {
            params.push(("RawDlrDoneDate", &done));
        }
        params
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

/// What a message costs.
pub(super) fn price(message: &Message) -> u64 {
    if message.media.is_empty() {
        SEGMENT_PRICE * u64::from(message.segments.unwrap_or(1))
    } else {
        MEDIA_PRICE
    }
}

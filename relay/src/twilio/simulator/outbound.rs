//! Accepts outbound messages: keeps them and decides at once all that will happen to them.

use super::exchange::Exchange;
use super::fate::Fate;
use super::journey::Journey;
use super::message::{Direction, MediaFile, Message, Status};
use super::random::Roll;
use super::timeline::{Callbacks, MAX_CALLBACKS, Order, Route, Whim, timeline};
use smsdesk_common::segments::Segments;
use smsdesk_common::time::Timestamp;
use std::time::Duration;

/// Messages on their way at once, one small task each; beyond it a create is refused as Twilio
/// refuses when a sender's queue is full.
pub(super) const MAX_UNDER_WAY: usize = 20_000;

/// An outbound message that was found good.
pub(super) struct Draft {
    pub(super) direction: Direction,
    pub(super) to: String,
    /// None leaves the choice to the messaging service.
    pub(super) from: Option<String>,
    pub(super) body: String,
    pub(super) media_types: Vec<String>,
    pub(super) messaging_service_sid: Option<String>,
    pub(super) status_callback: Option<String>,
    pub(super) send_at: Option<Timestamp>,
}

/// A message that was accepted and has yet to be set off.
pub(super) struct Accepted {
    /// The message as it was accepted: what a create's answer shows.
    pub(super) message: Message,
    /// Whether its first callback comes before the create's answer.
    pub(super) is_early: bool,
    /// What happens to it from now on.
    pub(super) journey: Journey,
}

impl Exchange {
    /// Keeps a new outbound message and decides all that will happen to it.
    pub(super) fn accept(&self, draft: Draft) -> Accepted {
        let now = self.now();
        let wants_callbacks = draft.status_callback.is_some();
        let hold = draft
            .send_at
            .map_or(0, |at| at.millis_since(now).max(0).unsigned_abs());
        let fate = self.fate(&draft);
        let message = self.keep(self.message_of(draft, now));
        let route = Route {
            first: message.status,
            hold: Duration::from_millis(hold),
            fate,
        };
        let callbacks = self.roll_callbacks();
        let is_early = self
            .state()
            .happens(Roll::EarlyCallback, |knobs| knobs.early_callbacks);
        let callbacks = wants_callbacks.then_some(&callbacks);
        let plan = timeline(route, &self.config.timing, callbacks);
        let journey = Journey::new(message.sid.clone(), fate, plan);
        Accepted {
            message,
            is_early: is_early && wants_callbacks,
            journey,
        }
    }

    fn message_of(&self, draft: Draft, now: Timestamp) -> Message {
        let prefix = if draft.media_types.is_empty() {
            "SM"
        } else {
            "MM"
        };
        let media_file = |content_type| MediaFile {
            sid: self.mint("ME"),
            content_type,
        };
        let status = match (&draft.send_at, &draft.messaging_service_sid) {
            (Some(_), _) => Status::Scheduled,
            (None, Some(_)) => Status::Accepted,
            (None, None) => Status::Queued,
        };
        Message {
            position: 0,
            sid: self.mint(prefix),
            direction: draft.direction,
            status,
            segments: (status == Status::Queued).then(|| Segments::of(&draft.body).segments),
            from: draft.from,
            to: draft.to,
            body: draft.body,
            messaging_service_sid: draft.messaging_service_sid,
            media: draft.media_types.into_iter().map(media_file).collect(),
            price: None,
            error_code: None,
            status_callback: draft.status_callback,
            created_at: now,
            updated_at: now,
            sent_at: None,
        }
    }

    fn fate(&self, draft: &Draft) -> Fate {
        // A create is refused where the account manages opt-outs itself; what comes here has an
        // opted-out recipient only with Advanced Opt-Out, or where it is Twilio's own answer.
        let line = draft.from.as_deref().unwrap_or_default();
        if draft.direction == Direction::OutboundApi && self.is_opted_out(line, &draft.to) {
            return Fate::Failed(21610);
        }
        let mut state = self.state();
        let fails = state.happens(Roll::DeliveryFailure, |knobs| knobs.delivery_failure);
        let is_silent = state.happens(Roll::NoReceipt, |knobs| knobs.no_receipt);
        drop(state);
        let configured = self
            .config
            .fates
            .iter()
            .find(|(end, _)| draft.to.ends_with(end.as_str()));
        match (configured, Fate::of_number(&draft.to)) {
            (Some((_, fate)), _) => *fate,
            (None, Fate::Delivered) if fails => Fate::Undelivered(30003),
            (None, Fate::Delivered) if is_silent => Fate::NoReceipt,
            (None, fate) => fate,
        }
    }

    fn roll_callbacks(&self) -> Callbacks {
        let mut state = self.state();
        let whims = [(); MAX_CALLBACKS].map(|()| {
            let is_lost = state.happens(Roll::LoseCallback, |knobs| knobs.lose_callbacks);
            let is_double =
                state.happens(Roll::DuplicateCallback, |knobs| knobs.duplicate_callbacks);
            let is_late = state.happens(Roll::LateCallback, |knobs| knobs.late_callbacks);
            let late = if is_late {
                state.knobs.late_ms.get()
            } else {
                0
            };
            Whim {
                times: if is_lost {
                    0
                } else {
                    1 + usize::from(is_double)
                },
                late: Duration::from_millis(late),
            }
        });
        let shuffled = state.happens(Roll::ShuffleCallbacks, |knobs| knobs.shuffle_callbacks);
        Callbacks {
            sending: state.happens(Roll::SendingCallback, |knobs| knobs.sending_callbacks),
            order: if shuffled {
                Order::Shuffled(state.roll(Roll::ShuffleOrder))
            } else {
                Order::AsReached
            },
            delay: Duration::from_millis(state.knobs.delay_callbacks_ms.get()),
            whims,
        }
    }
}

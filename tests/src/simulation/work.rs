//! What the relay's process does with what arrives: one transaction, then the answer. It may be
//! killed before the one, or between the two.

use super::World;
use super::device::Asked;
use super::event::{Event, Handover, Reply};
use super::faults::Sabotage;
use super::must;
use super::relay::Work;
use super::scheduler::Millis;
use super::twilio::{Posting, sid};
use smsdesk_common::api::Problem;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::entry::Origin;
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::record::Record;
use smsdesk_common::status::{Delivery, DeliveryStatus};
use smsdesk_relay::desk::send::{Outgoing, Sent};
use smsdesk_relay::desk::{DeskError, read, receive, send, status};
use smsdesk_relay::http::changes::{self, Direction};
use smsdesk_relay::outbox::policy::{Decision, decide};
use smsdesk_relay::outbox::worker;
use smsdesk_relay::store::{StoreError, agents, entries, outbox, tokens};
use smsdesk_relay::twilio::classify::CreateOutcome;
use smsdesk_relay::twilio::form::{Form, InboundMessage, StatusCallback};

/// Texts that are handed over at the same time.
const CALLS_MAX: u32 = 16;
/// How often the outbox is looked at even if nothing rang, in milliseconds.
const LOOK_MS: Millis = 5_000;
/// How long the relay takes for a transaction, at most, in milliseconds.
const WORK_MS_MAX: Millis = 15;

impl World {
    /// Begins work that ends in a commit.
    pub fn relay_begins(&mut self, work: Work) {
        let life = self.relay.life;
        let pause = self.random.within(0, WORK_MS_MAX);
        if let (Some(Sabotage::AnswerBeforeCommit), Work::Post(post)) = (self.sabotage, &work) {
            let late = self.random.within(0, 400);
            self.agenda.after(late, Event::Commit(life, work.clone()));
            return self.post_is_taken(*post);
        }
        self.agenda.after(pause, Event::Commit(life, work));
    }

    /// Commits, in the process that began it if that still runs.
    pub fn commit(&mut self, life: u64, work: Work) {
        if !self.relay.up || life != self.relay.life {
            return self.work_is_lost(&work);
        }
        let killed = self.random.chance(self.faults.commit_kills);
        if killed && self.random.chance(500) {
            self.kill_relay();
            return self.work_is_lost(&work);
        }
        let before = self.relay.store.head();
        match work {
            Work::Post(post) => {
                self.store_post(post);
                if killed {
                    self.kill_relay();
                    self.post_answered_later(post, false);
                } else if self.sabotage != Some(Sabotage::AnswerBeforeCommit) {
                    self.post_is_taken(post);
                }
            }
            Work::Call(call) => {
                let reply = self.serve(call);
                if killed {
                    self.kill_relay();
                    self.relay_replies(call, Reply::Nothing);
                } else {
                    self.relay_replies(call, reply);
                }
            }
            Work::Record(entry, decision) => {
                self.note("relay", || {
                    format!("records {}: {decision:?}", short(entry))
                });
                let recorded = self
                    .relay
                    .store
                    .write(move |tx| worker::record(tx, entry, &decision));
                must(recorded);
                self.relay.calling = self.relay.calling.saturating_sub(1);
                if killed {
                    self.kill_relay();
                } else {
                    self.agenda.after(1, Event::Bell(life));
                }
            }
        }
        self.committed(before);
    }

    fn committed(&mut self, before: smsdesk_common::ids::Seq) {
        let head = self.relay.store.head();
        if head > before {
            self.note("relay", || format!("has committed up to seq {head}"));
            self.log_grew();
        }
    }

    fn work_is_lost(&mut self, work: &Work) {
        match work {
            Work::Post(post) => self.post_answered_later(*post, false),
            Work::Call(call) => self.relay_replies(*call, Reply::Nothing),
            Work::Record(..) => {}
        }
    }
}

/// What the provider posts.
impl World {
    fn store_post(&mut self, post: u64) {
        let Some(posting) = self.twilio.posts.get(&post).cloned() else {
            return;
        };
        let form = must(Form::parse(posting.body.as_bytes()));
        let raw = posting.body.clone().into_bytes();
        match posting.what {
            Posting::Text(_) | Posting::Forged => {
                let mut message = must(InboundMessage::from_form(&form));
                if self.sabotage == Some(Sabotage::NoDedupe) {
                    message.sid = must(sid(self.random.number()).parse());
                }
                let seen = self
                    .relay
                    .store
                    .write(move |tx| receive::receive(tx, &message, &raw, Origin::Webhook));
                let seen = must(seen);
                self.note("relay", || format!("stores p{post}: {seen:?}"));
            }
            Posting::Report { entry, .. } => {
                let report = must(StatusCallback::from_form(&form));
                if self.sabotage == Some(Sabotage::StatusAsItComes) {
                    return self.store_as_it_comes(&report);
                }
                let seen = self
                    .relay
                    .store
                    .write(move |tx| status::report(tx, &report, Some(entry), &raw));
                let seen = must(seen);
                self.note("relay", || format!("stores p{post}: {seen:?}"));
            }
        }
    }

    fn store_as_it_comes(&mut self, report: &StatusCallback) {
        let (sid, delivery) = (report.sid.as_str().to_owned(), report.delivery());
        must(self.relay.store.write(move |tx| -> Result<(), StoreError> {
            if let (Some(mut entry), Some(delivery)) = (entries::by_sid(tx, &sid)?, delivery) {
                entry.status = Some(delivery.status);
                status::store(tx, &mut entry)?;
            }
            Ok(())
        }));
    }
}

/// What devices ask.
impl World {
    fn serve(&mut self, call: u64) -> Reply {
        let Some(asked) = self.calls.get(&call).cloned() else {
            return Reply::Nothing;
        };
        let device = &self.devices[asked.device];
        let (token, agent) = (device.token, device.agent);
        let store = &mut self.relay.store;
        if !must(store.read(|reads| tokens::is_accepted(reads, token))) {
            return problem(&Problem::new(
                smsdesk_common::api::ErrorCode::TokenRevoked,
                "the token was revoked",
            ));
        }
        let Some(agent) = must(store.read(|reads| agents::find(reads, agent))) else {
            return Reply::Nothing;
        };
        let outcome = match asked.what {
            Asked::History { before, limit } => {
                let epoch = store.epoch();
                let page = store
                    .read(|reads| changes::read(reads, epoch, Direction::Before(before), limit));
                return Reply::Done(must(serde_json::to_string(&must(page))));
            }
            Asked::Send(body) => store.write(move |tx| -> Result<Record, DeskError> {
                let message: SendMessage = must(serde_json::from_str(&body));
                let outgoing = Outgoing::parse(message, None)?;
                let sent = send::send(tx, &outgoing, &agent)?;
                let (Sent::Now(entry) | Sent::Before(entry)) = sent;
                Ok(Record::Entry(Box::new(entry)))
            }),
            Asked::Read { conversation, body } => {
                store.write(move |tx| -> Result<Record, DeskError> {
                    let set: SetRead = must(serde_json::from_str(&body));
                    read::set(tx, &agent, ConversationId(conversation), &set)
                        .map(Record::ReadMarker)
                })
            }
        };
        match outcome {
            Ok(record) => {
                self.agenda.after(1, Event::Bell(self.relay.life));
                Reply::Done(must(serde_json::to_string(&record)))
            }
            Err(DeskError::Refused { code, detail }) => problem(&Problem::new(code, detail)),
            Err(DeskError::Store(error)) => must(Err(error)),
        }
    }
}

fn problem(problem: &Problem) -> Reply {
    Reply::Problem(problem.status, must(serde_json::to_string(problem)))
}

/// The outbox.
impl World {
    /// Looks regularly.
    pub fn round(&mut self, life: u64) {
        if self.relay.up && life == self.relay.life {
            self.claim();
            self.agenda.after(LOOK_MS, Event::Round(life));
        }
    }

    /// Looks because something rang or is due.
    pub fn bell(&mut self, life: u64) {
        if self.relay.up && life == self.relay.life {
            self.claim();
        }
    }

    fn claim(&mut self) {
        let now = smsdesk_common::time::Timestamp::from_millis(self.wall());
        let due = must(self.relay.store.read(|reads| outbox::next_due(reads, now)));
        let life = self.relay.life;
        match due {
            Some(due) if due > now => {
                let pause = u64::try_from(due.millis_since(now)).unwrap_or(LOOK_MS);
                if pause < LOOK_MS {
                    self.agenda.after(pause, Event::Bell(life));
                }
                return;
            }
            Some(_) => {}
            None => return,
        }
        let room = CALLS_MAX.saturating_sub(self.relay.calling);
        if self.random.chance(self.faults.commit_kills) {
            return self.kill_relay();
        }
        let claimed = must(self.relay.store.write(move |tx| worker::claim(tx, room)));
        if self.random.chance(self.faults.commit_kills) {
            return self.kill_relay();
        }
        for text in claimed {
            self.relay.calling += 1;
            let handover = Handover {
                life,
                entry: text.waiting.entry,
                attempts: text.waiting.attempts,
                line: text.waiting.line,
                address: text.waiting.address,
                body: text.body,
            };
            self.hand_over(Box::new(handover));
        }
    }

    /// The outcome of a call arrives.
    pub fn outcome(&mut self, handover: &Handover, outcome: CreateOutcome) {
        if !self.relay.up || handover.life != self.relay.life {
            return;
        }
        let random = self.random.number();
        let mut decision = decide(outcome, handover.attempts + 1, random);
        if self.sabotage == Some(Sabotage::RepeatUnknown) && decision == Decision::Unknown {
            decision = Decision::Again { after_ms: 500 };
        }
        self.relay_begins(Work::Record(handover.entry, decision));
    }

    /// Merges a status into an entry.
    pub fn settle(&mut self, entry: EntryId, status: DeliveryStatus) {
        let before = self.relay.store.head();
        must(self.relay.store.write(move |tx| -> Result<(), StoreError> {
            outbox::remove(tx, entry)?;
            if let Some(mut entry) = entries::find(tx, entry)? {
                let delivery = Delivery {
                    status,
                    error: None,
                };
                let now = tx.now();
                if status::merge(&mut entry, &delivery, now) == status::Merged::News {
                    status::store(tx, &mut entry)?;
                }
            }
            Ok(())
        }));
        self.committed(before);
    }

    /// Stores what was done elsewhere and tells the sessions.
    pub fn relay_writes<T: Send + 'static>(
        &mut self,
        job: impl FnOnce(&mut dyn smsdesk_relay::store::sql::Tx) -> Result<T, StoreError>
        + Send
        + 'static,
    ) -> T {
        let before = self.relay.store.head();
        let done = must(self.relay.store.write(job));
        self.committed(before);
        done
    }
}

/// The end of an id, for the trace: its beginning is the time.
pub fn short(entry: EntryId) -> String {
    let text = entry.0.simple().to_string();
    text.get(24..).unwrap_or_default().to_owned()
}

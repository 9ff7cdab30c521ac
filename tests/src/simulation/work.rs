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
use smsdesk_common::agent::Agent;
use smsdesk_common::api::Problem;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::api::notes::WriteNote;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::entry::Origin;
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::phone::Address;
use smsdesk_common::record::Record;
use smsdesk_common::time::Timestamp;
use smsdesk_relay::desk::note::{self, Written};
use smsdesk_relay::desk::send::{Outgoing, Sent};
use smsdesk_relay::desk::{DeskError, contact, read, receive, send, status, triage};
use smsdesk_relay::http::changes::{self, Direction};
use smsdesk_relay::outbox::age;
use smsdesk_relay::outbox::lanes::{Answer, Queue, Rules};
use smsdesk_relay::outbox::policy::{Decision, decide};
use smsdesk_relay::outbox::probe::PROBE_FIRST_MS;
use smsdesk_relay::outbox::record::{give_up, record};
use smsdesk_relay::outbox::worker::{self, Claimed};
use smsdesk_relay::store::sql::Tx;
use smsdesk_relay::store::{StoreError, agents, entries, outbox, tokens};
use smsdesk_relay::twilio::classify::CreateOutcome;
use smsdesk_relay::twilio::form::{Form, InboundMessage, StatusCallback};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Texts that are handed over at the same time.
const CALLS_MAX: u32 = 16;
/// How often the outbox is looked at even if nothing rang, in milliseconds.
const LOOK_MS: Millis = 5_000;
/// For how long a text may wait, in seconds; what the relay goes by where nothing is configured.
const VALIDITY_S: u32 = 14_400;
/// The shortest wait between two looks, in milliseconds.
const ROUND_MS_MIN: Millis = 5;
/// How long the relay takes for a transaction, at most, in milliseconds.
const WORK_MS_MAX: Millis = 15;

/// What came of handing a text over.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Which text.
    pub entry: EntryId,
    /// What follows.
    pub decision: Decision,
    /// From.
    pub line: Address,
    /// Whether it asked if the account is still refused.
    pub probe: bool,
    /// What it says of the account.
    pub answer: Answer,
}

/// How fast the relay may go.
pub fn rules() -> Rules {
    Rules {
        rate: 1,
        rates: BTreeMap::new(),
        accounts: BTreeMap::new(),
        probe_ms: PROBE_FIRST_MS,
    }
}

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
            Work::Record(ended) => {
                let Ended {
                    entry, decision, ..
                } = (*ended).clone();
                self.note("relay", || {
                    format!("records {}: {decision:?}", short(entry))
                });
                let recorded = self
                    .relay
                    .store
                    .write(move |tx| record(tx, entry, &|_| true, &decision));
                must(recorded);
                let now_ms = self.agenda.now();
                let (line, answer) = (&ended.line, ended.answer);
                self.relay.lanes.ended(line, ended.probe, answer, now_ms);
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

fn write_note(
    tx: &mut dyn Tx,
    agent: &Agent,
    conversation: Uuid,
    body: &str,
) -> Result<Record, DeskError> {
    let written: WriteNote = must(serde_json::from_str(body));
    let written = note::write(tx, agent, ConversationId(conversation), &written)?;
    let (Written::Now(entry) | Written::Before(entry)) = written;
    Ok(Record::Entry(Box::new(entry)))
}

/// What is asked at `/v1/contacts/{id}`, `…/merge` and `…/unmerge`.
fn write_contact(
    tx: &mut dyn Tx,
    agent: &Agent,
    path: &str,
    body: &str,
) -> Result<Record, DeskError> {
    let rest = path.trim_start_matches("/v1/contacts/");
    let (id, what) = rest.split_once('/').unwrap_or((rest, ""));
    let id = must(id.parse());
    let contact = match what {
        "merge" => contact::merge::merge(tx, agent, id, &must(serde_json::from_str(body)))?,
        "unmerge" => {
            let [kept, _] =
                contact::merge::unmerge(tx, agent, id, &must(serde_json::from_str(body)))?;
            kept
        }
        _ => {
            let home = must("US".parse());
            contact::edit::patch(tx, agent, id, &must(serde_json::from_str(body)), home)?
        }
    };
    Ok(Record::Contact(Box::new(contact)))
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
                let direction = Direction::Before(before, None);
                let page = store.read(|reads| changes::read(reads, epoch, direction, limit));
                return Reply::Done(epoch, must(page));
            }
            Asked::Send(body) => store.write(move |tx| -> Result<Record, DeskError> {
                let message: SendMessage = must(serde_json::from_str(&body));
                let outgoing = Outgoing::parse(message, None)?;
                let sent = send::send(tx, &outgoing, &agent)?;
                let (Sent::Now(entry) | Sent::Before(entry)) = sent;
                Ok(Record::Entry(Box::new(entry)))
            }),
            Asked::Patch { conversation, body } => {
                store.write(move |tx| -> Result<Record, DeskError> {
                    let patch: Patch = must(serde_json::from_str(&body));
                    let id = ConversationId(conversation);
                    let changed = triage::patch(tx, &agent, id, &patch)?;
                    Ok(Record::Conversation(Box::new(changed)))
                })
            }
            Asked::Contact(path, body) => {
                store.write(move |tx| write_contact(tx, &agent, &path, &body))
            }
            Asked::Note(at, body) => store.write(move |tx| write_note(tx, &agent, at, &body)),
            Asked::Read { conversation, body } => {
                store.write(move |tx| -> Result<Record, DeskError> {
                    let set: SetRead = must(serde_json::from_str(&body));
                    read::set(tx, &agent, ConversationId(conversation), &set)
                        .map(Record::ReadMarker)
                })
            }
        };
        self.reply(outcome)
    }

    fn reply(&mut self, outcome: Result<Record, DeskError>) -> Reply {
        match outcome {
            Ok(record) => {
                self.agenda.after(1, Event::Bell(self.relay.life));
                Reply::Done(
                    self.relay.store.epoch(),
                    must(serde_json::to_string(&record)),
                )
            }
            Err(DeskError::Refused { code, detail } | DeskError::Conflict { code, detail, .. }) => {
                problem(&Problem::new(code, detail))
            }
            Err(DeskError::Lacks { detail, .. }) => problem(&Problem::new(
                smsdesk_common::api::ErrorCode::VariablesMissing,
                detail,
            )),
            Err(DeskError::Meanwhile { detail, meanwhile }) => {
                let code = meanwhile.code();
                problem(&Problem {
                    meanwhile: Some(meanwhile),
                    ..Problem::new(code, detail)
                })
            }
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

    /// As `outbox/worker.rs` does it.
    fn claim(&mut self) {
        let now = Timestamp::from_millis(self.wall());
        let now_ms = self.agenda.now();
        if self.relay.bell_at <= now_ms {
            self.relay.bell_at = Millis::MAX;
        }
        if let Some(by_ms) = self.relay.watch.look(now, now_ms) {
            self.relay_writes(move |tx| outbox::clock_went_back(tx, by_ms));
            self.relay.watch.settled();
        }
        let looked = self
            .relay
            .store
            .read(|reads| worker::look(reads, now, VALIDITY_S));
        let (overdue, queues) = must(looked);
        if overdue {
            self.relay_writes(|tx| give_up(tx, VALIDITY_S));
            return self.ring_in(1);
        }
        let room = CALLS_MAX.saturating_sub(self.relay.calling);
        let grants = self.relay.lanes.grants(&queues, now, now_ms);
        if room == 0 || grants.is_empty() {
            return self.ring_when_due(&queues);
        }
        if self.random.chance(self.faults.commit_kills) {
            return self.kill_relay();
        }
        let room = usize::try_from(room).unwrap_or(0);
        let claimed = self
            .relay
            .store
            .write(move |tx| worker::claim(tx, &grants, room));
        let claimed = must(claimed);
        if self.random.chance(self.faults.commit_kills) {
            return self.kill_relay();
        }
        for text in claimed {
            self.begin(text);
        }
        let looked = self
            .relay
            .store
            .read(|reads| worker::look(reads, now, VALIDITY_S));
        self.ring_when_due(&must(looked).1);
    }

    fn begin(&mut self, text: Claimed) {
        let waiting = text.waiting;
        let (now_ms, segments) = (self.agenda.now(), waiting.segments);
        self.relay.calling += 1;
        self.relay.lanes.began(&waiting.line, segments, now_ms);
        let now = Timestamp::from_millis(self.wall());
        if age::remaining_s(waiting.waits_since, now, VALIDITY_S).is_none() {
            return self.relay_begins(Work::Record(Box::new(Ended {
                entry: waiting.entry,
                decision: Decision::GiveUp(age::given_up(VALIDITY_S, None)),
                line: waiting.line,
                probe: text.probe,
                answer: Answer::Nothing,
            })));
        }
        self.hand_over(Box::new(Handover {
            life: self.relay.life,
            entry: waiting.entry,
            attempts: waiting.attempts,
            probe: text.probe,
            line: waiting.line,
            address: waiting.address,
            body: text.body,
        }));
    }

    fn ring_when_due(&mut self, queues: &[Queue]) {
        let now = Timestamp::from_millis(self.wall());
        let now_ms = self.agenda.now();
        let wakes = self.relay.lanes.wakes_in_ms(queues, now, now_ms);
        if let Some(pause) = wakes.filter(|pause| *pause < LOOK_MS) {
            self.ring_in(pause.max(ROUND_MS_MIN));
        }
    }

    fn ring_in(&mut self, pause: Millis) {
        let at = self.agenda.now() + pause;
        if at < self.relay.bell_at {
            self.relay.bell_at = at;
            self.agenda.after(pause, Event::Bell(self.relay.life));
        }
    }

    /// The outcome of a call arrives.
    pub fn outcome(&mut self, handover: &Handover, outcome: CreateOutcome) {
        if !self.relay.up || handover.life != self.relay.life {
            return;
        }
        let random = self.random.number();
        let answer = worker::answer(&outcome);
        let mut decision = decide(outcome, handover.attempts + 1, random);
        if self.sabotage == Some(Sabotage::RepeatUnknown) && decision == Decision::Unknown {
            decision = Decision::Again {
                after_ms: 500,
                code: None,
            };
        }
        self.relay_begins(Work::Record(Box::new(Ended {
            entry: handover.entry,
            decision,
            line: handover.line.clone(),
            probe: handover.probe,
            answer,
        })));
    }

    /// Stores what was done elsewhere and tells the sessions.
    pub fn relay_writes<T: Send + 'static>(
        &mut self,
        job: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError> + Send + 'static,
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

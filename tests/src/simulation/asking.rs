//! What a device asks of the relay over HTTP: pages of the history, and what waits in its outbox.
//! The order of things is that of `link/history.rs` and `link/requests.rs`; what they decide with
//! is theirs.

use super::device::{Asked, Device};
use super::event::{Event, Reply};
use super::faults::Sabotage;
use super::network::Way;
use super::relay::Work;
use super::scheduler::Millis;
use super::work::short;
use super::{World, must};
use smsdesk::cache::memory::Stage;
use smsdesk::cache::{ApplyError, Outgoing, RequestKind};
use smsdesk::link::backoff::{Ladder, Roll};
use smsdesk::link::failure::{Failure, judge};
use smsdesk::link::lives::{Filing, filing};
use smsdesk::model::question::{Consent, Seen};
use smsdesk_common::api::changes::ChangesPage;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::ids::{ConversationId, EntryId, Epoch, RequestId, Seq};
use smsdesk_common::meanwhile::Meanwhile;
use smsdesk_common::time::Timestamp;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How many requests are under way at once.
const IN_FLIGHT_MAX: usize = 4;
/// How many conversations are looked at for something to send.
const CANDIDATES_MAX: u32 = 256;
/// How long a call may take, in milliseconds.
const CALL_MS_MAX: Millis = 30_000;
/// How long opening a connection may take, in milliseconds.
const CONNECT_MS_MAX: Millis = 10_000;

/// A call of a device.
#[derive(Clone, Debug)]
pub struct Call {
    /// Whose.
    pub device: usize,
    /// What for.
    pub what: Asked,
    life: u64,
    request: Option<Outgoing>,
    /// The life that the copy was in.
    then: Option<Epoch>,
    answer_is_lost: bool,
    open: bool,
}

/// The answer to a request, with the life that gave it.
#[derive(Clone, Debug)]
pub struct Filed {
    request: Outgoing,
    then: Option<Epoch>,
    said: Epoch,
    seq: Seq,
}

impl World {
    /// A moment of the clock that never jumps.
    fn instant(&self) -> Instant {
        self.began + Duration::from_millis(self.agenda.now())
    }

    fn ask(&mut self, index: usize, what: Asked, request: Option<Outgoing>) {
        let call = self.calls.len() as u64;
        let lost = self.random.chance(self.faults.call_losses);
        let arrives = !lost || self.random.chance(500);
        self.note_device(index, || format!("calls h{call}: {what:?}"));
        let then = self.copy_life(index);
        self.calls.insert(
            call,
            Call {
                device: index,
                what,
                life: self.devices[index].life,
                request,
                then,
                answer_is_lost: lost,
                open: true,
            },
        );
        if self.network.is_blocked(index, Way::ToRelay) {
            let event = Event::Answer(call, Reply::Nothing);
            return self.agenda.after(CONNECT_MS_MAX, event);
        }
        if arrives {
            let late = self.latency();
            self.agenda.after(late, Event::Call(call));
            if self.random.chance(self.faults.call_repeats) {
                let late = self.latency() + self.random.within(0, 5_000);
                self.agenda.after(late, Event::Call(call));
            }
        }
        self.agenda
            .after(CALL_MS_MAX, Event::Answer(call, Reply::Nothing));
    }

    /// A call arrives at the relay.
    pub fn called(&mut self, call: u64) {
        if self.relay.up {
            self.relay_begins(Work::Call(call));
        } else {
            self.relay_replies(call, Reply::Nothing);
        }
    }

    /// An answer arrives at the device, or none in time.
    pub fn answered(&mut self, number: u64, reply: Reply) {
        let Some(call) = self.calls.get_mut(&number) else {
            return;
        };
        let device = call.device;
        let lost = call.answer_is_lost || self.network.is_blocked(device, Way::ToDevice);
        if !call.open || (lost && !matches!(reply, Reply::Nothing)) {
            return;
        }
        call.open = false;
        let call = call.clone();
        if self.devices[device].life != call.life || self.devices[device].stopped {
            return;
        }
        self.note_device(device, || format!("has its answer to h{number}: {reply:?}"));
        let outcome = match reply {
            Reply::Done(epoch, body) => Ok((epoch, body)),
            Reply::Problem(status, body) => {
                Err(judge(status, serde_json::from_str(&body).ok(), None))
            }
            Reply::Nothing => Err(Failure::Unreachable("no answer".to_owned())),
        };
        match (call.request, call.what) {
            (Some(request), _) => self.conclude(device, request, call.then, outcome),
            (None, Asked::History { before, .. }) => {
                self.history_came(device, before, outcome.map(|(_, body)| body));
            }
            (None, _) => {}
        }
    }

    fn sign_out(&mut self, index: usize) {
        let device = &mut self.devices[index];
        device.stopped = true;
        device.live = false;
    }
}

/// The history.
impl World {
    /// Looks whether there is something to fetch.
    pub fn fetch_history(&mut self, index: usize, life: u64) {
        let device = &mut self.devices[index];
        let idle = device.life == life && device.is_online() && !device.stopped;
        if !idle || device.fetching || !std::mem::take(&mut device.wants_history) {
            return;
        }
        let cursor = must(device.disk.cursor());
        let Some(cursor) = cursor.filter(|cursor| cursor.low > Seq::ZERO) else {
            return;
        };
        device.fetching = true;
        let (before, limit) = (cursor.low.next(), device.page_limit);
        self.ask(index, Asked::History { before, limit }, None);
    }

    fn history_came(&mut self, index: usize, before: Seq, outcome: Result<String, Failure>) {
        let device = &mut self.devices[index];
        device.fetching = false;
        let page: ChangesPage = match outcome.map(|body| serde_json::from_str(&body)) {
            Ok(page) => must(page),
            Err(Failure::SignedOut(_)) => return self.sign_out(index),
            Err(_) => return self.history_again(index),
        };
        let epoch = must(device.disk.cursor()).map(|cursor| cursor.epoch);
        match device.disk.apply_history(&page) {
            Ok(done) => {
                let low = done.cursor.low;
                if let Some(epoch) = epoch {
                    self.checker.applied(index, epoch, &page.changes, None);
                }
                self.note_device(index, || format!("has the history down to {low}"));
                if low == Seq::ZERO {
                    if let Some(input) = self.check(index, page.head, page.digest) {
                        self.device_does(index, input);
                    }
                } else if low.next() < before {
                    let device = &mut self.devices[index];
                    device.history_ladder = Ladder::default();
                    device.wants_history = true;
                    self.agenda.after(0, Event::History(index, device.life));
                } else {
                    self.history_again(index);
                }
            }
            Err(ApplyError::Gap { .. } | ApplyError::OtherEpoch) => self.history_again(index),
            Err(error) => must(Err(error)),
        }
    }

    fn history_again(&mut self, index: usize) {
        let roll = Roll(self.random.number());
        let device = &mut self.devices[index];
        let pause = device.history_ladder.pause(Duration::ZERO, roll);
        device.wants_history = true;
        let pause = Millis::try_from(pause.as_millis()).unwrap_or(Millis::MAX);
        self.agenda.after(pause, Event::History(index, device.life));
    }
}

/// The outbox.
impl World {
    /// Something may have become free to go.
    pub fn requests_may_go(&mut self, index: usize) {
        let life = self.devices[index].life;
        self.agenda.after(0, Event::Requests(index, life));
    }

    /// Sends what may be sent.
    pub fn send_requests(&mut self, index: usize, life: u64) {
        let now = self.instant();
        let device = &mut self.devices[index];
        if device.life != life || !device.up || device.stopped {
            return;
        }
        if device.sending < IN_FLIGHT_MAX && !device.pace.holds_everything(now) {
            let waiting = must(device.disk.next_requests(CANDIDATES_MAX));
            let free = IN_FLIGHT_MAX - device.sending;
            let may_go = |request: &Outgoing, device: &Device| {
                let conversation = request.conversation;
                !device.busy.contains(&conversation) && !device.pace.holds(conversation, now)
            };
            let going: Vec<_> = waiting
                .into_iter()
                .filter(|request| may_go(request, device))
                .take(free)
                .collect();
            for request in going {
                let device = &mut self.devices[index];
                device.busy.insert(request.conversation);
                device.sending += 1;
                let what = self.in_words(&request);
                self.ask(index, what, Some(request));
            }
        }
        self.look_again(index, now);
    }

    fn in_words(&mut self, request: &Outgoing) -> Asked {
        let mut body = request.body.clone();
        match request.kind {
            RequestKind::Read => Asked::Read {
                conversation: request.conversation.0,
                body,
            },
            RequestKind::Patch => Asked::Patch {
                conversation: request.conversation.0,
                body,
            },
            RequestKind::Contact => Asked::Contact(request.path.clone(), body),
            // No device of the simulation times a text.
            RequestKind::Timed | RequestKind::Note => Asked::Note(request.conversation.0, body),
            RequestKind::Send => {
                if self.sabotage == Some(Sabotage::OtherIdAgain) && request.attempts > 0 {
                    let other = self.random.uuid().to_string();
                    body = body.replace(&request.id.to_string(), &other);
                }
                Asked::Send(body)
            }
        }
    }

    fn look_again(&mut self, index: usize, now: Instant) {
        let device = &self.devices[index];
        if let Some(due) = device.pace.next_due(now) {
            let pause = due.saturating_duration_since(now).as_millis();
            let pause = Millis::try_from(pause).unwrap_or(Millis::MAX) + 1;
            let event = Event::Requests(index, device.life);
            self.agenda.after(pause, event);
        }
    }

    fn copy_life(&self, index: usize) -> Option<Epoch> {
        let cursor = must(self.devices[index].disk.cursor());
        cursor.map(|cursor| cursor.epoch)
    }

    fn conclude(
        &mut self,
        index: usize,
        request: Outgoing,
        then: Option<Epoch>,
        outcome: Result<(Epoch, String), Failure>,
    ) {
        let (now, roll) = (self.instant(), Roll(self.random.number()));
        let device = &mut self.devices[index];
        let answered = outcome.and_then(|(said, body)| Ok((said, seq_of(&body)?)));
        match answered {
            Ok((said, seq)) => {
                let filed = Filed {
                    request,
                    then,
                    said,
                    seq,
                };
                return self.file(index, filed);
            }
            Err(Failure::Refused(problem)) => {
                device.pace.succeeded(request.conversation);
                must(device.disk.request_refused(request.id, &problem));
                if let Some(meanwhile) = problem.meanwhile {
                    self.agent_is_asked(index, &request, &meanwhile);
                }
            }
            Err(Failure::SignedOut(_)) => return self.sign_out(index),
            Err(Failure::Unreachable(_) | Failure::Busy { .. }) => {
                device.pace.hold_everything(now, roll, None);
                must(device.disk.request_tried(request.id));
            }
            Err(Failure::Faulty(_)) => {
                device.pace.hold(request.conversation, now, roll);
                must(device.disk.request_tried(request.id));
            }
        }
        self.request_is_over(index, request.conversation);
    }

    /// Notes an answer, or keeps it until the copy is in the life that gave it.
    fn file(&mut self, index: usize, filed: Filed) {
        let now = self.copy_life(index);
        let device = &mut self.devices[index];
        let Filing::Under(epoch) = filing(Some(filed.said), filed.then, now) else {
            return device.waiting.push(filed);
        };
        let request = &filed.request;
        device.pace.succeeded(request.conversation);
        must(
            device
                .disk
                .request_answered_in(epoch, request.id, filed.seq),
        );
        self.request_is_over(index, request.conversation);
    }

    /// The copy has started anew.
    pub fn file_waiting(&mut self, index: usize) {
        for filed in std::mem::take(&mut self.devices[index].waiting) {
            self.file(index, filed);
        }
    }

    fn request_is_over(&mut self, index: usize, conversation: ConversationId) {
        let device = &mut self.devices[index];
        device.busy.remove(&conversation);
        device.sending = device.sending.saturating_sub(1);
        self.requests_may_go(index);
    }
}

fn seq_of(body: &str) -> Result<Seq, Failure> {
    let faulty = || Failure::Faulty("no record".to_owned());
    let record: serde_json::Value = serde_json::from_str(body).map_err(|_| faulty())?;
    record["seq"].as_u64().map(Seq).ok_or_else(faulty)
}

/// The agent at the device.
impl World {
    /// The agent writes a text, as soon as there is somebody to write to.
    pub fn agent_writes(&mut self, index: usize, number: u32) {
        if self.devices[index].stopped && self.devices[index].revoked.is_some() {
            self.to_come.remove(&number);
            return;
        }
        let Some(conversation) = self.some_conversation(index) else {
            return self.agenda.after(3_000, Event::AgentWrites(index, number));
        };
        self.to_come.remove(&number);
        let entry = EntryId(self.random.uuid());
        self.checker.submitted(entry, index);
        self.note_device(index, || format!("submits {}", short(entry)));
        if self.sabotage == Some(Sabotage::EchoBeforeCommit) {
            let life = self.devices[index].life;
            let event = Event::LateEcho(index, life, entry, conversation.0);
            return self.agenda.after(1_500, event);
        }
        self.keep_text(index, entry, conversation, number);
    }

    /// A text reaches the disk.
    pub fn keep_text(
        &mut self,
        index: usize,
        entry: EntryId,
        conversation: ConversationId,
        number: u32,
    ) {
        // Some texts have the same words, which must not make them one.
        let body = match number % 3 {
            0 => "ok".to_owned(),
            _ => format!("out {number}"),
        };
        let now = Timestamp::from_millis(self.wall());
        let disk = &mut self.devices[index].disk;
        // Some are written by somebody who has not looked for long.
        let seen = match number % 4 {
            0 => Seq::ZERO,
            _ => must(disk.newest(conversation)),
        };
        must(disk.submit(entry, conversation, body, seen, now));
        self.requests_may_go(index);
    }

    /// The relay asks whether a text is to go out over what happened meanwhile: mostly it is. Its
    /// words leave the outbox and go there again, as a text of its own.
    fn agent_is_asked(&mut self, index: usize, request: &Outgoing, meanwhile: &Meanwhile) {
        let refused = EntryId(request.id);
        self.checker.held_back(refused);
        if self.random.chance(200) {
            return;
        }
        let message: SendMessage = must(serde_json::from_str(&request.body));
        let entry = EntryId(self.random.uuid());
        let now = Timestamp::from_millis(self.wall());
        let seen = Seen {
            up_to: meanwhile.up_to,
            consent: Consent::Given,
        };
        self.checker.submitted(entry, index);
        self.note_device(index, || {
            format!("confirms {} as {}", short(refused), short(entry))
        });
        let disk = &mut self.devices[index].disk;
        if must(disk.withdraw(refused, now)) {
            self.checker.withdrawn(refused);
        }
        let disk = &mut self.devices[index].disk;
        must(disk.submit(entry, request.conversation, message.body, seen, now));
    }

    /// The agent has read a conversation.
    pub fn agent_reads(&mut self, index: usize) {
        if let Some(conversation) = self.some_conversation(index) {
            let id = RequestId(self.random.uuid());
            let position = Seq(self.random.within(1, 40));
            let read = u32::try_from(self.random.within(0, 5)).unwrap_or(0);
            let now = Timestamp::from_millis(self.wall());
            let disk = &mut self.devices[index].disk;
            must(disk.mark_read(id, conversation, position, read, now));
            self.requests_may_go(index);
        }
    }

    /// The agent flags a conversation, is done with it, or opens it again.
    pub fn agent_triages(&mut self, index: usize) {
        if let Some(conversation) = self.some_conversation(index) {
            let mut patch: Patch = must(serde_json::from_value(serde_json::json!({
                "id": RequestId(self.random.uuid()),
            })));
            match self.random.below(3) {
                0 => patch.flagged = Some(true),
                1 => patch.status = Some(ConversationStatus::Done),
                _ => patch.status = Some(ConversationStatus::Open),
            }
            let now = Timestamp::from_millis(self.wall());
            must(self.devices[index].disk.patch(conversation, patch, now));
            self.note_device(index, || format!("triages {conversation}"));
            self.requests_may_go(index);
        }
    }

    /// The agent takes one refused text back.
    pub fn agent_withdraws(&mut self, index: usize) {
        let now = Timestamp::from_millis(self.wall());
        let disk = &mut self.devices[index].disk;
        let outstanding = must(disk.outstanding());
        let refused = outstanding
            .iter()
            .find(|request| request.stage == Stage::Refused);
        if let Some(refused) = refused {
            let entry = EntryId(refused.id);
            if must(disk.withdraw(entry, now)) {
                self.note_device(index, || format!("withdraws {}", short(entry)));
                self.checker.withdrawn(entry);
            }
        }
    }

    fn some_conversation(&mut self, index: usize) -> Option<ConversationId> {
        let device = &self.devices[index];
        if !device.up {
            return None;
        }
        let known: Vec<Uuid> = must(device.disk.conversations());
        self.random.pick(&known).copied().map(ConversationId)
    }
}

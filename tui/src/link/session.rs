//! What the client says and does on the stream, as a state machine without any IO.
//!
//! `Offline → Connecting → Hello → CatchingUp → Live`, and back to `Offline` from anywhere; a
//! refusal for good ends in `Stopped`. A batch is applied only where it begins at the very place
//! at which the copy ends; anything else closes the connection, and the next one resumes. What
//! is on the disk is acknowledged, never more.

#[cfg(test)]
mod tests;

use crate::model::connection::Connection;
use crate::model::relay::Relay;
use smsdesk_common::agent::Agent;
use smsdesk_common::capability::Capabilities;
use smsdesk_common::feed::{Batch, Digest};
use smsdesk_common::ids::{AgentId, ConversationId, DeviceId, Epoch, Seq};
use smsdesk_common::stream::{
    ClientFrame, CloseCode, Hello, PROTOCOL, PROTOCOL_OLDEST, PresenceState, RelayFrame,
    ResetReason, ResumeMode, Welcome, is_terminal_close,
};

/// How often a copy that turns out to be wrong is fetched again before the app gives up on it.
/// More would load the relay without end, where the fault is a constant one.
const REBUILDS_MAX: u32 = 3;

/// Where the copy on this disk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The life of the relay's database.
    pub epoch: Epoch,
    /// The newest position.
    pub high: Seq,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The pause is over.
    Due,
    /// The connection is open; this is where the copy ends.
    Opened(Option<Position>),
    /// There was no connection; says why.
    Unreachable(String),
    /// The relay refused the connection for good; says why.
    Refused(String),
    /// The relay said something.
    Frame(RelayFrame),
    /// The relay said something that is no frame.
    Garbled,
    /// The connection ended, with a number and words where the relay closed it.
    Closed(Option<(u16, String)>),
    /// Nothing at all was heard for too long.
    Silent,
    /// The batch is on the disk.
    Applied(Position),
    /// The batch does not join the copy.
    Gap,
    /// The disk failed; says how.
    StoreFailed(String),
    /// The copy was dropped, and starts at this position.
    Fresh(Position),
    /// The copy claims the relay's positions and holds other records.
    CopyDiffers,
    /// The copy was added up, and holds the relay's records.
    CopyEqual,
    /// The copy was lost.
    Emptied,
}

/// What must be done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Open a connection; answered by [`Input::Opened`], `Unreachable` or `Refused`.
    Connect,
    /// Say this to the relay.
    Send(ClientFrame),
    /// Close the connection.
    Close,
    /// Answered by [`Input::Applied`], `Gap` or `StoreFailed`.
    Apply(Batch),
    /// Drop the copy and start at `head`; answered by [`Input::Fresh`] or `StoreFailed`.
    StartFresh {
        /// The relay's epoch.
        epoch: Epoch,
        /// What is older is fetched as history.
        head: Seq,
    },
    /// The same, for a copy that turned out to be wrong: it is counted and said.
    Rebuild {
        /// The relay's epoch.
        epoch: Epoch,
        /// What is older is fetched as history.
        head: Seq,
    },
    /// Compare the copy with the relay's; answered by [`Input::CopyDiffers`] where it is wrong.
    CheckDigest {
        /// What the relay's digest is over.
        head: Seq,
        /// The relay's.
        digest: Digest,
    },
    /// The history has, or may have, parts to be fetched.
    FetchHistory,
    /// The state of the connection changed.
    Show(Connection),
    /// This is which relay it is and what it can do.
    Meet(Relay),
    /// This is who we are.
    Greet {
        /// Who the token belongs to.
        agent: Agent,
        /// How the company signs its texts.
        company: Option<String>,
    },
    /// What a colleague does.
    Tell(Colleague),
    /// Something that the agent should know.
    Say(String),
    /// Wait, then say [`Input::Due`].
    Retry(Pause),
    /// Nothing more can be done.
    Stop(String),
}

/// A colleague in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// Who.
    pub agent: AgentId,
    /// Where.
    pub conversation: ConversationId,
    /// What they do.
    pub state: PresenceState,
    /// For how long by now, in milliseconds.
    pub for_ms: u64,
}

/// How long to wait before the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// As the failures in a row suggest.
    Backoff,
    /// As the relay asked.
    Asked {
        /// At least this long, in milliseconds.
        after_ms: u64,
        /// Up to this much longer, in milliseconds.
        spread_ms: u64,
    },
}

/// Where the conversation with the relay stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Offline,
    Connecting,
    Hello,
    CatchingUp { head: Seq },
    Live,
    Stopped,
}

/// One client's side of the stream, over any number of connections.
#[derive(Debug)]
pub struct Session {
    client: String,
    device: DeviceId,
    state: State,
    position: Option<Position>,
    pause: Pause,
    rebuilds: u32,
}

impl Session {
    /// A session that has not connected yet. `client` is program and version.
    pub const fn new(client: String, device: DeviceId) -> Self {
        Self {
            client,
            device,
            state: State::Offline,
            position: None,
            pause: Pause::Backoff,
            rebuilds: 0,
        }
    }

    /// Whether the relay has welcomed this device on the connection that is open.
    pub const fn is_online(&self) -> bool {
        matches!(self.state, State::CatchingUp { .. } | State::Live)
    }

    /// Takes what happened and says what must be done.
    pub fn on(&mut self, input: Input) -> Vec<Output> {
        match input {
            Input::Due => self.connect(),
            Input::Opened(position) => self.opened(position),
            Input::Unreachable(words) => self.lost_saying(words),
            Input::Refused(reason) => self.stop(reason),
            Input::Frame(frame) => self.frame(frame),
            Input::Garbled => self.hang_up(),
            Input::Closed(None) => self.lost(),
            Input::Closed(Some((code, reason))) => self.closed(code, reason),
            Input::Silent | Input::Gap => self.hang_up(),
            Input::Applied(position) => self.applied(position),
            Input::StoreFailed(words) => {
                let mut outputs = vec![Output::Close];
                outputs.extend(self.lost_saying(words));
                outputs
            }
            Input::Fresh(position) => {
                self.position = Some(position);
                vec![Output::FetchHistory]
            }
            Input::CopyDiffers => self.copy_differs(),
            Input::CopyEqual => {
                // What went wrong before is mended; the next fault has its tries again.
                self.rebuilds = 0;
                Vec::new()
            }
            Input::Emptied if self.is_online() => self.hang_up(),
            Input::Emptied => Vec::new(),
        }
    }

    fn connect(&mut self) -> Vec<Output> {
        if self.state != State::Offline {
            return Vec::new();
        }
        self.state = State::Connecting;
        vec![Output::Show(Connection::Connecting), Output::Connect]
    }

    fn opened(&mut self, position: Option<Position>) -> Vec<Output> {
        if self.state != State::Connecting {
            return Vec::new();
        }
        self.state = State::Hello;
        self.position = position;
        self.pause = Pause::Backoff;
        vec![Output::Send(ClientFrame::Hello(Hello {
            protocol: PROTOCOL,
            client: self.client.clone(),
            device: self.device,
            epoch: position.map(|position| position.epoch),
            after: position.map(|position| position.high),
        }))]
    }

    fn frame(&mut self, frame: RelayFrame) -> Vec<Output> {
        match frame {
            RelayFrame::Welcome(welcome) if self.state == State::Hello => self.welcomed(welcome),
            RelayFrame::Batch(batch) if self.joins(&batch) => vec![Output::Apply(batch)],
            RelayFrame::CaughtUp { head, digest } if self.reaches(head) => {
                self.caught_up(head, digest)
            }
            RelayFrame::Welcome(_) | RelayFrame::Batch(_) | RelayFrame::CaughtUp { .. } => {
                self.hang_up()
            }
            RelayFrame::GoingAway {
                after_ms,
                spread_ms,
            } => {
                self.pause = Pause::Asked {
                    after_ms,
                    spread_ms,
                };
                Vec::new()
            }
            RelayFrame::Presence {
                conversation,
                agent,
                state,
                for_ms,
            } => vec![Output::Tell(Colleague {
                agent,
                conversation,
                state,
                for_ms: for_ms.unwrap_or(0),
            })],
            RelayFrame::Pong { .. } | RelayFrame::Unknown => Vec::new(),
        }
    }

    fn joins(&self, batch: &Batch) -> bool {
        self.is_online()
            && self
                .position
                .is_some_and(|position| position.high == batch.from)
    }

    fn reaches(&self, head: Seq) -> bool {
        self.is_online() && self.position.is_some_and(|position| position.high >= head)
    }

    fn welcomed(&mut self, welcome: Welcome) -> Vec<Output> {
        if !(PROTOCOL_OLDEST..=PROTOCOL).contains(&welcome.protocol) {
            let mut outputs = vec![Output::Close];
            outputs.extend(self.stop(format!(
                "the relay speaks version {} of the protocol, this smsdesk versions \
                 {PROTOCOL_OLDEST} to {PROTOCOL}",
                welcome.protocol
            )));
            return outputs;
        }
        let (epoch, head) = (welcome.epoch, welcome.head);
        let relay = Relay {
            version: welcome.version,
            capabilities: Capabilities::said(welcome.capabilities.as_deref()),
        };
        let greet = Output::Greet {
            agent: welcome.agent,
            company: welcome.company,
        };
        let mut outputs = vec![Output::Meet(relay), greet];
        match (welcome.mode, self.position) {
            (ResumeMode::Resumed, Some(position)) if position.epoch == epoch => {
                self.state = State::CatchingUp { head };
                outputs.extend(self.behind());
                outputs.push(Output::FetchHistory);
            }
            (ResumeMode::Resumed, _) => return self.hang_up(),
            (ResumeMode::Fresh | ResumeMode::Reset, before) => {
                self.state = State::CatchingUp { head };
                if before.is_some() {
                    outputs.push(Output::Say(reset_words(welcome.reason)));
                }
                outputs.push(Output::StartFresh { epoch, head });
            }
        }
        outputs
    }

    /// How far this copy is behind, where it is.
    fn behind(&self) -> Option<Output> {
        let State::CatchingUp { head } = self.state else {
            return None;
        };
        let behind = head.0.saturating_sub(self.position?.high.0);
        (behind > 0).then_some(Output::Show(Connection::CatchingUp { behind }))
    }

    fn applied(&mut self, position: Position) -> Vec<Output> {
        self.position = Some(position);
        let mut outputs = vec![Output::Send(ClientFrame::Ack { seq: position.high })];
        outputs.extend(self.behind());
        outputs
    }

    fn caught_up(&mut self, head: Seq, digest: Digest) -> Vec<Output> {
        let mut outputs = Vec::new();
        if self.state != State::Live {
            self.state = State::Live;
            outputs.push(Output::Show(Connection::Live));
        }
        outputs.push(Output::CheckDigest { head, digest });
        outputs
    }

    fn copy_differs(&mut self) -> Vec<Output> {
        let Some(position) = self.position.filter(|_| self.is_online()) else {
            return Vec::new();
        };
        self.rebuilds += 1;
        if self.rebuilds > REBUILDS_MAX {
            let words = "this copy of the records still differs from the relay's after it was \
                         fetched again; `smsdesk doctor` shows both";
            return vec![Output::Say(words.to_owned())];
        }
        vec![Output::Rebuild {
            epoch: position.epoch,
            head: position.high,
        }]
    }

    fn closed(&mut self, code: u16, reason: String) -> Vec<Output> {
        if !is_terminal_close(code) {
            return self.lost();
        }
        let known = [
            CloseCode::TokenRefused,
            CloseCode::ProtocolTooOld,
            CloseCode::Malformed,
            CloseCode::Wipe,
        ];
        let words = match known.into_iter().find(|known| known.number() == code) {
            Some(known) => known.reason().to_owned(),
            None if reason.is_empty() => format!("the relay closed with code {code}"),
            None => reason,
        };
        self.stop(words)
    }

    fn hang_up(&mut self) -> Vec<Output> {
        let mut outputs = vec![Output::Close];
        outputs.extend(self.lost());
        outputs
    }

    fn lost(&mut self) -> Vec<Output> {
        if self.state == State::Stopped {
            return Vec::new();
        }
        self.state = State::Offline;
        let pause = std::mem::replace(&mut self.pause, Pause::Backoff);
        vec![Output::Show(Connection::Offline), Output::Retry(pause)]
    }

    fn lost_saying(&mut self, words: String) -> Vec<Output> {
        let mut outputs = vec![Output::Say(words)];
        outputs.extend(self.lost());
        outputs
    }

    fn stop(&mut self, reason: String) -> Vec<Output> {
        self.state = State::Stopped;
        vec![Output::Stop(reason)]
    }
}

fn reset_words(reason: Option<ResetReason>) -> String {
    let cause = match reason {
        Some(ResetReason::Epoch) => "the relay was restored from a backup or replaced",
        Some(ResetReason::Ahead) => "the relay has lost its newest records",
        None => "the relay wants this device to start anew",
    };
    format!("{cause}; its records are fetched again, drafts and unsent texts stay")
}

//! One client's side of the stream as a pure state machine: frames, growth of the log, pages that
//! were read and the passing of time go in; what to do comes out. No socket, no store, no clock.
//!
//! Memory is bounded whatever the client does: one page is read at a time, and none while the
//! client owes acknowledgements.

use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::capability::Capabilities;
use smsdesk_common::feed::{BATCH_BYTES_MAX, BATCH_CHANGES_MAX, Digest};
use smsdesk_common::ids::{ConversationId, Epoch, Seq};
use smsdesk_common::stream::{
    CREDIT_BYTES, CREDIT_CHANGES, ClientFrame, CloseCode, HEARTBEAT_MS, HELLO_MS_MAX, Hello,
    Limits, PONG_MS_MAX, PROTOCOL, PROTOCOL_OLDEST, PresenceState, RelayFrame, ResetReason,
    ResumeMode, Welcome,
};
use std::collections::VecDeque;

/// Milliseconds on a clock that never jumps.
pub type Millis = u64;

/// What a session is told of a page that was read for it: every change in `(cursor, to]`. The text
/// of the batch stays with whoever read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where the page ends.
    pub to: Seq,
    /// How many changes it has.
    pub changes: usize,
    /// How long the batch is, in bytes.
    pub bytes: usize,
    /// The newest position when it was read.
    pub head: Seq,
    /// Over all live changes when it was read.
    pub digest: Digest,
}

/// What the socket must do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send a frame.
    Send(RelayFrame),
    /// Send the `batch` frame of the page that was handed in last.
    SendBatch,
    /// Send a WebSocket ping.
    Ping,
    /// Read the feed after a position, at most this many changes, of a state that is not older than
    /// [`Session::head`], and hand the page in.
    Read {
        /// Where to begin.
        after: Seq,
        /// The most changes.
        limit: usize,
    },
    /// Hand on what the agent does.
    Presence(ConversationId, PresenceState),
    /// Close, and hand nothing more in.
    Close(CloseCode),
}

/// How long a session waits for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For `hello`, in milliseconds.
    pub hello_ms: Millis,
    /// Between two pings, in milliseconds.
    pub heartbeat_ms: Millis,
    /// For the answer to a ping, in milliseconds.
    pub pong_ms: Millis,
    /// For a client that does not read while something is written to it, in milliseconds.
    pub write_ms: Millis,
    /// For the client to close its side, in milliseconds.
    pub close_ms: Millis,
}

impl Patience {
    /// What real clients get.
    pub const STANDARD: Self = Self {
        hello_ms: HELLO_MS_MAX,
        heartbeat_ms: HEARTBEAT_MS,
        pong_ms: PONG_MS_MAX,
        write_ms: 10_000,
        close_ms: 2_000,
    };
}

/// The slowest network that is served, in bytes a second: a ping waits behind what was sent before
/// it, so that a client which is owed bytes is given time for them.
const NETWORK_BYTES_PER_S_MIN: u64 = 8 * 1024;

/// What the session knows of the relay when it begins.
#[derive(Clone, Debug)]
pub struct Greeting {
    /// The life of the database.
    pub epoch: Epoch,
    /// The relay's version.
    pub version: String,
    /// Who the token belongs to.
    pub agent: Agent,
    /// How the company signs, where the operator says.
    pub company: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing was said yet.
    AwaitingHello,
    /// `reading` tells whether a page was asked for that has not come.
    Streaming {
        reading: bool,
    },
    Closed,
}

/// A batch that the client has not acknowledged.
#[derive(Clone, Copy, Debug)]
struct Owed {
    to: Seq,
    changes: usize,
    bytes: usize,
}

/// One client's session.
#[derive(Debug)]
pub struct Session {
    greeting: Greeting,
    patience: Patience,
    state: State,
    /// Everything up to here was sent.
    cursor: Seq,
    /// The client has everything up to here; none before it said where it stands.
    acked: Option<Seq>,
    /// The log reaches to here.
    head: Seq,
    /// Whether `caught_up` is due when the cursor reaches the head.
    announce: bool,
    owed: VecDeque<Owed>,
    hello_until: Millis,
    ping_at: Millis,
    pong_until: Option<Millis>,
}

impl Session {
    /// A session of a client that has just connected.
    pub fn new(greeting: Greeting, head: Seq, now: Millis) -> Self {
        Self::patient(greeting, Patience::STANDARD, head, now)
    }

    /// The same, with other limits of time.
    pub fn patient(greeting: Greeting, patience: Patience, head: Seq, now: Millis) -> Self {
        Self {
            greeting,
            patience,
            state: State::AwaitingHello,
            cursor: Seq::ZERO,
            acked: None,
            head,
            announce: true,
            owed: VecDeque::new(),
            hello_until: now + patience.hello_ms,
            ping_at: now + patience.heartbeat_ms,
            pong_until: None,
        }
    }

    /// The newest state that this session knows of. What it reads must not be older.
    pub const fn head(&self) -> Seq {
        self.head
    }

    /// Up to where the client has everything; none before it has said where it stands. Growth of which
    /// it has not been told yet counts against it, too: that is how far it is behind.
    pub const fn acked(&self) -> Option<Seq> {
        self.acked
    }

    /// Whether the client has yet to say where it stands. The head must be fresh when it does: one
    /// that is behind would make a client drop records that are right.
    pub fn awaits_hello(&self) -> bool {
        self.state == State::AwaitingHello
    }

    /// Whether the client has all that there is. Until then colleagues can wait.
    pub fn has_caught_up(&self) -> bool {
        matches!(self.state, State::Streaming { .. }) && !self.announce
    }

    /// A text message arrived.
    pub fn on_text(&mut self, text: &str) -> Vec<Output> {
        // Whoever speaks is alive, whether or not the answer to a ping is on its way.
        self.pong_until = None;
        match (self.state, serde_json::from_str(text)) {
            (State::Closed, _) => Vec::new(),
            (_, Err(_)) => self.close(CloseCode::Malformed),
            (State::AwaitingHello, Ok(ClientFrame::Hello(hello))) => self.on_hello(&hello),
            (State::AwaitingHello, Ok(_)) => self.close(CloseCode::Malformed),
            (State::Streaming { .. }, Ok(frame)) => self.on_frame(&frame),
        }
    }

    fn on_hello(&mut self, hello: &Hello) -> Vec<Output> {
        if hello.protocol < PROTOCOL_OLDEST {
            return self.close(CloseCode::ProtocolTooOld);
        }
        let (mode, reason) = self.resume(hello);
        self.cursor = match (mode, hello.after) {
            (ResumeMode::Resumed, Some(after)) => after,
            _ => self.head,
        };
        self.acked = Some(self.cursor);
        let welcome = Welcome {
            protocol: hello.protocol.min(PROTOCOL),
            version: self.greeting.version.clone(),
            epoch: self.greeting.epoch,
            head: self.head,
            mode,
            reason,
            agent: self.greeting.agent.clone(),
            company: self.greeting.company.clone(),
            heartbeat_ms: self.patience.heartbeat_ms,
            limits: Limits::default(),
            capabilities: Some(Capabilities::names()),
        };
        self.state = State::Streaming { reading: false };
        let mut outputs = vec![Output::Send(RelayFrame::Welcome(welcome))];
        outputs.extend(self.pull());
        outputs
    }

    /// Never partial: either the client goes on exactly where it was, or it starts anew. A program that
    /// names no epoch takes its position for one of ours.
    fn resume(&self, hello: &Hello) -> (ResumeMode, Option<ResetReason>) {
        match (hello.after, hello.epoch) {
            (None, _) => (ResumeMode::Fresh, None),
            (Some(_), Some(epoch)) if epoch != self.greeting.epoch => {
                (ResumeMode::Reset, Some(ResetReason::Epoch))
            }
            (Some(after), _) if after > self.head => (ResumeMode::Reset, Some(ResetReason::Ahead)),
            (Some(_), _) => (ResumeMode::Resumed, None),
        }
    }

    fn on_frame(&mut self, frame: &ClientFrame) -> Vec<Output> {
        match frame {
            ClientFrame::Ack { seq } => self.on_ack(*seq),
            ClientFrame::Ping { n } => {
                vec![Output::Send(RelayFrame::Pong {
                    n: *n,
                    head: self.head,
                })]
            }
            ClientFrame::Hello(_) => self.close(CloseCode::Malformed),
            ClientFrame::Presence {
                conversation,
                state,
            } => self.on_presence(*conversation, *state),
            ClientFrame::Unknown => Vec::new(),
        }
    }

    /// Who may not write does not type, and a program is no colleague.
    fn on_presence(&self, conversation: ConversationId, state: PresenceState) -> Vec<Output> {
        let role = self.greeting.agent.role;
        let state = match state {
            PresenceState::Typing if !role.may_write() => PresenceState::Viewing,
            state => state,
        };
        match role {
            Role::Integration => Vec::new(),
            _ => vec![Output::Presence(conversation, state)],
        }
    }

    fn on_ack(&mut self, seq: Seq) -> Vec<Output> {
        if seq > self.cursor {
            return self.close(CloseCode::Malformed);
        }
        self.acked = self.acked.max(Some(seq));
        while self.owed.front().is_some_and(|owed| owed.to <= seq) {
            self.owed.pop_front();
        }
        self.pull()
    }

    /// The log grew.
    pub fn on_head(&mut self, head: Seq) -> Vec<Output> {
        self.head = self.head.max(head);
        self.pull()
    }

    /// The page that was asked for is there.
    pub fn on_page(&mut self, page: &Page) -> Vec<Output> {
        let State::Streaming { .. } = self.state else {
            return Vec::new();
        };
        self.state = State::Streaming { reading: false };
        self.head = self.head.max(page.head);
        let mut outputs = Vec::new();
        if page.to > self.cursor {
            self.owed.push_back(Owed {
                to: page.to,
                changes: page.changes,
                bytes: page.bytes,
            });
            outputs.push(Output::SendBatch);
            self.cursor = page.to;
        }
        if page.to < page.head {
            // There is more than fits a batch: worth telling when the end is reached.
            self.announce = true;
        } else if self.announce {
            self.announce = false;
            let (head, digest) = (page.head, page.digest);
            outputs.push(Output::Send(RelayFrame::CaughtUp { head, digest }));
        }
        outputs.extend(self.pull());
        outputs
    }

    /// The client answered a WebSocket ping.
    pub fn on_pong(&mut self) {
        self.pong_until = None;
    }

    /// The relay stops; the client may come back.
    pub fn on_shutdown(&mut self, after_ms: u64, spread_ms: u64) -> Vec<Output> {
        let mut outputs = vec![Output::Send(RelayFrame::GoingAway {
            after_ms,
            spread_ms,
        })];
        outputs.extend(self.close(CloseCode::Restart));
        outputs
    }

    /// When [`Self::on_time`] has something to do, whatever else happens.
    pub fn deadline(&self) -> Millis {
        match (self.state, self.pong_until) {
            (State::AwaitingHello, _) => self.hello_until,
            (_, Some(pong_until)) => pong_until,
            (_, None) => self.ping_at,
        }
    }

    /// Time has passed.
    pub fn on_time(&mut self, now: Millis) -> Vec<Output> {
        if now < self.deadline() {
            return Vec::new();
        }
        match (self.state, self.pong_until) {
            (State::Closed, _) => Vec::new(),
            // Slow, not wrong: it may come back.
            (State::AwaitingHello, _) => self.close(CloseCode::TooSlow),
            (State::Streaming { .. }, Some(_)) => self.close(CloseCode::NoPong),
            (State::Streaming { .. }, None) => {
                self.ping_at = now + self.patience.heartbeat_ms;
                self.pong_until = Some(now + self.patience.pong_ms + self.owed_ms());
                vec![Output::Ping]
            }
        }
    }

    /// How long what is owed may be on its way over the slowest network.
    fn owed_ms(&self) -> Millis {
        let bytes: usize = self.owed.iter().map(|owed| owed.bytes).sum();
        u64::try_from(bytes)
            .unwrap_or(u64::MAX)
            .saturating_mul(1_000)
            / NETWORK_BYTES_PER_S_MIN
    }

    /// Whether the client may be sent anything. As long as it may not, growth of the log is no news
    /// to its session.
    pub fn has_credit(&self) -> bool {
        let bytes: usize = self.owed.iter().map(|owed| owed.bytes).sum();
        self.credit_changes() > 0 && bytes + BATCH_BYTES_MAX <= CREDIT_BYTES
    }

    fn credit_changes(&self) -> usize {
        CREDIT_CHANGES.saturating_sub(self.owed.iter().map(|owed| owed.changes).sum())
    }

    /// Asks for the next page where there is one, nothing is being read and credit is left.
    fn pull(&mut self) -> Vec<Output> {
        let idle = self.state == State::Streaming { reading: false };
        let news = self.cursor < self.head || self.announce;
        if !idle || !news || !self.has_credit() {
            return Vec::new();
        }
        let limit = self.credit_changes().min(BATCH_CHANGES_MAX);
        self.state = State::Streaming { reading: true };
        vec![Output::Read {
            after: self.cursor,
            limit,
        }]
    }

    fn close(&mut self, code: CloseCode) -> Vec<Output> {
        self.state = State::Closed;
        vec![Output::Close(code)]
    }
}

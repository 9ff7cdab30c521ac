//! A device: the app's real session over its real disk, and around them what its process does: to
//! be killed, to lose power or its copy, to come back.

use super::asking::Filed;
use super::event::{Event, Refusal};
use super::faults::Sabotage;
use super::network::{Frame, Way};
use super::scheduler::Millis;
use super::{World, must};
use crate::random::Random;
use smsdesk::cache::Cursor;
use smsdesk::cache::memory::{MemoryDisk, RecordsThen};
use smsdesk::link::backoff::{Ladder, Roll, asked};
use smsdesk::link::pace::Pace;
use smsdesk::link::session::{Input, Output, Pause, Position, Session};
use smsdesk::model::connection::Connection;
use smsdesk_common::feed::Batch;
use smsdesk_common::ids::{AgentId, ConversationId, DeviceId, Seq, TokenId};
use smsdesk_common::stream::{ClientFrame, PROTOCOL_OLDEST, RelayFrame, SILENCE_MS_MAX};
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;
use uuid::Uuid;

/// How long a device waits for a connection, in milliseconds.
const OPEN_MS_MAX: Millis = 10_000;
/// How long an app is away when it is killed, at most, in milliseconds.
const AWAY_MS_MAX: Millis = 20_000;

/// Which versions meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// The app and the relay are of one version.
    Same,
    /// The app is a version older: it speaks the oldest protocol, and meets fields and frames that
    /// it does not know.
    Older,
    /// The app is a version newer: it says what the relay does not know.
    Newer,
}

/// What a device asks the relay for over HTTP.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A page of the history.
    History {
        /// Only what is older.
        before: Seq,
        /// At most this many changes.
        limit: usize,
    },
    /// To send a text; JSON.
    Send(String),
    /// To change a conversation; JSON.
    Patch {
        /// Which.
        conversation: Uuid,
        /// How.
        body: String,
    },
    /// To say something about a contact, at a path of the API; JSON.
    Contact(String, String),
    /// To write a note among colleagues; JSON.
    Note(Uuid, String),
    /// To note how far the agent has read; JSON.
    Read {
        /// Where.
        conversation: Uuid,
        /// What.
        body: String,
    },
}

/// A device and its agent.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what is going on there, each for itself"
)]
pub struct Device {
    /// Its place among the devices.
    pub index: usize,
    /// The agent's name.
    pub name: String,
    /// The agent.
    pub agent: AgentId,
    /// What it proves itself with.
    pub token: TokenId,
    /// When, and at which position, its token was revoked.
    pub revoked: Option<(Millis, Seq)>,
    /// Which versions meet.
    pub flavour: Flavour,
    /// Whether the app runs.
    pub up: bool,
    /// Which run of the app this is.
    pub life: u64,
    /// Its disk, which outlives the app.
    pub disk: MemoryDisk,
    /// The relay wants nothing more from it.
    pub stopped: bool,
    /// Whether the app says that it is live.
    pub live: bool,
    /// How many changes it asks for in a page of history.
    pub page_limit: usize,
    pub(super) pace: Pace,
    pub(super) fetching: bool,
    pub(super) wants_history: bool,
    pub(super) history_ladder: Ladder,
    pub(super) busy: BTreeSet<ConversationId>,
    pub(super) sending: usize,
    /// Answers of a life of the relay's database that the copy is not in yet.
    pub(super) waiting: Vec<Filed>,
    id: DeviceId,
    session: Session,
    ladder: Ladder,
    connection: Option<u64>,
    opened: Option<Millis>,
    heard: Millis,
    saved: Option<RecordsThen>,
}

fn session(id: DeviceId) -> Session {
    Session::new("smsdesk/0.0.0".to_owned(), id)
}

impl Device {
    /// A device with a new or an emptied disk, whose app was never started.
    pub fn new(index: usize, disk: MemoryDisk, random: &mut Random) -> Self {
        let id = DeviceId(random.uuid());
        let flavour = match random.below(4) {
            0 => Flavour::Older,
            1 => Flavour::Newer,
            _ => Flavour::Same,
        };
        Self {
            index,
            name: format!("Agent {index}"),
            agent: AgentId(random.uuid()),
            token: TokenId(random.uuid()),
            revoked: None,
            flavour,
            up: false,
            life: 0,
            disk,
            stopped: false,
            live: false,
            page_limit: usize::try_from(random.within(1, 12)).unwrap_or(1),
            pace: Pace::default(),
            fetching: false,
            wants_history: false,
            history_ladder: Ladder::default(),
            busy: BTreeSet::new(),
            sending: 0,
            waiting: Vec::new(),
            id,
            session: session(id),
            ladder: Ladder::default(),
            connection: None,
            opened: None,
            heard: 0,
            saved: None,
        }
    }

    /// Its connection, while there is one.
    pub const fn connection(&self) -> Option<u64> {
        self.connection
    }

    /// Its installation.
    pub const fn id(&self) -> DeviceId {
        self.id
    }

    /// Whether the relay has welcomed it on the connection that is open.
    pub const fn is_online(&self) -> bool {
        self.session.is_online()
    }
}

/// The app's process.
impl World {
    /// Starts it where it does not run.
    pub fn start_app(&mut self, index: usize) {
        let device = &mut self.devices[index];
        if std::mem::replace(&mut device.up, true) {
            return;
        }
        device.life += 1;
        device.stopped = false;
        device.live = false;
        device.session = session(device.id);
        device.ladder = Ladder::default();
        device.pace = Pace::default();
        device.fetching = false;
        device.wants_history = false;
        device.busy.clear();
        device.sending = 0;
        device.waiting.clear();
        must(device.disk.start());
        let life = device.life;
        self.note_device(index, || "starts".to_owned());
        self.agenda.after(1, Event::Due(index, life));
        self.agenda.after(1, Event::Requests(index, life));
    }

    /// Kills it; it is started again after a while.
    pub fn kill_app(&mut self, index: usize) {
        let device = &mut self.devices[index];
        if !std::mem::replace(&mut device.up, false) {
            return;
        }
        device.life += 1;
        device.live = false;
        let connection = device.connection.take();
        self.note_device(index, || "is killed".to_owned());
        if let Some(connection) = connection {
            self.abandon(connection, Way::ToRelay);
        }
        let away = self.random.within(0, AWAY_MS_MAX);
        self.agenda.after(away, Event::StartApp(index));
    }

    /// Power is cut: of the copy of the records there is what was there when it was last saved.
    pub fn cut_power(&mut self, index: usize) {
        self.kill_app(index);
        let device = &mut self.devices[index];
        if let Some(saved) = device.saved.take() {
            must(device.disk.roll_back(&saved));
            let cursor = must(device.disk.cursor());
            self.note_device(index, || format!("lost power, stands at {cursor:?}"));
        }
    }

    /// Remembers the copy of the records as what a cut of power leaves.
    pub fn save(&mut self, index: usize) {
        let device = &mut self.devices[index];
        device.saved = Some(must(device.disk.records_now()));
    }

    /// The copy of the records is lost while the app runs, or while it does not.
    pub fn lose_copy(&mut self, index: usize) {
        let device = &mut self.devices[index];
        must(device.disk.lose_records());
        device.saved = None;
        let up = device.up;
        self.note_device(index, || "has lost its copy".to_owned());
        if up {
            self.device_does(index, Input::Emptied);
        }
    }
}

/// The stream.
impl World {
    /// A pause is over.
    pub fn due(&mut self, index: usize, life: u64) {
        if self.devices[index].life == life {
            self.device_does(index, Input::Due);
        }
    }

    /// The answer to a handshake arrives.
    pub fn dialled(&mut self, connection: u64, answer: Result<(), Refusal>) {
        let Some(index) = self.network.device_of(connection) else {
            return;
        };
        let now = self.agenda.now();
        let device = &mut self.devices[index];
        if device.connection != Some(connection) {
            return self.abandon(connection, Way::ToRelay);
        }
        let input = match answer {
            Ok(()) => {
                device.opened = Some(now);
                device.heard = now;
                self.agenda
                    .after(SILENCE_MS_MAX, Event::Silence(index, connection));
                let cursor = must(device.disk.cursor());
                Input::Opened(cursor.as_ref().map(position))
            }
            Err(refusal) => {
                device.connection = None;
                match refusal {
                    Refusal::Unreachable => Input::Unreachable("nobody is there".to_owned()),
                    Refusal::Token => Input::Refused("the token is not accepted".to_owned()),
                }
            }
        };
        self.device_does(index, input);
    }

    /// A frame arrives.
    pub fn device_hears(&mut self, connection: u64, frame: Frame) {
        let Some(index) = self.network.device_of(connection) else {
            return;
        };
        let now = self.agenda.now();
        let device = &mut self.devices[index];
        if device.connection != Some(connection) {
            return self.abandon(connection, Way::ToRelay);
        }
        device.heard = now;
        let input = match frame {
            Frame::Ping => return self.say(connection, Way::ToRelay, Frame::Pong),
            Frame::Pong => return,
            Frame::Close(why) => {
                device.connection = None;
                Input::Closed(why)
            }
            Frame::Text(text) => match serde_json::from_str(&self.as_it_comes(index, text)) {
                Ok(frame) => self.received(index, frame),
                Err(_) => Input::Garbled,
            },
        };
        self.device_does(index, input);
    }

    fn received(&self, index: usize, frame: RelayFrame) -> Input {
        if let (Some(Sabotage::OverAGap), RelayFrame::Batch(batch)) = (self.sabotage, &frame)
            && let Some(cursor) = must(self.devices[index].disk.cursor())
        {
            let from = cursor.high;
            let changes = batch.changes.iter().filter(|change| change.seq > from);
            return Input::Frame(RelayFrame::Batch(Batch {
                from,
                to: batch.to.max(from),
                changes: changes.cloned().collect(),
            }));
        }
        Input::Frame(frame)
    }

    /// A frame as a relay of a later version would say it.
    fn as_it_comes(&mut self, index: usize, text: String) -> String {
        if self.devices[index].flavour != Flavour::Older {
            return text;
        }
        if self.random.chance(100) {
            let later = r#"{"type":"hologram","shape":[1,2]}"#.to_owned();
            self.device_does(index, Input::Frame(must(serde_json::from_str(&later))));
        }
        text.replacen('{', r#"{"of_a_later_version":{"x":[1]},"#, 1)
    }

    /// The connection broke.
    pub fn device_loses(&mut self, connection: u64) {
        let Some(index) = self.network.device_of(connection) else {
            return;
        };
        let device = &mut self.devices[index];
        if device.connection == Some(connection) {
            device.connection = None;
            self.device_does(index, Input::Closed(None));
        }
    }

    /// Nothing may have been heard for too long.
    pub fn silence(&mut self, index: usize, connection: u64) {
        let now = self.agenda.now();
        let device = &mut self.devices[index];
        if device.connection != Some(connection) {
            return;
        }
        let until = device.heard + SILENCE_MS_MAX;
        if until > now {
            return self
                .agenda
                .after(until - now, Event::Silence(index, connection));
        }
        self.device_does(index, Input::Silent);
    }

    /// The session takes what happened, and what it wants is done.
    pub fn device_does(&mut self, index: usize, input: Input) {
        let device = &mut self.devices[index];
        let (life, was_online) = (device.life, device.session.is_online());
        if !device.up || device.stopped {
            return;
        }
        let mut outputs = VecDeque::from(device.session.on(input));
        while let Some(output) = outputs.pop_front() {
            let answer = self.device_performs(index, output);
            let device = &mut self.devices[index];
            if device.life != life || device.stopped {
                return;
            }
            if let Some(answer) = answer {
                outputs.extend(device.session.on(answer));
            }
        }
        let device = &mut self.devices[index];
        if device.session.is_online() && !was_online {
            device.pace = Pace::default();
            self.agenda.after(0, Event::History(index, life));
            self.agenda.after(0, Event::Requests(index, life));
        }
    }

    fn device_performs(&mut self, index: usize, output: Output) -> Option<Input> {
        match output {
            Output::Connect => self.dial(index),
            Output::Send(frame) => self.device_says(index, &frame),
            Output::Close => {
                if let Some(connection) = self.devices[index].connection.take() {
                    self.say(connection, Way::ToRelay, Frame::Close(None));
                }
            }
            Output::Apply(batch) => return self.apply(index, &batch),
            Output::StartFresh { epoch, head } => {
                return Some(self.start_fresh(index, epoch, head));
            }
            Output::Rebuild { epoch, head } => return Some(self.start_fresh(index, epoch, head)),
            Output::CheckDigest { head, digest } => return self.check(index, head, digest),
            Output::FetchHistory => {
                let device = &mut self.devices[index];
                device.wants_history = true;
                self.agenda.after(0, Event::History(index, device.life));
            }
            Output::Show(connection) => {
                self.devices[index].live = connection == Connection::Live;
                self.note_device(index, || format!("shows {connection:?}"));
            }
            Output::Meet(_) | Output::Greet { .. } | Output::Tell(_) => {}
            Output::Say(words) => self.note_device(index, || words),
            Output::Retry(pause) => self.plan(index, pause),
            Output::Stop(reason) => {
                let device = &mut self.devices[index];
                device.stopped = true;
                device.live = false;
                self.note_device(index, || format!("stops: {reason}"));
            }
        }
        None
    }

    fn dial(&mut self, index: usize) {
        let connection = self.network.open(index);
        self.devices[index].connection = Some(connection);
        self.note_device(index, || format!("dials c{connection}"));
        if self.network.is_blocked(index, Way::ToRelay) {
            let event = Event::Dialled(connection, Err(Refusal::Unreachable));
            return self.agenda.after(OPEN_MS_MAX, event);
        }
        let late = self.latency();
        self.agenda.after(late, Event::Dial(connection));
    }

    fn device_says(&mut self, index: usize, frame: &ClientFrame) {
        let device = &self.devices[index];
        let Some(connection) = device.connection else {
            return;
        };
        let mut text = must(serde_json::to_string(frame));
        match (device.flavour, frame) {
            (Flavour::Older, ClientFrame::Hello(hello)) => {
                let mut hello = hello.clone();
                hello.protocol = PROTOCOL_OLDEST;
                text = must(serde_json::to_string(&ClientFrame::Hello(hello)));
            }
            (Flavour::Newer, ClientFrame::Hello(hello)) => {
                let mut hello = hello.clone();
                hello.protocol += 1;
                text = must(serde_json::to_string(&ClientFrame::Hello(hello)));
                text = text.replacen('{', r#"{"of_a_later_version":{"x":[1]},"#, 1);
            }
            (Flavour::Newer, _) => {
                let later = r#"{"type":"hologram","shape":[1,2]}"#.to_owned();
                self.say(connection, Way::ToRelay, Frame::Text(later));
            }
            _ => {}
        }
        self.say(connection, Way::ToRelay, Frame::Text(text));
    }

    fn plan(&mut self, index: usize, pause: Pause) {
        let now = self.agenda.now();
        let roll = Roll(self.random.number());
        let device = &mut self.devices[index];
        device.connection = None;
        let held = device.opened.take().map_or(0, |opened| now - opened);
        let pause = match pause {
            Pause::Backoff => device.ladder.pause(Duration::from_millis(held), roll),
            Pause::Asked {
                after_ms,
                spread_ms,
            } => asked(after_ms, spread_ms, roll),
        };
        let pause = Millis::try_from(pause.as_millis()).unwrap_or(Millis::MAX);
        self.agenda.after(pause, Event::Due(index, device.life));
    }
}

pub(super) const fn position(cursor: &Cursor) -> Position {
    Position {
        epoch: cursor.epoch,
        high: cursor.high,
    }
}

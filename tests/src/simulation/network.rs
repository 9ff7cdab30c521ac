//! Connections that keep the order of what they carry until they break, and links that stop.

use super::World;
use super::event::Event;
use super::scheduler::Millis;
use std::collections::{BTreeMap, VecDeque};

/// How long it takes until a frame that did not get through is tried again, in milliseconds.
const AGAIN_MS: Millis = 400;
/// How long a connection goes on that has lost a frame, at most, in milliseconds.
const BREAK_MS_MAX: Millis = 40_000;
/// How late a side may learn that a connection broke, in milliseconds; it may also never do.
const NOTICE_MS_MAX: Millis = 3_000;

/// Which way something travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From a device.
    ToRelay,
    /// To a device.
    ToDevice,
}

impl Way {
    const fn index(self) -> usize {
        match self {
            Self::ToRelay => 0,
            Self::ToDevice => 1,
        }
    }
}

/// What a connection carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// A text message.
    Text(String),
    /// A WebSocket ping.
    Ping,
    /// Its answer.
    Pong,
    /// The other side closes, with a number and words where it gives them.
    Close(Option<(u16, String)>),
}

/// One WebSocket between a device and the relay.
#[derive(Debug)]
pub struct Connection {
    /// Whose.
    pub device: usize,
    queues: [VecDeque<Frame>; 2],
    broken: bool,
}

/// Every connection there is, and which links carry nothing.
#[derive(Debug, Default)]
pub struct Network {
    connections: BTreeMap<u64, Connection>,
    blocked: BTreeMap<usize, [bool; 2]>,
    /// Whether nothing passes between relay and provider.
    pub provider_cut: bool,
    opened: u64,
}

impl Network {
    /// A new connection of a device.
    pub fn open(&mut self, device: usize) -> u64 {
        self.opened += 1;
        let connection = Connection {
            device,
            queues: Default::default(),
            broken: false,
        };
        self.connections.insert(self.opened, connection);
        self.opened
    }

    /// Whose connection it is.
    pub fn device_of(&self, connection: u64) -> Option<usize> {
        self.connections.get(&connection).map(|found| found.device)
    }

    /// Stops or restores one direction of a device's link.
    pub fn block(&mut self, device: usize, way: Way, blocked: bool) {
        self.blocked.entry(device).or_default()[way.index()] = blocked;
    }

    /// Whether a device's link carries nothing that way.
    pub fn is_blocked(&self, device: usize, way: Way) -> bool {
        self.blocked
            .get(&device)
            .is_some_and(|blocked| blocked[way.index()])
    }

    /// Restores every link.
    pub fn heal(&mut self) {
        self.blocked.clear();
        self.provider_cut = false;
    }
}

impl World {
    /// How long something is under way.
    pub fn latency(&mut self) -> Millis {
        let most = self.faults.latency_ms;
        // Mostly quick: what is late must meet what is not.
        let most = if self.random.chance(700) { 20 } else { most };
        self.random.within(1, most.max(2))
    }

    /// Puts a frame onto a connection.
    pub fn say(&mut self, connection: u64, way: Way, frame: Frame) {
        let latency = self.latency();
        let Some(found) = self.network.connections.get_mut(&connection) else {
            return;
        };
        if found.broken {
            return;
        }
        if self.random.chance(self.faults.frame_losses) && matches!(frame, Frame::Text(_)) {
            self.note("network", || {
                format!("c{connection} swallows a frame {way:?}")
            });
            // Nothing that loses a frame carries the next ones for long.
            let later = self.random.within(100, BREAK_MS_MAX);
            return self.agenda.after(later, Event::Break(connection));
        }
        found.queues[way.index()].push_back(frame);
        let event = Event::Carry(connection, way);
        self.agenda.after(latency, event);
    }

    /// The first frame of a connection's queue arrives.
    pub fn carry(&mut self, connection: u64, way: Way) {
        let Some(found) = self.network.connections.get_mut(&connection) else {
            return;
        };
        let device = found.device;
        if found.broken || found.queues[way.index()].is_empty() {
            return;
        }
        if self.network.is_blocked(device, way) {
            self.agenda.after(AGAIN_MS, Event::Carry(connection, way));
            return;
        }
        if self.random.chance(self.faults.frame_cuts) {
            return self.cut(connection);
        }
        let Some(found) = self.network.connections.get_mut(&connection) else {
            return;
        };
        let Some(frame) = found.queues[way.index()].pop_front() else {
            return;
        };
        match way {
            Way::ToRelay => self.relay_hears(connection, frame),
            Way::ToDevice => self.device_hears(connection, frame),
        }
    }

    /// Breaks a connection; what is under way is lost, and either side may never be told.
    pub fn cut(&mut self, connection: u64) {
        let Some(found) = self.network.connections.get_mut(&connection) else {
            return;
        };
        if std::mem::replace(&mut found.broken, true) {
            return;
        }
        found.queues = Default::default();
        self.note("network", || format!("c{connection} breaks"));
        for way in [Way::ToRelay, Way::ToDevice] {
            if self.random.chance(700) {
                let late = self.random.within(0, NOTICE_MS_MAX);
                self.agenda.after(late, Event::Broken(connection, way));
            }
        }
    }

    /// A side of a connection is gone for good: the other one is told, or finds out.
    pub fn abandon(&mut self, connection: u64, way: Way) {
        if let Some(found) = self.network.connections.get_mut(&connection) {
            found.broken = true;
            found.queues = Default::default();
        }
        if self.random.chance(700) {
            let late = self.latency();
            self.agenda.after(late, Event::Broken(connection, way));
        }
    }
}

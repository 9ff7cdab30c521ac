//! The relay: its real sessions, its real functions over its real store, and around them what its
//! process does: to be killed, to answer after a commit, to look at the outbox.

use super::World;
use super::event::{Event, Refusal, Reply};
use super::faults::Sabotage;
use super::network::{Frame, Way};
use super::pages::Recent;
use super::scheduler::Millis;
use super::work::{Ended, rules};
use super::{LINE, PUBLIC_URL, SECRET, must};
use smsdesk_common::ids::{Epoch, Seq, TokenId};
use smsdesk_common::phone::Address;
use smsdesk_common::stream::{ClientFrame, CloseCode};
use smsdesk_common::time::Timestamp;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::desk::{lines, people};
use smsdesk_relay::outbox::doubt_claimed;
use smsdesk_relay::outbox::lanes::Lanes;
use smsdesk_relay::outbox::setback::Watch;
use smsdesk_relay::store::memory::{MemoryStore, Snapshot};
use smsdesk_relay::store::sql::Tx;
use smsdesk_relay::store::tokens::Copies;
use smsdesk_relay::store::{StoreError, agents, entries, outbox, tokens};
use smsdesk_relay::stream::session::{Greeting, Output, Session};
use smsdesk_relay::twilio::public_url::PublicUrl;
use smsdesk_relay::twilio::signature::SigningKey;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// 2026-11-20T12:00:00Z, when every simulation begins.
pub const NOON_MS: i64 = 1_795_176_000_000;
/// How late a session may hear that the log grew, in milliseconds.
const WAKE_MS_MAX: Millis = 30;
/// How long the relay is away when it is killed or stopped, at most, in milliseconds.
const AWAY_MS_MAX: Millis = 20_000;

/// What the relay does in a transaction.
#[derive(Clone, Debug)]
pub enum Work {
    /// A webhook or report of the provider.
    Post(u64),
    /// A call of a device.
    Call(u64),
    /// The outcome of handing a text over.
    Record(Box<Ended>),
}

/// A client's session and what is sent to it without being acknowledged.
#[derive(Debug)]
pub struct Client {
    session: Session,
    token: TokenId,
    tick: Millis,
    woken: bool,
    owed: VecDeque<(Seq, usize, usize)>,
}

/// The relay.
#[derive(Debug)]
pub struct Relay {
    /// Whether its process runs.
    pub up: bool,
    /// Which run of its process this is.
    pub life: u64,
    /// Its database.
    pub store: MemoryStore,
    /// What its wall clock is ahead of the true time, in milliseconds.
    pub clock_off: i64,
    wall: Arc<AtomicI64>,
    clients: BTreeMap<u64, Client>,
    backups: Vec<Snapshot>,
    epochs: u128,
    /// Texts that are being handed over.
    pub calling: u32,
    /// What it hands over when.
    pub lanes: Lanes,
    /// Whether its wall clock went back.
    pub watch: Watch,
    /// When it looks at its outbox next, at the latest.
    pub bell_at: Millis,
    /// The newest part of its log.
    pub recent: Recent,
    /// By how much its wall clock was set back in all, in milliseconds.
    pub set_back: Millis,
    /// What this process has found in the provider's list already.
    pub listed: BTreeSet<(usize, usize)>,
    /// What the provider signs with.
    pub key: SigningKey,
    /// Where the provider posts to.
    pub url: PublicUrl,
}

impl Relay {
    /// A relay that was set up and never started. `store` is emptied.
    pub fn new(store: Option<MemoryStore>, mut ids: crate::random::Random) -> Self {
        let wall = Arc::new(AtomicI64::new(NOON_MS));
        let (time, epoch) = (Arc::clone(&wall), Epoch(1));
        let numbers = std::sync::Mutex::new(ids.number());
        let clock = Clock::from_fn(move || Timestamp::from_millis(time.load(Ordering::Relaxed)))
            .with_ids(move || {
                let mut seed = numbers
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                let mut random = crate::random::Random::new(*seed);
                *seed = random.number();
                random.ten_bytes()
            });
        let mut store = match store {
            Some(mut store) => {
                must(store.empty(clock, epoch));
                store
            }
            None => must(MemoryStore::open(clock, epoch)),
        };
        let line = must(Address::from_twilio(LINE));
        must(store.write(move |tx| lines::adopt(tx, &[line])));
        let recent = Recent::open(&store);
        Self {
            up: false,
            life: 0,
            store,
            clock_off: 0,
            wall,
            clients: BTreeMap::new(),
            backups: Vec::new(),
            epochs: 1,
            calling: 0,
            lanes: Lanes::new(rules()),
            watch: Watch::new(),
            bell_at: Millis::MAX,
            recent,
            set_back: 0,
            listed: BTreeSet::new(),
            key: SigningKey::auth_token(SECRET.into()),
            url: must(PublicUrl::parse(PUBLIC_URL)),
        }
    }

    /// The wall clock, in milliseconds since 1970.
    pub fn wall_ms(&self) -> i64 {
        self.wall.load(Ordering::Relaxed)
    }

    /// Sets the wall clock by the true time.
    pub fn set_wall(&self, now: Millis) {
        let now = i64::try_from(now).unwrap_or(0);
        let wall = NOON_MS + now + self.clock_off;
        self.wall.store(wall, Ordering::Relaxed);
    }
}

/// Its process.
impl World {
    /// Starts it where it does not run.
    pub fn start_relay(&mut self) {
        if std::mem::replace(&mut self.relay.up, true) {
            return;
        }
        self.relay.life += 1;
        let life = self.relay.life;
        self.relay.lanes = Lanes::new(rules());
        self.relay.watch = Watch::new();
        self.relay.bell_at = Millis::MAX;
        self.relay.recent = Recent::open(&self.relay.store);
        let forgetful = self.sabotage == Some(Sabotage::RepeatClaimed);
        let doubted = self
            .relay
            .store
            .write(move |tx| -> Result<usize, StoreError> {
                if !forgetful {
                    return doubt_claimed(tx);
                }
                let (claimed, now) = (outbox::claimed(tx)?, tx.now());
                for id in &claimed {
                    outbox::requeue(tx, *id, now, None)?;
                }
                Ok(claimed.len())
            });
        let doubted = must(doubted);
        let head = self.relay.store.head();
        self.note("relay", || {
            format!("starts at seq {head}, {doubted} texts were being handed over")
        });
        self.look_for_acknowledged();
        self.agenda.after(1, Event::Round(life));
        self.agenda.after(2_000, Event::Reconcile(life));
    }

    /// I1: what was answered 2xx must be there after a crash, before anything else could bring it.
    fn look_for_acknowledged(&mut self) {
        let store = &self.relay.store;
        let is_there =
            |sid: &&String| must(store.read(|reads| entries::by_sid(reads, sid))).is_some();
        let acknowledged = &self.checker.acknowledged;
        let lost = acknowledged.iter().find(|sid| !is_there(sid)).cloned();
        if let Some(sid) = lost {
            let what = format!("I1: {sid} was answered 2xx and is gone after a crash");
            self.checker.violate(what);
        }
    }

    /// Kills it: what is not committed is gone. It is started again after a while.
    pub fn kill_relay(&mut self) {
        if !std::mem::replace(&mut self.relay.up, false) {
            return;
        }
        self.note("relay", || "is killed".to_owned());
        self.end_process();
        let away = self.random.within(0, AWAY_MS_MAX);
        self.agenda.after(away, Event::StartRelay);
    }

    fn end_process(&mut self) {
        self.relay.life += 1;
        self.relay.calling = 0;
        self.relay.listed.clear();
        for connection in std::mem::take(&mut self.relay.clients).into_keys() {
            self.abandon(connection, Way::ToDevice);
        }
    }

    /// Stops it as an operator does.
    pub fn stop_relay(&mut self) {
        if !self.relay.up {
            return;
        }
        self.note("relay", || "is stopped".to_owned());
        let connections: Vec<_> = self.relay.clients.keys().copied().collect();
        for connection in connections {
            if let Some(client) = self.relay.clients.get_mut(&connection) {
                let outputs = client.session.on_shutdown(250, 1_000);
                self.relay_performs(connection, outputs);
            }
        }
        self.relay.up = false;
        self.end_process();
        let away = self.random.within(0, AWAY_MS_MAX);
        self.agenda.after(away, Event::StartRelay);
    }

    /// Takes a backup.
    pub fn back_up(&mut self) {
        if self.relay.backups.len() < 2 {
            let snapshot = must(self.relay.store.snapshot());
            self.relay.backups.push(snapshot);
            let head = self.relay.store.head();
            self.note("relay", || format!("is backed up at seq {head}"));
        }
    }

    /// Puts the oldest backup in place of the database.
    pub fn restore_relay(&mut self) {
        if self.relay.backups.is_empty() {
            return;
        }
        self.kill_relay();
        let snapshot = self.relay.backups.remove(0);
        if self.sabotage != Some(Sabotage::SameEpoch) {
            self.relay.epochs += 1;
        }
        let epoch = Epoch(self.relay.epochs);
        must(self.relay.store.restore(&snapshot, epoch));
        self.checker.restored();
        let head = self.relay.store.head();
        self.note("relay", || format!("is restored, stands at seq {head}"));
        let revoked: Vec<_> = self
            .devices
            .iter()
            .filter(|device| device.revoked.is_some())
            .map(|device| device.index)
            .collect();
        for device in revoked {
            self.revoke(device);
        }
    }

    /// Takes an agent's access away.
    pub fn revoke(&mut self, device: usize) {
        let name = self.devices[device].name.clone();
        let revoking = move |tx: &mut dyn Tx| people::revoke(tx, &name, Copies::Stay);
        must(self.relay.store.write(revoking));
        let seq = self.relay.store.head();
        self.devices[device].revoked = Some((self.agenda.now(), seq));
        self.note("relay", || format!("revokes d{device} at seq {seq}"));
        self.log_grew();
    }

    /// Tells the sessions that the ring grew.
    pub fn wake_sessions(&mut self) {
        for (connection, client) in &mut self.relay.clients {
            if !std::mem::replace(&mut client.woken, true) {
                let late = self.random.within(0, WAKE_MS_MAX);
                self.agenda.after(late, Event::Wake(*connection));
            }
        }
    }
}

/// Its sessions.
impl World {
    /// A handshake arrives.
    pub fn relay_is_dialled(&mut self, connection: u64) {
        let Some(device) = self.network.device_of(connection) else {
            return;
        };
        let late = self.latency();
        let token = self.devices[device].token;
        let accepted = self
            .relay
            .store
            .read(|reads| tokens::is_accepted(reads, token));
        let answer = match (self.relay.up, must(accepted)) {
            (false, _) => Err(Refusal::Unreachable),
            (true, false) => Err(Refusal::Token),
            (true, true) => Ok(()),
        };
        if answer.is_ok() {
            self.greet(connection, token, device);
        }
        let lost = self.network.is_blocked(device, Way::ToDevice);
        let answer = if lost {
            Err(Refusal::Unreachable)
        } else {
            answer
        };
        self.agenda.after(late, Event::Dialled(connection, answer));
    }

    fn greet(&mut self, connection: u64, token: TokenId, device: usize) {
        let id = self.devices[device].agent;
        let agent = must(self.relay.store.read(|reads| agents::find(reads, id)));
        let Some(agent) = agent else {
            return;
        };
        let greeting = Greeting {
            epoch: self.relay.store.epoch(),
            version: "0.0.0".to_owned(),
            agent,
            company: None,
        };
        let now = self.agenda.now();
        let client = Client {
            session: Session::new(greeting, self.relay.recent.head(), now),
            token,
            tick: Millis::MAX,
            woken: false,
            owed: VecDeque::new(),
        };
        self.relay.clients.insert(connection, client);
        self.plan_tick(connection);
    }

    /// A frame arrives.
    pub fn relay_hears(&mut self, connection: u64, frame: Frame) {
        let head = self.relay.store.head();
        let Some(client) = self.relay.clients.get_mut(&connection) else {
            // Nobody is there: the other side hears of it.
            return self
                .agenda
                .after(1, Event::Broken(connection, Way::ToDevice));
        };
        let outputs = match frame {
            Frame::Text(text) => {
                if client.session.awaits_hello() {
                    client.session.on_head(head);
                }
                if let Ok(ClientFrame::Ack { seq }) = serde_json::from_str(&text) {
                    client.owed.retain(|(to, ..)| *to > seq);
                }
                self.note("relay", || format!("c{connection} hears {text}"));
                match self.relay.clients.get_mut(&connection) {
                    Some(client) => client.session.on_text(&text),
                    None => return,
                }
            }
            Frame::Pong => {
                client.session.on_pong();
                Vec::new()
            }
            Frame::Ping => Vec::new(),
            Frame::Close(_) => {
                self.relay.clients.remove(&connection);
                return;
            }
        };
        self.relay_performs(connection, outputs);
    }

    /// The connection broke.
    pub fn relay_loses(&mut self, connection: u64) {
        self.relay.clients.remove(&connection);
    }

    /// A session hears that the log grew.
    pub fn wake(&mut self, connection: u64) {
        let (head, deaf) = (self.relay.recent.head(), self.sabotage);
        let deaf = deaf == Some(Sabotage::DeafToRevocation);
        if let Some(client) = self.relay.clients.get_mut(&connection) {
            client.woken = false;
            if !deaf && self.relay.recent.is_revoked(client.token) {
                return self.relay_closes(connection, CloseCode::TokenRefused);
            }
            let outputs = client.session.on_head(head);
            self.relay_performs(connection, outputs);
        }
    }

    /// A session's deadline may have come.
    pub fn tick(&mut self, connection: u64) {
        let now = self.agenda.now();
        if let Some(client) = self.relay.clients.get_mut(&connection) {
            client.tick = Millis::MAX;
            let outputs = client.session.on_time(now);
            self.relay_performs(connection, outputs);
        }
    }

    fn plan_tick(&mut self, connection: u64) {
        let now = self.agenda.now();
        if let Some(client) = self.relay.clients.get_mut(&connection) {
            let due = client.session.deadline();
            if due < client.tick {
                client.tick = due;
                let pause = due.saturating_sub(now);
                self.agenda.after(pause, Event::Tick(connection));
            }
        }
    }

    fn relay_performs(&mut self, connection: u64, outputs: Vec<Output>) {
        let mut queue = VecDeque::from(outputs);
        let (mut last_page, mut batch): (_, Option<String>) = ((Seq::ZERO, 0), None);
        while let Some(output) = queue.pop_front() {
            match output {
                Output::Send(frame) => {
                    let text = must(serde_json::to_string(&frame));
                    self.note("relay", || format!("c{connection} says {text}"));
                    self.say(connection, Way::ToDevice, Frame::Text(text));
                }
                Output::SendBatch => {
                    let Some(text) = batch.take() else {
                        continue;
                    };
                    let (to, changes) = last_page;
                    self.note("relay", || {
                        format!("c{connection} sends {changes} up to {to}")
                    });
                    self.count_owed(connection, to, changes, text.len());
                    self.say(connection, Way::ToDevice, Frame::Text(text));
                }
                Output::Ping => self.say(connection, Way::ToDevice, Frame::Ping),
                Output::Read { after, limit } => {
                    let Some(client) = self.relay.clients.get(&connection) else {
                        return;
                    };
                    let (token, seen) = (client.token, client.session.head());
                    let Some((page, text)) = self.page(token, (after, limit), seen) else {
                        return self.relay_closes(connection, CloseCode::TokenRefused);
                    };
                    (last_page, batch) = ((page.to, page.changes), text);
                    if let Some(client) = self.relay.clients.get_mut(&connection) {
                        queue.extend(client.session.on_page(&page));
                    }
                }
                // Nothing here says what its agent does.
                Output::Presence(..) => {}
                Output::Close(code) => return self.relay_closes(connection, code),
            }
        }
        self.plan_tick(connection);
    }

    fn count_owed(&mut self, connection: u64, to: Seq, changes: usize, bytes: usize) {
        let now = self.agenda.now();
        let Some(device) = self.network.device_of(connection) else {
            return;
        };
        if let Some(client) = self.relay.clients.get_mut(&connection) {
            client.owed.push_back((to, changes, bytes));
            self.checker.owed(&client.owed);
        }
        let revoked = self.devices[device].revoked;
        self.checker.sent(now, device, to, revoked);
    }

    fn relay_closes(&mut self, connection: u64, code: CloseCode) {
        self.relay.clients.remove(&connection);
        self.note("relay", || format!("c{connection} is closed with {code:?}"));
        let words = Some((code.number(), code.reason().to_owned()));
        self.say(connection, Way::ToDevice, Frame::Close(words));
    }

    /// Hands a reply to a device's call to the network.
    pub fn relay_replies(&mut self, call: u64, reply: Reply) {
        let late = self.latency();
        self.agenda.after(late, Event::Answer(call, reply));
    }
}

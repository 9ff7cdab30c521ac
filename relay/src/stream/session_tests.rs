use super::session::{Greeting, Output, Page, Patience, Session};
use proptest::prelude::*;
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::capability::{Capabilities, Capability};
use smsdesk_common::feed::{BATCH_BYTES_MAX, BATCH_CHANGES_MAX, Digest};
use smsdesk_common::ids::{AgentId, ConversationId, Epoch, Seq};
use smsdesk_common::stream::{
    CREDIT_BYTES, CREDIT_CHANGES, CloseCode, PROTOCOL, PROTOCOL_OLDEST, PresenceState, RelayFrame,
    ResetReason, ResumeMode,
};

const EPOCH: Epoch = Epoch(7);

fn session(head: u64) -> Session {
    Session::new(greeting(), Seq(head), 0)
}

fn greeting() -> Greeting {
    let agent = Agent {
        id: AgentId(uuid::Uuid::nil()),
        seq: Seq(1),
        name: "Ana".to_owned(),
        role: Role::Agent,
        active: true,
    };
    Greeting {
        epoch: EPOCH,
        version: "0".to_owned(),
        agent,
        company: None,
    }
}

fn hello(after: Option<u64>, epoch: Option<Epoch>) -> String {
    let mut hello = serde_json::json!({
        "type": "hello", "protocol": 1, "client": "test",
        "device": "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee",
    });
    if let Some(after) = after {
        hello["after"] = after.into();
    }
    if let Some(epoch) = epoch {
        hello["epoch"] = epoch.to_string().into();
    }
    hello.to_string()
}

fn page(changes: usize, to: u64, head: u64) -> Page {
    Page {
        changes,
        bytes: 2 * changes,
        to: Seq(to),
        head: Seq(head),
        digest: Digest::EMPTY,
    }
}

fn welcome(outputs: &[Output]) -> (ResumeMode, Option<ResetReason>) {
    let Some(Output::Send(RelayFrame::Welcome(welcome))) = outputs.first() else {
        panic!("no welcome in {outputs:?}")
    };
    (welcome.mode, welcome.reason)
}

#[test]
fn a_client_that_was_here_goes_on_where_it_was() {
    let mut session = session(10);
    let outputs = session.on_text(&hello(Some(4), Some(EPOCH)));
    assert_eq!(welcome(&outputs), (ResumeMode::Resumed, None));
    assert_eq!(
        outputs[1],
        Output::Read {
            after: Seq(4),
            limit: BATCH_CHANGES_MAX
        }
    );
    let outputs = session.on_page(&page(2, 10, 10));
    assert_eq!(outputs[0], Output::SendBatch);
    let caught_up = RelayFrame::CaughtUp {
        head: Seq(10),
        digest: Digest::EMPTY,
    };
    assert_eq!(outputs[1..], [Output::Send(caught_up)]);
}

#[test]
fn a_new_client_starts_at_the_head_and_still_hears_that_it_is_caught_up() {
    let mut session = session(10);
    let outputs = session.on_text(&hello(None, None));
    assert_eq!(welcome(&outputs), (ResumeMode::Fresh, None));
    let outputs = session.on_page(&page(0, 10, 10));
    assert!(
        matches!(outputs[..], [Output::Send(RelayFrame::CaughtUp { .. })]),
        "{outputs:?}"
    );
}

#[test]
fn another_life_of_the_database_or_a_lost_one_is_a_reset_with_its_reason() {
    for (after, epoch, reason) in [
        (4, Some(Epoch(8)), ResetReason::Epoch),
        (11, None, ResetReason::Ahead),
        (11, Some(EPOCH), ResetReason::Ahead),
    ] {
        let outputs = session(10).on_text(&hello(Some(after), epoch));
        assert_eq!(welcome(&outputs), (ResumeMode::Reset, Some(reason)));
    }
}

#[test]
fn a_position_without_an_epoch_is_one_of_ours() {
    for after in [0, 4, 10] {
        let outputs = session(10).on_text(&hello(Some(after), None));
        assert_eq!(welcome(&outputs), (ResumeMode::Resumed, None));
    }
}

#[test]
fn a_program_names_its_device_as_it_likes() {
    let id = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
    let named = |name: &str| {
        let text = format!(r#"{{"type":"hello","protocol":1,"client":"x","device":"{name}"}}"#);
        session(1).on_text(&text)
    };
    assert_eq!(welcome(&named(id)), (ResumeMode::Fresh, None));
    assert_eq!(welcome(&named("the till")), (ResumeMode::Fresh, None));
    assert_eq!(named(""), [Output::Close(CloseCode::Malformed)]);
}

#[test]
fn a_client_that_does_not_say_hello_is_closed() {
    let mut silent = session(1);
    assert_eq!(silent.on_time(9_999), []);
    assert_eq!(silent.on_time(10_000), [Output::Close(CloseCode::TooSlow)]);
    for text in ["", "[]", r#"{"type":"ack","seq":1}"#] {
        assert_eq!(
            session(1).on_text(text),
            [Output::Close(CloseCode::Malformed)],
            "{text}"
        );
    }
    let old = hello(None, None).replace("\"protocol\":1", "\"protocol\":0");
    assert_eq!(
        session(1).on_text(&old),
        [Output::Close(CloseCode::ProtocolTooOld)]
    );
}

#[test]
fn a_client_that_does_not_answer_pings_is_closed() {
    let mut session = session(0);
    session.on_text(&hello(None, None));
    session.on_page(&page(0, 0, 0));
    assert_eq!(session.on_time(25_000), [Output::Ping]);
    session.on_pong();
    assert_eq!(session.on_time(50_000), [Output::Ping]);
    assert_eq!(session.on_time(60_000), [Output::Close(CloseCode::NoPong)]);
}

#[test]
fn whoever_speaks_is_alive_and_whoever_is_owed_bytes_is_given_time_for_them() {
    let mut talking = session(0);
    talking.on_text(&hello(None, None));
    talking.on_page(&page(0, 0, 0));
    assert_eq!(talking.on_time(25_000), [Output::Ping]);
    talking.on_text(r#"{"type":"ping","n":1}"#);
    assert_eq!(talking.on_time(50_000), [Output::Ping]);
    let mut reading = session(10);
    reading.on_text(&hello(Some(0), Some(EPOCH)));
    // Ten seconds' worth over the slowest network that is served.
    let slow = Page {
        bytes: 10 * 8 * 1024,
        ..page(10, 10, 10)
    };
    reading.on_page(&slow);
    assert_eq!(reading.on_time(25_000), [Output::Ping]);
    assert_eq!(reading.on_time(44_999), []);
    assert_eq!(reading.on_time(45_000), [Output::Close(CloseCode::NoPong)]);
}

#[test]
fn a_welcome_says_all_that_this_relay_can_do() {
    let outputs = session(0).on_text(&hello(None, None));
    let Some(Output::Send(RelayFrame::Welcome(welcome))) = outputs.first() else {
        panic!("no welcome in {outputs:?}")
    };
    let said = Capabilities::said(welcome.capabilities.as_deref());
    assert!(Capability::ALL.iter().all(|able| said.can(*able)));
}

#[test]
fn other_limits_of_time_are_kept_and_said() {
    let patience = Patience {
        hello_ms: 5,
        heartbeat_ms: 7,
        pong_ms: 3,
        ..Patience::STANDARD
    };
    let other = || Session::patient(greeting(), patience, Seq(0), 100);
    assert_eq!(other().on_time(105), [Output::Close(CloseCode::TooSlow)]);
    let mut silent = other();
    let outputs = silent.on_text(&hello(None, None));
    let Some(Output::Send(RelayFrame::Welcome(welcome))) = outputs.first() else {
        panic!("no welcome in {outputs:?}")
    };
    assert_eq!(welcome.heartbeat_ms, 7);
    silent.on_page(&page(0, 0, 0));
    assert_eq!(silent.on_time(107), [Output::Ping]);
    assert_eq!(silent.on_time(110), [Output::Close(CloseCode::NoPong)]);
}

#[test]
fn both_sides_speak_the_older_ones_protocol() {
    for (theirs, agreed) in [(PROTOCOL_OLDEST, PROTOCOL_OLDEST), (PROTOCOL + 1, PROTOCOL)] {
        let said = hello(None, None).replace("\"protocol\":1", &format!("\"protocol\":{theirs}"));
        let outputs = session(3).on_text(&said);
        let Some(Output::Send(RelayFrame::Welcome(welcome))) = outputs.first() else {
            panic!("no welcome in {outputs:?}")
        };
        assert_eq!(welcome.protocol, agreed);
    }
}

#[test]
fn nothing_is_read_while_the_client_owes_too_much() {
    let mut session = session(5_000);
    session.on_text(&hello(Some(0), Some(EPOCH)));
    let first = session.on_page(&page(500, 500, 5_000));
    assert_eq!(
        first.last(),
        Some(&Output::Read {
            after: Seq(500),
            limit: 500
        })
    );
    let second = session.on_page(&page(500, 1_000, 5_000));
    assert_eq!(second.len(), 1, "only the batch: {second:?}");
    let freed = session.on_text(r#"{"type":"ack","seq":500}"#);
    assert_eq!(
        freed,
        [Output::Read {
            after: Seq(1_000),
            limit: 500
        }]
    );
}

#[test]
fn few_large_changes_use_the_credit_up_as_many_small_ones_do() {
    let mut session = session(5_000);
    let mut outputs = session.on_text(&hello(Some(0), Some(EPOCH)));
    let (mut to, mut bytes) = (0, 0);
    while let Some(Output::Read { .. }) = outputs.last() {
        to += 1;
        outputs = session.on_page(&Page {
            bytes: BATCH_BYTES_MAX - 100,
            ..page(1, to, 5_000)
        });
        assert_eq!(outputs.first(), Some(&Output::SendBatch));
        bytes += BATCH_BYTES_MAX - 100;
        assert!(bytes <= CREDIT_BYTES, "{bytes}");
    }
    assert!(bytes + BATCH_BYTES_MAX > CREDIT_BYTES, "{bytes}");
    let freed = session.on_text(r#"{"type":"ack","seq":1}"#);
    assert!(matches!(freed[..], [Output::Read { .. }]), "{freed:?}");
}

#[test]
fn an_acknowledgement_of_what_was_never_sent_is_malformed() {
    let mut session = session(10);
    session.on_text(&hello(None, None));
    let outputs = session.on_text(r#"{"type":"ack","seq":99}"#);
    assert_eq!(outputs, [Output::Close(CloseCode::Malformed)]);
}

/// A client that applies batches, loses its connection and resumes, against a log that grows.
#[derive(Clone, Copy, Debug)]
enum Step {
    Grow(u8),
    Read,
    Ack,
    Drop,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1u8..200).prop_map(Step::Grow),
        Just(Step::Read),
        Just(Step::Read),
        Just(Step::Ack),
        Just(Step::Drop),
    ]
}

proptest! {
    #[test]
    fn whatever_the_order_the_client_gets_every_change_once_and_is_told_so(
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.settle();
        prop_assert_eq!(world.high, world.head);
        prop_assert!(world.caught_up);
    }
}

struct World {
    session: Session,
    head: u64,
    high: u64,
    owed: (usize, usize),
    wanted: Option<(Seq, usize)>,
    read: Page,
    caught_up: bool,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            session: session(0),
            head: 0,
            high: 0,
            owed: (0, 0),
            wanted: None,
            read: page(0, 0, 0),
            caught_up: false,
        };
        world.connect();
        world
    }

    fn connect(&mut self) {
        self.session = session(self.head);
        (self.owed, self.wanted, self.caught_up) = ((0, 0), None, false);
        let outputs = self.session.on_text(&hello(Some(self.high), Some(EPOCH)));
        self.take(outputs);
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Grow(by) => {
                self.head += u64::from(by);
                let outputs = self.session.on_head(Seq(self.head));
                self.take(outputs);
            }
            Step::Read => self.read(),
            Step::Ack => {
                self.owed = (0, 0);
                let text = format!(r#"{{"type":"ack","seq":{}}}"#, self.high);
                let outputs = self.session.on_text(&text);
                self.take(outputs);
            }
            Step::Drop => self.connect(),
        }
    }

    fn read(&mut self) {
        let Some((after, limit)) = self.wanted.take() else {
            return;
        };
        let to = self.head.min(after.0 + limit as u64);
        self.read = page(usize::try_from(to - after.0).unwrap(), to, self.head);
        let outputs = self.session.on_page(&self.read);
        self.take(outputs);
    }

    fn settle(&mut self) {
        while self.wanted.is_some() || self.high < self.head {
            self.step(Step::Read);
            self.step(Step::Ack);
        }
    }

    fn take(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Read { after, limit } => {
                    assert!(self.wanted.is_none(), "two reads at once");
                    assert_eq!(after.0, self.high, "a hole");
                    self.wanted = Some((after, limit));
                }
                Output::SendBatch => {
                    assert!(self.read.to.0 > self.high, "a repeat");
                    self.high = self.read.to.0;
                    self.owed.0 += self.read.changes;
                    self.owed.1 += self.read.bytes;
                    assert!(self.owed.0 <= CREDIT_CHANGES, "credit overdrawn");
                    assert!(self.owed.1 <= CREDIT_BYTES + BATCH_BYTES_MAX);
                }
                Output::Send(RelayFrame::CaughtUp { head, .. }) => {
                    assert_eq!(head.0, self.high);
                    self.caught_up = true;
                }
                Output::Send(_) | Output::Ping | Output::Presence(..) => {}
                Output::Close(code) => panic!("closed with {code:?}"),
            }
        }
    }
}

#[test]
fn who_may_not_write_is_seen_to_look_on_at_most_and_a_program_not_at_all() {
    let conversation = ConversationId(uuid::Uuid::nil());
    for (role, expected) in [
        (Role::Admin, Some(PresenceState::Typing)),
        (Role::Agent, Some(PresenceState::Typing)),
        (Role::Readonly, Some(PresenceState::Viewing)),
        (Role::Integration, None),
    ] {
        let mut greeting = greeting();
        greeting.agent.role = role;
        let mut session = Session::new(greeting, Seq(0), 0);
        session.on_text(&hello(None, None));
        let typing =
            format!(r#"{{"type":"presence","conversation":"{conversation}","state":"typing"}}"#);
        let said = expected.map(|state| Output::Presence(conversation, state));
        assert_eq!(session.on_text(&typing), Vec::from_iter(said), "{role:?}");
    }
}

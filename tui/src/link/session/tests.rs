use super::*;
use crate::cache::testing::agent;
use proptest::prelude::*;
use smsdesk_common::capability::Capability;
use smsdesk_common::stream::{HEARTBEAT_MS, Limits};
use uuid::Uuid;

const EPOCH: Epoch = Epoch(7);

fn at(high: u64) -> Position {
    Position {
        epoch: EPOCH,
        high: Seq(high),
    }
}

fn batch(from: u64, to: u64) -> Batch {
    Batch {
        from: Seq(from),
        to: Seq(to),
        changes: Vec::new(),
    }
}

fn welcome(mode: ResumeMode, head: u64) -> Welcome {
    Welcome {
        protocol: PROTOCOL,
        version: "0.1.0".to_owned(),
        epoch: EPOCH,
        head: Seq(head),
        mode,
        reason: None,
        agent: agent(1, "Ana"),
        company: None,
        heartbeat_ms: HEARTBEAT_MS,
        limits: Limits::default(),
        capabilities: Some(Capabilities::names()),
    }
}

fn meet() -> Output {
    Output::Meet(Relay {
        version: "0.1.0".to_owned(),
        capabilities: Capabilities::default(),
    })
}

#[test]
fn a_relay_of_the_first_version_is_met_as_one() {
    let text = include_str!("../../../../common/tests/golden/protocol-1/relay-welcome-fresh.json");
    let frame: RelayFrame = serde_json::from_str(text).unwrap();
    let mut session = session();
    session.on(Input::Due);
    session.on(Input::Opened(None));
    let outputs = session.on(Input::Frame(frame));
    let Some(Output::Meet(relay)) = outputs.first() else {
        panic!("{outputs:?}")
    };
    assert!(relay.lacks(Capability::Triage).is_none());
    let says = "the relay (0.1.0) is too old for private notes; it has to be updated";
    assert_eq!(relay.lacks(Capability::Notes).as_deref(), Some(says));
}

fn caught_up(head: u64) -> Input {
    Input::Frame(RelayFrame::CaughtUp {
        head: Seq(head),
        digest: Digest::EMPTY,
    })
}

fn session() -> Session {
    Session::new("smsdesk/0.1.0".to_owned(), DeviceId(Uuid::nil()))
}

/// A session whose copy ends at `high` and that was welcomed at `head`.
fn resumed(high: u64, head: u64) -> Session {
    let mut session = session();
    session.on(Input::Due);
    session.on(Input::Opened(Some(at(high))));
    session.on(Input::Frame(RelayFrame::Welcome(welcome(
        ResumeMode::Resumed,
        head,
    ))));
    session
}

const BACKOFF: [Output; 2] = [
    Output::Show(Connection::Offline),
    Output::Retry(Pause::Backoff),
];

fn hung_up() -> Vec<Output> {
    [Output::Close].into_iter().chain(BACKOFF).collect()
}

#[test]
fn a_hello_says_where_the_copy_ends_and_a_new_device_says_nothing() {
    for (position, after) in [(Some(at(9)), Some(Seq(9))), (None, None)] {
        let mut session = session();
        assert_eq!(
            session.on(Input::Due),
            [Output::Show(Connection::Connecting), Output::Connect]
        );
        let said = session.on(Input::Opened(position));
        let [Output::Send(ClientFrame::Hello(hello))] = said.as_slice() else {
            panic!("{said:?}");
        };
        assert_eq!(
            (hello.after, hello.epoch),
            (after, position.map(|at| at.epoch))
        );
        assert_eq!(hello.protocol, PROTOCOL);
    }
}

#[test]
fn a_resumed_feed_is_applied_acknowledged_and_live() {
    let mut session = session();
    session.on(Input::Due);
    session.on(Input::Opened(Some(at(5))));
    let welcomed = session.on(Input::Frame(RelayFrame::Welcome(welcome(
        ResumeMode::Resumed,
        9,
    ))));
    assert_eq!(
        welcomed,
        [
            meet(),
            Output::Greet {
                agent: agent(1, "Ana"),
                company: None,
            },
            Output::Show(Connection::CatchingUp { behind: 4 }),
            Output::FetchHistory,
        ]
    );
    assert!(session.is_online());
    let batch = batch(5, 8);
    assert_eq!(
        session.on(Input::Frame(RelayFrame::Batch(batch.clone()))),
        [Output::Apply(batch)]
    );
    assert_eq!(
        session.on(Input::Applied(at(8))),
        [
            Output::Send(ClientFrame::Ack { seq: Seq(8) }),
            Output::Show(Connection::CatchingUp { behind: 1 }),
        ]
    );
    session.on(Input::Applied(at(9)));
    let check = Output::CheckDigest {
        head: Seq(9),
        digest: Digest::EMPTY,
    };
    assert_eq!(
        session.on(caught_up(9)),
        [Output::Show(Connection::Live), check.clone()]
    );
    assert_eq!(session.on(caught_up(9)), [check], "live is said once");
}

#[test]
fn a_new_device_starts_at_the_head_and_fetches_the_rest() {
    let mut session = session();
    session.on(Input::Due);
    session.on(Input::Opened(None));
    let welcomed = session.on(Input::Frame(RelayFrame::Welcome(welcome(
        ResumeMode::Fresh,
        90,
    ))));
    assert_eq!(
        welcomed,
        [
            meet(),
            Output::Greet {
                agent: agent(1, "Ana"),
                company: None,
            },
            Output::StartFresh {
                epoch: EPOCH,
                head: Seq(90)
            },
        ]
    );
    assert_eq!(session.on(Input::Fresh(at(90))), [Output::FetchHistory]);
    assert_eq!(session.on(caught_up(90))[0], Output::Show(Connection::Live));
}

#[test]
fn a_reset_is_said_and_drops_the_copy() {
    let mut session = session();
    session.on(Input::Due);
    session.on(Input::Opened(Some(at(50))));
    let mut welcome = welcome(ResumeMode::Reset, 3);
    (welcome.epoch, welcome.reason) = (Epoch(8), Some(ResetReason::Epoch));
    let outputs = session.on(Input::Frame(RelayFrame::Welcome(welcome)));
    let [
        Output::Meet(_),
        Output::Greet { .. },
        Output::Say(words),
        Output::StartFresh { epoch, head },
    ] = outputs.as_slice()
    else {
        panic!("{outputs:?}");
    };
    assert!(
        words.contains("restored from a backup") && words.contains("drafts"),
        "{words}"
    );
    assert_eq!((*epoch, *head), (Epoch(8), Seq(3)));
}

#[test]
fn a_part_of_the_feed_that_does_not_join_closes_the_connection() {
    for (from, to) in [(4, 9), (6, 9), (0, 5)] {
        let mut session = resumed(5, 9);
        assert_eq!(
            session.on(Input::Frame(RelayFrame::Batch(batch(from, to)))),
            hung_up()
        );
    }
    assert_eq!(
        resumed(5, 9).on(caught_up(9)),
        hung_up(),
        "the relay forgot what was before 9"
    );
    assert_eq!(resumed(5, 9).on(Input::Gap), hung_up());
    assert_eq!(resumed(5, 9).on(Input::Garbled), hung_up());
    assert_eq!(resumed(5, 9).on(Input::Silent), hung_up());
    assert_eq!(resumed(5, 9).on(Input::Emptied), hung_up());
}

#[test]
fn a_welcome_that_resumes_what_this_device_never_had_is_not_believed() {
    for position in [
        None,
        Some(Position {
            epoch: Epoch(1),
            high: Seq(5),
        }),
    ] {
        let mut session = session();
        session.on(Input::Due);
        session.on(Input::Opened(position));
        let welcome = RelayFrame::Welcome(welcome(ResumeMode::Resumed, 9));
        assert_eq!(session.on(Input::Frame(welcome)), hung_up());
    }
}

#[test]
fn frames_before_the_welcome_are_not_believed() {
    for frame in [
        RelayFrame::Batch(batch(5, 6)),
        RelayFrame::CaughtUp {
            head: Seq(5),
            digest: Digest::EMPTY,
        },
    ] {
        let mut session = session();
        session.on(Input::Due);
        session.on(Input::Opened(Some(at(5))));
        assert_eq!(session.on(Input::Frame(frame)), hung_up());
    }
}

#[test]
fn frames_of_a_later_version_do_no_harm() {
    let mut session = resumed(5, 5);
    for frame in [RelayFrame::Unknown, RelayFrame::Pong { n: 1, head: Seq(9) }] {
        assert_eq!(session.on(Input::Frame(frame)), []);
    }
    assert!(session.is_online());
}

#[test]
fn a_close_says_by_its_number_whether_to_come_back() {
    for code in [1000, 1006, 4001, 4008, 4499, 5000] {
        let mut session = resumed(5, 9);
        assert_eq!(
            session.on(Input::Closed(Some((code, String::new())))),
            BACKOFF,
            "{code}"
        );
        assert!(!session.is_online());
        assert_eq!(session.on(Input::Due)[1], Output::Connect);
    }
    for (code, reason, words) in [
        (4501, "", "the token is refused or was revoked"),
        (
            4502,
            "x",
            "this version of smsdesk is too old for the relay",
        ),
        (4777, "the moon is full", "the moon is full"),
        (4999, "", "the relay closed with code 4999"),
    ] {
        let mut session = resumed(5, 9);
        let closed = session.on(Input::Closed(Some((code, reason.to_owned()))));
        assert_eq!(closed, [Output::Stop(words.to_owned())]);
        assert_eq!(session.on(Input::Due), [], "it stays away");
    }
}

#[test]
fn a_relay_that_goes_away_is_left_alone_for_as_long_as_it_asks_once() {
    let mut session = resumed(5, 9);
    let goes = RelayFrame::GoingAway {
        after_ms: 100,
        spread_ms: 900,
    };
    assert_eq!(session.on(Input::Frame(goes)), []);
    assert_eq!(
        session.on(Input::Closed(Some((4001, String::new()))))[1],
        Output::Retry(Pause::Asked {
            after_ms: 100,
            spread_ms: 900
        })
    );
    session.on(Input::Due);
    let unreachable = session.on(Input::Unreachable("no route".to_owned()));
    assert_eq!(unreachable[0], Output::Say("no route".to_owned()));
    assert_eq!(unreachable[1..], BACKOFF);
}

#[test]
fn a_refused_handshake_is_the_end() {
    let mut session = session();
    session.on(Input::Due);
    let refused = session.on(Input::Refused("revoked".to_owned()));
    assert_eq!(refused, [Output::Stop("revoked".to_owned())]);
}

#[test]
fn a_protocol_of_another_age_is_the_end() {
    let mut session = session();
    session.on(Input::Due);
    session.on(Input::Opened(None));
    let mut welcome = welcome(ResumeMode::Fresh, 1);
    welcome.protocol = PROTOCOL + 1;
    let outputs = session.on(Input::Frame(RelayFrame::Welcome(welcome)));
    assert!(
        matches!(outputs.as_slice(), [Output::Close, Output::Stop(_)]),
        "{outputs:?}"
    );
}

#[test]
fn a_wrong_copy_is_fetched_again_but_not_for_ever() {
    let mut session = resumed(5, 5);
    session.on(caught_up(5));
    for _ in 0..REBUILDS_MAX {
        assert_eq!(
            session.on(Input::CopyDiffers),
            [Output::Rebuild {
                epoch: EPOCH,
                head: Seq(5)
            }]
        );
        assert_eq!(session.on(Input::Fresh(at(5))), [Output::FetchHistory]);
    }
    assert!(matches!(
        session.on(Input::CopyDiffers).as_slice(),
        [Output::Say(_)]
    ));
    assert!(session.is_online());
    // Once it is right, the next fault is mended as the first was.
    assert_eq!(session.on(Input::CopyEqual), []);
    assert!(matches!(
        session.on(Input::CopyDiffers).as_slice(),
        [Output::Rebuild { .. }]
    ));
}

#[test]
fn a_disk_that_fails_is_said_and_the_feed_comes_again() {
    let mut session = resumed(5, 9);
    let outputs = session.on(Input::StoreFailed("the disk is full".to_owned()));
    assert_eq!(
        outputs[..2],
        [Output::Close, Output::Say("the disk is full".to_owned())]
    );
    assert_eq!(outputs[2..], BACKOFF);
}

fn input() -> impl Strategy<Value = Input> {
    let frame = prop_oneof![
        4 => (0u64..6, 0u64..4)
            .prop_map(|(from, length)| RelayFrame::Batch(batch(from, from + length))),
        2 => (0u64..8).prop_map(|head| RelayFrame::CaughtUp {
            head: Seq(head),
            digest: Digest::EMPTY,
        }),
        4 => (0u64..6, prop_oneof![
            3 => Just(ResumeMode::Resumed),
            1 => Just(ResumeMode::Fresh),
            1 => Just(ResumeMode::Reset),
        ]).prop_map(|(head, mode)| RelayFrame::Welcome(welcome(mode, head))),
        1 => Just(RelayFrame::GoingAway { after_ms: 1, spread_ms: 1 }),
        1 => Just(RelayFrame::Unknown),
    ];
    prop_oneof![
        12 => frame.prop_map(Input::Frame),
        1 => Just(Input::Silent),
        1 => Just(Input::Garbled),
        1 => Just(Input::Emptied),
        1 => Just(Input::CopyDiffers),
        1 => Just(Input::CopyEqual),
        1 => (4000u16..5000).prop_map(|code| Input::Closed(Some((code, String::new())))),
    ]
}

proptest! {
    #[test]
    fn whatever_a_relay_says_only_the_next_part_is_applied_and_only_what_is_stored_acknowledged(
        inputs in proptest::collection::vec((input(), any::<bool>()), 0..80),
    ) {
        let mut session = session();
        let mut stored: Option<Position> = None;
        let (mut connected, mut retry, mut stopped) = (false, true, false);
        for (input, disk_fails) in inputs {
            let mut todo = std::collections::VecDeque::from(if retry {
                retry = false;
                session.on(Input::Due)
            } else {
                if matches!(input, Input::Closed(_)) {
                    connected = false;
                }
                session.on(input)
            });
            while let Some(output) = todo.pop_front() {
                prop_assert!(!stopped || matches!(output, Output::Close), "{:?}", output);
                match output {
                    Output::Connect => {
                        connected = true;
                        todo.extend(session.on(Input::Opened(stored)));
                    }
                    Output::Send(ClientFrame::Ack { seq }) => {
                        prop_assert!(connected);
                        prop_assert_eq!(Some(seq), stored.map(|position| position.high));
                    }
                    Output::Send(_) => prop_assert!(connected),
                    Output::Close => connected = false,
                    Output::Apply(_) if disk_fails => {
                        todo.extend(session.on(Input::StoreFailed("full".to_owned())));
                    }
                    Output::Apply(batch) => {
                        prop_assert_eq!(Some(batch.from), stored.map(|position| position.high));
                        stored = Some(at(batch.to.0));
                        todo.extend(session.on(Input::Applied(at(batch.to.0))));
                    }
                    Output::StartFresh { head, .. } | Output::Rebuild { head, .. } => {
                        stored = Some(at(head.0));
                        todo.extend(session.on(Input::Fresh(at(head.0))));
                    }
                    Output::Retry(_) => {
                        prop_assert!(!connected && !retry, "one retry for one loss");
                        retry = true;
                    }
                    Output::Stop(_) => stopped = true,
                    _ => {}
                }
            }
            if stopped {
                break;
            }
            prop_assert!(connected || retry, "it comes back by itself");
            prop_assert!(connected || !session.is_online());
        }
    }
}

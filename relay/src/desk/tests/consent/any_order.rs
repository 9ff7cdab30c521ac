//! Whatever happens in whatever order, nothing is handed over to somebody who has opted out, and
//! nobody else is refused. What ought to hold is told from a plain list of all that was said.

use super::*;
use crate::desk::automatic::{self, Automatic, Outcome, Refusal};
use crate::desk::later;
use crate::outbox::lanes::Grant;
use crate::outbox::worker;
use proptest::prelude::*;
use smsdesk_common::ids::RuleId;
use smsdesk_common::later::{LatePolicy, LateSends};

const LINES: [&str; 2] = [LINE, OTHER_LINE];
const WORDS: [&str; 8] = [
    "STOP",
    "start",
    "hello",
    "Yes",
    "please stop texting me",
    "HELP",
    " QUIT ",
    "unstop",
];
const START_MS: i64 = 1_795_252_560_000;
const MINUTE_MS: i64 = 60_000;
const POLICY: LatePolicy = LatePolicy {
    sends: LateSends::Send,
    max_ms: 60 * MINUTE_MS,
};

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Maria writes to a line; by a list, so many minutes ago, where that is given.
    Writes(usize, usize, Option<i64>),
    /// One of the webhooks comes again.
    WritesAgain(usize),
    /// Ana sends from a line, at once or at a time.
    Sends(usize, Option<i64>),
    /// A rule decides on a text with one of a few keys.
    Decides(usize, u8),
    /// Ana writes down that Maria wants no more texts.
    OptsOut,
    /// Time passes.
    Passes(i64),
    /// The timer looks.
    Fires,
    /// The worker hands over what it may.
    HandsOver(Fate),
}

/// What the provider says to a text.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Taken,
    OptedOut,
    NotNow,
}

fn deed() -> impl Strategy<Value = Deed> {
    let fate = prop_oneof![
        3 => Just(Fate::Taken),
        1 => Just(Fate::OptedOut),
        1 => Just(Fate::NotNow),
    ];
    let ago = prop::option::weighted(0.3, 0..30_i64);
    let later = prop::option::of(0..10_i64);
    prop_oneof![
        6 => (0..2_usize, 0..WORDS.len(), ago).prop_map(|(line, words, ago)| Deed::Writes(line, words, ago)),
        1 => (0..8_usize).prop_map(Deed::WritesAgain),
        4 => (0..2_usize, later).prop_map(|(line, later)| Deed::Sends(line, later)),
        2 => (0..2_usize, 0..4_u8).prop_map(|(line, key)| Deed::Decides(line, key)),
        1 => Just(Deed::OptsOut),
        2 => (0..8_i64).prop_map(Deed::Passes),
        2 => Just(Deed::Fires),
        4 => fate.prop_map(Deed::HandsOver),
    ]
}

/// One thing that was said, for a line or for all: out or in, and when.
type Word = (Option<usize>, bool, i64);

struct Rig {
    world: World,
    now: Arc<AtomicI64>,
    said: Vec<Word>,
    written: Vec<InboundMessage>,
    ids: u128,
}

impl Rig {
    async fn new() -> Self {
        let now = Arc::new(AtomicI64::new(START_MS));
        let shared = Arc::clone(&now);
        let clock = Clock::from_fn(move || Timestamp::from_millis(shared.load(Ordering::Relaxed)));
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("t.db"), clock)
            .await
            .unwrap();
        let ours = LINES.map(address);
        let ana = store.write(move |tx| {
            lines::adopt(tx, &ours)?;
            let (ana, _) = people::invite(tx, "Ana", Some(Role::Agent))?;
            Ok::<_, DeskError>(ana)
        });
        let world = World {
            ana: ana.await.unwrap(),
            store,
            _folder: folder,
        };
        let mut rig = Self {
            world,
            now,
            said: Vec::new(),
            written: Vec::new(),
            ids: 0,
        };
        rig.writes(0, 2, None).await;
        rig.writes(1, 2, None).await;
        rig
    }

    fn ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    fn fresh(&mut self) -> u128 {
        self.ids += 1;
        self.ids
    }

    /// By the plain list: the newest word counts, of two at once the one that says out.
    fn is_out(&self, line: usize) -> bool {
        let about = |it: &&Word| it.0.is_none_or(|of| of == line);
        let newest = self.said.iter().filter(about).map(|it| it.2).max();
        newest.is_some_and(|at| self.said.iter().filter(about).any(|it| it.2 == at && it.1))
    }

    async fn writes(&mut self, line: usize, words: usize, minutes_ago: Option<i64>) {
        let sid = u32::try_from(self.fresh()).unwrap();
        let mut message = inbound(sid, WORDS[words]);
        message.to = address(LINES[line]);
        let at = self.ms() - minutes_ago.unwrap_or(0) * MINUTE_MS;
        message.at = minutes_ago.map(|_| Timestamp::from_millis(at));
        match words {
            0 | 6 => self.said.push((Some(line), true, at)),
            1 | 3 | 7 => self.said.push((Some(line), false, at)),
            _ => {}
        }
        self.written.push(message.clone());
        self.world.receive(message).await;
    }

    async fn sends(&mut self, line: usize, minutes: Option<i64>) {
        let id = self.fresh();
        let later = minutes.map(|minutes| Later {
            send_at: Timestamp::from_millis(self.ms() + minutes * MINUTE_MS),
            zone: None,
            cancel_on_reply: false,
        });
        let outgoing = Outgoing {
            recipient: self.to(line),
            later,
            ..to_maria(id, "hello")
        };
        let sent = refused(self.world.send(outgoing).await);
        let expected = self.is_out(line).then_some(ErrorCode::OptedOut);
        assert_eq!(sent, expected, "a text of Ana's");
    }

    async fn decides(&mut self, line: usize, key: u8) {
        let text = Automatic {
            key: format!("rule:{key}"),
            cause: Cause::Rule(RuleId(Uuid::from_u128(7))),
            recipient: self.to(line),
            body: "by itself".to_owned(),
            template: None,
            expires_ms: None,
        };
        let decided = self.world.store.write(move |tx| automatic::send(tx, &text));
        match decided.await.unwrap() {
            Outcome::Before(_) => {}
            Outcome::Queued(_) => assert!(!self.is_out(line), "an automatic text"),
            Outcome::Refused(Refusal::OptedOut) => assert!(self.is_out(line)),
            other => panic!("{other:?}"),
        }
    }

    fn to(&self, line: usize) -> Recipient {
        Recipient::Address {
            to: address(MARIA),
            line: Some(LINES[line].to_owned()),
            open: None,
        }
    }

    /// Hands over, checks each of them, and takes the provider's answer.
    async fn hands_over(&mut self, fate: Fate) {
        let claimed = self.world.store.write(|tx| {
            let grants = LINES.map(|line| Grant {
                line: address(line),
                texts: 16,
                segments: 999,
                probe: false,
            });
            worker::claim(tx, &grants, 16)
        });
        for text in claimed.await.unwrap() {
            let line = LINES
                .iter()
                .position(|it| *it == text.waiting.line.as_str());
            let line = line.unwrap();
            assert!(!self.is_out(line), "handed over to somebody who opted out");
            let id = text.waiting.entry;
            let at = self.world.entry(id).await.at.as_millis();
            if let Fate::OptedOut = fate {
                self.said.push((Some(line), true, at));
            }
            let answered = self.world.store.write(move |tx| match fate {
                Fate::Taken => {
                    outbox::remove(tx, id)?;
                    let mut entry = entries::find(tx, id)?.unwrap();
                    entry.sid = Some(format!("SM{:032x}", id.0.as_u128()));
                    entry.status = Some(DeliveryStatus::Delivered);
                    status::store(tx, &mut entry)
                }
                Fate::OptedOut => {
                    let error = DeliveryError {
                        code: 21_610,
                        text: String::new(),
                    };
                    record(tx, id, &|_| false, &Decision::Fail(error))
                }
                Fate::NotNow => {
                    let again = Decision::Again {
                        after_ms: 0,
                        code: None,
                    };
                    record(tx, id, &|_| false, &again)
                }
            });
            answered.await.unwrap();
        }
    }

    async fn does(&mut self, deed: Deed) {
        match deed {
            Deed::Writes(line, words, ago) => self.writes(line, words, ago).await,
            Deed::WritesAgain(n) => {
                let again = self.written[n % self.written.len()].clone();
                assert_eq!(self.world.receive(again).await, Seen::Again);
            }
            Deed::Sends(line, later) => self.sends(line, later).await,
            Deed::Decides(line, key) => self.decides(line, key).await,
            Deed::OptsOut => {
                // Where all lines are refused already by a word of a colleague it says nothing new.
                let opened = self.said.iter().filter(|it| !it.1).map(|it| it.2).max();
                let stands = |it: &Word| it.1 && it.0.is_none() && Some(it.2) >= opened;
                if !self.said.iter().any(stands) {
                    self.said.push((None, true, self.ms()));
                }
                let id = self.fresh();
                self.world.opts_out(1_000 + id).await.unwrap();
            }
            Deed::Passes(minutes) => {
                self.now.fetch_add(minutes * MINUTE_MS, Ordering::Relaxed);
            }
            Deed::Fires => {
                let fired = self.world.store.write(|tx| later::fire(tx, POLICY, 10));
                fired.await.unwrap();
            }
            Deed::HandsOver(fate) => self.hands_over(fate).await,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nobody_who_opted_out_is_ever_texted_and_nobody_else_is_refused(
        deeds in prop::collection::vec(deed(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut rig = Rig::new().await;
            for deed in deeds {
                rig.does(deed).await;
            }
            rig.hands_over(Fate::Taken).await;
            let maria = rig.world.maria().await;
            for (n, line) in LINES.iter().enumerate() {
                let told = maria.opt_outs.iter().any(|out| {
                    out.line.as_ref().is_none_or(|it| it.as_str() == *line)
                });
                assert_eq!(told, rig.is_out(n), "as her record says");
            }
        });
    }
}

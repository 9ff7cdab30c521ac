//! How app and relay fare, at the sizes of small and large terminals.

use crate::event::{CacheEvent, Event};
use crate::model::connection::Connection;
use crate::model::outbox::Outbox;
use crate::model::status::{Here, Told};
use crate::testkit::{Rig, desk};
use smsdesk_common::api::health::SendingPaused;
use smsdesk_common::api::status::{
    DiskStatus, OutboxStatus, RelayStatus, SessionStatus, TwilioStatus, WebhookStatus,
};
use smsdesk_common::ids::Seq;
use smsdesk_common::latency::Spread;

const SIZES: [(u16, u16); 3] = [(60, 15), (80, 24), (140, 40)];

const fn spread(p50_us: u64, p99_us: u64) -> Option<Spread> {
    Some(Spread {
        count: 1_024,
        p50_us,
        p99_us,
    })
}

fn relay(rig: &Rig) -> RelayStatus {
    RelayStatus {
        version: "0.1.0".to_owned(),
        protocol: 1,
        now: rig.now.plus_millis(1_206),
        up_s: 276_000,
        head: Seq(41_207),
        webhooks: WebhookStatus {
            last_age_s: Some(42),
            accepted: 12_040,
            refused: 2,
            ack: spread(1_840, 12_300),
        },
        commits: spread(640, 8_100),
        outbox: OutboxStatus {
            waiting: 3,
            sending: 1,
            unknown: 0,
            paused: false,
        },
        twilio: TwilioStatus {
            calls: spread(182_000, 910_000),
            called: 9_120,
            failed: 4,
            lists_read_age_s: Some(97),
            ..TwilioStatus::default()
        },
        sessions: SessionStatus {
            people: 6,
            programs: 1,
            lag: 0,
        },
        disk: DiskStatus {
            database_bytes: Some(48_300_000),
            wal_bytes: Some(4_100_000),
            free_bytes: Some(21_400_000_000),
            problem: None,
        },
    }
}

fn tell(rig: &mut Rig, status: RelayStatus) {
    let told = Told {
        asked: rig.now,
        heard: rig.now.plus_millis(12),
        status,
    };
    rig.tell(Event::Cache(CacheEvent::Status(Ok(Box::new(told)))));
    rig.tell(Event::Cache(CacheEvent::Here(Here {
        head: Some(Seq(41_205)),
        bytes: Some(12_340_000),
        indexed: 8_000,
        entries: 12_000,
    })));
}

fn check(name: &str, build: impl Fn(&mut Rig)) {
    for (width, height) in SIZES {
        let mut rig = Rig::new(width, height, desk());
        rig.model.connection = Connection::Live;
        rig.press("g h");
        build(&mut rig);
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), rig.screen());
    }
}

#[test]
fn all_is_well() {
    check("status", |rig| {
        let taken = rig.now.plus_millis(1_200);
        for ms in 20..120 {
            let watch = &mut rig.model.watch;
            watch.arrived(&[taken], rig.now.plus_millis(ms));
            watch.drawn(rig.now.plus_millis(ms + 14));
        }
        let status = relay(rig);
        tell(rig, status);
    });
}

#[test]
fn much_is_wrong() {
    check("status-troubles", |rig| {
        let mut status = relay(rig);
        status.head = Seq(91_207);
        status.outbox.paused = true;
        status.outbox.unknown = 2;
        status.twilio.sending_paused = Some(SendingPaused {
            lines: 2,
            since: rig.now,
            code: 20_003,
        });
        status.disk.problem = Some("the disk is \u{1b}[31mfull".to_owned());
        tell(rig, status);
        rig.model.history.remaining = 4_000;
        rig.model.outbox = Outbox {
            waiting: 2,
            refused: 1,
            ..Outbox::default()
        };
        let why = "cannot reach the relay".to_owned();
        rig.tell(Event::Cache(CacheEvent::Status(Err(why))));
    });
}

#[test]
fn nothing_is_known_yet() {
    check("status-nothing", |_| {});
}

//! The screen of figures, at the sizes of small and large terminals.

use crate::event::{CacheEvent, Event};
use crate::model::stats::{Board, Wanted};
use crate::testkit::{NOW, Rig, desk};
use smsdesk_common::api::stats::{Cost, Figures, Group, Range, Stats, Took};
use smsdesk_common::stats::{By, Period, Share};

const SIZES: [(u16, u16); 4] = [(60, 15), (80, 24), (120, 30), (140, 40)];

fn figures(inbound: u64, outbound: u64) -> Figures {
    let delivered = outbound.saturating_sub(outbound / 20);
    Figures {
        inbound,
        outbound,
        delivered,
        undelivered: outbound / 30,
        failed: outbound / 40,
        delivery_rate: Share::of(delivered, outbound),
        opt_outs: 1,
        segments: outbound * 5 / 4,
        cost: vec![Cost {
            currency: "USD".to_owned(),
            amount: "9.4012".to_owned(),
        }],
        prices_unknown: 12,
        first_reply: Took {
            count: inbound / 2,
            median_ms: Some(252_000),
            p90_ms: Some(1_330_000),
        },
        resolution: Took::default(),
    }
}

fn group(key: &str, name: Option<&str>, inbound: u64, outbound: u64) -> Group {
    Group {
        key: key.to_owned(),
        name: name.map(str::to_owned),
        figures: figures(inbound, outbound),
    }
}

fn groups(by: By) -> Vec<Group> {
    match by {
        By::Hour => (0..24_u64)
            .map(|hour| {
                let busy = hour.saturating_sub(6) * 20_u64.saturating_sub(hour);
                group(&format!("{hour:02}"), None, busy, busy / 2)
            })
            .collect(),
        _ => vec![
            group("0199", Some("Ana"), 0, 512),
            group("0198", Some("Bo \u{202e}evil\u{7}"), 0, 204),
            group("automatic", None, 0, 64),
            group("customers", None, 1_204, 0),
        ],
    }
}

fn answer(by: By) -> Stats {
    Stats {
        zone: "America/New_York".to_owned(),
        at: NOW,
        uncounted: 0,
        today: figures(48, 31),
        month: figures(1_204, 980),
        range: Range {
            period: Period { from: NOW, to: NOW },
            total: figures(1_204, 980),
            by: Some(by),
            groups: groups(by),
        },
    }
}

fn hear(rig: &mut Rig, answer: Result<Stats, &str>) {
    let wanted: Wanted = rig.model.board.wanted();
    let question = Board::question(wanted, rig.now, &rig.model.setup.zone);
    let answer = answer.map(Box::new).map_err(str::to_owned);
    rig.tell(Event::Cache(CacheEvent::Figures { question, answer }));
}

fn check(name: &str, build: impl Fn(&mut Rig)) {
    for (width, height) in SIZES {
        let mut rig = Rig::new(width, height, desk());
        rig.press("g c");
        build(&mut rig);
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), rig.screen());
    }
}

#[test]
fn hours_stand_beside_each_other() {
    check("figures-hours", |rig| hear(rig, Ok(answer(By::Hour))));
}

#[test]
fn agents_lie_below_each_other_and_their_names_are_harmless() {
    check("figures-agents", |rig| {
        while rig.model.board.wanted().by != By::Agent {
            rig.press("tab");
        }
        hear(rig, Ok(answer(By::Agent)));
    });
}

#[test]
fn without_a_relay_the_last_answer_stands_with_its_age() {
    check("figures-offline", |rig| {
        hear(rig, Ok(answer(By::Hour)));
        rig.now = NOW.plus_millis(3 * 3_600_000);
        hear(rig, Err("cannot reach the relay"));
    });
}

#[test]
fn before_the_first_answer_it_is_said_what_is_waited_for() {
    check("figures-none", |_| {});
}

//! The screen of figures, at the sizes of small and large terminals.

use crate::event::{CacheEvent, Event};
use crate::model::stats::{Board, Wanted};
use crate::testkit::{NOW, Rig, desk};
use proptest::prelude::*;
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
        By::Day => (1..=30_u64)
            .map(|day| {
                group(
                    &format!("2026-11-{day:02}"),
                    None,
                    day * day % 37,
                    day * 2 % 11,
                )
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
fn days_are_lines_where_there_is_room_and_numbers_where_there_is_none() {
    check("figures-days", |rig| {
        while rig.model.board.wanted().by != By::Day {
            rig.press("tab");
        }
        hear(rig, Ok(answer(By::Day)));
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_numbers_on_the_screen_are_those_of_the_answer(
        counts in proptest::collection::vec((0_u64..100_000, 0_u64..100_000), 1..12),
        by in proptest::sample::select(vec![By::Agent, By::Line, By::Label]),
    ) {
        let mut rig = Rig::new(120, 30, desk());
        rig.press("g c");
        while rig.model.board.wanted().by != by {
            rig.press("tab");
        }
        let parts = counts.iter().enumerate();
        let parts: Vec<Group> = parts
            .map(|(n, (inbound, outbound))| group(&format!("part-{n}"), None, *inbound, *outbound))
            .collect();
        let mut total = figures(0, 0);
        total.inbound = counts.iter().map(|it| it.0).sum();
        total.outbound = counts.iter().map(|it| it.1).sum();
        let mut said = answer(by);
        said.range.total = total.clone();
        said.range.groups = parts.clone();
        hear(&mut rig, Ok(said));
        let screen = rig.screen();
        let sums = format!("↓ {} in   ↑ {} out", total.inbound, total.outbound);
        prop_assert!(screen.contains(&sums), "{screen}");
        for part in &parts {
            let figures = &part.figures;
            let numbers = format!("{:>6} {:>6} ", figures.inbound, figures.outbound);
            let shown = screen.lines().any(|line| {
                line.contains(&part.key) && line.contains(numbers.trim_end())
            });
            prop_assert!(shown, "{} {numbers:?} in {screen}", part.key);
        }
    }
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

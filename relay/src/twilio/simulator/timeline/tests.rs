use super::*;
use proptest::prelude::*;

const ONCE: Whim = Whim {
    times: 1,
    late: Duration::ZERO,
};

const PLAIN: Callbacks = Callbacks {
    sending: false,
    order: Order::AsReached,
    delay: Duration::ZERO,
    whims: [ONCE; MAX_CALLBACKS],
};

fn route(first: Status, fate: Fate) -> Route {
    Route {
        first,
        hold: Duration::ZERO,
        fate,
    }
}

fn plan(route: Route, callbacks: &Callbacks) -> Vec<Planned> {
    timeline(route, &StatusTiming::default(), Some(callbacks))
}

fn reached(plan: &[Planned]) -> Vec<Status> {
    let status = |planned: &Planned| match planned.step {
        Step::Reach(status) => Some(status),
        Step::Bill | Step::Post(_) => None,
    };
    plan.iter().filter_map(status).collect()
}

fn posted(plan: &[Planned]) -> Vec<Status> {
    let status = |planned: &Planned| match planned.step {
        Step::Post(status) => Some(status),
        Step::Bill | Step::Reach(_) => None,
    };
    plan.iter().filter_map(status).collect()
}

#[test]
fn each_start_and_fate_has_its_statuses_and_callbacks() {
    use Status::{Accepted, Delivered, Failed, Queued, Scheduled, Sending, Sent, Undelivered};
    let cases: [(Status, Fate, &[Status], &[Status]); 6] = [
        (
            Queued,
            Fate::Delivered,
            &[Sending, Sent, Delivered],
            &[Sent, Delivered],
        ),
        (
            Accepted,
            Fate::Delivered,
            &[Queued, Sending, Sent, Delivered],
            &[Queued, Sent, Delivered],
        ),
        (
            Scheduled,
            Fate::Delivered,
            &[Queued, Sending, Sent, Delivered],
            &[Queued, Sent, Delivered],
        ),
        (
            Queued,
            Fate::Undelivered(30003),
            &[Sending, Sent, Undelivered],
            &[Sent, Undelivered],
        ),
        (Queued, Fate::Failed(30001), &[Sending, Failed], &[Failed]),
        (Queued, Fate::NoReceipt, &[Sending, Sent], &[Sent]),
    ];
    for (first, fate, statuses, callbacks) in cases {
        let plan = plan(route(first, fate), &PLAIN);
        assert_eq!(reached(&plan), statuses, "{first:?} {fate:?}");
        assert_eq!(posted(&plan), callbacks, "{first:?} {fate:?}");
    }
}

#[test]
fn a_message_that_never_left_is_not_billed() {
    let is_billed = |fate| {
        let plan = plan(route(Status::Queued, fate), &PLAIN);
        plan.iter().any(|planned| planned.step == Step::Bill)
    };
    assert!(is_billed(Fate::Delivered));
    assert!(is_billed(Fate::Undelivered(30003)));
    assert!(!is_billed(Fate::Failed(30001)));
}

#[test]
fn a_scheduled_message_holds_everything_back() {
    let hold = Duration::from_secs(600);
    let route = Route {
        hold,
        ..route(Status::Scheduled, Fate::Delivered)
    };
    assert!(
        plan(route, &PLAIN)
            .iter()
            .all(|planned| planned.after >= hold)
    );
}

#[test]
fn lost_doubled_and_late_callbacks_come_as_rolled() {
    let mut callbacks = PLAIN;
    callbacks.whims[0].times = 0;
    callbacks.whims[1].times = 2;
    let accepted = route(Status::Accepted, Fate::Delivered);
    let outcome = posted(&plan(accepted, &callbacks));
    assert_eq!(outcome, [Status::Sent, Status::Sent, Status::Delivered]);

    let mut callbacks = PLAIN;
    callbacks.whims[0].late = Duration::from_secs(60);
    let outcome = posted(&plan(accepted, &callbacks));
    assert_eq!(outcome, [Status::Sent, Status::Delivered, Status::Queued]);
}

#[test]
fn without_a_callback_url_nothing_is_posted() {
    let plan = timeline(
        route(Status::Queued, Fate::Delivered),
        &StatusTiming::default(),
        None,
    );
    assert_eq!(posted(&plan), []);
    assert_eq!(reached(&plan).last(), Some(&Status::Delivered));
}

fn any_callbacks() -> impl Strategy<Value = Callbacks> {
    let whim = (0_usize..3, 0_u64..5000).prop_map(|(times, late)| Whim {
        times,
        late: Duration::from_millis(late),
    });
    let order = proptest::option::of(any::<u64>());
    (
        any::<bool>(),
        order,
        0_u64..5000,
        [whim.clone(), whim.clone(), whim.clone(), whim],
    )
        .prop_map(|(sending, shuffle, delay, whims)| Callbacks {
            sending,
            order: shuffle.map_or(Order::AsReached, Order::Shuffled),
            delay: Duration::from_millis(delay),
            whims,
        })
}

fn any_timing() -> impl Strategy<Value = StatusTiming> {
    let millis = || (0_u64..3000).prop_map(Duration::from_millis);
    (millis(), millis(), millis(), millis(), millis()).prop_map(
        |(queued, sending, sent, delivered, billed)| StatusTiming {
            queued,
            sending,
            sent,
            delivered,
            billed,
        },
    )
}

fn any_route() -> impl Strategy<Value = Route> {
    let first = proptest::sample::select(vec![Status::Accepted, Status::Queued, Status::Scheduled]);
    let fate = proptest::sample::select(vec![
        Fate::Delivered,
        Fate::NoReceipt,
        Fate::Undelivered(30003),
        Fate::Failed(30001),
    ]);
    (first, fate, 0_u64..5000).prop_map(|(first, fate, hold)| Route {
        first,
        hold: Duration::from_millis(hold),
        fate,
    })
}

proptest! {
    #[test]
    fn no_callback_precedes_its_status_and_time_never_goes_back(
        route in any_route(),
        timing in any_timing(),
        callbacks in any_callbacks(),
    ) {
        let plan = timeline(route, &timing, Some(&callbacks));
        prop_assert!(plan.is_sorted_by_key(|planned| planned.after));
        for (index, planned) in plan.iter().enumerate() {
            if let Step::Post(status) = planned.step {
                prop_assert!(plan[..index].iter().any(|one| one.step == Step::Reach(status)));
            }
        }
    }

    #[test]
    fn shuffled_callbacks_are_the_same_ones_in_an_order_that_is_not_the_true_one(
        route in any_route(),
        timing in any_timing(),
        by in any::<u64>(),
    ) {
        let straight = posted(&timeline(route, &timing, Some(&PLAIN)));
        let callbacks = Callbacks { order: Order::Shuffled(by), ..PLAIN };
        let shuffled = posted(&timeline(route, &timing, Some(&callbacks)));
        prop_assert_eq!(shuffled != straight, straight.len() > 1);
        for status in &straight {
            prop_assert_eq!(shuffled.iter().filter(|one| *one == status).count(), 1);
        }
        prop_assert_eq!(shuffled.len(), straight.len());
    }
}

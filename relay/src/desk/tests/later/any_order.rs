//! Whatever happens, in whatever order: a text goes once, or is canceled, or is held.

use super::*;
use proptest::prelude::*;

/// What happens to one of two texts, or to the whole desk.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Wait(i64),
    ClockBack(i64),
    Restart,
    Fire,
    HandOver,
    MariaWrites,
    Cancel(u128),
    Edit(u128),
    Move(u128, i64),
    SendNow(u128),
}

fn deed() -> impl Strategy<Value = Deed> {
    let text = 1u128..=2;
    prop_oneof![
        3 => (0..90i64).prop_map(|minutes| Deed::Wait(minutes * MINUTE_MS)),
        1 => (0..90i64).prop_map(|minutes| Deed::ClockBack(minutes * MINUTE_MS)),
        1 => Just(Deed::Restart),
        3 => Just(Deed::Fire),
        2 => Just(Deed::HandOver),
        1 => Just(Deed::MariaWrites),
        1 => text.clone().prop_map(Deed::Cancel),
        1 => text.clone().prop_map(Deed::Edit),
        2 => (text.clone(), -90..180i64).prop_map(|(n, minutes)| Deed::Move(n, minutes * MINUTE_MS)),
        1 => text.prop_map(Deed::SendNow),
    ]
}

/// What the desk has promised of a text.
#[derive(Clone, Debug)]
struct Promise {
    body: String,
    due: Timestamp,
    canceled: bool,
    now: bool,
    handed_over: u32,
}

async fn run(desk: &mut Option<Timed>, promises: &mut [Promise; 2], step: usize, deed: Deed) {
    let held = desk.as_mut().unwrap();
    let of = |n: u128| usize::try_from(n - 1).unwrap();
    match deed {
        Deed::Wait(ms) => held.advance(ms),
        Deed::ClockBack(ms) => held.advance(-ms),
        Deed::Restart => *desk = Some(desk.take().unwrap().restart().await),
        Deed::Fire => {
            held.fire().await;
        }
        Deed::HandOver => {
            for (text, body) in held.hand_over().await {
                let promise = &mut promises[of(text.0.as_u128())];
                promise.handed_over += 1;
                assert!(!promise.canceled, "{text} was canceled");
                assert_eq!(body, promise.body);
                let entry = held.world.entry(text).await;
                assert!(promise.now || entry.at >= promise.due, "before its time");
            }
        }
        Deed::MariaWrites => {
            held.maria_writes().await;
            let entry = held.world.entry(id(2)).await;
            promises[1].canceled |= entry.status == Some(DeliveryStatus::Canceled);
            assert!(!entry.is_timed(), "she wrote first");
        }
        Deed::Cancel(n) => {
            if held.cancel(id(n)).await.is_ok() {
                promises[of(n)].canceled = true;
            }
        }
        Deed::Edit(n) => {
            let words = format!("words {step}");
            let body = Some(words.clone());
            if held.patch(id(n), |patch| patch.body = body).await.is_ok() {
                promises[of(n)].body = words;
            }
        }
        Deed::Move(n, ms) => {
            let now = Timestamp::from_millis(held.now.load(Ordering::Relaxed));
            let to = Some(now.plus_millis(ms));
            if held.patch(id(n), |patch| patch.send_at = to).await.is_ok() {
                promises[of(n)].due = now.plus_millis(ms);
            }
        }
        Deed::SendNow(n) => {
            let instead = Some(Instead::Queued);
            if held
                .patch(id(n), |patch| patch.status = instead)
                .await
                .is_ok()
            {
                promises[of(n)].now = true;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn in_whatever_order_things_happen_a_text_goes_once_or_is_canceled_or_is_held(
        deeds in prop::collection::vec(deed(), 1..24),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let desk = Timed::new().await;
            desk.world.send(timed_to_maria(1, "words", HOUR_MS)).await.unwrap();
            let unless = unless_she_writes(timed_to_maria(2, "words", HOUR_MS));
            desk.world.send(unless).await.unwrap();
            let promise = Promise {
                body: "words".to_owned(),
                due: at(HOUR_MS),
                canceled: false,
                now: false,
                handed_over: 0,
            };
            let (mut desk, mut promises) = (Some(desk), [promise.clone(), promise]);
            for (step, deed) in deeds.into_iter().enumerate() {
                run(&mut desk, &mut promises, step, deed).await;
            }
            // Whatever is left comes to its end.
            for (step, deed) in (0..3).flat_map(|_| {
                [Deed::Wait(30 * MINUTE_MS), Deed::Fire, Deed::HandOver, Deed::Restart]
            }).chain([Deed::Wait(6 * HOUR_MS), Deed::Fire, Deed::HandOver, Deed::HandOver]).enumerate() {
                run(&mut desk, &mut promises, 100 + step, deed).await;
            }
            let desk = desk.unwrap();
            for (n, promise) in (1..).zip(&promises) {
                let entry = desk.world.entry(id(n)).await;
                let held = entry.held_since.is_some();
                let ends = [promise.canceled, held, promise.handed_over > 0];
                let ended = ends.into_iter().filter(|end| *end).count();
                assert_eq!(ended, 1, "{promise:?} {entry:?}");
                assert!(promise.handed_over <= 1, "{promise:?}");
                assert_eq!(held, entry.is_timed());
            }
            let found = desk.world.store.read(|reads| crate::store::verify::walk(reads, true));
            assert_eq!(found.await.unwrap().findings, []);
        });
    }
}

//! Whatever happens, in whatever order: nobody is texted twice, and everybody once in the end.

use super::*;
use proptest::prelude::*;

/// What may happen to a broadcast.
#[derive(Clone, Copy, Debug)]
enum Step {
    Feed(u32),
    Begin,
    Pause,
    Resume,
    Claim(u32),
    Stop,
    Look,
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..4_u32).prop_map(Step::Feed),
        1 => Just(Step::Begin),
        1 => Just(Step::Pause),
        2 => Just(Step::Resume),
        2 => (1..4_u32).prop_map(Step::Claim),
        1 => Just(Step::Stop),
        2 => Just(Step::Look),
        1 => Just(Step::Forget),
    ]
}

async fn take(world: &World, step: Step) {
    match step {
        Step::Feed(limit) => {
            world.feed(limit).await;
        }
        Step::Begin => {
            world.begin(&bulk(people(8), "hello")).await.unwrap();
        }
        Step::Pause => {
            let _ = world.patch_broadcast(BroadcastAction::Pause).await;
        }
        Step::Resume => {
            let _ = world.patch_broadcast(BroadcastAction::Resume).await;
        }
        Step::Claim(limit) => {
            let claim =
                move |tx: &mut dyn crate::store::sql::Tx| outbox::claim(tx, &line(), limit, 100);
            world.store.write(claim).await.unwrap();
        }
        Step::Stop => {
            world.store.write(doubt_claimed).await.unwrap();
        }
        Step::Look => {
            world.look_after().await;
        }
        Step::Forget => {
            let forget = |tx: &mut dyn crate::store::sql::Tx| recipients::forget(tx, ID);
            world.store.write(forget).await.unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nobody_is_texted_twice_whatever_happens_when(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = world().await;
            world.begin(&bulk(people(8), "hello")).await.unwrap();
            for step in steps {
                take(&world, step).await;
            }
            let _ = world.patch_broadcast(BroadcastAction::Resume).await;
            for _ in 0..50 {
                world.feed(3).await;
            }
            let held = world.look_after().await;
            let texts = world.texts().await;
            assert_eq!(texts.len(), 8);
            assert!(texts.values().all(|count| *count == 1), "{texts:?}");
            assert_eq!(held.totals.all(), 8);
            assert_eq!(held.totals.of(State::Pending), 0);
        });
    }
}

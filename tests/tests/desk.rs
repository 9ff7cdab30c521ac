//! The whole house over loopback: simulator, relay and the app without a terminal.

use crossterm::event::KeyCode;
use smsdesk::cache::DigestCheck;
use smsdesk_relay::twilio::simulator::{Direction, Status};
use smsdesk_tests::agent::Agent;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::world::{MARIA, World, rate};

/// How Maria's number stands on the screen.
const MARIA_SHOWN: &str = "(239) 426-7058";

/// The bodies that the provider took from us, in order.
fn taken(world: &World) -> Vec<String> {
    let ours = world.simulator.messages().into_iter();
    ours.filter(|message| message.direction == Direction::OutboundApi)
        .map(|message| message.body)
        .collect()
}

async fn all_delivered(world: &World, count: usize) {
    eventually("every text to be delivered", || async {
        let messages = world.simulator.messages();
        let delivered = messages
            .iter()
            .filter(|message| message.direction == Direction::OutboundApi)
            .filter(|message| message.status == Status::Delivered)
            .count();
        if delivered == count {
            Ok(())
        } else {
            Err(format!("{messages:#?}"))
        }
    })
    .await;
}

async fn ana(world: &World) -> Agent {
    let joined = world.join("Ana").await;
    Agent::start(&world.folder("ana"), &joined)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_arrives_is_answered_and_the_answer_is_delivered() {
    let world = World::start().await;
    let ana = ana(&world).await;
    ana.sees("live").await;
    world
        .customer_writes(MARIA, "is the plumber still coming? 🙏")
        .await;
    ana.sees("is the plumber still coming?").await;
    ana.sees(MARIA_SHOWN).await;
    ana.replies("Yes, in 15 minutes").await;
    ana.sees("delivered ✓✓").await;
    assert_eq!(taken(&world), ["Yes, in 15 minutes"]);
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_typed_while_the_relay_is_away_is_delivered_once() {
    let mut world = World::start().await;
    let ana = ana(&world).await;
    world.customer_writes(MARIA, "hello?").await;
    ana.sees("hello?").await;
    world.stop_relay().await;
    ana.sees("offline").await;
    ana.replies("written while away").await;
    ana.sees("1 waiting to send").await;
    world.start_relay().await;
    ana.sees("delivered ✓✓").await;
    ana.no_longer_sees("waiting to send").await;
    assert_eq!(taken(&world), ["written while away"]);
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_in_the_outbox_outlives_the_app_and_is_sent_by_the_next_one() {
    let mut world = World::start().await;
    let joined = world.join("Ana").await;
    let folder = world.folder("ana");
    let agent = Agent::start(&folder, &joined);
    world.customer_writes(MARIA, "hello?").await;
    agent.sees("hello?").await;
    world.stop_relay().await;
    agent.sees("offline").await;
    agent.replies("from the outbox").await;
    agent.sees("1 waiting to send").await;
    agent.leave().await;
    world.start_relay().await;
    let agent = Agent::start(&folder, &joined);
    agent.sees("from the outbox").await;
    agent.sees("✓✓").await;
    assert_eq!(taken(&world), ["from the outbox"]);
    agent.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_outlives_the_app() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    let folder = world.folder("ana");
    let agent = Agent::start(&folder, &joined);
    world.customer_writes(MARIA, "hello?").await;
    agent.sees("hello?").await;
    agent.press(KeyCode::Char('r')).await;
    agent.types("half a sentence").await;
    agent.leave().await;
    let agent = Agent::start(&folder, &joined);
    agent.sees("hello?").await;
    agent.press(KeyCode::Char('r')).await;
    agent.sees("half a sentence").await;
    assert_eq!(taken(&world), [""; 0]);
    agent.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn colleagues_see_the_same_desk() {
    let world = World::start().await;
    let (ana, bo) = (world.join("Ana").await, world.join("Bo").await);
    let ana = Agent::start(&world.folder("ana"), &ana);
    world.customer_writes(MARIA, "one for all").await;
    let bo = Agent::start(&world.folder("bo"), &bo);
    ana.sees("one for all").await;
    bo.sees("one for all").await;
    ana.replies("Ana here").await;
    bo.sees("Ana here").await;
    bo.sees("✓✓").await;
    ana.leave().await;
    bo.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_that_come_early_late_twice_and_out_of_order_end_in_delivered() {
    let world = World::start().await;
    world.turn(|knobs| {
        knobs.duplicate_callbacks = rate(1.0);
        knobs.shuffle_callbacks = rate(1.0);
        knobs.early_callbacks = rate(0.5);
    });
    let ana = ana(&world).await;
    world.customer_writes(MARIA, "hello?").await;
    ana.sees("hello?").await;
    for text in ["one", "two", "three"] {
        ana.replies(text).await;
        ana.no_longer_sees("waiting to send").await;
    }
    all_delivered(&world, 3).await;
    eventually("three delivered texts on the screen", || async {
        let shown = ana.screen.text();
        if shown.matches("delivered ✓✓").count() == 3 {
            Ok(())
        } else {
            Err(shown)
        }
    })
    .await;
    assert_eq!(taken(&world), ["one", "two", "three"], "in order");
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lost_after_the_provider_took_the_text_is_settled_by_its_callback() {
    let world = World::start().await;
    world.turn(|knobs| knobs.drop_answer = rate(1.0));
    let ana = ana(&world).await;
    world.customer_writes(MARIA, "hello?").await;
    ana.sees("hello?").await;
    ana.replies("only once").await;
    ana.sees("delivered ✓✓").await;
    assert_eq!(taken(&world), ["only once"]);
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_provider_gets_each_text_once_in_the_end() {
    let world = World::start().await;
    world.turn(|knobs| knobs.http_429 = rate(0.5));
    let ana = ana(&world).await;
    world.customer_writes(MARIA, "hello?").await;
    ana.sees("hello?").await;
    for text in ["first", "second"] {
        ana.replies(text).await;
    }
    all_delivered(&world, 2).await;
    assert_eq!(taken(&world), ["first", "second"]);
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_to_somebody_who_opted_out_fails_with_the_reason_in_words() {
    let world = World::start().await;
    let ana = ana(&world).await;
    world.customer_writes(MARIA, "hello?").await;
    ana.sees("hello?").await;
    // Only the provider knows of it: it refuses what the desk still lets through.
    world.customer_writes_unheard(MARIA, "STOP").await;
    ana.replies("but why").await;
    ana.sees("✗").await;
    ana.sees("the person has opted out").await;
    ana.sees("by the provider's word: texts are refused").await;
    // From now on the app knows it as well, and asks nobody.
    ana.press(KeyCode::Char('r')).await;
    ana.types("really").await;
    ana.press(KeyCode::Enter).await;
    ana.sees("Not sent").await;
    assert!(taken(&world).is_empty());
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_are_shown_by_name_and_move_nothing() {
    let world = World::start().await;
    let ana = ana(&world).await;
    let hostile = "safe\u{202e}evil\u{1b}]52;c;aGk=\u{7}\u{200b}\u{0}end";
    world.customer_writes(MARIA, hostile).await;
    ana.sees("‹U+202E›").await;
    let shown = ana.screen.text();
    assert!(shown.contains("‹U+001B›"), "{shown}");
    assert!(
        shown.chars().all(|c| c == '\n' || !c.is_control()),
        "{shown:?}"
    );
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_comes_late_gets_the_whole_history() {
    let world = World::start().await;
    for n in 0..60 {
        world
            .customer_writes(MARIA, &format!("text number {n:02}"))
            .await;
    }
    let ana = ana(&world).await;
    ana.sees("text number 59").await;
    eventually("the whole history", || async {
        let cursor = ana
            .cache
            .cursor()
            .await
            .map_err(|error| error.to_string())?;
        match cursor {
            Some(cursor) if cursor.low.0 == 0 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    ana.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_another_program_damaged_is_noticed_fetched_again_and_right() {
    let world = World::start().await;
    let joined = world.join("Ana").await;
    let ana = Agent::start(&world.folder("ana"), &joined);
    for n in 0..20 {
        world
            .customer_writes(MARIA, &format!("text number {n:02}"))
            .await;
    }
    ana.sees("text number 19").await;
    let other = rusqlite::Connection::open(world.folder("ana").join("cache.db")).unwrap();
    other
        .busy_timeout(std::time::Duration::from_secs(10))
        .unwrap();
    let lost = other.execute("DELETE FROM records WHERE kind = 'entry' AND n % 2 = 0", ());
    assert!(lost.unwrap() > 0);
    assert_eq!(ana.cache.recount().await.unwrap(), DigestCheck::Differs);
    // Looking once more follows soon after a start; a copy that was right a moment ago can wait.
    ana.leave().await;
    let ana = Agent::start(&world.folder("ana"), &joined);
    eventually("a copy that is right again", || async {
        match ana.cache.recount().await {
            Ok(DigestCheck::Equal) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    eventually("all texts", || async {
        let rows = "SELECT count(*) FROM entry";
        let count: i64 = other.query_row(rows, (), |row| row.get(0)).unwrap();
        if count == 20 {
            Ok(())
        } else {
            Err(count.to_string())
        }
    })
    .await;
    assert_eq!(
        ana.cache.count_wrong_copy().await.unwrap(),
        2,
        "once before"
    );
    ana.leave().await;
    world.end().await;
}

//! Two agents at two terminals and one relay: each sees what the other does, in time.

use crossterm::event::KeyCode;
use smsdesk_tests::agent::Agent;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::world::{MARIA, World};

async fn two(world: &World) -> (Agent, Agent) {
    let (ana, bo) = (world.join("Ana").await, world.join("Bo").await);
    let ana = Agent::start(&world.folder("ana"), &ana);
    let bo = Agent::start(&world.folder("bo"), &bo);
    ana.sees("live").await;
    bo.sees("live").await;
    world.customer_writes(MARIA, "is anybody there?").await;
    ana.sees("is anybody there?").await;
    bo.sees("is anybody there?").await;
    (ana, bo)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_does_the_other_sees_in_the_list_in_the_chat_and_above_the_text() {
    let world = World::start().await;
    let (ana, bo) = two(&world).await;
    ana.press(KeyCode::Enter).await;
    bo.sees("•AN").await;
    bo.press(KeyCode::Enter).await;
    bo.sees("Ana is here").await;
    bo.sees("seen by Ana").await;
    ana.sees("seen by Bo").await;
    ana.press(KeyCode::Char('A')).await;
    bo.sees("open · AN").await;
    ana.press(KeyCode::Char('r')).await;
    ana.types("Yes").await;
    bo.sees("Ana is typing…").await;
    bo.press(KeyCode::Char('r')).await;
    bo.types("Yes, we").await;
    bo.sees("Ana began to write").await;
    ana.sees("Bo began to write").await;
    ana.leave().await;
    bo.no_longer_sees("Ana began to write").await;
    bo.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_answer_at_once_are_told_and_the_second_text_goes_only_when_confirmed() {
    let world = World::start().await;
    let (ana, bo) = two(&world).await;
    bo.press(KeyCode::Char('r')).await;
    bo.types("On my way").await;
    ana.replies("We are on it").await;
    bo.sees("We are on it").await;
    bo.press(KeyCode::Enter).await;
    bo.sees("not sent: Ana answered").await;
    let ours = || {
        let sent = world.simulator.messages().into_iter();
        let bodies = sent.map(|message| message.body);
        bodies.filter(|body| body == "On my way").count()
    };
    assert_eq!(ours(), 0);
    // An Enter that comes too soon to be an answer changes nothing.
    eventually("the confirmed text", || async {
        bo.press(KeyCode::Enter).await;
        match ours() {
            0 => Err(bo.screen.text()),
            _ => Ok(()),
        }
    })
    .await;
    ana.sees("On my way").await;
    assert_eq!(ours(), 1);
    ana.leave().await;
    bo.leave().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_written_offline_is_not_sent_over_a_colleagues_answer_and_is_not_lost() {
    let mut world = World::start().await;
    let (ana, bo) = (world.join("Ana").await, world.join("Bo").await);
    let ana = Agent::start(&world.folder("ana"), &ana);
    let bos = Agent::start(&world.folder("bo"), &bo);
    world.customer_writes(MARIA, "is anybody there?").await;
    ana.sees("is anybody there?").await;
    bos.sees("is anybody there?").await;
    world.stop_relay().await;
    bos.sees("offline").await;
    bos.replies("from the train").await;
    bos.sees("1 waiting to send").await;
    bos.leave().await;
    world.start_relay().await;
    ana.sees("live").await;
    ana.replies("We are on it").await;
    ana.sees("delivered ✓✓").await;
    let bos = Agent::start(&world.folder("bo"), &bo);
    bos.sees("not sent").await;
    bos.sees("from the train").await;
    let sent = world.simulator.messages().into_iter();
    let bodies: Vec<_> = sent.map(|message| message.body).collect();
    assert_eq!(bodies, ["is anybody there?", "We are on it"]);
    ana.leave().await;
    bos.leave().await;
    world.end().await;
}

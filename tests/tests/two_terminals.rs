//! Two agents, each with the real program in a real terminal, at one relay.

use smsdesk_tests::eventually::eventually;
use smsdesk_tests::pty::{Line, Pty};
use smsdesk_tests::seat::Seat;
use smsdesk_tests::world::{MARIA, World};

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");
const SIZE: (u16, u16) = (120, 30);
const TERM: &str = "xterm-256color";

/// Ana and Bo look at a list with one text of Maria's in it.
async fn two(world: &World) -> (Pty, Pty) {
    let ana = Seat::join(world, DESK, "Ana").await;
    let bo = Seat::join(world, DESK, "Bo").await;
    world.customer_writes(MARIA, "is anybody there?").await;
    let [ana, bo] = [ana, bo].map(|seat| seat.start(Line::Local, TERM, SIZE));
    for desk in [&ana, &bo] {
        desk.sees("is anybody there?");
        desk.sees("live");
    }
    (ana, bo)
}

/// How often the provider got `body` from us.
fn sent(world: &World, body: &str) -> usize {
    let messages = world.simulator.messages().into_iter();
    messages.filter(|message| message.body == body).count()
}

async fn end(world: World, desks: [Pty; 2]) {
    for desk in desks {
        desk.signal("TERM");
        assert!(desk.ends().1);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_two_terminals_each_sees_who_looks_who_writes_who_has_read_and_whose_it_is() {
    let world = World::start().await;
    let (mut ana, mut bo) = two(&world).await;
    ana.types("\r");
    bo.sees("•AN");
    bo.types("\r");
    bo.sees("seen by Ana");
    ana.sees("seen by Bo");
    ana.sees("•BO");
    bo.types("r");
    bo.sees("Enter sends");
    bo.types("He is on");
    ana.sees("Bo is typing…");
    bo.types("\x15");
    bo.types("\x1b");
    bo.sees("q back");
    ana.no_longer_sees("Bo is typing…");
    ana.types("A");
    ana.sees("open · AN");
    bo.sees("open · AN");
    bo.types("A");
    bo.sees("open · BO");
    ana.sees("open · BO");
    bo.types("a");
    bo.types("ana");
    bo.sees("▌ Ana");
    bo.types("\r");
    bo.sees("open · AN");
    ana.sees("open · AN");
    bo.types("e");
    ana.sees("Nothing waits");
    bo.signal("KILL");
    bo.ends();
    ana.no_longer_sees("•BO");
    ana.signal("TERM");
    assert!(ana.ends().1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_the_other_terminal_stops_the_first_enter_and_not_the_second() {
    let world = World::start().await;
    let (mut ana, mut bo) = two(&world).await;
    ana.types("r");
    ana.sees("Enter sends");
    ana.types("On my way");
    ana.sees("On my way");
    bo.types("r");
    bo.sees("Enter sends");
    bo.types("We are on it");
    bo.sees("We are on it");
    bo.types("\r");
    ana.sees("We are on it");
    ana.types("\r");
    ana.sees("not sent: Bo answered");
    assert_eq!(sent(&world, "On my way"), 0);
    // An Enter that comes too soon to be an answer changes nothing.
    eventually("the confirmed text", || {
        ana.types("\r");
        let (count, screen) = (sent(&world, "On my way"), ana.screen());
        async move { if count == 0 { Err(screen) } else { Ok(()) } }
    })
    .await;
    bo.sees("On my way");
    assert_eq!(sent(&world, "On my way"), 1);
    assert_eq!(sent(&world, "We are on it"), 1);
    end(world, [ana, bo]).await;
}

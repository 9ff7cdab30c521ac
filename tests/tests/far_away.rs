//! The real program in a terminal at the other end of a long line that delivers in pieces.

use smsdesk_tests::eventually::eventually;
use smsdesk_tests::pty::{Line, Pty};
use smsdesk_tests::seat::Seat;
use smsdesk_tests::world::{MARIA, World};
use std::time::Duration;

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");
/// As from Sydney to Frankfurt and through two VPNs.
const FAR: Line = Line::Far {
    each_way: Duration::from_millis(200),
};
/// Many times there and back, on a busy machine, too: what was to come has come.
const QUIET: Duration = Duration::from_secs(3);
/// Another number, whose text waits behind Maria's.
const JO: &str = "+13055550142";

async fn far(term: &str, size: (u16, u16)) -> (World, Pty) {
    let world = World::start().await;
    let ana = Seat::join(&world, DESK, "Ana").await;
    world
        .customer_writes(MARIA, "ist jemand da? 🙏 日本語")
        .await;
    world.customer_writes(JO, "STOP sending me these").await;
    let desk = ana.start(FAR, term, size);
    desk.sees("ist jemand da?");
    desk.sees("live");
    (world, desk)
}

fn sent(world: &World) -> Vec<String> {
    let messages = world.simulator.messages().into_iter();
    let ours = messages.filter(|message| message.to == MARIA);
    ours.map(|message| message.body).collect()
}

/// What the app knows of the screen is what is on it.
fn is_whole(desk: &mut Pty) {
    // What else the last keys bring is still on its way.
    desk.rests(QUIET);
    let before = desk.screen();
    desk.is_written_over_with("\x1b[2J\x1b[5;5Hthe system goes down");
    desk.types("\x0c");
    // How long somebody has waited goes on.
    desk.shows(&before, " now ");
}

async fn ends(world: World, desk: Pty) {
    desk.signal("TERM");
    assert!(desk.ends().1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_long_line_in_pieces_every_key_counts_and_the_screen_is_right() {
    let (world, mut desk) = far("xterm-256color", (120, 30)).await;
    desk.types("r");
    // Nobody waits for the screen: a left arrow, Home, End and a word's jump among the letters.
    for keys in [
        "wir sind a",
        "\x1b[D",
        "d",
        "\x1b[C",
        "\x1bOH",
        "Ja, ",
        "\x1b[F",
        " 🙏é",
    ] {
        desk.types(keys);
    }
    desk.sees("Ja, wir sind da 🙏é");
    is_whole(&mut desk);
    desk.types("\x1b");
    desk.sees("q back");
    desk.sees("Ja, wir sind da");
    desk.types("r");
    desk.sees("Enter sends");
    desk.types("\r");
    desk.sees("delivered ✓✓");
    desk.sees("↑1");
    assert_eq!(sent(&world), ["Ja, wir sind da 🙏é"]);
    is_whole(&mut desk);
    ends(world, desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arrow_in_pieces_never_leaves_the_reply_nor_takes_the_conversation() {
    let (world, mut desk) = far("xterm-256color", (80, 24)).await;
    desk.types("r");
    desk.sees("Enter sends");
    for _ in 0..12 {
        desk.types("ab");
        desk.types("\x1b[A");
        desk.types("\x1b[F");
        desk.types("\x1b[D");
        desk.types("\x1b[3~");
    }
    desk.types("end");
    desk.sees("aaaaaaaaaaaaend");
    assert!(desk.screen().contains("Enter sends"));
    assert!(!desk.screen().contains("open · AN"));
    ends(world, desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paste_in_pieces_is_text_and_sends_nothing() {
    let (world, mut desk) = far("xterm-256color", (120, 30)).await;
    desk.types("r");
    desk.sees("Enter sends");
    // The cut wanders through the brackets.
    for n in 1..=6 {
        desk.types(&format!("\x1b[200~line {n}\rEnde\r\x1b[201~"));
        desk.types("x");
    }
    desk.types("y");
    desk.sees("xy");
    assert_eq!(sent(&world), [""; 0]);
    // Not a piece of a bracket was a key, and not a character was lost.
    desk.types("\r");
    let pasted: Vec<_> = (1..=6).map(|n| format!("line {n}\nEnde\nx")).collect();
    eventually("what was pasted, as one text", || async {
        let sent = sent(&world);
        let is_whole = sent == [format!("{}y", pasted.concat())];
        is_whole.then_some(()).ok_or(format!("{sent:?}"))
    })
    .await;
    ends(world, desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn simple_terminals_far_away_are_walked_and_drawn_all_the_same() {
    for (term, size) in [
        ("screen", (60, 15)),
        ("linux", (80, 24)),
        ("xterm", (200, 60)),
    ] {
        let (world, mut desk) = far(term, size).await;
        desk.types("\x1b[B");
        desk.types("\r");
        desk.sees("STOP sending me these");
        desk.sees("q back");
        is_whole(&mut desk);
        desk.types("q");
        desk.sees("Enter open");
        desk.types("\x1b[A");
        desk.types("\r");
        desk.sees("q back");
        desk.sees("日本語");
        is_whole(&mut desk);
        ends(world, desk).await;
    }
}

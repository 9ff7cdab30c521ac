//! The real programs in a real pseudo-terminal.

#![expect(clippy::unwrap_used, reason = "tests")]

use smsdesk_tests::pty::Pty;
use smsdesk_tests::world::{ACCOUNT, MARIA, World};
use std::path::{Path, PathBuf};
use std::process::Command;

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");
const RELAY: &str = env!("CARGO_BIN_EXE_relay-under-test");
const SIZE: (u16, u16) = (120, 30);

fn environment(home: &Path) -> Vec<(&'static str, String)> {
    let home = home.display().to_string();
    ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"]
        .map(|name| (name, home.clone()))
        .into()
}

fn start(arguments: &[&str], home: &Path, size: (u16, u16)) -> Pty {
    run(DESK, arguments, home, size)
}

fn run(program: &str, arguments: &[&str], home: &Path, size: (u16, u16)) -> Pty {
    let environment = environment(home);
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .chain([("DESK", DESK)])
        .collect();
    Pty::start(program, arguments, &environment, size)
}

async fn joined(world: &World) -> PathBuf {
    let home = world.folder("home");
    std::fs::create_dir_all(&home).unwrap();
    let invite = world.invite("Ana").await;
    let run = Command::new(DESK)
        .args(["join", &invite])
        .envs(environment(&home))
        .output();
    let output = run.unwrap();
    assert!(output.status.success(), "{output:?}");
    home
}

/// A desk to which a customer has written `text`, and the folder of an agent who joined it.
async fn written_to(text: &str) -> (World, PathBuf) {
    let world = World::start().await;
    let home = joined(&world).await;
    world.customer_writes(MARIA, text).await;
    (world, home)
}

/// An app that was live, and a reply that is being typed in it after the relay has stopped.
async fn answered_while_the_relay_is_away() -> (World, PathBuf, Pty) {
    let mut world = World::start().await;
    let home = joined(&world).await;
    let mut desk = start(&[], &home, SIZE);
    desk.sees("live");
    world.customer_writes(MARIA, "is anybody there?").await;
    desk.sees("is anybody there?");
    world.stop_relay().await;
    desk.sees("offline");
    desk.types("r");
    desk.types("Yes, we are here");
    (world, home, desk)
}

/// Leaves a conversation in which nothing is being written any more, and then the app.
fn quits(desk: &mut Pty) {
    desk.types("\x1b");
    desk.sees("q back");
    desk.types("q");
    desk.sees("Enter open");
    desk.types("q");
}

/// Ends the app by a signal; the terminal is as it was.
async fn ends(desk: Pty, world: World) {
    desk.signal("TERM");
    assert!(desk.ends().1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_typed_and_delivered_with_a_restart_of_the_relay_in_the_middle() {
    let (mut world, _, mut desk) = answered_while_the_relay_is_away().await;
    desk.sees("Yes, we are here");
    world.start_relay().await;
    desk.sees("live");
    desk.types("\r");
    desk.sees("delivered ✓✓");
    quits(&mut desk);
    assert_eq!(desk.ends(), (0, true));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_while_the_relay_was_away_outlives_every_kill_and_is_sent_once() {
    let (mut world, home, mut desk) = answered_while_the_relay_is_away().await;
    desk.types("\r");
    desk.sees("1 waiting to send");
    desk.signal("KILL");
    desk.ends();
    // As if days went by: the app comes and goes, and the relay is not there.
    for _ in 0..2 {
        let desk = start(&[], &home, SIZE);
        desk.sees("1 waiting to send");
        desk.signal("KILL");
        desk.ends();
    }
    world.start_relay().await;
    let desk = start(&[], &home, SIZE);
    desk.sees("✓✓");
    desk.signal("TERM");
    desk.ends();
    let sent = world.simulator.messages().into_iter();
    let ours = sent.filter(|message| message.body == "Yes, we are here");
    assert_eq!(ours.count(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_is_restored_whatever_ends_the_app() {
    let world = World::start().await;
    let home = joined(&world).await;
    for signal in ["TERM", "HUP", "INT"] {
        let desk = start(&[], &home, SIZE);
        desk.sees("live");
        desk.signal(signal);
        let (_, restored) = desk.ends();
        assert!(restored, "after SIG{signal}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_draws_at_every_size_and_follows_a_resize() {
    let (world, home) = written_to("👩‍👩‍👧‍👦 wide 你好 and e\u{301}").await;
    let desk = start(&[], &home, (60, 15));
    desk.sees("wide");
    for size in [(200, 60), (80, 24), (40, 10), (120, 30)] {
        desk.resize(size.0, size.1);
    }
    desk.sees("live");
    ends(desk, world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_l_repairs_a_screen_that_another_program_wrote_over() {
    let (world, home) = written_to("is anybody there?").await;
    let mut desk = start(&[], &home, SIZE);
    desk.sees("is anybody there?");
    desk.sees("live");
    desk.is_written_over_with("\x1b[2J\x1b[10;40Hthe system goes down");
    assert!(!desk.screen().contains("is anybody there?"));
    desk.types("\x0c");
    desk.sees("is anybody there?");
    desk.sees("Enter open");
    assert!(!desk.screen().contains("the system goes down"));
    ends(desk, world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_z_hands_the_terminal_to_the_shell_and_fg_brings_the_reply_back() {
    let (world, home) = written_to("is anybody there?").await;
    let mut shell = run("sh", &["-i"], &home, SIZE);
    shell.types("\"$DESK\"\r");
    shell.sees("is anybody there?");
    shell.types("r");
    shell.sees("Enter send");
    shell.types("half a reply");
    shell.sees("half a reply");
    shell.types("\x1a");
    shell.sees("Stopped");
    assert!(!shell.screen().contains("half a reply"));
    shell.types("fg\r");
    shell.sees("half a reply");
    shell.sees("Enter send");
    shell.types("!");
    shell.sees("half a reply!");
    quits(&mut shell);
    shell.sees("Stopped");
    shell.types("exit\r");
    assert!(shell.ends().1);
    world.end().await;
}

#[test]
fn a_first_run_offers_practice_and_join() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = start(&[], home.path(), (80, 24));
    desk.sees("ractise");
    desk.sees("nvite");
    desk.types("q");
    assert_eq!(desk.ends(), (0, true));
}

#[test]
fn the_practice_desk_lets_customers_write_and_answers_be_delivered() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = start(&["demo"], home.path(), SIZE);
    desk.sees("Maria Alvarez");
    desk.sees("is the plumber still coming?");
    desk.types("r");
    desk.types("He is on his way");
    desk.sees("He is on his way");
    desk.types("\r");
    desk.sees("delivered ✓✓");
    quits(&mut desk);
    assert_eq!(desk.ends(), (0, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_of_a_hostile_text_reaches_the_terminal() {
    let marks = "\u{301}".repeat(10_000 / 8);
    let hostile = format!("hostile\u{1b}]52;c;aGFja2Vk\u{7}\u{9b}31m\u{202e}\u{200b}\u{0}e{marks}");
    let (world, home) = written_to(&hostile).await;
    let mut desk = start(&[], &home, SIZE);
    desk.sees("hostile");
    desk.types("\r");
    desk.sees("‹U+202E›");
    let written = String::from_utf8_lossy(&desk.bytes()).into_owned();
    for raw in ["\u{1b}]52", "\u{9b}", "\u{202e}", "\u{200b}", "\u{0}"] {
        assert!(!written.contains(raw), "{raw:?} was written");
    }
    ends(desk, world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_and_enter_that_a_slow_line_delivers_together_are_sent_and_pasted_lines_are_not() {
    let (world, home) = written_to("is anybody there?").await;
    let mut desk = start(&[], &home, SIZE);
    desk.sees("is anybody there?");
    desk.types("r");
    desk.sees("Enter sends");
    desk.types("all in one\r");
    desk.sees("delivered ✓✓");
    desk.types("one line\rand another\r");
    desk.sees("and another");
    let ours = world.simulator.messages().into_iter();
    let bodies: Vec<_> = ours.map(|message| message.body).collect();
    assert_eq!(bodies, ["is anybody there?", "all in one"]);
    ends(desk, world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_from_outside_gives_the_terminal_back_and_going_on_takes_it_again() {
    let world = World::start().await;
    let home = joined(&world).await;
    world.customer_writes(MARIA, "is anybody there?").await;
    let environment = environment(&home);
    let mut environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    environment.push(("DESK", DESK));
    let mut shell = Pty::start("sh", &["-i"], &environment, SIZE);
    shell.types("sh -c 'echo $$ > \"$HOME/pid\"; exec \"$DESK\"'\r");
    shell.sees("is anybody there?");
    let pid = std::fs::read_to_string(home.join("pid")).unwrap();
    let mut stop = Command::new("kill");
    let stopped = stop.args(["-s", "TSTP", pid.trim()]).status();
    assert!(stopped.unwrap().success());
    shell.sees("Stopped");
    assert!(!shell.screen().contains("is anybody there?"));
    shell.types("fg\r");
    shell.sees("is anybody there?");
    shell.sees("Enter open");
    shell.types("q");
    // The shell's own screen again: what is typed before is the app's.
    shell.sees("Stopped");
    shell.types("exit\r");
    assert!(shell.ends().1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_without_a_shell_is_not_left_hanging_by_a_stop() {
    let world = World::start().await;
    let home = joined(&world).await;
    world.customer_writes(MARIA, "is anybody there?").await;
    let mut desk = start(&[], &home, SIZE);
    desk.sees("is anybody there?");
    desk.signal("TSTP");
    desk.sees("is anybody there?");
    desk.types("r");
    desk.sees("Enter sends");
    desk.signal("TERM");
    assert!(desk.ends().1);
    world.end().await;
}

#[test]
fn where_nothing_can_be_drawn_words_say_so_and_nothing_is_drawn() {
    let home = tempfile::tempdir().unwrap();
    let mut environment = environment(home.path());
    environment.push(("TERM", "dumb".to_owned()));
    let named: Vec<_> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    for arguments in [&[][..], &["demo"]] {
        let desk = Pty::start(DESK, arguments, &named, SIZE);
        desk.sees("TERM=dumb says that this one cannot place a cursor");
        assert!(!desk.bytes().contains(&0x1b));
        assert_eq!(desk.ends().0, 1);
        let piped = Command::new(DESK)
            .args(arguments)
            .envs(environment.clone())
            .output();
        let piped = piped.unwrap();
        assert_eq!(piped.status.code(), Some(1));
        assert!(piped.stdout.is_empty());
        let words = String::from_utf8(piped.stderr).unwrap();
        assert!(
            words.starts_with("smsdesk: smsdesk draws on a terminal, and its "),
            "{words}"
        );
    }
}

#[test]
fn it_draws_on_simple_terminals_with_what_they_know() {
    for term in ["linux", "screen", "vt220", "xterm-256color"] {
        let home = tempfile::tempdir().unwrap();
        let mut environment = environment(home.path());
        environment.push(("TERM", term.to_owned()));
        let named: Vec<_> = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let mut desk = Pty::start(DESK, &["demo", "--quiet"], &named, (80, 24));
        desk.sees("Nothing waits");
        desk.sees("live");
        desk.types("q");
        let written = String::from_utf8_lossy(&desk.bytes()).into_owned();
        let poor = matches!(term, "linux" | "vt220");
        let commands = written.contains("\u{1b}]") || written.contains(" q");
        assert!(!(poor && commands), "{term}: {written:?}");
        assert_eq!(desk.ends(), (0, true), "{term}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_never_shows_the_token_and_leaves_the_terminal_as_it_was() {
    const TYPED: &str = "f00dfeedf00dfeed";
    let world = World::start().await;
    let folder = world.folder("setup");
    std::fs::create_dir_all(&folder).unwrap();
    let config = folder.join("relay.toml");
    let base = world.simulator.base_url();
    let known = format!("[relay.twilio]\naccount_sid = \"{ACCOUNT}\"\napi_base_url = \"{base}\"\n");
    std::fs::write(&config, &known).unwrap();
    let config = config.display().to_string();
    let environment = [("RELAY", RELAY), ("CONFIG", config.as_str())];
    let script = "\"$RELAY\" --config \"$CONFIG\" setup; echo \"ended with $?\"; stty -a";
    let mut desk = Pty::start("sh", &["-c", script], &environment, SIZE);
    desk.sees("Public address of the relay");
    desk.types("ftp://x\r");
    desk.sees("expected an address");
    desk.types("sms.example.com\r");
    for question in [
        "Who brings HTTPS",
        "Address and port",
        "Country of",
        "Name of the company",
    ] {
        desk.sees(question);
        desk.types("\r");
    }
    desk.sees("The database's file");
    desk.types("\r");
    desk.sees("Account SID");
    desk.types("\r");
    desk.sees("Its Auth Token (not shown)");
    desk.types(&format!("{TYPED}\r"));
    // A wrong one is told at once, and both are asked for again.
    desk.sees("does not know this account");
    desk.types("\r");
    desk.sees("Its Auth Token again");
    desk.types(&format!("{TYPED}\x03"));
    desk.sees("interrupted; run it again to go on");
    desk.sees("ended with 1");
    desk.sees("isig icanon iexten echo ");
    let shown = String::from_utf8_lossy(&desk.bytes()).into_owned();
    assert!(
        !shown.contains(TYPED) && !shown.contains(&TYPED[..4]),
        "{shown}"
    );
    assert_eq!(std::fs::read_to_string(&config).unwrap(), known);
    desk.ends();
    world.end().await;
}

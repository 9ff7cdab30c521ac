//! The composer in a real terminal, with a real editor's process and the provider's simulator.

#![expect(clippy::unwrap_used, reason = "tests")]

use smsdesk_relay::twilio::simulator::Direction;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::pty::Pty;
use smsdesk_tests::world::{MARIA, World};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");
const CTRL_O: &str = "\x0f";
const ALT_P: &str = "\x1bp";

/// A desk to which a customer has written, and an agent who joined it.
struct Workplace {
    world: World,
    home: PathBuf,
}

impl Workplace {
    async fn new() -> Self {
        let world = World::start().await;
        let home = world.folder("home");
        std::fs::create_dir_all(&home).unwrap();
        let invite = world.invite("Ana").await;
        let joined = Command::new(DESK)
            .args(["join", &invite])
            .envs(environment(&home, "true"))
            .output();
        assert!(joined.unwrap().status.success());
        world.customer_writes(MARIA, "is anybody there?").await;
        Self { world, home }
    }

    /// The app at a terminal, with this script for an editor; the reply is begun.
    fn writes(&self, editor: &str) -> Pty {
        let script = self.home.join("editor");
        std::fs::write(&script, format!("#!/bin/sh\n{editor}\n")).unwrap();
        std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
        let mut desk = self.starts(&script.display().to_string());
        desk.types("r");
        desk.sees("Enter sends");
        desk
    }

    fn starts(&self, editor: &str) -> Pty {
        let desk = self.opens(editor);
        desk.sees("is anybody there?");
        desk.sees("live");
        desk
    }

    /// The app at a terminal, from its first frame on.
    fn opens(&self, editor: &str) -> Pty {
        let environment = environment(&self.home, editor);
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Pty::start(DESK, &[], &environment, (140, 40))
    }

    /// What reached the provider from us, in order.
    fn sent(&self) -> Vec<String> {
        let messages = self.world.simulator.messages().into_iter();
        let ours = messages.filter(|it| it.direction == Direction::OutboundApi);
        ours.map(|message| message.body).collect()
    }

    async fn has_sent(&self, expected: &[&str]) {
        eventually("the texts at the provider", || async {
            let sent = self.sent();
            (sent == expected).then_some(()).ok_or(format!("{sent:?}"))
        })
        .await;
    }

    /// What lies in the folder for texts that the editor has.
    fn lent(&self) -> Vec<PathBuf> {
        let folder = self.home.join("smsdesk/default/editor");
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// Nothing of the editor's is left.
    fn is_tidy(&self) {
        assert!(self.lent().is_empty(), "{:?}", self.lent());
    }

    async fn ends(self, desk: Pty) {
        desk.signal("TERM");
        assert!(desk.ends().1, "the terminal is as it was");
        self.is_tidy();
        self.world.end().await;
    }
}

fn environment(home: &Path, editor: &str) -> Vec<(&'static str, String)> {
    let home = home.display().to_string();
    let mut all: Vec<_> = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"]
        .map(|name| (name, home.clone()))
        .into();
    all.push(("EDITOR", editor.to_owned()));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_written_in_the_editor_is_the_draft_and_enter_sends_it() {
    let place = Workplace::new().await;
    let mut desk = place.writes("printf ' written in the editor\\n' >> \"$1\"");
    desk.types("Dear Maria,");
    desk.types(CTRL_O);
    desk.sees("Not sent yet");
    desk.sees("written in the editor");
    assert!(place.sent().is_empty());
    desk.types("!\r");
    desk.sees("delivered ✓✓");
    place
        .has_sent(&["Dear Maria,\n written in the editor!"])
        .await;
    place.ends(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_has_keys_and_screen_alone_and_texts_come_in_meanwhile() {
    let place = Workplace::new().await;
    let script = "echo EDITOR AT WORK; read line; printf '%s\\n' \"$line\" > \"$1\"";
    let mut desk = place.writes(script);
    desk.types(CTRL_O);
    desk.sees("EDITOR AT WORK");
    assert!(!desk.screen().contains("is anybody there?"));
    place.world.customer_writes(MARIA, "still there?").await;
    for key in "typed into it".chars() {
        desk.types(&key.to_string());
    }
    desk.sees("typed into it");
    assert!(
        !desk.screen().contains("still there?"),
        "nothing is drawn over it"
    );
    desk.types("\r");
    desk.sees("Not sent yet");
    desk.sees("still there?");
    desk.sees("typed into it");
    assert!(!desk.screen().contains("EDITOR AT WORK"));
    assert!(place.sent().is_empty());
    place.ends(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_that_is_killed_leaves_the_draft_and_a_terminal_that_works() {
    let place = Workplace::new().await;
    let script = "stty raw -echo; printf '\\033[?1049h\\033[5;9r\\033[?1003h'; kill -9 $$";
    let mut desk = place.writes(script);
    desk.types("half a reply");
    desk.types(CTRL_O);
    desk.sees("it was killed by signal 9");
    desk.sees("half a reply");
    desk.types("!");
    desk.sees("half a reply!");
    desk.types("\x1b");
    desk.sees("q back");
    desk.types("q");
    desk.sees("Enter open");
    desk.types("q");
    assert_eq!(desk.ends(), (0, true));
    place.is_tidy();
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_goes_on_where_it_was_after_the_app_and_its_editor() {
    let place = Workplace::new().await;
    let environment = environment(&place.home, "true");
    let mut environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    environment.push(("DESK", DESK));
    let mut shell = Pty::start("sh", &["-i"], &environment, (140, 40));
    shell.types("echo before; \"$DESK\"\r");
    shell.sees("is anybody there?");
    shell.types("r");
    shell.sees("Enter sends");
    shell.types(CTRL_O);
    shell.sees("Nothing was changed");
    shell.types("\x1b");
    shell.sees("q back");
    shell.types("q");
    shell.sees("Enter open");
    shell.types("q");
    shell.sees("echo before");
    shell.types("echo be''hind\r");
    shell.sees("behind");
    let screen = shell.screen();
    let at = |words: &str| {
        screen
            .find(words)
            .unwrap_or_else(|| panic!("{words}: {screen}"))
    };
    assert!(at("echo before") < at("behind"), "{screen}");
    shell.types("exit\r");
    assert!(shell.ends().1);
    place.is_tidy();
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_at_the_editor_is_the_editor_s_and_a_hangup_ends_both() {
    let place = Workplace::new().await;
    let script = "trap 'echo INTERRUPTED' INT; trap 'exit 1' HUP; echo EDITOR AT WORK\n\
                  while :; do sleep 0.1; done";
    let mut desk = place.writes(script);
    desk.types("half a reply");
    desk.types(CTRL_O);
    desk.sees("EDITOR AT WORK");
    desk.types("\x03");
    desk.sees("INTERRUPTED");
    desk.signal("TERM");
    assert!(desk.ends().1);
    place.is_tidy();
    let desk = place.starts("true");
    desk.sees("✎ draft: half a reply");
    place.ends(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counter_says_what_an_emoji_costs() {
    let place = Workplace::new().await;
    let mut desk = place.writes("true");
    desk.types(&"x".repeat(100));
    desk.sees("GSM-7 · 100/160 · 1 segment");
    desk.types(" :tad");
    desk.sees(":tada");
    desk.types("\t");
    desk.sees("🎉 at 102 makes it UCS-2: 2 segments, not 1");
    place.ends(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_outlives_a_kill_and_stands_in_the_list() {
    let place = Workplace::new().await;
    let mut desk = place.writes("true");
    desk.types("half a reply");
    desk.sees("half a reply");
    let folder = place.home.join("smsdesk/default");
    eventually("the draft on the disk", || async {
        let holds = |name: &str| {
            let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
            bytes.windows(12).any(|part| part == b"half a reply")
        };
        let kept = holds("outbox.db") || holds("outbox.db-wal");
        kept.then_some(()).ok_or_else(|| "nothing".to_owned())
    })
    .await;
    desk.signal("KILL");
    desk.ends();
    let mut desk = place.starts("true");
    desk.sees("✎ draft: half a reply");
    desk.resize(80, 24);
    desk.sees("✎ draft: half a reply");
    desk.types("r");
    desk.sees("half a reply");
    desk.types("\r");
    desk.sees("delivered ✓✓");
    place.has_sent(&["half a reply"]).await;
    place.ends(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_editor_saved_outlives_a_kill_and_is_the_draft_once_the_editor_has_ended() {
    let place = Workplace::new().await;
    let go = place.home.join("go");
    let script = format!(
        "trap '' HUP; printf ' saved in the editor\\n' >> \"$1\"; echo SAVED\n\
         until [ -e {} ]; do sleep 0.1; done",
        go.display()
    );
    let mut desk = place.writes(&script);
    desk.types("Dear Maria,");
    desk.types(CTRL_O);
    desk.sees("SAVED");
    desk.is_killed();
    let desk = place.opens("true");
    desk.sees("Your editor still has a text from before");
    desk.sees("✎ draft: Dear Maria,");
    desk.signal("TERM");
    desk.ends();
    let lock = place.lent()[0].join("editor.lock");
    std::fs::write(&go, "").unwrap();
    eventually("the end of the editor", || async {
        let lock = std::fs::File::open(&lock).unwrap();
        lock.try_lock().map_err(|error| error.to_string())
    })
    .await;
    let mut desk = place.opens("true");
    desk.sees("What your editor had when the app ended is the draft again");
    desk.sees("live");
    place.is_tidy();
    desk.types("r");
    desk.sees("saved in the editor");
    desk.types("\r");
    desk.sees("delivered ✓✓");
    place.has_sent(&["Dear Maria,\n saved in the editor"]).await;
    place.ends(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_editor_saved_is_the_draft_after_the_app_was_told_to_end() {
    let place = Workplace::new().await;
    let script = "printf 'saved in the editor\\n' > \"$1\"; echo SAVED\n\
                  while :; do sleep 0.1; done";
    let mut desk = place.writes(script);
    desk.types(CTRL_O);
    desk.sees("SAVED");
    desk.signal("TERM");
    assert!(desk.ends().1);
    let desk = place.starts("true");
    desk.sees("✎ draft: saved in the editor");
    place.ends(desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_too_long_goes_out_in_parts_and_in_order() {
    let place = Workplace::new().await;
    let mut desk = place.writes("true");
    let long = "This is a sentence. ".repeat(100);
    desk.types(&format!("\x1b[200~{long}\x1b[201~"));
    desk.sees("399 characters too many");
    desk.types("\r");
    desk.sees("Not sent: 1999 characters");
    desk.types(ALT_P);
    desk.sees("2 texts");
    desk.types("num");
    desk.types("\r");
    desk.sees("delivered ✓✓");
    eventually("both parts", || async {
        let sent = place.sent();
        let whole = sent.len() == 2
            && sent[0].starts_with("(1/2) This")
            && sent[1].starts_with("(2/2) This")
            && sent.iter().all(|part| part.chars().count() <= 1_600);
        whole.then_some(()).ok_or(format!("{sent:?}"))
    })
    .await;
    place.ends(desk).await;
}

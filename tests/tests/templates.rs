//! Templates over the whole house: made by a script, picked at a desk, filled in, looked at, sent and
//! counted.

#![expect(clippy::unwrap_used, reason = "tests")]

use smsdesk_tests::eventually::eventually;
use smsdesk_tests::pty::Pty;
use smsdesk_tests::world::{MARIA, World};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const DESK: &str = env!("CARGO_BIN_EXE_desk-under-test");

fn environment(home: &Path) -> Vec<(String, String)> {
    let home = home.display().to_string();
    ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"]
        .map(|name| (name.to_owned(), home.clone()))
        .to_vec()
}

fn runs(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(DESK);
    command.args(arguments).envs(environment(home));
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

async fn home(world: &World) -> PathBuf {
    let home = world.folder("home");
    std::fs::create_dir_all(&home).unwrap();
    let invite = world.invite("Ana").await;
    let join = runs(&home, &["join", &invite]);
    assert!(join.status.success(), "{join:?}");
    home
}

fn sit_down(home: &Path) -> Pty {
    let environment = environment(home);
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    Pty::start(DESK, &[], &environment, (120, 30))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_with_two_fields_is_picked_filled_in_and_sent() {
    let world = World::start().await;
    let home = home(&world).await;
    world.customer_writes(MARIA, "is he coming?").await;
    let text = "Hi {{ contact.first_name | default('there') }}, {{ tech }} comes at {{ when }}. \
                {{ company }}";
    let made = runs(
        &home,
        &["template", "add", "on the way", text, "--shortcut", "way"],
    );
    assert!(made.status.success(), "{made:?}");
    let missing = runs(
        &home,
        &["send", MARIA, "--template", "way", "--var", "tech=Bo"],
    );
    assert_eq!(missing.status.code(), Some(2), "{missing:?}");
    assert!(err(&missing).contains("--var when="), "{missing:?}");
    let mut desk = sit_down(&home);
    desk.sees("is he coming?");
    desk.sees("live");
    desk.types("r");
    desk.types("/");
    desk.sees("· 1 template");
    desk.types("way");
    desk.sees("to fill in: tech, when");
    desk.types("\r");
    desk.sees("Hi there, {{ tech }} comes at");
    desk.types("Bo");
    desk.types("\r");
    desk.sees("Not sent: when is not filled in");
    desk.types("9:30");
    desk.sees("Bo comes at 9:30");
    desk.types("\r");
    let body = "Hi there, Bo comes at 9:30. Riverside Plumbing";
    eventually("the text at the provider", || async {
        let messages = world.simulator.messages();
        let found = messages.iter().any(|message| message.body == body);
        found.then_some(()).ok_or_else(|| format!("{messages:?}"))
    })
    .await;
    let shown = runs(&home, &["template", "show", "on the way", "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&out(&shown)).unwrap();
    assert_eq!(shown["uses"], 1, "{shown}");
    desk.types("\x1b");
    desk.sees("q back");
    desk.types("q");
    desk.types("q");
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_go_out_as_a_file_and_come_in_by_it() {
    let world = World::start().await;
    let home = home(&world).await;
    let seeded = runs(&home, &["template", "seed", "--quiet"]);
    assert_eq!(out(&seeded).lines().count(), 6, "{seeded:?}");
    let exported = out(&runs(&home, &["template", "export"]));
    assert_eq!(exported.matches("[[template]]").count(), 6, "{exported}");
    let file = home.join("templates.toml");
    let name = file.display().to_string();
    let more = format!(
        "{}\n[[template]]\nname = \"new\"\nbody = \"Hi {{{{ who }}}}\"\n\
         [[template]]\nname = \"bad\"\nbody = \"Hi {{{{ who\"\n",
        exported.replace("See you soon!", "See you then!")
    );
    std::fs::write(&file, more).unwrap();
    for (run, made, changed) in [
        (
            vec!["template", "import", &name, "--dry-run"],
            "makes ",
            "changes ",
        ),
        (vec!["template", "import", &name], "made ", "changed "),
    ] {
        let output = runs(&home, &run);
        let text = out(&output);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert_eq!(text.matches(made).count(), 1, "{text}");
        assert_eq!(text.matches(changed).count(), 1, "{text}");
        assert_eq!(text.matches("same ").count(), 5, "{text}");
        assert!(
            text.contains("refused   bad: `body`: line 1, column 4"),
            "{text}"
        );
    }
    let preview = [
        "template",
        "preview",
        "15_min",
        "--var",
        "tech_first_name=Bo",
    ];
    let previewed = out(&runs(&home, &preview));
    let words = "Hi there, Bo from Riverside Plumbing is about 15 minutes away. See you then!";
    assert!(previewed.starts_with(words), "{previewed}");
    assert!(
        previewed.contains("GSM-7 · segments: 1 · nothing is missing"),
        "{previewed}"
    );
    let edit = [
        "template",
        "edit",
        "new",
        "--name",
        "newer",
        "--shortcut",
        "n",
    ];
    assert!(runs(&home, &edit).status.success());
    let removed = runs(&home, &["template", "rm", "n"]);
    assert!(removed.status.success(), "{removed:?}");
    let gone = runs(&home, &["template", "show", "newer"]);
    assert_eq!(gone.status.code(), Some(2), "{gone:?}");
    let list = out(&runs(&home, &["template", "list"]));
    assert_eq!(list.lines().count(), 6, "{list}");
}

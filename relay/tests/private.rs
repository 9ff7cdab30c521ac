//! The program's commands, given what is wrong: what they say of it on stderr goes into journals and
//! reports, and holds no secret, no number and no word of a text that it was not asked for.

use crate::common::Setup;
use crate::common::desk::{AUTH_TOKEN, MARIA};
use crate::common::program::{Program, check_config, run, run_in, text};
use std::net::SocketAddr;
use std::process::Output;

const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
const KEY: &str = "s3cret-of-the-key";

/// Neither stream holds any of these.
#[track_caller]
fn says_none_of(private: &[&str], what: &str, output: &Output) {
    for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let said = String::from_utf8_lossy(bytes);
        for word in private {
            assert!(!said.contains(word), "{what}: {word} on {stream}: {said}");
        }
    }
}

#[tokio::test]
async fn a_configuration_that_is_wrong_where_a_secret_stands_is_named_without_it() {
    let setup = Setup {
        more: format!("api_key_sid = \"SK01\"\napi_key_secret = \"{KEY}\""),
        ..Setup::new()
    };
    let good = setup.text(ANY_PORT);
    let quoted = format!("auth_token = \"{AUTH_TOKEN}\"");
    let digits = "4815162342108";
    for wrong in [
        good.replace(&quoted, &format!("auth_token = \"{AUTH_TOKEN}")),
        good.replace(&quoted, &format!("auth_token = {AUTH_TOKEN}")),
        good.replace(&quoted, &format!("auth_token \"{AUTH_TOKEN}\"")),
        good.replace(&quoted, &format!("auth_tokens = \"{AUTH_TOKEN}\"")),
        good.replace(&quoted, &format!("auth_token = [\"{AUTH_TOKEN}\"]")),
        good.replace(
            &quoted,
            &format!("auth_token = {{ is = \"{AUTH_TOKEN}\" }}"),
        ),
        good.replace(&quoted, &format!("auth_token = {digits}")),
        good.replace(&quoted, &format!("{quoted}\n{quoted}")),
        good.replace(
            "account_sid",
            &format!("auth_token_secondary = {digits}\naccount_sid"),
        ),
        good.replace(&format!("\"{KEY}\""), KEY),
        good.replace(&format!("\"{KEY}\""), &format!("[\"{KEY}\"]")),
        good.replace(
            "connections_max = 1000",
            &format!("connections_max = \"{AUTH_TOKEN}\""),
        ),
    ] {
        assert_ne!(wrong, good);
        let output = check_config(&setup, &wrong).await;
        assert_eq!(output.status.code(), Some(78), "{wrong}");
        says_none_of(&[AUTH_TOKEN, KEY, digits], &wrong, &output);
        assert!(text(&output.stderr).contains("relay.toml"), "{output:?}");
    }
    // From the environment as well, and on the way to the first start.
    for (name, value) in [
        ("SMSDESK_RELAY__CONNECTIONS_MAX", AUTH_TOKEN),
        ("SMSDESK_RELAY__TLS__MODE", "off"),
        ("TWILIO_AUTH_TOKEN", AUTH_TOKEN),
    ] {
        let environment = [(name, value), ("TWILIO_ACCOUNT_SID", "nonsense")];
        let output = run_in(&environment, &setup, ANY_PORT, &["serve"]).await;
        assert_eq!(output.status.code(), Some(78), "{output:?}");
        says_none_of(&[AUTH_TOKEN, KEY], name, &output);
    }
}

#[tokio::test]
async fn commands_that_fail_name_nobody_and_nothing_that_they_were_not_asked_for() {
    // Nobody listens there.
    let setup = Setup::at("https://localhost:9");
    let mut program = Program::serve(setup.clone(), &["--log-level", "trace"]).await;
    program.desk.token = program.desk.join("Ana", "agent").await;
    assert_eq!(
        program.desk.receive(1, MARIA, "canary one").await.status,
        200
    );
    let file = |name: &str, content: &str| {
        let path = setup.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let rules = file(
        "rules.toml",
        "[[rule]]\nname = \"canary\"\nreply = \"canary {{ \"\nwhen = 7\n",
    );
    let no_database = file("canary.db", "canary canary canary");
    let private = [
        "canary one",
        &MARIA[1..],
        AUTH_TOKEN,
        &program.desk.token.clone(),
    ];
    for arguments in [
        vec!["agent", "invite", "Ana"],
        vec!["agent", "revoke", "Nobody"],
        vec!["token", "add", "crm", "--scope", "everything"],
        vec!["token", "revoke", "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeee09"],
        vec!["erase", "12", "--yes"],
        vec!["purge", "--older-than", "soon", "--yes"],
        vec!["rules", "set", &rules],
        vec!["backup", &rules],
        vec!["restore", &no_database],
        vec!["restore", "--drill", &no_database],
        vec!["audit", "show"],
        vec!["audit", "verify"],
        vec!["agent", "list"],
        vec!["token", "list"],
        vec!["verify"],
        vec!["verify", "--twilio"],
        vec!["doctor"],
        vec!["doctor", "--json"],
        vec!["serve"],
        vec!["check-config"],
    ] {
        let output = run(&setup, ANY_PORT, &arguments).await;
        says_none_of(&private, &arguments.join(" "), &output);
    }
    // Neither does the running relay say so, which was asked for most of that.
    assert!(program.terminate("-TERM").await.success());
    let log = program.log();
    for word in private.iter().chain(&["canary"]) {
        assert!(!log.contains(word), "{word} in {log}");
    }
}

#[tokio::test]
async fn a_token_is_printed_once_and_stands_nowhere_else() {
    let setup = Setup::new();
    let mut program = Program::serve(setup.clone(), &["--log-level", "trace"]).await;
    let added = run(
        &setup,
        ANY_PORT,
        &["token", "add", "crm", "--scope", "send"],
    )
    .await;
    let printed = text(&added.stdout);
    let token = printed.lines().last().unwrap().to_owned();
    let secret = token.rsplit('_').next().unwrap();
    assert_eq!(printed.matches(secret).count(), 1, "{printed}");
    assert!(!text(&added.stderr).contains(secret));
    for arguments in [
        vec!["token", "list"],
        vec!["audit", "show"],
        vec!["check-config"],
    ] {
        let output = run(&setup, ANY_PORT, &arguments).await;
        says_none_of(&[secret], &arguments.join(" "), &output);
    }
    let invited = run(&setup, ANY_PORT, &["agent", "invite", "Bo"]).await;
    let invite = text(&invited.stdout);
    let code = invite.lines().last().unwrap().split('#').nth(1).unwrap();
    assert!(!text(&invited.stderr).contains(code));
    assert!(program.terminate("-TERM").await.success());
    for word in [secret, code] {
        assert!(!program.log().contains(word), "{}", program.log());
    }
}

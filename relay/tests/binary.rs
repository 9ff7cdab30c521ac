//! The program itself: exit codes, words on stderr, signals, and what a log may hold.

use crate::common::desk::{ACCOUNT, AUTH_TOKEN, LINE, MARIA, inbound};
use crate::common::endpoint::{Endpoint, Says, judged};
use crate::common::program::{Program, check_config, run, text};
use crate::common::{Desk, Reply, Setup, Twilio, encode};
use reqwest::Method;
use smsdesk_relay::store::Store;
use std::net::{SocketAddr, TcpListener};

const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

#[tokio::test]
async fn a_port_in_use_is_a_configuration_that_cannot_be_used() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap();
    let output = run(&Setup::new(), address, &["serve"]).await;
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{words}");
    assert!(words.contains("relay.listen"), "{words}");
    assert!(words.contains(&format!("{address} is in use")), "{words}");
}

#[tokio::test]
async fn a_wrong_key_or_value_is_named_with_its_line() {
    let setup = Setup::new();
    let good = setup.text(ANY_PORT);
    for (wrong, line, words) in [
        (good.replace("listen", "lisen"), 2, "unknown field `lisen`"),
        (good.replace("1000", "\"many\""), 4, "connections_max"),
        (good.replace("[relay]", "[relay"), 1, "relay.toml:1"),
    ] {
        let output = check_config(&setup, &wrong).await;
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.contains(&format!("relay.toml:{line}")), "{said}");
        assert!(said.contains(words), "{said}");
    }
    for (wrong, words) in [
        (
            good.replace("https://sms", "sms"),
            "relay.public_url: expected",
        ),
        (
            good.replace(LINE, "nonsense"),
            "relay.twilio.lines: \"nonsense\"",
        ),
        (
            good.replace("http://127.0.0.1:9", "https://"),
            "relay.twilio.api_base_url: expected",
        ),
        (
            good.replace(AUTH_TOKEN, "file:nowhere"),
            "relay.twilio.auth_token: ",
        ),
    ] {
        let output = check_config(&setup, &wrong).await;
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{said}");
        assert!(said.contains(words), "{said}");
    }
    let missing = run(&setup, ANY_PORT, &["--config", "/nowhere.toml", "serve"]).await;
    assert_eq!(missing.status.code(), Some(2), "the option is given twice");
}

#[tokio::test]
async fn what_is_in_effect_is_printed_without_secrets_and_can_be_read_again() {
    let more = "api_key_sid = \"SK01\"\napi_key_secret = \"s3cret-of-the-key\"\n\
                auth_token_secondary = \"s3cret-of-tomorrow\"\n\
                [relay.compliance]\nreply_to_stop = \"relay\"\nstop_text = \"Bye \\\"you\\\"\"\n\
                [relay.calls]\nforward_to = \"(305) 555-0142\"\n\
                [relay.backup]\nfolder = \"copies\"\nevery = \"90m\"\nkeep_weekly = 2\n\
                [relay.retention]\nolder_than = \"400d\"";
    let setup = Setup {
        more: more.to_owned(),
        ..Setup::new()
    };
    let output = run(&setup, ANY_PORT, &["check-config"]).await;
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        printed.contains(LINE) && printed.contains(ACCOUNT),
        "{printed}"
    );
    for words in [
        "late_sends = \"send\"",
        "late_sends_max = \"1h\"",
        "auth_token_secondary = \"(redacted)\"",
        "reply_to_stop = \"relay\"",
        "Bye \\\"you\\\"",
        "forward_to = \"+13055550142\"",
        "every = \"90m\"",
        "keep_weekly = 2",
        "older_than = \"400d\"",
    ] {
        assert!(printed.contains(words), "{words}: {printed}");
    }
    for secret in [AUTH_TOKEN, "s3cret-of-the-key", "s3cret-of-tomorrow"] {
        assert!(!printed.contains(secret), "{printed}");
        assert!(!text(&output.stderr).contains(secret));
    }
    let again = check_config(&setup, &printed).await;
    assert_eq!(text(&again.stdout), printed);
}

#[tokio::test]
async fn a_second_relay_on_the_same_database_is_refused_and_told_who_has_it() {
    let first = Program::serve(Setup::new(), &[]).await;
    let output = run(&first.desk.setup, ANY_PORT, &["serve"]).await;
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(
        words.contains(&format!("process {}", first.id())),
        "{words}"
    );
    assert_eq!(first.desk.get("/ready").await.status, 200);
}

#[tokio::test]
async fn a_database_of_a_later_version_is_left_alone() {
    let setup = Setup::new();
    let conn = rusqlite::Connection::open(setup.database()).unwrap();
    conn.pragma_update(None, "user_version", 9_999).unwrap();
    drop(conn);
    let output = run(&setup, ANY_PORT, &["serve"]).await;
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{words}");
    assert!(words.contains("schema 9999"), "{words}");
}

#[tokio::test]
async fn an_invite_is_the_last_line_whether_the_relay_runs_or_not() {
    let setup = Setup::new();
    let invite = async || {
        let output = run(&setup, ANY_PORT, &["agent", "invite", "Ana"]).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        let printed = text(&output.stdout);
        let last = printed.lines().last().unwrap().to_owned();
        let (relay, code) = last.split_once('#').unwrap();
        assert_eq!(relay, setup.public_url);
        code.to_owned()
    };
    let before = invite().await;
    let program = Program::serve(setup.clone(), &[]).await;
    let during = invite().await;
    for code in [before, during] {
        let device = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
        let join = serde_json::json!({ "code": code, "device": device });
        assert_eq!(program.desk.post("/v1/join", &join).await.status, 201);
        let again = program.desk.post("/v1/join", &join).await;
        again.problem(smsdesk_common::api::ErrorCode::InviteInvalid);
    }
    let listed = run(&setup, ANY_PORT, &["agent", "list"]).await;
    assert_eq!(text(&listed.stdout), "Ana\tagent\tactive\n");
    let wrong = run(
        &setup,
        ANY_PORT,
        &["agent", "invite", "Bo", "--role", "king"],
    )
    .await;
    assert_eq!(wrong.status.code(), Some(2));
}

#[tokio::test]
async fn a_signal_ends_it_well_and_everything_is_released() {
    for signal in ["-TERM", "-INT"] {
        let mut program = Program::serve(Setup::new(), &[]).await;
        let status = program.terminate(signal).await;
        assert_eq!(status.code(), Some(0), "{}", program.log());
        assert!(program.log().contains("stopped"));
        let setup = program.desk.setup.clone();
        let database = setup.database();
        assert!(!database.with_extension("db.sock").exists());
        let clock = smsdesk_relay::clock::Clock::system();
        Store::open(&database, clock).await.unwrap().close().await;
    }
}

#[tokio::test]
async fn what_was_answered_before_a_kill_is_there_after_it() {
    let setup = Setup::new();
    let mut program = Program::serve(setup.clone(), &[]).await;
    program.desk.token = program.desk.join("Ana", "agent").await;
    let token = program.desk.token.clone();
    let mut answered = 0;
    for sid in 0..60 {
        let webhook = program.desk.receive(sid, MARIA, "hello").await;
        assert_eq!(webhook.status, 200);
        let sent = program.desk.send(u128::from(sid) + 1, MARIA, "yes?").await;
        assert_eq!(sent.status, 201);
        answered += 2;
    }
    program.kill();
    let mut program = Program::serve(setup, &[]).await;
    program.desk.token = token;
    assert_eq!(program.desk.entries().await.len(), answered);
    for sid in 0..60 {
        assert_eq!(program.desk.receive(sid, MARIA, "hello").await.status, 200);
        let sent = program.desk.send(u128::from(sid) + 1, MARIA, "yes?").await;
        assert_eq!(sent.status, 200, "answered before");
    }
    assert_eq!(
        program.desk.entries().await.len(),
        answered,
        "nothing doubled"
    );
    let feed = program.desk.get("/v1/changes").await.json();
    let mut digest = smsdesk_common::feed::Digest::EMPTY;
    for change in program.desk.changes().await {
        digest.add(&change.kind, &change.id, change.seq);
    }
    assert_eq!(feed["digest"], digest.to_string());
}

/// Everything that a log must never hold, once through every part that may fail.
async fn talk(desk: &mut Desk) -> String {
    desk.token = desk.join("Ana", "agent").await;
    desk.receive(1, "+12394260142", "canary-inbound").await;
    desk.receive(1, "+12394260142", "canary-inbound").await;
    desk.send(1, "+12394260143", "canary-accepted").await;
    desk.send(2, "+12394260144", "canary-refused").await;
    desk.send(3, "+12394260145", "canary-dropped").await;
    desk.send(4, "canary-to", "canary-to").await;
    desk.post(
        "/v1/messages",
        &serde_json::json!({ "to": "canary-json", "body": 7 }),
    )
    .await;
    desk.becomes(1, "accepted").await;
    desk.becomes(2, "failed").await;
    desk.becomes(3, "unknown").await;
    let unsigned = encode(&inbound(2, "+12394260146", "canary-unsigned"));
    desk.webhook("/webhooks/twilio/message", "canary-signature", unsigned)
        .await;
    let mut senderless = inbound(3, "", "canary-senderless");
    senderless.push(("Canary".to_owned(), "canary-field".to_owned()));
    desk.signed("/webhooks/twilio/message", &senderless).await;
    desk.get("/v1/entries/canary-id").await;
    desk.get("/canary-path?canary-query").await;
    wander(desk).await;
    desk.token.clone()
}

/// Contacts, notes, searches, templates, strangers: what is said there may not be logged either.
async fn wander(desk: &Desk) {
    let contact = serde_json::json!({
        "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeee01", "name": "Canary Person",
        "addresses": [{ "address": "+12394260147" }], "note": "canary-note",
    });
    desk.post("/v1/contacts", &contact).await;
    let change = serde_json::json!({ "name": "Canary Changed", "labels": ["canary label"] });
    let path = "/v1/contacts/0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeee01";
    let change = desk.raw(Method::PATCH, path).json(&change);
    change.bearer_auth(&desk.token).send().await.unwrap();
    let import =
        serde_json::json!({ "contacts": [{ "name": "canary-import", "phone": "canary" }] });
    desk.post("/v1/contacts/import", &import).await;
    for path in [
        "/v1/search?q=canary-search",
        "/v1/contacts?q=canary-person",
        "/v1/conversations?q=canary-filter",
        "/v1/conversations?cursor=canary-cursor",
        "/v1/messages?status=canary-status",
        "/v1/stats?tz=Canary/Zone",
    ] {
        desk.get(path).await;
    }
    let conversation = desk.entries().await[0].conversation;
    let note = serde_json::json!({ "body": "canary-whisper @canary" });
    desk.post(&format!("/v1/conversations/{conversation}/notes"), &note)
        .await;
    let template = serde_json::json!({ "name": "canary-template", "body": "{{ canary" });
    desk.post("/v1/templates", &template).await;
    let code = serde_json::json!({
        "code": "canary-invite", "device": "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeee02",
    });
    desk.post("/v1/join", &code).await;
    for (name, value) in [
        ("authorization", "Bearer canary-token"),
        ("authorization", "canary-scheme"),
        ("origin", "https://canary.example"),
        ("x-forwarded-for", "canary-forwarded"),
        ("x-request-id", "canary-request"),
        ("user-agent", "canary-agent"),
    ] {
        let asked = desk.raw(Method::GET, "/v1/conversations?q=canary");
        asked.header(name, value).send().await.unwrap();
    }
    let strange = Method::from_bytes(b"CANARY").unwrap();
    desk.raw(strange, "/v1/conversations").send().await.unwrap();
    let torn = desk.raw(Method::POST, "/v1/messages");
    let torn = torn
        .bearer_auth(&desk.token)
        .body("{\"body\":\"canary-torn");
    let torn = torn.header("content-type", "application/json");
    torn.send().await.unwrap();
}

#[tokio::test]
async fn the_log_names_no_person_no_word_and_no_secret_however_much_is_logged() {
    for format in ["text", "json"] {
        let twilio = Twilio::start(|call, _| match call["Body"].as_str() {
            "canary-accepted" => Reply::Accept(7),
            "canary-refused" => {
                let words = "The 'To' number +12394260144 canary-theirs";
                Reply::Status(400, format!(r#"{{"code":99999,"message":"{words}"}}"#))
            }
            _ => Reply::Drop,
        })
        .await;
        let endpoint = Endpoint::start(|_, count| match count {
            0 => Says::Content(judged("canary-suggestion", 99)),
            _ => Says::Raw(401, "", "canary-endpoint sk-secret".to_owned()),
        })
        .await;
        let setup = Setup {
            more: endpoint.configured(""),
            ..Setup::calling(twilio.url()).watched()
        };
        let arguments = ["--log-level", "trace", "--log", format];
        let mut program = Program::serve(setup, &arguments).await;
        let token = talk(&mut program.desk).await;
        let metrics = program.desk.metrics().await;
        assert!(program.terminate("-TERM").await.success());
        let log = program.log();
        assert!(log.contains("unknown whether it was taken"), "{log}");
        let secret = token.splitn(3, '_').nth(2).unwrap();
        let mut private = vec!["canary", "Canary", "CANARY", "2394260", "Ana", "sk-secret"];
        private.extend([LINE, AUTH_TOKEN, &token, secret]);
        for private in private {
            assert!(!log.contains(private), "{private} in {log}");
            assert!(!metrics.contains(private), "{private} in {metrics}");
        }
    }
}

//! `setup`: the real program against the simulator, from nothing to a relay that takes texts, and
//! back.

use crate::common::in_time;
use crate::common::program::text;
use reqwest::Client;
use secrecy::SecretString;
use serde_json::{Value, json};
use smsdesk_relay::clock::Clock;
use smsdesk_relay::config;
use smsdesk_relay::twilio::simulator::{InboundText, Simulator, SimulatorConfig};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TOKEN: &str = "12345678901234567890123456789012";
const SERVICE: &str = "MGbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const APPLICATION: &str = "APcccccccccccccccccccccccccccccccc";
const LINE: &str = "+15557122661";
const OTHER: &str = "+15557122662";
const OLD: &str = "https://old.example/sms";
const NEW: &str = "https://sms.example.com/webhooks/twilio/message#rc=5&rp=all&ct=2500&rt=5000";

/// A simulator with two numbers that go elsewhere, and a folder to set a relay up in.
struct Ground {
    folder: TempDir,
    simulator: Simulator,
    client: Client,
    _shutdown: DropGuard,
}

impl Ground {
    async fn new() -> Self {
        // Another test of this process may have been first.
        drop(rustls::crypto::ring::default_provider().install_default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shutdown = CancellationToken::new();
        let config = SimulatorConfig {
            lines: vec![LINE.to_owned(), OTHER.to_owned()],
            webhook_url: Some(OLD.to_owned()),
            ..SimulatorConfig::new(ACCOUNT, SecretString::from(TOKEN))
        };
        let now = Clock::system().as_fn();
        let simulator = Simulator::start(config, listener, now, shutdown.clone()).unwrap();
        Self {
            folder: TempDir::new().unwrap(),
            simulator,
            client: Client::builder().no_proxy().build().unwrap(),
            _shutdown: shutdown.drop_guard(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Good answers, with some replaced or added; an empty value takes one away.
    fn answers(&self, changes: &[(&str, &str)]) -> String {
        let database = format!("{:?}", self.path("data/smsdesk.db"));
        let base = format!("{:?}", self.simulator.base_url());
        let good = [
            ("public_url", "\"https://sms.example.com\""),
            ("database", database.as_str()),
            ("account_sid", "\"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""),
            ("auth_token", "\"12345678901234567890123456789012\""),
            ("api_base_url", base.as_str()),
            ("webhooks", "true"),
            ("admin", "\"Ana\""),
        ];
        let kept = good
            .into_iter()
            .filter(|(key, _)| changes.iter().all(|(name, _)| name != key));
        kept.chain(changes.iter().copied())
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| format!("{key} = {value}\n"))
            .collect()
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smsdesk-relay"));
        command
            .arg("--config")
            .arg(self.path("relay.toml"))
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null());
        let running = tokio::task::spawn_blocking(move || command.output().unwrap());
        in_time("the program ends", running).await.unwrap()
    }

    async fn setup_with(&self, changes: &[(&str, &str)], more: &[&str]) -> Output {
        let answers = self.path("answers.toml");
        std::fs::write(&answers, self.answers(changes)).unwrap();
        let answers = answers.display().to_string();
        let arguments = [&["setup", "--answers", answers.as_str()], more].concat();
        self.run(&arguments).await
    }

    /// Runs it and expects it to succeed. Gives what it printed.
    async fn setup(&self, changes: &[(&str, &str)]) -> String {
        let output = self.setup_with(changes, &[]).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    async fn undo(&self) -> String {
        let output = self.run(&["setup", "--undo", "--yes"]).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    async fn look(&self, what: &str) -> Value {
        let url = format!("{}/_sim/{what}", self.simulator.base_url());
        let response = self.client.get(url).send().await.unwrap();
        let all: Value = response.json().await.unwrap();
        all[what].clone()
    }

    async fn steer(&self, what: &str, body: Value) {
        let url = format!("{}/_sim/{what}", self.simulator.base_url());
        let response = self.client.put(url).json(&body).send().await.unwrap();
        assert!(response.status().is_success(), "{what}");
    }

    /// Where the texts of both numbers go, and where when that fails.
    async fn urls(&self) -> Vec<(String, String)> {
        let numbers = self.look("numbers").await;
        let numbers = numbers.as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        numbers
            .map(|number| (text(&number["sms_url"]), text(&number["sms_fallback_url"])))
            .collect()
    }

    fn mode(&self, name: &str) -> u32 {
        let held = std::fs::metadata(self.path(name)).unwrap();
        held.permissions().mode() & 0o777
    }
}

fn pair(url: &str, fallback: &str) -> (String, String) {
    (url.to_owned(), fallback.to_owned())
}

#[tokio::test]
async fn from_nothing_to_a_relay_with_its_webhooks_and_an_invite() {
    let ground = Ground::new().await;
    let printed = ground.setup(&[]).await;
    let last = printed.lines().last().unwrap();
    assert!(last.starts_with("https://sms.example.com#"), "{printed}");
    assert!(
        printed.contains("reverse_proxy 127.0.0.1:8080"),
        "{printed}"
    );
    assert!(!printed.contains(TOKEN), "{printed}");
    assert_eq!(ground.urls().await, vec![pair(NEW, NEW); 2]);

    let written = ground.read("relay.toml");
    assert!(!written.contains(TOKEN), "{written}");
    assert!(
        written.contains(LINE) && written.contains(OTHER),
        "{written}"
    );
    assert_eq!(ground.read("twilio-token").trim(), TOKEN);
    for private in ["relay.toml", "twilio-token", "relay.toml.replaced.json"] {
        assert_eq!(ground.mode(private), 0o600, "{private}");
    }
    let checked = ground.run(&["check-config"]).await;
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let agents = ground.run(&["agent", "list"]).await;
    assert!(text(&agents.stdout).contains("Ana\tadmin"));
}

#[tokio::test]
async fn a_second_run_has_nothing_to_do_and_keeps_what_the_owner_added() {
    let ground = Ground::new().await;
    ground.setup(&[]).await;
    let added = format!("{}validity_s = 600 # ours\n", ground.read("relay.toml"));
    std::fs::write(ground.path("relay.toml"), &added).unwrap();
    let before = (
        ground.look("numbers").await,
        ground.read("relay.toml.replaced.json"),
    );
    let printed = ground.setup(&[]).await;
    assert!(
        printed.contains("Everything is as it should be."),
        "{printed}"
    );
    // What is left out is as it is configured.
    let left_out = [
        "public_url",
        "database",
        "account_sid",
        "auth_token",
        "api_base_url",
    ];
    let printed = ground.setup(&left_out.map(|key| (key, ""))).await;
    assert!(
        printed.contains("Everything is as it should be."),
        "{printed}"
    );
    assert_eq!(ground.read("relay.toml"), added);
    let after = (
        ground.look("numbers").await,
        ground.read("relay.toml.replaced.json"),
    );
    assert_eq!(after, before);
}

#[tokio::test]
async fn another_way_to_https_takes_the_place_of_the_one_before() {
    let ground = Ground::new().await;
    let own = [
        ("tls", "\"acme\""),
        ("acme_contact", "\"ops@example.com\""),
        ("acme_challenge", "\"http-01\""),
    ];
    let printed = ground.setup(&own).await;
    assert!(!printed.contains("proxy_pass"), "{printed}");
    let checked = text(&ground.run(&["check-config"]).await.stdout);
    for words in [
        "listen = \"0.0.0.0:443\"",
        "mode = \"acme\"",
        "acme_challenge = \"http-01\"",
        "http_listen = \"0.0.0.0:80\"",
    ] {
        assert!(checked.contains(words), "{words}: {checked}");
    }
    // What is left out is as it is configured.
    let printed = ground.setup(&[]).await;
    assert!(
        printed.contains("Everything is as it should be."),
        "{printed}"
    );
    let none = [
        ("acme_challenge", "\"tls-alpn-01\""),
        ("http_listen", "\"none\""),
        ("acme_contact", "\"\""),
    ];
    ground.setup(&none).await;
    let written = ground.read("relay.toml");
    assert!(
        written.contains("acme_challenge = \"tls-alpn-01\""),
        "{written}"
    );
    assert!(
        !written.contains("http_listen") && !written.contains("ops@"),
        "{written}"
    );

    ground.setup(&own).await;
    let printed = ground.setup(&[("tls", "\"proxy\"")]).await;
    assert!(
        printed.contains("proxy_pass http://127.0.0.1:8080"),
        "{printed}"
    );
    let checked = ground.run(&["check-config"]).await;
    assert!(checked.status.success(), "{}", text(&checked.stderr));
}

#[tokio::test]
async fn undo_puts_back_what_was_there_and_nothing_else() {
    let ground = Ground::new().await;
    ground.setup(&[]).await;
    // Another name later: what stood there first is still what comes back.
    let moved = [("public_url", "\"https://desk.example.com\"")];
    ground.setup(&moved).await;
    assert!(
        ground.urls().await[0]
            .0
            .starts_with("https://desk.example.com/")
    );
    let theirs = json!({"sms_url": "https://theirs.example/sms"});
    ground.steer(&format!("numbers/{OTHER}"), theirs).await;
    let printed = ground.undo().await;
    assert!(printed.contains(&format!("{LINE}: put back")), "{printed}");
    let expected = vec![pair(OLD, ""), pair("https://theirs.example/sms", "")];
    assert_eq!(ground.urls().await, expected);
    let printed = ground.undo().await;
    assert!(printed.contains("Nothing was replaced"), "{printed}");
    assert_eq!(ground.urls().await, expected);
}

#[tokio::test]
async fn a_wrong_token_is_told_at_once_and_nothing_is_written() {
    let ground = Ground::new().await;
    let wrong = [("auth_token", "\"another\"")];
    let output = ground.setup_with(&wrong, &[]).await;
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{words}");
    assert!(words.contains("answers.toml:7: auth_token: "), "{words}");
    assert!(
        words.contains("does not know this account with this token"),
        "{words}"
    );
    assert!(!words.contains("another"), "{words}");
    assert!(!ground.path("relay.toml").exists() && !ground.path("data").exists());
    assert_eq!(ground.urls().await, vec![pair(OLD, ""); 2]);
}

#[tokio::test]
async fn an_answer_that_will_not_do_is_named_and_nothing_is_written() {
    let ground = Ground::new().await;
    for (key, value, words) in [
        ("publik_url", "\"x\"", "publik_url: unknown field"),
        (
            "public_url",
            "\"ftp://x\"",
            "public_url: \"ftp://x\": expected an address",
        ),
        ("public_url", "", "public_url: is required"),
        (
            "tls",
            "\"maybe\"",
            "tls: \"maybe\": expected proxy, files or acme",
        ),
        ("listen", "\"here\"", "listen: \"here\": "),
        (
            "lines",
            "[\"+15550009999\"]",
            "lines: \"+15550009999\" is none of the account's",
        ),
        ("webhooks", "\"yes\"", "webhooks: invalid type"),
    ] {
        let output = ground.setup_with(&[(key, value)], &[]).await;
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{told}");
        assert!(
            told.contains(words) && told.contains("answers.toml"),
            "{told}"
        );
        assert!(!ground.path("relay.toml").exists(), "{key}");
    }
    let nobody = ground.run(&["setup"]).await;
    assert_eq!(nobody.status.code(), Some(1));
    assert!(text(&nobody.stderr).contains("--answers FILE"));
    let example = ground.run(&["setup", "--example"]).await;
    assert!(text(&example.stdout).contains("public_url"));
}

#[tokio::test]
async fn an_account_without_numbers_is_told_what_to_buy() {
    let ground = Ground::new().await;
    for line in [LINE, OTHER] {
        let url = format!("{}/_sim/numbers/{line}", ground.simulator.base_url());
        ground.client.delete(url).send().await.unwrap();
    }
    let output = ground.setup_with(&[], &[]).await;
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(
        words.contains("has no number that can text: buy one"),
        "{words}"
    );
    assert!(!ground.path("relay.toml").exists());
}

#[tokio::test]
async fn a_service_and_an_application_that_decide_are_set_in_place_of_the_number() {
    let ground = Ground::new().await;
    let service = json!({
        "sid": SERVICE, "friendly_name": "Team", "numbers": [LINE],
        "inbound_request_url": "https://team.example/sms",
    });
    ground.steer("services", service).await;
    let application = json!({
        "sid": APPLICATION, "friendly_name": "Bot", "sms_url": "https://bot.example/sms",
        "message_status_callback": "https://bot.example/status",
    });
    ground.steer("applications", application).await;
    let attached = json!({"application": APPLICATION});
    ground.steer(&format!("numbers/{OTHER}"), attached).await;
    let before = (
        ground.look("services").await[0]["inbound_request_url"].clone(),
        ground.look("applications").await[0]["sms_url"].clone(),
    );

    let printed = ground.setup(&[]).await;
    assert!(printed.contains("messaging service Team"), "{printed}");
    assert!(printed.contains("application Bot"), "{printed}");
    let service = ground.look("services").await[0].clone();
    assert_eq!(service["inbound_request_url"], NEW);
    let status = "https://sms.example.com/webhooks/twilio/status";
    assert_eq!(service["status_callback"], status);
    let application = ground.look("applications").await[0].clone();
    assert_eq!(application["sms_url"], NEW);
    assert_eq!(
        application["message_status_callback"],
        "https://bot.example/status"
    );
    assert_eq!(
        ground.urls().await,
        vec![pair(OLD, ""); 2],
        "the numbers' own stay"
    );

    ground.undo().await;
    let after = (
        ground.look("services").await[0]["inbound_request_url"].clone(),
        ground.look("applications").await[0]["sms_url"].clone(),
    );
    assert_eq!(after, before);
    assert_eq!(
        ground.look("services").await[0]["status_callback"],
        Value::Null
    );
}

#[tokio::test]
async fn a_dry_run_and_webhooks_that_are_to_stay_change_nothing_at_twilio() {
    let ground = Ground::new().await;
    let output = ground.setup_with(&[], &["--dry-run"]).await;
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(printed.contains("Nothing was changed."), "{printed}");
    assert!(printed.contains(OLD) && printed.contains(NEW), "{printed}");
    assert!(!ground.path("relay.toml").exists() && !ground.path("data").exists());

    let some = [("lines", "[\"+15557122662\"]"), ("webhooks", "false")];
    let printed = ground.setup(&some).await;
    assert!(printed.contains("Twilio is left as it is"), "{printed}");
    assert_eq!(ground.urls().await, vec![pair(OLD, ""); 2]);
    let written = ground.read("relay.toml");
    assert!(
        written.contains(OTHER) && !written.contains(LINE),
        "{written}"
    );
    assert!(!ground.path("relay.toml.replaced.json").exists());
}

#[tokio::test]
async fn a_relay_that_was_set_up_takes_the_texts_that_twilio_sends() {
    let ground = Ground::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let public_url = format!("\"http://{address}\"");
    let listen = format!("\"{address}\"");
    let here = [
        ("public_url", public_url.as_str()),
        ("listen", listen.as_str()),
    ];
    let printed = ground.setup(&here).await;
    assert!(printed.contains("No recipe for a proxy"), "{printed}");
    let path = ground.path("relay.toml");
    let config = config::parse(&path, &ground.read("relay.toml"), |_| None).unwrap();
    assert_eq!(config.listen, address);
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(smsdesk_relay::run(
        config,
        listener,
        Clock::system(),
        shutdown.clone(),
    ));
    let text = InboundText::new("+12394267058", "hello");
    let received = in_time("the text arrives", ground.simulator.inbound(&text));
    let received = received.await.unwrap();
    assert_eq!(received[0].webhooks[0].status, Some(200));
    shutdown.cancel();
    in_time("the relay ends", running).await.unwrap().unwrap();
}

//! The doctor beside a running relay, a proxy and the simulator: all is well, and then one thing after
//! the other is not.

use crate::common::desk::{ACCOUNT, AUTH_TOKEN, LINE, MARIA};
use crate::common::program::{Program, run, text, write_config};
use crate::common::proxy::{Proxy, Way};
use crate::common::{Desk, Setup};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use secrecy::SecretString;
use serde_json::{Value, json};
use smsdesk_relay::clock::Clock;
use smsdesk_relay::doctor::report::{Check, Report, State};
use smsdesk_relay::doctor::{self, Limits};
use smsdesk_relay::twilio::simulator::{InboundText, Simulator, SimulatorConfig};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const SERVICE: &str = "MGbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A relay behind a proxy, and Twilio.
struct House {
    proxy: Proxy,
    simulator: Simulator,
    setup: Setup,
    _shutdown: DropGuard,
}

impl House {
    /// Everything is as it should be; no relay runs yet.
    async fn build() -> Self {
        let proxy = Proxy::start().await;
        let hook = format!("{}/webhooks/twilio/message#rc=5&rp=all", proxy.url());
        let config = SimulatorConfig {
            webhook_url: Some(hook.clone()),
            fallback_url: Some(hook),
            lines: vec![LINE.to_owned()],
            ..SimulatorConfig::new(ACCOUNT, SecretString::from(AUTH_TOKEN))
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shutdown = CancellationToken::new();
        let clock = Clock::system().as_fn();
        let simulator = Simulator::start(config, listener, clock, shutdown.clone()).unwrap();
        let setup = Setup {
            public_url: proxy.url(),
            ..Setup::calling(simulator.base_url().to_owned())
        };
        let _shutdown = shutdown.drop_guard();
        Self {
            proxy,
            simulator,
            setup,
            _shutdown,
        }
    }

    /// The same with a relay.
    async fn open() -> (Self, Desk) {
        let house = Self::build().await;
        let desk = Desk::launch(house.setup.clone(), Clock::system()).await;
        house.proxy.lead_to(Some(desk.address));
        (house, desk)
    }

    /// Arranges something at Twilio.
    async fn arrange(&self, path: &str, body: Value) {
        let url = format!("{}/_sim/{path}", self.simulator.base_url());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.put(url).json(&body).send().await.unwrap();
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
    }

    async fn look(&self) -> Report {
        doctor::run(&self.setup.config(), &Clock::system()).await
    }
}

/// What is not well but for the machine that the test runs on: its disk may be slow and small. A plain
/// address has no certificate to look at.
fn found(report: &Report) -> Vec<&Check> {
    let checks = report.checks.iter();
    checks
        .filter(|check| check.state != State::Ok && !check.name.starts_with("disk_"))
        .filter(|check| check.name != "certificate" || check.state != State::Skipped)
        .collect()
}

/// Exactly this fails, and says so.
#[track_caller]
fn fails(report: &Report, name: &str, words: &str) {
    let failed: Vec<_> = found(report)
        .into_iter()
        .filter(|check| check.state == State::Fail)
        .collect();
    assert!(!report.ok, "{report:?}");
    assert!(failed.iter().all(|check| check.name == name), "{failed:#?}");
    assert!(
        failed.iter().any(|check| check.sentence.contains(words)),
        "{failed:#?}"
    );
    assert!(
        failed.iter().all(|check| check.remedy.is_some()),
        "{failed:#?}"
    );
}

#[tokio::test]
async fn all_is_well_beside_a_relay_that_is_set_up_and_nothing_was_stored_by_looking() {
    let (house, mut desk) = House::open().await;
    let report = house.look().await;
    assert_eq!(found(&report), Vec::<&Check>::new());
    let names: Vec<_> = report.checks.iter().map(|check| check.name).collect();
    for name in [
        "files",
        "database",
        "credentials",
        "webhook",
        "clock",
        "relay",
        "signature",
        "status_url",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    desk.token = desk.join("Ana", "agent").await;
    assert!(desk.entries().await.is_empty());
}

#[tokio::test]
async fn a_wrong_token_is_found() {
    let (house, _desk) = House::open().await;
    let mut config = house.setup.config();
    config.accounts[0].auth_token = SecretString::from("0".repeat(32));
    let report = doctor::run(&config, &Clock::system()).await;
    let failed = found(&report);
    let of = |name: &str| {
        failed
            .iter()
            .find(|check| check.name == name)
            .unwrap()
            .sentence
            .clone()
    };
    assert!(
        of("credentials").contains("does not take the auth token"),
        "{failed:#?}"
    );
    // The running relay has another one, too.
    assert!(
        of("signature").contains("does not know this configuration's auth token"),
        "{failed:#?}"
    );
}

#[tokio::test]
async fn a_webhook_that_leads_elsewhere_or_comes_by_get_is_found() {
    let (house, _desk) = House::open().await;
    house
        .arrange(
            &format!("numbers/{LINE}"),
            json!({ "sms_url": "https://other.example/sms" }),
        )
        .await;
    fails(
        &house.look().await,
        "webhook",
        "go to https://other.example/sms",
    );
    let url = format!("{}/webhooks/twilio/message", house.proxy.url());
    let get = json!({ "sms_url": url, "sms_method": "GET" });
    house.arrange(&format!("numbers/{LINE}"), get).await;
    fails(&house.look().await, "webhook", "come by GET");
}

#[tokio::test]
async fn a_messaging_service_or_an_application_above_a_number_is_found() {
    let (house, _desk) = House::open().await;
    let service = json!({ "sid": SERVICE, "friendly_name": "campaign", "numbers": [LINE],
        "inbound_request_url": "https://other.example/service" });
    house.arrange("services", service).await;
    fails(&house.look().await, "messaging_service", "campaign");
    let deferring = json!({ "sid": SERVICE, "use_inbound_webhook_on_number": true });
    house.arrange("services", deferring).await;
    assert_eq!(found(&house.look().await), Vec::<&Check>::new());
    let sid = "APbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    let application = json!({ "sid": sid, "sms_url": "https://other.example/app" });
    house.arrange("applications", application).await;
    house
        .arrange(&format!("numbers/{LINE}"), json!({ "application": sid }))
        .await;
    fails(
        &house.look().await,
        "application",
        "https://other.example/app",
    );
}

#[tokio::test]
async fn what_a_proxy_does_to_webhooks_is_found_and_named() {
    let (house, _desk) = House::open().await;
    for (way, name, words) in [
        (Way::QueryAnew, "status_url", "writes the query anew"),
        (Way::Trimmed, "", "changes the body"),
        (
            Way::NoSignature,
            "",
            "takes the header X-Twilio-Signature away",
        ),
        (Way::Slash, "", "rewrites the path"),
        (Way::Redirect, "", "301 to /elsewhere"),
        (Way::Status(502), "", "does not reach the relay"),
        (Way::Status(401), "", "refuses webhooks"),
        (Way::Status(404), "", "Something else"),
    ] {
        house.proxy.go(way);
        let report = house.look().await;
        let failed: Vec<_> = found(&report)
            .into_iter()
            .filter(|it| it.state == State::Fail)
            .collect();
        let about = failed
            .iter()
            .filter(|it| ["signature", "status_url"].contains(&it.name));
        let about: Vec<_> = about.collect();
        assert!(
            about.iter().any(|it| it.sentence.contains(words)),
            "{way:?}: {failed:#?}"
        );
        assert!(
            about.iter().all(|it| name.is_empty() || it.name == name),
            "{way:?}: {failed:#?}"
        );
        assert!(
            failed
                .iter()
                .all(|it| it.name == "public_url" || about.contains(&it)),
            "{failed:#?}"
        );
    }
    house.proxy.go(Way::KnownHeaders);
    let report = house.look().await;
    assert!(report.ok, "{report:#?}");
}

#[tokio::test]
async fn a_clock_that_is_off_is_found() {
    let (house, _desk) = House::open().await;
    house
        .arrange("account", json!({ "clock_offset_ms": 600_000 }))
        .await;
    fails(&house.look().await, "clock", "min behind Twilio's");
    house
        .arrange("account", json!({ "clock_offset_ms": -60_000 }))
        .await;
    let report = house.look().await;
    let warned: Vec<_> = found(&report);
    assert_eq!(warned.len(), 1, "{warned:#?}");
    assert_eq!((warned[0].name, warned[0].state), ("clock", State::Warn));
}

#[tokio::test]
async fn a_full_disk_is_found() {
    let (house, _desk) = House::open().await;
    for (limits, words) in [
        (
            Limits {
                full_bytes: u64::MAX,
                ..Limits::STANDARD
            },
            "is full",
        ),
        (
            Limits {
                low_bytes: u64::MAX,
                ..Limits::STANDARD
            },
            "nearly full",
        ),
    ] {
        let report = doctor::run_within(&house.setup.config(), &Clock::system(), limits).await;
        let room = report
            .checks
            .iter()
            .find(|check| check.name == "disk_room")
            .unwrap();
        assert_eq!(room.state, State::Fail, "{room:?}");
        assert!(room.sentence.contains(words), "{room:?}");
        assert!(!report.ok);
    }
}

#[tokio::test]
async fn an_expired_certificate_is_found() {
    let (house, _desk) = House::open().await;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2020, 4, 1);
    let key = KeyPair::generate().unwrap();
    let chain = vec![params.self_signed(&key).unwrap().der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let port = house.proxy.behind_tls(chain, key).await;
    let setup = Setup {
        public_url: format!("https://localhost:{port}"),
        ..house.setup.clone()
    };
    let config = setup.config();
    let report = doctor::run(&config, &Clock::system()).await;
    let failed = found(&report);
    let of = |name: &str| {
        failed
            .iter()
            .find(|check| check.name == name)
            .copied()
            .unwrap()
    };
    assert!(
        of("certificate")
            .sentence
            .contains("has expired on 2020-04-01"),
        "{failed:#?}"
    );
    assert_eq!(of("signature").state, State::Skipped, "{failed:#?}");
}

#[tokio::test]
async fn a_world_readable_secret_is_found_and_mended_by_the_program() {
    let house = House::build().await;
    let file = house.setup.folder.path().join("token");
    std::fs::write(&file, AUTH_TOKEN).unwrap();
    let rights = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode));
    rights(0o644).unwrap();
    let setup = Setup {
        auth_token: "file:token",
        ..house.setup.clone()
    };
    let program = Program::serve(setup, &[]).await;
    house.proxy.lead_to(Some(program.desk.address));
    let report = json_of(&program.desk.setup, &[]).await;
    let failed = |report: &Value| -> Vec<Value> {
        let checks = report["checks"].as_array().unwrap().iter();
        checks
            .filter(|check| check["state"] == "fail" && check["name"] != "disk_speed")
            .cloned()
            .collect()
    };
    let wrong = failed(&report);
    assert_eq!(wrong.len(), 1, "{wrong:#?}");
    assert_eq!(wrong[0]["name"], "files");
    assert_eq!(wrong[0]["subject"], file.display().to_string());
    assert!(
        wrong[0]["remedy"].as_str().unwrap().contains("chmod 0640"),
        "{wrong:#?}"
    );
    assert_eq!(report["ok"], false);
    let mended = json_of(&program.desk.setup, &["--fix"]).await;
    assert_eq!(failed(&mended), Vec::<Value>::new());
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

/// Runs the program; its exit code has to agree with what it prints.
async fn json_of(setup: &Setup, more: &[&str]) -> Value {
    let output = run(setup, ANY_PORT, &[&["doctor", "--json"], more].concat()).await;
    let words = text(&output.stdout);
    let report: Value =
        serde_json::from_str(&words).unwrap_or_else(|_| panic!("{words} {}", text(&output.stderr)));
    let code = if report["ok"] == true { 0 } else { 1 };
    assert_eq!(output.status.code(), Some(code), "{words}");
    report
}

#[tokio::test]
async fn the_program_sets_a_webhook_once_somebody_agrees() {
    let (house, _desk) = House::open().await;
    let line = format!("numbers/{LINE}");
    house
        .arrange(
            &line,
            json!({ "sms_url": "https://other.example/sms", "sms_method": "GET" }),
        )
        .await;
    write_config(&house.setup, &house.setup.text(ANY_PORT));
    let refused = run(&house.setup, ANY_PORT, &["doctor", "--fix"]).await;
    assert_eq!(refused.status.code(), Some(1), "nobody was asked");
    let told = text(&refused.stderr);
    assert!(
        told.contains("instead of GET https://other.example/sms"),
        "{told}"
    );
    let agreed = run(&house.setup, ANY_PORT, &["doctor", "--fix", "--yes"]).await;
    let told = text(&agreed.stderr);
    assert!(
        told.contains("mended: +15557122661: POST http://"),
        "{told}"
    );
    assert_eq!(found(&house.look().await), Vec::<&Check>::new());
}

#[tokio::test]
async fn without_a_relay_what_needs_it_is_left_out_and_the_rest_is_looked_at() {
    let house = House::build().await;
    let report = house.look().await;
    let states: Vec<_> = found(&report)
        .iter()
        .map(|check| (check.name, check.state))
        .collect();
    let expected = [
        ("database", State::Skipped),
        ("relay", State::Warn),
        ("public_url", State::Skipped),
        ("signature", State::Skipped),
        ("status_url", State::Skipped),
        ("proxy", State::Skipped),
    ];
    assert_eq!(states, expected, "{report:#?}");
    assert!(report.ok);
}

#[tokio::test]
async fn another_relay_behind_the_public_url_is_found() {
    let (house, _desk) = House::open().await;
    let other = Setup {
        public_url: house.setup.public_url.clone(),
        ..Setup::new()
    };
    let other = Desk::launch(other, Clock::system()).await;
    house.proxy.lead_to(Some(other.address));
    let report = house.look().await;
    let failed = found(&report);
    assert!(
        failed
            .iter()
            .any(|check| check.sentence.contains("Another relay answers")),
        "{failed:#?}"
    );
}

#[tokio::test]
async fn where_nobody_answers_it_ends_all_the_same() {
    let setup = Setup::calling("http://192.0.2.1:9".to_owned());
    let setup = Setup {
        public_url: "http://192.0.2.1:9".to_owned(),
        ..setup
    };
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let report =
        crate::common::in_time("the doctor", doctor::run(&setup.config(), &Clock::system())).await;
    let failed: Vec<_> = found(&report).iter().map(|check| check.name).collect();
    assert!(failed.contains(&"credentials"), "{report:#?}");
}

#[tokio::test]
async fn failed_webhooks_of_the_last_day_are_told() {
    let (house, _desk) = House::open().await;
    house.proxy.go(Way::Status(500));
    let text = InboundText::new(MARIA, "hello");
    house.simulator.inbound(&text).await.unwrap();
    house.proxy.go(Way::Straight);
    let report = house.look().await;
    let mut warned = found(&report);
    // Whether the relay has found the text in Twilio's list by now is chance.
    warned.retain(|check| check.name != "reconciled");
    assert_eq!(warned.len(), 1, "{warned:#?}");
    assert_eq!((warned[0].name, warned[0].state), ("alerts", State::Warn));
    assert!(warned[0].sentence.contains("11200"), "{warned:#?}");
}

//! The doctor as a program, over the HTTPS that the relay speaks itself, with certificates of an
//! authority of one's own.

use crate::common::Setup;
use crate::common::desk::{ACCOUNT, AUTH_TOKEN, LINE};
use crate::common::program::{Program, run_in, text};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use secrecy::SecretString;
use serde_json::Value;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::twilio::simulator::{Simulator, SimulatorConfig};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Until when certificates that hold hold.
const HOLDS: i32 = 2090;
/// Until when others did.
const ENDED: i32 = 2021;

/// A root, an authority below it, and a certificate of that: PEM.
struct Chain {
    root: String,
    between: String,
    own: String,
    key: String,
}

impl Chain {
    fn issue(name: &str, until: i32) -> Self {
        let above = |name: &str| {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.distinguished_name.push(DnType::CommonName, name);
            (params, KeyPair::generate().unwrap())
        };
        let (root, root_key) = above("desk root");
        let root_pem = root.self_signed(&root_key).unwrap().pem();
        let root = Issuer::new(root, root_key);
        let (between, between_key) = above("desk authority");
        let between_pem = between.signed_by(&between_key, &root).unwrap().pem();
        let between = Issuer::new(between, between_key);
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "desk");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 4, 1);
        let key = KeyPair::generate().unwrap();
        Self {
            root: root_pem,
            between: between_pem,
            own: params.signed_by(&key, &between).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }

    fn whole(&self) -> String {
        format!("{}{}", self.own, self.between)
    }
}

/// A relay on a port of its own, the simulator, and who knows the root.
struct House {
    program: Program,
    listen: SocketAddr,
    root: String,
    _simulator: Simulator,
    _shutdown: DropGuard,
}

fn private(path: &Path, content: &str) {
    use std::io::Write as _;
    let mut options = std::fs::File::options();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    file.unwrap().write_all(content.as_bytes()).unwrap();
}

impl House {
    /// A relay that shows `shown`, or speaks no TLS; everything else is as it should be.
    async fn open(chain: &Chain, shown: Option<&str>) -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = free.local_addr().unwrap();
        drop(free);
        let public_url = format!("https://localhost:{}", listen.port());
        let hook = format!("{public_url}/webhooks/twilio/message#rc=5&rp=all");
        let config = SimulatorConfig {
            webhook_url: Some(hook.clone()),
            fallback_url: Some(hook),
            lines: vec![LINE.to_owned()],
            ..SimulatorConfig::new(ACCOUNT, SecretString::from(AUTH_TOKEN))
        };
        let provider = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shutdown = CancellationToken::new();
        let clock = Clock::system().as_fn();
        let simulator = Simulator::start(config, provider, clock, shutdown.clone()).unwrap();
        let mut setup = Setup {
            public_url,
            ..Setup::calling(simulator.base_url().to_owned())
        };
        let at = |name: &str| setup.folder.path().join(name);
        let root = at("root.pem");
        std::fs::write(&root, &chain.root).unwrap();
        if let Some(shown) = shown {
            let (certificate, key) = (at("c.pem"), at("k.pem"));
            std::fs::write(&certificate, shown).unwrap();
            private(&key, &chain.key);
            setup.more = format!(
                "[relay.tls]\nmode = \"files\"\ncertificate = \"{}\"\nkey = \"{}\"",
                certificate.display(),
                key.display()
            );
        }
        let program = Program::serve_at(setup, listen).await;
        Self {
            program,
            listen,
            root: root.display().to_string(),
            _simulator: simulator,
            _shutdown: shutdown.drop_guard(),
        }
    }

    /// What the program finds, but for the disk of the machine that the test runs on, and how it ends.
    async fn doctor(&self) -> (Vec<Value>, Option<i32>) {
        let trusting = [("SSL_CERT_FILE", self.root.as_str())];
        let setup = &self.program.desk.setup;
        let output = run_in(&trusting, setup, self.listen, &["doctor", "--json"]).await;
        let words = text(&output.stdout);
        let report: Value = serde_json::from_str(&words)
            .unwrap_or_else(|_| panic!("{words} {}", text(&output.stderr)));
        let checks = report["checks"].as_array().unwrap().iter();
        let checks = checks.filter(|check| !check["name"].as_str().unwrap().starts_with("disk_"));
        (checks.cloned().collect(), output.status.code())
    }
}

/// The doctor names `words` in the check `name`, and nothing else fails.
#[track_caller]
fn names(found: &(Vec<Value>, Option<i32>), name: &str, words: &[&str]) {
    let (checks, code) = found;
    let failed: Vec<_> = checks.iter().filter(|it| it["state"] == "fail").collect();
    assert_eq!(failed.len(), 1, "{checks:#?}");
    assert_eq!(failed[0]["name"], name, "{failed:#?}");
    let sentence = failed[0]["sentence"].as_str().unwrap();
    assert!(
        words.iter().all(|word| sentence.contains(word)),
        "{sentence}"
    );
    assert!(failed[0]["remedy"].is_string(), "{failed:#?}");
    assert_eq!(*code, Some(1));
    for further in ["signature", "status_url", "proxy"] {
        let check = checks.iter().find(|check| check["name"] == further);
        assert_eq!(check.unwrap()["state"], "skipped", "{checks:#?}");
    }
}

#[tokio::test]
async fn over_https_of_the_relays_own_everything_is_well_and_the_program_says_so() {
    let chain = Chain::issue("localhost", HOLDS);
    let house = House::open(&chain, Some(&chain.whole())).await;
    let (checks, code) = house.doctor().await;
    let wrong: Vec<_> = checks.iter().filter(|it| it["state"] != "ok").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for name in [
        "certificate",
        "public_url",
        "signature",
        "status_url",
        "proxy",
        "relay",
        "files",
    ] {
        assert!(
            checks.iter().any(|it| it["name"] == name),
            "{name}: {checks:#?}"
        );
    }
    // A slow disk below the tests fails by itself.
    let trusting = [("SSL_CERT_FILE", house.root.as_str())];
    let setup = &house.program.desk.setup;
    let said = run_in(&trusting, setup, house.listen, &["doctor"]).await;
    let told = text(&said.stdout);
    assert!(
        told.lines().last().unwrap().ends_with("0 skipped"),
        "{told}"
    );
    if !told.contains("\nfail ") {
        assert_eq!(code, Some(0), "{told}");
    }
}

#[tokio::test]
async fn an_expired_certificate_of_the_relays_own_is_named() {
    let chain = Chain::issue("localhost", ENDED);
    let house = House::open(&chain, Some(&chain.whole())).await;
    names(
        &house.doctor().await,
        "certificate",
        &["localhost", "has expired on 2021-04-01"],
    );
}

#[tokio::test]
async fn a_certificate_of_another_name_is_named_with_that_name() {
    let chain = Chain::issue("sms.example.com", HOLDS);
    let house = House::open(&chain, Some(&chain.whole())).await;
    names(
        &house.doctor().await,
        "certificate",
        &["localhost", "is of sms.example.com"],
    );
}

#[tokio::test]
async fn a_certificate_that_comes_without_those_in_between_is_named() {
    let chain = Chain::issue("localhost", HOLDS);
    let house = House::open(&chain, Some(&chain.own)).await;
    let words = [
        "signed by nobody that this machine knows",
        "without those in between",
    ];
    names(&house.doctor().await, "certificate", &words);
}

#[tokio::test]
async fn a_chain_of_an_authority_that_nobody_knows_is_named() {
    let (chain, stranger) = (
        Chain::issue("localhost", HOLDS),
        Chain::issue("localhost", HOLDS),
    );
    let house = House::open(&chain, Some(&chain.whole())).await;
    std::fs::write(&house.root, stranger.root).unwrap();
    let found = house.doctor().await;
    names(
        &found,
        "certificate",
        &["signed by nobody that this machine knows."],
    );
}

#[tokio::test]
async fn a_port_without_tls_where_https_is_expected_is_named() {
    let chain = Chain::issue("localhost", HOLDS);
    let house = House::open(&chain, None).await;
    names(
        &house.doctor().await,
        "public_url",
        &["does not speak TLS", "in the open"],
    );
}

#[tokio::test]
async fn a_key_that_others_may_read_is_named_beside_everything_else() {
    let chain = Chain::issue("localhost", HOLDS);
    let house = House::open(&chain, Some(&chain.whole())).await;
    let key = house.program.desk.setup.folder.path().join("k.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (checks, code) = house.doctor().await;
    let wrong: Vec<_> = checks.iter().filter(|it| it["state"] != "ok").collect();
    assert_eq!(wrong.len(), 1, "{wrong:#?}");
    assert_eq!(wrong[0]["subject"], key.display().to_string());
    assert_eq!(code, Some(1));
}

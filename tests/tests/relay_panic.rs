//! A fault in the relay's own code: who meets it is told so, everybody else goes on, nothing that was
//! acknowledged is lost, and the log says where it was and nothing of what it was about.

#![expect(clippy::unwrap_used, reason = "tests")]

use secrecy::SecretString;
use serde_json::Value;
use smsdesk::link::{self, Invite};
use smsdesk_common::ids::DeviceId;
use smsdesk_relay::twilio::signature::{SIGNATURE_HEADER, SigningKey, sign};
use smsdesk_tests::api::Api;
use smsdesk_tests::eventually::eventually;
use smsdesk_tests::process::{Program, RelayProcess};
use smsdesk_tests::world::{ACCOUNT, LINE, TOKEN, free_address, install_crypto};
use std::path::PathBuf;
use tempfile::TempDir;

const RELAY: &str = env!("CARGO_BIN_EXE_failing-relay");
/// In every text, and in the words of every panic.
const CANARY: &str = "canary";
const NUMBER: &str = "+12394260151";
/// Requests at the same time, of which one meets the fault.
const CROWD: usize = 12;

/// A relay in which faults can be planted.
struct Place {
    folder: TempDir,
    relay: RelayProcess,
    http: reqwest::Client,
}

impl Place {
    async fn start() -> Self {
        install_crypto();
        let folder = tempfile::tempdir().unwrap();
        let faults = folder.path().join("faults");
        std::fs::create_dir(&faults).unwrap();
        // It is a path that lives as long as the program's description.
        let faults: &'static str = Box::leak(faults.display().to_string().into_boxed_str());
        let program = Program {
            path: PathBuf::from(RELAY),
            environment: vec![("FAULTS", faults)],
        };
        // Nobody answers there: what is to be sent waits.
        let provider = "http://127.0.0.1:9";
        let address = free_address().await;
        let mut relay = RelayProcess::new(program, folder.path(), address, provider).unwrap();
        relay.log = Some(folder.path().join("relay.log"));
        relay.start_again().await.unwrap();
        let http = reqwest::Client::new();
        Self {
            folder,
            relay,
            http,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.relay.address)
    }

    /// The next one of this kind panics.
    fn plants(&self, fault: &str) {
        let part = self.folder.path().join("part");
        std::fs::write(&part, format!("{CANARY} {NUMBER}")).unwrap();
        std::fs::rename(part, self.folder.path().join("faults").join(fault)).unwrap();
    }

    /// A customer writes; the status of the answer, none where there was none.
    async fn writes(&self, n: usize) -> Option<u16> {
        let url = format!("{}/webhooks/twilio/message", self.url());
        let (sid, body) = (format!("SM{n:032x}"), format!("{CANARY} {n}"));
        let pairs = [
            ("MessageSid", sid.as_str()),
            ("AccountSid", ACCOUNT),
            ("From", NUMBER),
            ("To", LINE),
            ("Body", &body),
            ("NumMedia", "0"),
        ];
        let key = SigningKey::auth_token(SecretString::from(TOKEN));
        let mut form = form_urlencoded::Serializer::new(String::new());
        let request = self
            .http
            .post(&url)
            .body(form.extend_pairs(&pairs).finish());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.header(SIGNATURE_HEADER, sign(&key, &url, &pairs));
        Some(request.send().await.ok()?.status().as_u16())
    }

    /// The numbers of the texts that are stored, in their order.
    async fn stored(&self, api: &Api) -> Vec<String> {
        let page = api.get("/v1/changes?after=0&limit=500").await;
        let changes = page["changes"].as_array().unwrap().iter();
        let mut bodies: Vec<_> = changes
            .filter(|change| change["kind"] == "entry")
            .map(|change| change["body"].as_str().unwrap().to_owned())
            .collect();
        bodies.sort();
        bodies
    }

    async fn api(&self) -> Api {
        let invite = Invite::parse(&self.relay.invite("Ana").unwrap()).unwrap();
        let device = DeviceId(smsdesk::clock::new_id());
        Api::of(&link::join(&invite, device).await.unwrap())
    }

    /// The log names the place of so many panics, and nobody's words.
    fn tells_of(&self, panics: usize) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("relay.log")).unwrap();
        let told = log.lines().filter(|line| line.contains("a panic"));
        let told: Vec<_> = told.collect();
        assert_eq!(told.len(), panics, "{log}");
        let place = |line: &&str| line.contains("failing-relay.rs:");
        assert!(told.iter().all(place), "{told:#?}");
        for private in [CANARY, &NUMBER[1..], "no boundary"] {
            assert!(!log.contains(private), "{private} in {log}");
        }
        log
    }
}

fn texts(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let mut texts: Vec<_> = numbers
        .into_iter()
        .map(|n| format!("{CANARY} {n}"))
        .collect();
    texts.sort();
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_meets_a_fault_is_told_so_and_all_others_go_on() {
    let place = Place::start().await;
    let api = place.api().await;
    place.plants("request");
    let (path, body) = ("/v1/contacts?q=canary", Value::Null);
    let crowd = (0..CROWD).map(|_| api.ask(reqwest::Method::GET, path, &body));
    let answers = futures_util::future::join_all(crowd).await;
    let (met, others): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == 500);
    assert_eq!((met.len(), others.len()), (1, CROWD - 1), "{answers:#?}");
    assert!(
        others.iter().all(|(status, _)| *status == 200),
        "{others:#?}"
    );
    let (_, problem) = met[0];
    assert_eq!(problem["code"], "internal", "{problem}");
    assert!(!problem.to_string().contains(CANARY), "{problem}");
    assert_eq!(place.writes(1).await, Some(200));
    assert_eq!(place.stored(&api).await, texts([1]));
    place.tells_of(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_job_that_meets_a_fault_nothing_is_stored_and_the_next_try_is_taken() {
    let place = Place::start().await;
    let api = place.api().await;
    place.plants("job");
    let crowd = futures_util::future::join_all((0..CROWD).map(|n| place.writes(n))).await;
    let refused: Vec<_> = (0..CROWD).filter(|n| crowd[*n] == Some(503)).collect();
    let taken: Vec<_> = (0..CROWD).filter(|n| crowd[*n] == Some(200)).collect();
    assert_eq!((refused.len(), taken.len()), (1, CROWD - 1), "{crowd:?}");
    assert_eq!(place.stored(&api).await, texts(taken));
    assert_eq!(place.writes(refused[0]).await, Some(200));
    assert_eq!(place.stored(&api).await, texts(0..CROWD));
    place.tells_of(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_whose_writer_is_gone_ends_and_what_was_acknowledged_is_there_when_it_is_back() {
    let mut place = Place::start().await;
    let api = place.api().await;
    for n in 0..CROWD {
        assert_eq!(place.writes(n).await, Some(200));
    }
    let mut taken: Vec<_> = (0..CROWD).collect();
    let mut next = CROWD;
    // What was planted while a job ran is that job's.
    let ended = loop {
        place.plants("writer");
        if place.writes(next).await == Some(200) {
            taken.push(next);
        }
        next += 1;
        assert!(next < CROWD * 100, "the relay goes on without its writer");
        if let Some(ended) = ends(&mut place).await {
            break ended;
        }
    };
    assert_eq!(ended.code(), Some(1));
    let log = std::fs::read_to_string(place.folder.path().join("relay.log")).unwrap();
    assert!(log.contains("writer ended by a fault"), "{log}");
    for private in [CANARY, &NUMBER[1..], "no boundary"] {
        assert!(!log.contains(private), "{private} in {log}");
    }
    // As its service manager does.
    let _ = std::fs::remove_file(place.folder.path().join("faults/writer"));
    place.relay.start_again().await.unwrap();
    let stored = place.stored(&api).await;
    let acknowledged = texts(taken);
    assert!(
        acknowledged.iter().all(|text| stored.contains(text)),
        "{stored:?}"
    );
    for n in 0..next {
        assert_eq!(place.writes(n).await, Some(200));
    }
    assert_eq!(place.stored(&api).await, texts(0..next), "each once");
}

/// How it ended, where its writer is gone; none where the fault has met something else.
async fn ends(place: &mut Place) -> Option<std::process::ExitStatus> {
    let log = place.folder.path().join("relay.log");
    if place.folder.path().join("faults/writer").exists() || place.writes(0).await == Some(200) {
        return None;
    }
    let relay = std::cell::RefCell::new(&mut place.relay);
    Some(
        eventually("the relay to end", || async {
            let ended = relay.borrow_mut().ended().unwrap();
            ended.ok_or_else(|| std::fs::read_to_string(&log).unwrap_or_default())
        })
        .await,
    )
}

#[test]
fn whoever_started_the_relay_starts_it_again_however_it_ended() {
    let unit = include_str!("../../packaging/smsdesk-relay.service");
    for line in [
        "Restart=always",
        "StartLimitIntervalSec=0",
        "WatchdogSec=60",
    ] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
}

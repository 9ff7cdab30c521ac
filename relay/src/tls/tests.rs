use super::testing::pair;
use super::*;
use crate::server::testing::{LIMITS, Server, until_closed};
use crate::server::{Door, Place, serve};
use axum::routing::get;
use axum::{Extension, Router};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use smsdesk_common::time::Timestamp;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsConnector;

const HOST: &str = "sms.example.com";
/// A server with a certificate from files.
struct Desk {
    address: SocketAddr,
    tls: Arc<Tls>,
    folder: TempDir,
    shutdown: CancellationToken,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

fn config(folder: &std::path::Path) -> config::Tls {
    config::Tls {
        pair: config::Pair::Files {
            certificate: folder.join("c.pem"),
            key: folder.join("k.pem"),
        },
        host: HOST.to_owned(),
        http_listen: None,
    }
}

impl Desk {
    /// One that shows the certificate, which is returned.
    async fn start(limits: Limits) -> (Self, String) {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = pair(HOST);
        std::fs::write(folder.path().join("c.pem"), &certificate).unwrap();
        std::fs::write(folder.path().join("k.pem"), key).unwrap();
        let tls = Tls::open(&config(folder.path()), Clock::system()).unwrap();
        let door = Door {
            tls: Some(Arc::clone(&tls)),
            ..Door::plain(limits)
        };
        let prove = async |Extension(place): Extension<Place>| {
            place.prove();
            "here"
        };
        let routes = Router::new().route("/", get(prove));
        let server = Server::open(routes, door).await;
        let desk = Self {
            address: server.address,
            tls,
            folder,
            shutdown: server.shutdown,
        };
        (desk, certificate)
    }

    fn put(&self, certificate: &str, key: &str) {
        for (name, content) in [("c.pem", certificate), ("k.pem", key)] {
            // Another file under the old name, as programs do that renew.
            let part = self.folder.path().join("part");
            std::fs::write(&part, content).unwrap();
            std::fs::rename(part, self.folder.path().join(name)).unwrap();
        }
    }

    async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Asks for `/`, trusting only that certificate; the answer, or why there is none.
    async fn ask(&self, trusted: &str) -> std::io::Result<String> {
        let protocols: &[&[u8]] = &[b"http/1.1"];
        let stream = connector(trusted, protocols)
            .connect(ServerName::try_from(HOST).unwrap(), self.tcp().await)
            .await?;
        let mut stream = stream;
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

fn connector(trusted: &str, protocols: &[&[u8]]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap())
        .unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn another_certificate_is_shown_once_its_files_are_there() {
    let (desk, first) = Desk::start(LIMITS).await;
    assert!(desk.ask(&first).await.unwrap().ends_with("here"));
    let (second, key) = pair(HOST);
    desk.put(&second, &key);
    assert!(desk.ask(&second).await.is_err(), "nobody has looked yet");
    desk.tls.look();
    assert!(desk.ask(&second).await.unwrap().ends_with("here"));
    assert!(desk.ask(&first).await.is_err());
    let (third, key) = pair(HOST);
    desk.put(&third, &key);
    desk.tls.reload().await.unwrap();
    assert!(desk.ask(&third).await.unwrap().ends_with("here"));
}

#[tokio::test]
async fn a_pair_that_is_wrong_leaves_the_old_one() {
    let (desk, first) = Desk::start(LIMITS).await;
    let (second, key) = pair(HOST);
    let (_, other) = pair(HOST);
    for (certificate, key) in [
        (second.as_str(), other.as_str()),
        (second.as_str(), ""),
        ("", key.as_str()),
        ("nonsense", "nonsense"),
    ] {
        desk.put(certificate, key);
        desk.tls.look();
        assert!(desk.tls.reload().await.is_err());
        assert!(desk.ask(&first).await.unwrap().ends_with("here"));
        let told = desk.tls.told();
        assert_eq!(
            told.problem.as_deref(),
            Some("the last try to renew it failed")
        );
        assert!(told.until.is_some());
    }
    std::fs::remove_file(desk.folder.path().join("k.pem")).unwrap();
    desk.tls.look();
    assert!(desk.ask(&first).await.unwrap().ends_with("here"));
    desk.put(&second, &key);
    desk.tls.look();
    assert!(desk.ask(&second).await.unwrap().ends_with("here"));
    assert_eq!(desk.tls.told().problem, None);
}

#[test]
fn a_relay_does_not_start_with_files_that_it_cannot_show() {
    let folder = tempfile::tempdir().unwrap();
    let error = Tls::open(&config(folder.path()), Clock::system()).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("relay.tls.certificate: ") && text.contains("c.pem"),
        "{text}"
    );
}

#[test]
fn an_end_that_comes_near_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut params = rcgen::CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2026, 4, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(folder.path().join("c.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.path().join("k.pem"), key.serialize_pem()).unwrap();
    for (today, expected) in [
        ("2025-12-31", Some("it is not valid yet")),
        ("2026-02-01", None),
        ("2026-03-25", Some("it ends in 7 days")),
        ("2026-05-01", Some("it has ended")),
    ] {
        let now = Timestamp::parse_rfc3339(&format!("{today}T00:00:00Z")).unwrap();
        let clock = Clock::from_fn(move || now);
        let told = Tls::open(&config(folder.path()), clock).unwrap().told();
        assert_eq!(told.problem.as_deref(), expected, "{today}");
    }
}

#[tokio::test]
async fn a_handshake_that_does_not_come_to_its_end_is_cut_off() {
    let (desk, _) = Desk::start(Limits {
        handshake: Duration::from_millis(50),
        ..LIMITS
    })
    .await;
    let mut silent = desk.tcp().await;
    assert_eq!(until_closed(&mut silent).await, b"");
    let mut slow = desk.tcp().await;
    // The head of a record that never comes.
    slow.write_all(&[HANDSHAKE, 3, 1, 2, 0]).await.unwrap();
    until_closed(&mut slow).await;
}

#[tokio::test]
async fn shutdown_waits_for_no_handshake() {
    let (desk, _) = Desk::start(LIMITS).await;
    let mut silent = desk.tcp().await;
    desk.shutdown.cancel();
    assert_eq!(until_closed(&mut silent).await, b"");
}

#[tokio::test]
async fn http_in_the_clear_is_told_where_to_go() {
    let (desk, _) = Desk::start(LIMITS).await;
    let mut stream = desk.tcp().await;
    stream
        .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = vec![0; IN_THE_CLEAR.len()];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, IN_THE_CLEAR);
    drop(stream);
    let mut stream = desk.tcp().await;
    stream.write_all(&[0, 1, 2]).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(until_closed(&mut stream).await, b"");
    let text = std::str::from_utf8(IN_THE_CLEAR).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
}

/// A hello of TLS 1.1 with a cipher suite of its time (RFC 4346, 7.4.1.2), and with algorithms for
/// signatures, so that nothing but the version is wrong.
fn old_hello() -> Vec<u8> {
    let record = [HANDSHAKE, 3, 1, 0, 55];
    let hello = [1, 0, 0, 51, 3, 2];
    let chosen = [0, 0, 2, 0xc0, 0x13, 1, 0];
    let algorithms = [0, 8, 0, 13, 0, 4, 0, 2, 4, 3];
    [&record[..], &hello, &[7; 32], &chosen, &algorithms].concat()
}

#[tokio::test]
async fn old_versions_of_tls_are_refused() {
    let (desk, _) = Desk::start(LIMITS).await;
    let mut stream = desk.tcp().await;
    stream.write_all(&old_hello()).await.unwrap();
    let said = until_closed(&mut stream).await;
    // A fatal alert: protocol_version (RFC 8446, 6).
    assert_eq!(said.first(), Some(&21), "{said:?}");
    assert_eq!(said.get(5..7), Some(&[2, 70][..]), "{said:?}");
}

#[tokio::test]
async fn an_authority_sees_its_proof_and_nobody_else_does() {
    let (desk, trusted) = Desk::start(LIMITS).await;
    let (proof, key) = pair(HOST);
    let look = async |trusted: &str| {
        let protocols: &[&[u8]] = &[ACME_ALPN];
        let name = ServerName::try_from(HOST).unwrap();
        let connecting = connector(trusted, protocols).connect(name, desk.tcp().await);
        connecting.await
    };
    assert!(look(&trusted).await.is_err(), "no challenge stands");
    let held = Held::parse(proof.as_bytes(), key.as_bytes()).unwrap();
    desk.tls
        .shown
        .prove(Some(shown::Proof::Certificate(held.key)));
    let mut seen = look(&proof).await.unwrap();
    assert_eq!(seen.get_ref().1.alpn_protocol(), Some(ACME_ALPN));
    let mut rest = Vec::new();
    let _ended = seen.read_to_end(&mut rest).await;
    assert_eq!(rest, b"");
    assert!(desk.ask(&trusted).await.unwrap().ends_with("here"));
    desk.tls.shown.prove(None);
    assert!(look(&proof).await.is_err());
}

#[tokio::test]
async fn plain_http_leads_to_https_and_takes_nothing() {
    let (desk, _) = Desk::start(LIMITS).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = plain_routes(Arc::clone(&desk.tls), "https://sms.example.com".to_owned());
    let door = Door::plain(LIMITS);
    tokio::spawn(serve(listener, routes, door, desk.shutdown.clone()));
    let ask = async |head: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("{head} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        String::from_utf8(until_closed(&mut stream).await).unwrap()
    };
    let answer = ask("GET /v1/x?y=%20z").await;
    assert!(answer.starts_with("HTTP/1.1 308 "), "{answer}");
    assert!(
        answer.contains("\r\nlocation: https://sms.example.com/v1/x?y=%20z\r\n"),
        "{answer}"
    );
    let answer = ask("POST /webhooks/twilio/message").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let challenge = "GET /.well-known/acme-challenge/abc";
    assert!(ask(challenge).await.starts_with("HTTP/1.1 404 "));
    desk.tls.shown.prove(Some(shown::Proof::File {
        token: "abc".to_owned(),
        content: "abc.def".to_owned(),
    }));
    assert!(ask(challenge).await.ends_with("\r\n\r\nabc.def"));
    assert!(
        ask("GET /.well-known/acme-challenge/abd")
            .await
            .starts_with("HTTP/1.1 404 ")
    );
}

#[tokio::test]
async fn without_a_certificate_nobody_is_let_in_and_somebody_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = config::Tls {
        pair: config::Pair::Acme(config::Acme {
            directory: "https://127.0.0.1:9/dir".to_owned(),
            contact: None,
            challenge: config::Challenge::TlsAlpn01,
            ca: None,
            folder: folder.path().join("acme"),
        }),
        host: HOST.to_owned(),
        http_listen: None,
    };
    let _installed = ring::default_provider().install_default();
    let tls = Tls::open(&config, Clock::system()).unwrap();
    let told = tls.told();
    assert_eq!(told.until, None);
    let problem = "there is none yet: nobody can connect";
    assert_eq!(told.problem.as_deref(), Some(problem));
    let missing = config::Tls {
        pair: match &config.pair {
            config::Pair::Acme(acme) => config::Pair::Acme(config::Acme {
                ca: Some(PathBuf::from("/nowhere/ca.pem")),
                ..acme.clone()
            }),
            config::Pair::Files { .. } => unreachable!(),
        },
        ..config
    };
    let error = Tls::open(&missing, Clock::system())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("relay.tls.acme_ca: /nowhere/ca.pem"),
        "{error}"
    );
}

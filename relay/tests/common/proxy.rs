//! A proxy in front of the relay that does to requests what proxies are known to do.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Passes everything on.
    Straight,
    /// Parses the query and writes it again.
    QueryAnew,
    /// Adds a slash to the path.
    Slash,
    /// Trims what stands in a form, as some frameworks do.
    Trimmed,
    /// Drops the header with the signature.
    NoSignature,
    /// Drops headers that it does not know.
    KnownHeaders,
    /// Sends everybody to the same address below another path.
    Redirect,
    /// Answers like this by itself.
    Status(u16),
}

#[derive(Debug)]
struct Shared {
    way: Mutex<Way>,
    behind: Mutex<Option<SocketAddr>>,
    http: reqwest::Client,
}

/// The proxy; it ends with the test's runtime.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    /// One with nobody behind it yet.
    pub(crate) async fn start() -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let shared = Arc::new(Shared {
            way: Mutex::new(Way::Straight),
            behind: Mutex::new(None),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = axum::Router::new()
            .fallback(pass)
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn lead_to(&self, relay: Option<SocketAddr>) {
        *self.shared.behind.lock().unwrap() = relay;
    }

    pub(crate) fn go(&self, way: Way) {
        *self.shared.way.lock().unwrap() = way;
    }

    /// TLS in front of it with this certificate; on the port that is returned.
    pub(crate) async fn behind_tls(
        &self,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> u16 {
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(chain, key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inside = self.address;
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut outer = acceptor.accept(stream).await.ok()?;
                    let mut inner = TcpStream::connect(inside).await.ok()?;
                    tokio::io::copy_bidirectional(&mut outer, &mut inner)
                        .await
                        .ok()
                });
            }
        });
        port
    }
}

fn answer(status: u16) -> Response<Body> {
    let mut answer = Response::new(Body::from("<html>no</html>"));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

async fn pass(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let way = *shared.way.lock().unwrap();
    let (head, body) = request.into_parts();
    let mut target = head.uri.path_and_query().unwrap().to_string();
    let mut headers = head.headers;
    let mut body = to_bytes(body, usize::MAX).await.unwrap();
    match way {
        Way::Status(status) => return answer(status),
        Way::Redirect => {
            let mut there = answer(301);
            let to = HeaderValue::from_str(&format!("/elsewhere{target}")).unwrap();
            there.headers_mut().insert(header::LOCATION, to);
            return there;
        }
        Way::QueryAnew => target = query_anew(&target),
        Way::Slash => target = target.replacen("/twilio/", "/twilio//", 1),
        Way::Trimmed => body = trimmed(&body),
        Way::NoSignature => {
            headers.remove("x-twilio-signature");
        }
        Way::KnownHeaders => {
            headers.remove("x-smsdesk-probe");
        }
        Way::Straight => {}
    }
    let Some(behind) = *shared.behind.lock().unwrap() else {
        return answer(502);
    };
    let url = format!("http://{behind}{target}");
    forward(&shared.http, head.method, &url, headers, body)
        .await
        .unwrap_or_else(|| answer(502))
}

async fn forward(
    http: &reqwest::Client,
    method: axum::http::Method,
    url: &str,
    mut headers: HeaderMap,
    body: Bytes,
) -> Option<Response<Body>> {
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
    let sent = http.request(method, url).headers(headers).body(body).send();
    let got = sent.await.ok()?;
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = got.status();
    if let Some(kind) = got.headers().get(header::CONTENT_TYPE) {
        answer
            .headers_mut()
            .insert(header::CONTENT_TYPE, kind.clone());
    }
    *answer.body_mut() = Body::from(got.bytes().await.ok()?);
    Some(answer)
}

fn query_anew(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else {
        return target.to_owned();
    };
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    format!("{path}?{}", super::encode(&pairs))
}

fn trimmed(body: &[u8]) -> Bytes {
    let pairs = form_urlencoded::parse(body);
    let pairs: Vec<_> = pairs
        .map(|(name, value)| (name.into_owned(), value.trim().to_owned()))
        .collect();
    Bytes::from(super::encode(&pairs))
}

//! A floor under every webhook: a server on the same parts that reads the request and answers the
//! same bytes as the relay does, and nothing else. It is a program of its own, as the relay is.

use super::ROLE;
use crate::world::free_address;
use anyhow::Context as _;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// Where the floor listens, in its environment.
const LISTEN: &str = "SMSDESK_BENCH_LISTEN";
/// How long it may take to start.
const START_MS_MAX: u64 = 10_000;
/// Between two looks whether it has started.
const LOOK_MS: u64 = 10;
/// What the relay answers.
const ANSWER: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";

/// A running echo.
pub(super) struct Echo {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Echo {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let address = free_address().await;
        let child = Command::new(std::env::current_exe()?)
            .env(ROLE, "echo")
            .env(LISTEN, address.to_string())
            .stdin(Stdio::null())
            .spawn()?;
        let echo = Self { child, address };
        for _ in 0..START_MS_MAX / LOOK_MS {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(echo);
            }
            tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        }
        anyhow::bail!("the echo did not start")
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The echo's program.
///
/// # Errors
/// It cannot listen.
pub(super) fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let address = std::env::var(LISTEN).context(LISTEN)?;
        let listener = TcpListener::bind(address).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let service = service_fn(answer);
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // A body that breaks off is answered too: nobody hears it.
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(Bytes::from_static(ANSWER.as_bytes())));
    response.headers_mut().insert(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("text/xml"),
    );
    Ok(response)
}

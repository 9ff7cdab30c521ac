//! Signed webhook to 200 after the fsync, over kept connections; beside it, in the same run, what
//! the machine does of HTTP alone and of SQLite alone.

use super::echo::Echo;
use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::{Bench, commit, ms, proc, quantile, rate};
use anyhow::Context as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Webhooks of one measurement.
const WEBHOOKS: u64 = 16_000;
/// Fewer where one waits for the other.
const WEBHOOKS_SINGLE: u64 = 2_000;
/// Customers that write them.
const CUSTOMERS: u64 = 500;
/// Connections at the full load.
const CONNECTIONS: u64 = 64;
/// How often the full load and both floors are measured, in turn; the middle one counts. What else
/// the machine does at one moment must not fall on one of them alone.
const ROUNDS: usize = 3;
/// Texts in a commit where SQLite is measured alone: as many as can wait at the full load.
const GROUP: usize = 64;
/// Webhooks a second at the full load, where the machine is fast enough.
const RATE_MIN: f64 = 12_000.0;
/// Where it is not: this share of what the slower of its parts does alone.
const FLOOR_SHARE: f64 = 0.5;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    bench.block_on(async {
        let relay = Relay::start().await?;
        let mut figures = Vec::new();
        for connections in [1, 8] {
            let load = Load::measure(bench, &relay, relay.address, relay.pid()?, connections);
            figures.extend(
                load.await?
                    .figures(&format!("webhooks, {connections} connections")),
            );
        }
        let echo = Echo::start().await?;
        let (mut http, mut full) = (Vec::new(), Vec::new());
        let (mut rows, mut row) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (address, pid) = (echo.address, echo.pid());
            http.push(Load::measure(bench, &relay, address, pid, CONNECTIONS).await?);
            let [all, one] = commit::measure(GROUP).await?;
            rows.push(all);
            row.push(one);
            let (address, pid) = (relay.address, relay.pid()?);
            full.push(Load::measure(bench, &relay, address, pid, CONNECTIONS).await?);
        }
        let http = middle(http, |load| load.rate)?;
        let full = middle(full, |load| load.rate)?;
        let rows = middle(rows, |rate| *rate)?;
        let row = middle(row, |rate| *rate)?;
        relay.stop()?;
        let floor = http.rate.min(rows);
        let goal = RATE_MIN.min(floor * FLOOR_SHARE);
        let [throughput, rest @ ..] = full.figures(&format!("webhooks, {CONNECTIONS} connections"));
        figures.push(throughput.goal(Goal::AtLeast(goal)).limit(format!(
            "{:.0} % of HTTP alone, {:.0} % of SQLite alone",
            full.rate / http.rate * 100.0,
            full.rate / rows * 100.0
        )));
        figures.extend(rest);
        figures.extend(http.figures("floor: HTTP alone"));
        let sqlite = format!("floor: SQLite alone, {GROUP} texts a commit");
        figures.push(Figure::told(format!("{sqlite}, all rows"), rows, "/s"));
        figures.push(Figure::told(format!("{sqlite}, one row"), row, "/s"));
        Ok(figures)
    })
}

/// The one in the middle.
fn middle<T>(mut all: Vec<T>, value: impl Fn(&T) -> f64) -> anyhow::Result<T> {
    all.sort_unstable_by(|one, other| value(one).total_cmp(&value(other)));
    let at = all.len() / 2;
    all.into_iter().nth(at).context("nothing was measured")
}

/// What came of a load.
struct Load {
    rate: f64,
    times: Vec<Duration>,
    /// What the server took of the processor, for one request.
    cpu: Duration,
}

impl Load {
    /// Posts texts to `address`, where process `pid` answers.
    async fn measure(
        bench: &Bench,
        relay: &Relay,
        address: SocketAddr,
        pid: u32,
        connections: u64,
    ) -> anyhow::Result<Self> {
        let all = if connections == 1 {
            WEBHOOKS_SINGLE
        } else {
            WEBHOOKS
        };
        // Signed ahead, so that only the server is measured.
        let batches: Vec<Vec<Vec<u8>>> = (0..connections)
            .map(|_| {
                bench
                    .numbers(all / connections)
                    .map(|number| relay.webhook(number, CUSTOMERS))
                    .collect()
            })
            .collect();
        let cpu = proc::cpu(pid)?;
        let began = Instant::now();
        let posting: Vec<_> = batches
            .into_iter()
            .map(|batch| tokio::spawn(post(address, batch)))
            .collect();
        let mut times = Vec::new();
        for posting in posting {
            times.extend(posting.await??);
        }
        let took = began.elapsed();
        let cpu = proc::cpu(pid)?.saturating_sub(cpu);
        Ok(Self {
            rate: rate(times.len(), took),
            cpu: cpu / u32::try_from(times.len())?,
            times,
        })
    }

    fn figures(&self, name: &str) -> [Figure; 4] {
        let mut times = self.times.clone();
        let time = |share, times: &mut Vec<_>| ms(quantile(times, share));
        [
            Figure::told(format!("{name}, throughput"), self.rate, "/s"),
            Figure::told(format!("{name}, p50"), time(0.5, &mut times), "ms"),
            Figure::told(format!("{name}, p99"), time(0.99, &mut times), "ms"),
            Figure::told(
                format!("{name}, CPU of the server"),
                ms(self.cpu) * 1_000.0,
                "µs each",
            ),
        ]
    }
}

/// Posts one after the other; how long each took.
pub(super) async fn post(
    address: SocketAddr,
    batch: Vec<Vec<u8>>,
) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::with_capacity(batch.len());
    for request in batch {
        let began = Instant::now();
        exchange(&mut stream, &request).await?;
        times.push(began.elapsed());
    }
    Ok(times)
}

/// Posts one request and reads its answer, which must be 200.
pub(super) async fn exchange(stream: &mut TcpStream, request: &[u8]) -> anyhow::Result<()> {
    stream.write_all(request).await?;
    let mut answer = Vec::with_capacity(512);
    loop {
        let read = stream.read_buf(&mut answer).await?;
        anyhow::ensure!(read > 0, "the relay closed the connection");
        if answer.ends_with(b"<Response/>") {
            anyhow::ensure!(
                answer.starts_with(b"HTTP/1.1 200"),
                "refused: {}",
                String::from_utf8_lossy(&answer)
            );
            return Ok(());
        }
    }
}

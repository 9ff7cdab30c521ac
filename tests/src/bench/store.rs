//! Texts through the relay's own store, without HTTP: what lies between SQLite alone and a whole
//! webhook. Runs in the benchmark's own process, so that a profiler sees nothing else.

use super::figure::Figure;
use super::{Bench, fill, ms, proc, rate};
use smsdesk_common::entry::Origin;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::desk::receive::receive;
use smsdesk_relay::store::Store;
use std::time::Instant;

/// Texts that are stored.
const TEXTS: u64 = 20_000;
/// Customers that write them.
const CUSTOMERS: u64 = 500;
/// Texts that wait for their commit at the same time.
const WAITING: u64 = 64;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join(super::relay::DATABASE);
    let pid = std::process::id();
    bench.block_on(async {
        let store = Store::open(&database, Clock::system()).await?;
        let cpu = proc::cpu(pid)?;
        let began = Instant::now();
        let mut storing = Vec::new();
        for _ in 0..WAITING {
            storing.push(tokio::spawn(put(
                store.clone(),
                bench.numbers(TEXTS / WAITING),
            )));
        }
        for storing in storing {
            storing.await??;
        }
        let rate = rate(usize::try_from(TEXTS)?, began.elapsed());
        let cpu = proc::cpu(pid)?.saturating_sub(cpu) / u32::try_from(TEXTS)?;
        store.close().await;
        let name = |what| format!("store alone, {WAITING} waiting, {what}");
        Ok(vec![
            Figure::told(name("throughput"), rate, "/s"),
            Figure::told(name("CPU"), ms(cpu) * 1_000.0, "µs each"),
        ])
    })
}

async fn put(store: Store, numbers: std::ops::Range<u64>) -> anyhow::Result<()> {
    for number in numbers {
        let text = fill::text(number, CUSTOMERS)?;
        let raw = vec![b'x'; 500];
        store
            .write(move |tx| receive(tx, &text, &raw, Origin::Webhook))
            .await?;
    }
    Ok(())
}

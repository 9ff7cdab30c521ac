//! How long an operator waits: a copy beside the running relay, and the way back from it.

use super::Bench;
use super::figure::{Figure, Goal};
use super::relay::Relay;
use std::time::Instant;

/// Backup and restore of a gigabyte together should take at most this, in seconds.
const GIGABYTE_S_MAX: f64 = 300.0;
/// A gigabyte, in bytes.
const GIGABYTE: f64 = 1e9;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let folder = bench.filled(bench.entries)?;
    let copy = folder.path().join("backup.db");
    let name = copy.to_string_lossy().into_owned();
    bench.block_on(async {
        let mut relay = Relay::start_in(folder).await?;
        let began = Instant::now();
        relay.operate(&["backup", &name])?;
        let backup = began.elapsed().as_secs_f64();
        let gigabytes = std::fs::metadata(&copy)?.len() as f64 / GIGABYTE;
        let mut restore = 0.0;
        let restored = relay.while_stopped(|relay| {
            let began = Instant::now();
            relay.operate(&["restore", &name])?;
            restore = began.elapsed().as_secs_f64();
            Ok(())
        });
        restored.await?;
        relay.stop()?;
        let size = format!("{gigabytes:.2} GB, {} entries", bench.entries);
        Ok(vec![
            Figure::told("backup beside the running relay, verified", backup, "s")
                .limit(size.clone()),
            Figure::told("restore, verified", restore, "s").limit(size),
            Figure::told("both, of a gigabyte", (backup + restore) / gigabytes, "s")
                .goal(Goal::AtMost(GIGABYTE_S_MAX)),
        ])
    })
}

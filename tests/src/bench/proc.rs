//! What the kernel says of a process: memory and CPU time.

use anyhow::Context as _;
use std::time::Duration;

/// Ticks a second in `/proc/PID/stat`: `USER_HZ`, 100 on every Linux (proc_pid_stat(5)).
const TICKS_A_SECOND: u64 = 100;

/// The resident memory of a process, in megabytes of 1,024 × 1,024 bytes.
pub(crate) fn rss_mb(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .context("no VmRSS")?;
    let kb: u32 = line
        .split_whitespace()
        .nth(1)
        .context("no figure")?
        .parse()?;
    Ok(f64::from(kb) / 1_024.0)
}

/// The CPU time that a process has taken, in user and system mode together; 10 ms fine.
pub(crate) fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name, in parentheses, may hold anything; fields are counted behind it.
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u64>)
        .sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 1_000 / TICKS_A_SECOND))
}

/// The CPU time of the threads that a process has now, to the nanosecond
/// (`schedstat`, docs.kernel.org/scheduler/sched-stats.html).
pub(crate) fn cpu_of_threads(pid: u32) -> anyhow::Result<Duration> {
    let mut all = 0;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let stat = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let ran = stat.split_whitespace().next().context("no figure")?;
        all += ran.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(all))
}

/// How often the threads of a process went to sleep or were sent to: each is a wakeup later.
pub(crate) fn switches(pid: u32) -> anyhow::Result<u64> {
    let mut all = 0;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let status = std::fs::read_to_string(thread?.path().join("status"))?;
        all += status
            .lines()
            .filter(|line| line.contains("_ctxt_switches:"))
            .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
            .sum::<u64>();
    }
    Ok(all)
}

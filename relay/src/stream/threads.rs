//! The threads that serve streams, apart from those that answer requests: a thousand terminals that
//! are told of a text must not keep the provider waiting for its answer to the next one.

use std::num::NonZero;
use std::thread::available_parallelism;
use tokio::runtime::{Builder, Handle, Runtime};

/// How far these threads step back, in steps of nice(2), where more want to run than there are
/// cores: a third of the processor that an equal would get, and never nothing.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

/// A runtime that may be dropped anywhere; what still runs on it ends with it.
#[derive(Debug)]
pub(crate) struct Threads {
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Threads {
    /// Half as many threads as there are cores, and at least one.
    pub(crate) fn start() -> std::io::Result<Self> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let runtime = Builder::new_multi_thread()
            .worker_threads((cores / 2).max(1))
            .thread_name("streams")
            .on_thread_start(step_back)
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        Ok(Self {
            runtime: Some(runtime),
            handle,
        })
    }

    /// Where to spawn.
    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

/// Lets the threads that answer the provider go first. On Linux the priority is a thread's own
/// (setpriority(2), "C library/kernel differences"); elsewhere it would be that of all.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "the threads of the streams run like all others");
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting is not allowed on an async thread; whoever wanted to wait has.
            runtime.shutdown_background();
        }
    }
}

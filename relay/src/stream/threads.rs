//! The threads that serve streams, apart from those that answer requests: a thousand terminals that
//! are told of a text must not keep the provider waiting for its answer to the next one.

use std::num::NonZero;
use std::thread::available_parallelism;
use tokio::runtime::{Builder, Handle, Runtime};

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

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting is not allowed on an async thread; whoever wanted to wait has.
            runtime.shutdown_background();
        }
    }
}

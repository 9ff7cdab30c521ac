//! Runs the agent's own program when something wants attention: without a shell, one at a time,
//! for a few seconds at the most, and without anybody waiting for it.

use std::io::{self, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// Between two looks whether the program has ended.
const LOOK: Duration = Duration::from_millis(50);

/// How many looks the program gets: five seconds. A notification is out within milliseconds, and one
/// that hangs must not hold up the next for long.
const LOOKS_MAX: u32 = 100;

/// Programs that run at the same time. Where one runs, the next call is dropped: the calls are far
/// apart, so that one that still runs hangs.
const RUNNING_MAX: usize = 1;

/// Runs programs.
#[derive(Debug)]
pub(super) struct Hooks {
    places: Arc<Semaphore>,
    looks: u32,
}

impl Hooks {
    /// None runs.
    pub(super) fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(RUNNING_MAX)),
            looks: LOOKS_MAX,
        }
    }

    /// Starts the program with `text` on its input. It is killed where it takes too long, and with
    /// the app.
    pub(super) fn run(&self, command: Vec<String>, text: String) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            tracing::warn!("the notification command still runs; this call is dropped");
            return;
        };
        let looks = self.looks;
        tokio::spawn(async move {
            if let Err(error) = one(&command, &text, looks).await {
                tracing::warn!(%error, "the notification command failed");
            }
            drop(place);
        });
    }
}

/// A program that ends with whoever runs it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and needs not be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn one(command: &[String], text: &str, looks: u32) -> io::Result<()> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(());
    };
    let mut running = Running(
        Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?,
    );
    if let Some(mut input) = running.0.stdin.take() {
        // A program that does not read its input is one all the same. The words are far shorter
        // than a pipe, so that nothing waits here.
        let _ = input.write_all(text.as_bytes());
    }
    for _ in 0..looks {
        if running.0.try_wait()?.is_some() {
            return Ok(());
        }
        sleep(LOOK).await;
    }
    Err(io::ErrorKind::TimedOut.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn over(hooks: &Hooks) {
        let over = hooks.places.acquire();
        drop(
            tokio::time::timeout(Duration::from_secs(30), over)
                .await
                .unwrap()
                .unwrap(),
        );
    }

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[tokio::test]
    async fn the_program_gets_the_words_on_its_input_and_no_shell_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("said");
        let hooks = Hooks::new();
        let words = "Maria: $(touch x) `y`; hello";
        hooks.run(
            shell(&format!("cat > {}", file.display())),
            words.to_owned(),
        );
        over(&hooks).await;
        assert_eq!(std::fs::read_to_string(file).unwrap(), words);
    }

    #[tokio::test]
    async fn a_program_that_fails_or_reads_nothing_harms_nobody() {
        let hooks = Hooks::new();
        for command in [
            shell("exit 3"),
            vec!["/nowhere/at/all".to_owned()],
            Vec::new(),
        ] {
            hooks.run(command, "words".to_owned());
            over(&hooks).await;
        }
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended_and_only_one_runs() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("second");
        let hooks = Hooks {
            looks: 1,
            ..Hooks::new()
        };
        hooks.run(shell("while :; do :; done"), String::new());
        hooks.run(shell(&format!("touch {}", file.display())), String::new());
        over(&hooks).await;
        assert!(!file.exists());
    }
}

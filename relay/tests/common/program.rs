//! The program as a process of its own.

use super::{DEADLINE, Desk, Setup, eventually};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};

/// `smsdesk-relay` with these arguments, its configuration written and no other to be found.
fn command(setup: &Setup, listen: SocketAddr, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smsdesk-relay"));
    command
        .arg("--config")
        .arg(write_config(setup, &setup.text(listen)))
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null());
    command
}

pub(crate) fn write_config(setup: &Setup, text: &str) -> PathBuf {
    let path = setup.folder.path().join("relay.toml");
    std::fs::write(&path, text).unwrap();
    // A secret stands in it.
    let owner_alone = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&path, owner_alone).unwrap();
    path
}

/// Runs it to its end.
pub(crate) async fn run(setup: &Setup, listen: SocketAddr, arguments: &[&str]) -> Output {
    run_in(&[], setup, listen, arguments).await
}

/// Runs it to its end in an environment.
pub(crate) async fn run_in(
    environment: &[(&str, &str)],
    setup: &Setup,
    listen: SocketAddr,
    arguments: &[&str],
) -> Output {
    let mut command = command(setup, listen, arguments);
    command.envs(environment.iter().copied());
    let running = tokio::task::spawn_blocking(move || command.output().unwrap());
    tokio::time::timeout(DEADLINE, running)
        .await
        .unwrap()
        .unwrap()
}

/// Runs it to its end with a configuration in these words.
pub(crate) async fn check_config(setup: &Setup, text: &str) -> Output {
    let path = write_config(setup, text);
    let mut command = Command::new(env!("CARGO_BIN_EXE_smsdesk-relay"));
    command.arg("--config").arg(path).arg("check-config");
    command.env_clear().stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A relay that serves in a process of its own; killed with the test.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) desk: Desk,
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Program {
    pub(crate) async fn serve(setup: Setup, arguments: &[&str]) -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let command = command(&setup, any_port, &[&["serve"], arguments].concat());
        Self::of(setup, command).await
    }

    /// One that listens there.
    pub(crate) async fn serve_at(setup: Setup, listen: SocketAddr) -> Self {
        let command = command(&setup, listen, &["serve"]);
        Self::of(setup, command).await
    }

    /// One that makes files that everybody may read and write, where it does not say otherwise.
    pub(crate) async fn serve_carelessly(setup: Setup, environment: &[(&str, &str)]) -> Self {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let careful = command(&setup, any_port, &["serve"]);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "umask 000; exec \"$0\" \"$@\""]);
        command.arg(careful.get_program()).args(careful.get_args());
        command.env_clear().stdin(Stdio::null());
        command.envs(environment.iter().copied());
        Self::of(setup, command).await
    }

    async fn of(setup: Setup, mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let written = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let mut log = written.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let address = eventually("the relay says where it listens", async || {
            let log = log.lock().unwrap();
            let line = log.lines().find(|line| line.contains("listening"))?;
            // `address=127.0.0.1:1 ` as text, `"address":"127.0.0.1:1"` as JSON.
            let (_, rest) = line.split_once("127.0.0.1:")?;
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let port = rest[..end].parse().ok()?;
            Some(SocketAddr::from(([127, 0, 0, 1], port)))
        })
        .await;
        let desk = Desk::elsewhere(setup, address);
        Self { desk, child, log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, by a signal.
    pub(crate) async fn terminate(&mut self, signal: &str) -> ExitStatus {
        let id = self.id().to_string();
        let sent = Command::new("kill").arg(signal).arg(id).status().unwrap();
        assert!(sent.success());
        eventually("the relay ends", async || self.child.try_wait().unwrap()).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

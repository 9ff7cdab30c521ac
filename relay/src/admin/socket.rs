//! The administration socket of a running relay: one JSON line in, one out. Whoever may open the
//! file may administrate; it is its owner alone.

use crate::admin::{Answer, Command, perform};
use crate::store::Store;
use crate::twilio::public_url::PublicUrl;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

/// The most bytes of a command or an answer.
pub(crate) const LINE_BYTES_MAX: u64 = 1024 * 1024;
/// How long one command may take, in seconds.
pub(crate) const COMMAND_S_MAX: u64 = 10;
/// How long to wait after a failed accept, in milliseconds.
const ACCEPT_PAUSE_MS: u64 = 50;

/// Where the relay on `database` listens.
pub fn path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".sock");
    PathBuf::from(name)
}

/// A socket that is open.
#[derive(Debug)]
pub struct Admin {
    listener: UnixListener,
    path: PathBuf,
    store: Store,
    public_url: PublicUrl,
}

/// Opens the socket. Without one the relay still runs: commands then wait until it is stopped.
pub fn listen(database: &Path, store: Store, public_url: PublicUrl) -> Option<Admin> {
    let path = path(database);
    // One that a killed relay left behind; nobody else has it, for we hold the database's lock.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).and_then(|listener| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(listener)
    });
    match listener {
        Ok(listener) => Some(Admin {
            listener,
            path,
            store,
            public_url,
        }),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "no administration socket");
            None
        }
    }
}

impl Admin {
    /// Answers one command after the other until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else {
                // Most likely too many files are open: trying at once would spin.
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
                continue;
            };
            let answered = tokio::time::timeout(
                Duration::from_secs(COMMAND_S_MAX),
                answer(stream, &self.store, &self.public_url),
            );
            if !matches!(answered.await, Ok(Ok(()))) {
                tracing::warn!("an administration command was not answered");
            }
        }
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn answer(
    mut stream: UnixStream,
    store: &Store,
    public_url: &PublicUrl,
) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    BufReader::new(read.take(LINE_BYTES_MAX))
        .read_line(&mut line)
        .await?;
    let answer = match serde_json::from_str::<Command>(&line) {
        Ok(command) => perform(store, public_url, command).await,
        Err(error) => Answer::Error {
            message: format!("the command was not understood: {error}"),
        },
    };
    let mut line = serde_json::to_string(&answer)?;
    line.push('\n');
    write.write_all(line.as_bytes()).await
}

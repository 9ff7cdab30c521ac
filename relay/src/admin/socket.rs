//! The administration socket of a running relay: one JSON line in, one out. Whoever may open the
//! file may administrate; it is its owner alone.

use crate::admin::{Answer, Command, perform};
use crate::store::Store;
use crate::store::sweep::Beside;
use crate::twilio::public_url::PublicUrl;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The most bytes of a command or an answer.
pub(crate) const LINE_BYTES_MAX: u64 = 1024 * 1024;
/// How long it may take to ask, or to take an answer, in seconds.
const LINE_S_MAX: u64 = 10;
/// Commands at the same time: one operator and their timers.
const COMMANDS_MAX: usize = 8;
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
    let listener = bind_private(database, &path);
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

/// Binds where nobody else can look and moves the socket to `path` once its rights are set: bound
/// in the open, it would take connections with whatever rights the umask leaves until then.
fn bind_private(database: &Path, path: &Path) -> std::io::Result<UnixListener> {
    // Short names, for a socket's path has at most about a hundred bytes.
    let mut folder = database.as_os_str().to_owned();
    folder.push(".d");
    let folder = PathBuf::from(folder);
    let bound = folder.join("s");
    // What a killed relay left behind; nobody else has it, for we hold the database's lock.
    for left in [path, &bound] {
        let _ = std::fs::remove_file(left);
    }
    let _ = std::fs::remove_dir(&folder);
    std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let listener = UnixListener::bind(&bound).and_then(|listener| {
        std::fs::set_permissions(&bound, std::fs::Permissions::from_mode(0o600))?;
        std::fs::rename(&bound, path)?;
        Ok(listener)
    });
    let _ = std::fs::remove_file(&bound);
    let _ = std::fs::remove_dir(&folder);
    listener
}

impl Admin {
    /// Answers commands until `shutdown`. One that takes long keeps no other waiting; it ends where
    /// it is when the relay does.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut running = JoinSet::new();
        loop {
            while running.try_join_next().is_some() {}
            let accepted = tokio::select! {
                () = shutdown.cancelled() => break,
                _ = running.join_next(), if running.len() >= COMMANDS_MAX => continue,
                accepted = self.listener.accept(), if running.len() < COMMANDS_MAX => accepted,
            };
            let Ok((stream, _)) = accepted else {
                // Most likely too many files are open: trying at once would spin.
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
                continue;
            };
            let (store, public_url) = (self.store.clone(), self.public_url.clone());
            running.spawn(async move {
                if answer(stream, &store, &public_url).await.is_err() {
                    tracing::warn!("an administration command was not answered");
                }
            });
        }
        running.shutdown().await;
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
    let mut asked = BufReader::new(read.take(LINE_BYTES_MAX));
    in_time(Duration::from_secs(LINE_S_MAX), asked.read_line(&mut line)).await?;
    if line.is_empty() {
        // Somebody looked whether we are there.
        return Ok(());
    }
    let answer = match serde_json::from_str::<Command>(&line) {
        Ok(command) => {
            let limit = command.limit();
            let done = perform(store, public_url, command, Beside::Relay);
            in_time(limit, async { Ok(done.await) }).await?
        }
        Err(error) => Answer::Error {
            message: format!("the command was not understood: {error}"),
        },
    };
    let mut line = serde_json::to_string(&answer)?;
    line.push('\n');
    let told = write.write_all(line.as_bytes());
    in_time(Duration::from_secs(LINE_S_MAX), told).await
}

async fn in_time<T>(
    limit: Duration,
    work: impl Future<Output = std::io::Result<T>>,
) -> std::io::Result<T> {
    let late = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
    tokio::time::timeout(limit, work).await.map_err(late)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[tokio::test]
    async fn the_socket_is_its_owners_alone_whatever_a_killed_relay_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("t.db");
        let at = path(&database);
        for left in ["t.db.sock", "t.db.d/s"] {
            let left = folder.path().join(left);
            std::fs::create_dir_all(left.parent().unwrap()).unwrap();
            std::fs::write(left, "").unwrap();
        }
        let _listener = bind_private(&database, &at).unwrap();
        let mode = std::fs::metadata(&at).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        UnixStream::connect(&at).await.unwrap();
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["t.db.sock"], "nothing else is left");
    }
    #[tokio::test]
    async fn who_only_looks_whether_we_are_there_is_no_fault() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("t.db");
        let store = Store::open(&database, Clock::system()).await.unwrap();
        let public_url = PublicUrl::parse("https://sms.example.com").unwrap();
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        answer(ours, &store, &public_url).await.unwrap();
        store.close().await;
    }
}

//! The operator's side: through the socket of a running relay, else on the database itself.

use crate::admin::socket::{LINE_BYTES_MAX, path};
use crate::admin::{Answer, Command, perform};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::sweep::Beside;
use crate::store::{OpenError, Store};
use anyhow::Context as _;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

/// How often to try while a relay holds the database and its socket is not open.
const TRIES_MAX: u32 = 30;
/// The pause between two tries, in milliseconds.
const PAUSE_MS: u64 = 100;

/// Has `command` carried out. A relay that is just starting or stopping is waited for.
///
/// # Errors
/// Neither way is open, or the command failed.
pub async fn ask(config: &Config, command: Command) -> anyhow::Result<Answer> {
    let mut tries = 1;
    let answer = loop {
        match once(config, &command).await {
            Err(error) if tries < TRIES_MAX && is_in_use(&error) => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
            }
            tried => break tried?,
        }
    };
    match answer {
        Answer::Error { message } => anyhow::bail!(message),
        answer => Ok(answer),
    }
}

/// The database is held by a relay whose socket is not open (yet, or any more).
fn is_in_use(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(OpenError::InUse { .. }))
}

async fn once(config: &Config, command: &Command) -> anyhow::Result<Answer> {
    if let Ok(stream) = UnixStream::connect(path(&config.database)).await {
        let asked = through_socket(stream, command);
        let limit = command.limit();
        return tokio::time::timeout(limit, asked)
            .await
            .context("the running relay did not answer")?;
    }
    let store = Store::open(&config.database, Clock::system()).await?;
    let answer = perform(&store, &config.public_url, command.clone(), Beside::Nobody).await;
    store.close().await;
    Ok(answer)
}

async fn through_socket(mut stream: UnixStream, command: &Command) -> anyhow::Result<Answer> {
    let mut line = serde_json::to_string(command)?;
    line.push('\n');
    stream.write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(stream.take(LINE_BYTES_MAX))
        .read_line(&mut answer)
        .await?;
    serde_json::from_str(&answer).context("the running relay's answer was not understood")
}

//! The operator's side: through the socket of a running relay, else on the database itself.

use crate::admin::socket::{COMMAND_S_MAX, LINE_BYTES_MAX, path};
use crate::admin::{Answer, Command, perform};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::Store;
use anyhow::Context as _;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

/// Has `command` carried out.
///
/// # Errors
/// Neither way is open, or the command failed.
pub async fn ask(config: &Config, command: Command) -> anyhow::Result<Answer> {
    let answer = match UnixStream::connect(path(&config.database)).await {
        Ok(stream) => tokio::time::timeout(
            Duration::from_secs(COMMAND_S_MAX),
            through_socket(stream, &command),
        )
        .await
        .context("the running relay did not answer")??,
        Err(_) => {
            let store = Store::open(&config.database, Clock::system()).await?;
            let answer = perform(&store, &config.public_url, command).await;
            store.close().await;
            answer
        }
    };
    match answer {
        Answer::Error { message } => anyhow::bail!(message),
        answer => Ok(answer),
    }
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

//! One kept connection to the relay that knows its own port and the order of its requests.

use crate::world::{ACCOUNT, LINE, TOKEN};
use anyhow::Context as _;
use secrecy::SecretString;
use smsdesk_relay::twilio::signature::{SigningKey, sign};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The most bytes of an answer: a page of changes fits.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A connection.
pub struct Connection {
    stream: TcpStream,
    address: SocketAddr,
    /// Our port: the relay's log of calls names it.
    pub port: u16,
}

/// What the relay said.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let port = stream.local_addr()?.port();
        Ok(Self {
            stream,
            address,
            port,
        })
    }

    /// Posts the signed webhook of an inbound text.
    ///
    /// # Errors
    /// No answer.
    pub async fn webhook(&mut self, sid: &str, from: &str, body: &str) -> anyhow::Result<Answer> {
        let pairs = [
            ("MessageSid", sid),
            ("AccountSid", ACCOUNT),
            ("From", from),
            ("To", LINE),
            ("Body", body),
            ("NumMedia", "0"),
            ("NumSegments", "1"),
            ("SmsStatus", "received"),
            ("ApiVersion", "2010-04-01"),
        ];
        self.signed("/webhooks/twilio/message", &pairs).await
    }

    /// Posts the signed delivery report of an entry's text.
    ///
    /// # Errors
    /// No answer.
    pub async fn report(
        &mut self,
        entry: &str,
        sid: &str,
        more: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        let mut pairs = vec![
            ("MessageSid", sid),
            ("AccountSid", ACCOUNT),
            ("From", LINE),
            ("ApiVersion", "2010-04-01"),
        ];
        pairs.extend(more);
        let path = format!("/webhooks/twilio/status?entry={entry}");
        self.signed(&path, &pairs).await
    }

    async fn signed(&mut self, path: &str, pairs: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let key = SigningKey::auth_token(SecretString::from(TOKEN));
        let url = format!("http://{}{path}", self.address);
        let signature = sign(&key, &url, pairs);
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let head = format!(
            "content-type: application/x-www-form-urlencoded\r\n\
             x-twilio-signature: {signature}\r\n"
        );
        self.call("POST", path, &head, &form).await
    }

    /// Asks the API with a token.
    ///
    /// # Errors
    /// No answer.
    pub async fn api(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &str,
    ) -> anyhow::Result<Answer> {
        let head = format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
        self.call(method, path, &head, body).await
    }

    async fn call(
        &mut self,
        method: &str,
        path: &str,
        head: &str,
        body: &str,
    ) -> anyhow::Result<Answer> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{head}content-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::with_capacity(1_024);
        let end = loop {
            self.more(&mut answer).await?;
            if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
        };
        let head = std::str::from_utf8(&answer[..end])?.to_ascii_lowercase();
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(Ok(0), |length| length.trim().parse::<usize>())?;
        while answer.len() < end + 4 + length {
            self.more(&mut answer).await?;
        }
        let body = answer.split_off(end + 4);
        Ok(Answer { status, body })
    }

    async fn more(&mut self, answer: &mut Vec<u8>) -> anyhow::Result<()> {
        anyhow::ensure!(answer.len() < ANSWER_BYTES_MAX, "the answer is too long");
        let read = self.stream.read_buf(answer).await?;
        anyhow::ensure!(read > 0, "the relay closed the connection");
        Ok(())
    }
}

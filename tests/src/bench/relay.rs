//! The relay's program, with a token to listen to it and requests to post to it.

use crate::world::{ACCOUNT, LINE, TOKEN, free_address};
use anyhow::Context as _;
use secrecy::SecretString;
use smsdesk::link::{self, Invite};
use smsdesk_common::api::join::Joined;
use smsdesk_common::ids::DeviceId;
use smsdesk_relay::twilio::signature::{SigningKey, sign};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;

/// A running relay.
pub(super) struct Relay {
    child: Child,
    pub(super) address: SocketAddr,
    key: SigningKey,
    config: PathBuf,
    _folder: TempDir,
}

impl Relay {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let address = free_address().await;
        let config = folder.path().join("relay.toml");
        std::fs::write(
            &config,
            format!(
                "[relay]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n\
                 [relay.twilio]\naccount_sid = \"{ACCOUNT}\"\nauth_token = \"{TOKEN}\"\n\
                 api_base_url = \"http://127.0.0.1:9\"\nlines = [\"{LINE}\"]\n"
            ),
        )?;
        let child = Command::new(super::beside("relay-under-test")?)
            .arg("serve")
            .arg("--config")
            .arg(&config)
            .args(["--log-level", "error"])
            .stdin(Stdio::null())
            .spawn()?;
        let key = SigningKey::auth_token(SecretString::from(TOKEN));
        let relay = Self { child, address, key, config, _folder: folder };
        for _ in 0..500 {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(relay);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        anyhow::bail!("the relay did not start")
    }

    pub(super) fn rss_mb(&self) -> anyhow::Result<u64> {
        super::rss_mb(self.child.id())
    }

    pub(super) async fn join(&self) -> anyhow::Result<Joined> {
        let output = Command::new(super::beside("relay-under-test")?)
            .args(["agent", "invite", "Ana", "--config"])
            .arg(&self.config)
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let invite = Invite::parse(text.lines().last().context("no invite")?)?;
        Ok(link::join(&invite, DeviceId(smsdesk::clock::new_id())).await?)
    }

    /// A signed webhook as it goes over the wire: text `n` of customer `n` modulo `customers`.
    pub(super) fn webhook(&self, n: u64, customers: u64) -> Vec<u8> {
        let sid = format!("SM{n:032x}");
        let from = format!("+1239426{:04}", n % customers);
        let pairs = [
            ("ToCountry", "US"),
            ("ToState", "CA"),
            ("SmsMessageSid", sid.as_str()),
            ("NumMedia", "0"),
            ("ToCity", ""),
            ("FromZip", "34102"),
            ("SmsSid", &sid),
            ("FromState", "FL"),
            ("SmsStatus", "received"),
            ("FromCity", "NAPLES"),
            ("Body", "is the plumber still coming? I have been home since 8"),
            ("FromCountry", "US"),
            ("To", LINE),
            ("ToZip", "94965"),
            ("NumSegments", "1"),
            ("MessageSid", &sid),
            ("AccountSid", ACCOUNT),
            ("From", &from),
            ("ApiVersion", "2010-04-01"),
        ];
        let url = format!("http://{}/webhooks/twilio/message", self.address);
        let signature = sign(&self.key, &url, &pairs);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!(
            "POST /webhooks/twilio/message HTTP/1.1\r\nhost: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\nx-twilio-signature: {signature}\r\n\
             content-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .into_bytes()
    }

    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // Already gone where `stop` was called.
        let _ = self.child.kill();
    }
}

//! The relay's program, with a token to listen to it and requests to post to it.

use crate::process::{Program, RelayProcess};
use crate::world::{ACCOUNT, LINE, TOKEN, free_address};
use secrecy::SecretString;
use smsdesk::link::{self, Invite};
use smsdesk_common::api::join::Joined;
use smsdesk_common::ids::DeviceId;
use smsdesk_relay::twilio::signature::{SigningKey, sign};
use std::net::SocketAddr;
use tempfile::TempDir;

/// Nothing listens there: no text goes out here.
const NO_PROVIDER: &str = "http://127.0.0.1:9";

/// The file of the relay's database in its folder.
pub(crate) const DATABASE: &str = "smsdesk.db";

/// A running relay.
pub(crate) struct Relay {
    process: RelayProcess,
    pub(crate) address: SocketAddr,
    /// What stands before every path.
    origin: String,
    key: SigningKey,
    _folder: TempDir,
}

impl Relay {
    /// A relay with an empty database.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        Self::start_in(tempfile::tempdir()?).await
    }

    /// A relay on the database in `folder`.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn start_in(folder: TempDir) -> anyhow::Result<Self> {
        let address = free_address().await;
        // More than any scenario has; the limit of open files is the real one.
        let many = vec![("SMSDESK_RELAY__CONNECTIONS_MAX", "16000")];
        Self::start_as(folder, address, format!("http://{address}"), many).await
    }

    /// A relay that listens there and is called by `origin`, with further settings.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn start_as(
        folder: TempDir,
        address: SocketAddr,
        origin: String,
        mut settings: Vec<(&'static str, &'static str)>,
    ) -> anyhow::Result<Self> {
        settings.push((super::ROLE, "relay"));
        let program = Program {
            path: std::env::current_exe()?,
            environment: settings,
        };
        let process = RelayProcess::start(program, folder.path(), address, NO_PROVIDER).await?;
        let key = SigningKey::auth_token(SecretString::from(TOKEN));
        Ok(Self {
            process,
            address,
            origin,
            key,
            _folder: folder,
        })
    }

    /// Its process.
    ///
    /// # Errors
    /// It was not running.
    pub(crate) fn pid(&self) -> anyhow::Result<u32> {
        self.process.pid()
    }

    /// Its resident memory, in megabytes.
    ///
    /// # Errors
    /// It was not running.
    pub(crate) fn rss_mb(&self) -> anyhow::Result<f64> {
        super::proc::rss_mb(self.pid()?)
    }

    /// Kills it as `kill -9` does, and starts it again on the same database.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn kill_and_start(&mut self) -> anyhow::Result<()> {
        self.while_stopped(|_| Ok(())).await
    }

    /// Kills it, does something meanwhile, and starts it again.
    ///
    /// # Errors
    /// It does not start, or `deed` fails.
    pub(crate) async fn while_stopped(
        &mut self,
        deed: impl FnOnce(&Self) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.process.kill()?;
        deed(self)?;
        self.process.start_again().await
    }

    /// What an operator's command prints.
    ///
    /// # Errors
    /// The command failed.
    pub(crate) fn operate(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.process.run(arguments)
    }

    /// What an app calls.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A token to listen by.
    ///
    /// # Errors
    /// The relay gives none.
    pub(crate) async fn join(&self) -> anyhow::Result<Joined> {
        let invite = Invite::parse(&self.process.invite("Ana")?)?;
        Ok(link::join(&invite, DeviceId(smsdesk::clock::new_id())).await?)
    }

    /// A signed webhook as it goes over the wire: text `n` of customer `n` modulo `customers`.
    pub(crate) fn webhook(&self, n: u64, customers: u64) -> Vec<u8> {
        let (signature, body) = self.signed(n, customers);
        format!(
            "POST /webhooks/twilio/message HTTP/1.1\r\nhost: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\nx-twilio-signature: {signature}\r\n\
             content-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .into_bytes()
    }

    /// The address of the webhook for texts.
    pub(crate) fn webhook_url(&self) -> String {
        format!("{}/webhooks/twilio/message", self.origin)
    }

    /// Signature and body of a webhook.
    pub(crate) fn signed(&self, n: u64, customers: u64) -> (String, String) {
        let sid = format!("SM{n:032x}");
        let from = super::fill::customer(n % customers);
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
            (
                "Body",
                "is the plumber still coming? I have been home since 8",
            ),
            ("FromCountry", "US"),
            ("To", LINE),
            ("ToZip", "94965"),
            ("NumSegments", "1"),
            ("MessageSid", &sid),
            ("AccountSid", ACCOUNT),
            ("From", &from),
            ("ApiVersion", "2010-04-01"),
        ];
        let signature = sign(&self.key, &self.webhook_url(), &pairs);
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        (signature, body)
    }

    /// Ends it.
    ///
    /// # Errors
    /// It was not running.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        self.process.kill()
    }
}

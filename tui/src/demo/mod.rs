//! The practice desk: the real relay on a temporary SQLite file, the Twilio simulator and a dozen
//! customers, all in this process and on loopback. Leaves nothing behind.

pub mod customers;
pub mod script;

use crate::clock;
use customers::{CUSTOMERS, Manner};
use script::{Script, Text};
use secrecy::{ExposeSecret as _, SecretString};
use smsdesk_common::agent::Role;
use smsdesk_common::api::join::Joined;
use smsdesk_common::api::settings::PutSettings;
use smsdesk_common::contact::Contact;
use smsdesk_common::ids::{ContactId, DeviceId};
use smsdesk_common::phone::Address;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::config::{self, Config};
use smsdesk_relay::desk::settings::By;
use smsdesk_relay::desk::{DeskError, people, rules, settings};
use smsdesk_relay::store::sql::Tx;
use smsdesk_relay::store::{Store, StoreError, contacts};
use smsdesk_relay::twilio::simulator::{
    Direction, Fate, InboundMedia, InboundText, Message, Simulator, SimulatorConfig, Status,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The relay's configuration, in the desk's folder.
const CONFIGURATION: &str = "relay.toml";
const ACCOUNT: &str = "AC00000000000000000000000000000000";
/// The practice line; 555 numbers belong to nobody.
const LINE: &str = "+15557122661";
/// Twilio's code for a landline.
const LANDLINE: u32 = 30006;
/// Connections of the practice relay: one app, one simulator, and some room.
const CONNECTIONS_MAX: usize = 64;
/// How long the script sleeps at most, in milliseconds.
const LOOK_MS: i64 = 60_000;
/// Who the agent is at the practice desk.
const AGENT: &str = "You";
/// How it signs its texts.
const COMPANY: &str = "Riverside Plumbing";

/// How a practice desk is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoOptions {
    /// The same seed makes the same desk.
    pub seed: u64,
    /// Whether customers write.
    pub customers: Customers,
}

/// Whether customers write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Customers {
    /// By themselves, and when answered.
    Write,
    /// Never.
    Silent,
}

/// A practice desk that runs.
#[derive(Debug)]
pub struct Demo {
    /// What joining it gave.
    pub joined: Joined,
    /// Which device joined.
    pub device: DeviceId,
    folder: TempDir,
    shutdown: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Demo {
    /// Starts a desk and joins it.
    ///
    /// # Errors
    /// There is no room for temporary files, or loopback cannot be listened on.
    pub async fn start(options: DemoOptions) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("smsdesk-practice-")
            .tempdir()?;
        let shutdown = CancellationToken::new();
        let relay_listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let twilio_listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let relay_url = format!("http://{}", relay_listener.local_addr()?);
        let simulator = Simulator::start(
            simulator_config(&relay_url, options.seed),
            twilio_listener,
            Clock::system().as_fn(),
            shutdown.clone(),
        )?;
        let config = relay_config(&relay_url, simulator.base_url(), folder.path())?;
        let device = DeviceId(clock::new_id());
        let joined = prepare(&config, device).await?;
        let relay = smsdesk_relay::run(config, relay_listener, Clock::system(), shutdown.clone());
        let mut tasks = vec![tokio::spawn(async move {
            // Its failure shows on the screen as a lost connection.
            let _ = relay.await;
        })];
        if options.customers == Customers::Write {
            let script = Script::new(options.seed, clock::now());
            tasks.push(tokio::spawn(live(simulator, script, shutdown.clone())));
        }
        Ok(Self {
            joined,
            device,
            folder,
            shutdown,
            tasks,
        })
    }

    /// Where the app keeps its files while it practises.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops everything and removes every file.
    pub async fn stop(self) {
        self.shutdown.cancel();
        for task in self.tasks {
            // A task that panicked is over as well.
            let _ = task.await;
        }
    }
}

fn token() -> SecretString {
    SecretString::from("practice")
}

fn simulator_config(relay_url: &str, seed: u64) -> SimulatorConfig {
    let landlines = CUSTOMERS
        .iter()
        .filter(|customer| customer.manner == Manner::Landline);
    SimulatorConfig {
        lines: vec![LINE.to_owned()],
        webhook_url: Some(format!("{relay_url}/webhooks/twilio/message#rc=5&rp=all")),
        fates: landlines
            .map(|customer| (customer.number.to_owned(), Fate::Undelivered(LANDLINE)))
            .collect(),
        seed,
        ..SimulatorConfig::new(ACCOUNT, token())
    }
}

/// Writes the relay's configuration beside its database, so that the relay's own commands can be
/// tried on the practice desk, and reads it as they do.
fn relay_config(relay_url: &str, twilio_url: &str, folder: &Path) -> anyhow::Result<Config> {
    let token = token();
    let (token, listen) = (
        token.expose_secret(),
        relay_url.trim_start_matches("http://"),
    );
    let text = format!(
        "[relay]\nlisten = \"{listen}\"\npublic_url = \"{relay_url}\"\n\
         database = \"sqlite:relay.db\"\ncompany = \"{COMPANY}\"\n\
         connections_max = {CONNECTIONS_MAX}\n\
         [relay.twilio]\naccount_sid = \"{ACCOUNT}\"\nauth_token = \"{token}\"\n\
         api_base_url = \"{twilio_url}\"\nlines = [\"{LINE}\"]\n"
    );
    let file = folder.join(CONFIGURATION);
    std::fs::write(&file, &text)?;
    Ok(config::parse(&file, &text, |_| None)?)
}

/// Puts the agent and the address book into the database before the relay opens it.
async fn prepare(config: &Config, device: DeviceId) -> anyhow::Result<Joined> {
    let store = Store::open(&config.database, Clock::system()).await?;
    let instance = store.instance().to_owned();
    let (agent, token) = store
        .write(move |tx| {
            address_book(tx)?;
            practice_rules(tx)?;
            let (_, code) = people::invite(tx, AGENT, Some(Role::Admin))?;
            people::join(tx, &code, device, &instance)
        })
        .await?;
    store.close().await;
    Ok(Joined {
        token,
        agent,
        relay: config.public_url.to_string(),
    })
}

/// Rules to look at and to try. They are off, all of them, so that the agent answers.
fn practice_rules(tx: &mut dyn Tx) -> Result<(), DeskError> {
    rules::seed(tx, None)?;
    let mut patch = serde_json::Map::new();
    patch.insert("automation.rules".to_owned(), false.into());
    let off = PutSettings {
        patch,
        ..PutSettings::default()
    };
    settings::put(tx, By::Operator, &off).map(|_| ())
}

fn address_book(tx: &mut dyn Tx) -> Result<(), StoreError> {
    for customer in CUSTOMERS {
        let (Some(name), Ok(address)) = (customer.name, Address::from_twilio(customer.number))
        else {
            continue;
        };
        let contact = Contact {
            name: Some(name.to_owned()),
            ..Contact::blank(ContactId(tx.new_id()), address, tx.now())
        };
        contacts::insert(tx, contact)?;
    }
    Ok(())
}

/// Lets the customers write until `shutdown`.
async fn live(simulator: Simulator, mut script: Script, shutdown: CancellationToken) {
    let mut changes = simulator.changes();
    let mut answered = BTreeSet::new();
    loop {
        let now = clock::now();
        for message in simulator.messages() {
            if reached(&message) && answered.insert(message.position) {
                script.on_answer(&message.to, now);
            }
        }
        // One after the other, so that the same seed makes the same desk on a slow machine, too.
        for text in script.take(now) {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = write(&simulator, text) => {}
            }
        }
        let pause = script
            .next_due()
            .map_or(LOOK_MS, |due| due.millis_since(now).min(LOOK_MS));
        let pause = Duration::from_millis(u64::try_from(pause).unwrap_or(0));
        tokio::select! {
            () = shutdown.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Whether a message is a text of the desk's that its customer can read by now.
fn reached(message: &Message) -> bool {
    message.direction == Direction::OutboundApi && message.status == Status::Delivered
}

async fn write(simulator: &Simulator, text: Text) {
    let text = InboundText {
        media: InboundMedia::Pictures(text.pictures),
        ..InboundText::new(text.from, text.body)
    };
    // The practice line exists and the texts fit; there is nothing to do about a refusal.
    let _ = simulator.inbound(&text).await;
}

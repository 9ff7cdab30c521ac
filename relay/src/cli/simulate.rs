//! `simulate`: the Twilio simulator alone.

use crate::cli::print;
use crate::cli::serve::cancel_on_signal;
use crate::clock::Clock;
use crate::twilio::simulator::{MessagingService, OptOutManagement, Simulator, SimulatorConfig};
use anyhow::Context as _;
use clap::Args;
use secrecy::SecretString;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The account that the simulator has where none is named.
const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// Its token.
const AUTH_TOKEN: &str = "simulated-token";

#[derive(Debug, Args)]
pub(super) struct SimulateArguments {
    /// The port to listen on, on this machine only; 0 for any free one.
    #[arg(long, default_value_t = 4010)]
    port: u16,
    /// The account's SID: AC and 32 hexadecimal digits.
    #[arg(long, value_name = "SID", default_value = ACCOUNT)]
    account: String,
    /// The account's token: it opens the API and signs webhooks.
    #[arg(long, value_name = "TOKEN", default_value = AUTH_TOKEN)]
    auth_token: String,
    /// A number of the account; may be given several times.
    #[arg(long = "line", value_name = "NUMBER", default_value = "+15557122661")]
    lines: Vec<String>,
    /// A messaging service that has every line: MG and 32 hexadecimal digits.
    #[arg(long, value_name = "SID")]
    messaging_service: Option<String>,
    /// Where inbound texts are posted, such as
    /// http://127.0.0.1:8080/webhooks/twilio/message#rc=5&rp=all.
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    /// Where they are posted when that fails.
    #[arg(long, value_name = "URL")]
    fallback_url: Option<String>,
    /// The same seed gives the same faults.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Simulates until SIGTERM or SIGINT.
pub(super) async fn run(arguments: SimulateArguments) -> anyhow::Result<()> {
    let address = SocketAddr::from(([127, 0, 0, 1], arguments.port));
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("--port {}: cannot listen there", arguments.port))?;
    let config = SimulatorConfig {
        lines: arguments.lines,
        messaging_service: arguments.messaging_service.map(|sid| MessagingService {
            sid,
            opt_out: OptOutManagement::Default,
        }),
        webhook_url: arguments.webhook_url,
        fallback_url: arguments.fallback_url,
        seed: arguments.seed,
        ..SimulatorConfig::new(arguments.account, SecretString::from(arguments.auth_token))
    };
    let shutdown = CancellationToken::new();
    let simulator = Simulator::start(config, listener, Clock::system().as_fn(), shutdown.clone())?;
    tokio::spawn(cancel_on_signal(shutdown.clone())?);
    print(&format!("simulating Twilio at {}", simulator.base_url()));
    simulator.stopped().await;
    Ok(())
}

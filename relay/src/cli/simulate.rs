//! `simulate`: the Twilio simulator alone.

use clap::Args;

#[derive(Debug, Args)]
pub(super) struct SimulateArguments {
    /// Port.
    #[arg(long, default_value_t = 4010)]
    port: u16,
}

pub(super) async fn run(_arguments: SimulateArguments) -> anyhow::Result<()> {
    anyhow::bail!("not here")
}

//! `erase`: everything about somebody is taken out.

use crate::admin::{Answer, Command, client};
use crate::care::{Goes, copies};
use crate::cli::{agrees, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::desk::erase::Extent;
use crate::store::copies::holds;
use anyhow::Context as _;
use clap::Args;
use smsdesk_common::phone::Address;

#[derive(Clone, Debug, Args)]
pub(super) struct EraseArguments {
    /// One of their numbers, as people write it.
    address: String,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

/// Says how much there is, asks, and erases.
pub(super) async fn run(config: &Config, arguments: &EraseArguments) -> anyhow::Result<()> {
    let address = Address::parse_dialable(&arguments.address, Some(config.default_region))
        .with_context(|| format!("ADDRESS {:?}", arguments.address))?;
    let asked = |dry_run| Command::Erase {
        address: address.clone(),
        dry_run,
    };
    let Answer::Known { extent, addresses } = client::ask(config, asked(true)).await? else {
        anyhow::bail!("the running relay answered something else");
    };
    tell(&extent);
    if !arguments.yes && extent.known {
        let ask = "Take all of it out, for ever, from the relay and every terminal?";
        if !agrees(ask)? {
            anyhow::bail!("nothing was erased");
        }
    }
    let Answer::Erased { erased } = client::ask(config, asked(false)).await? else {
        anyhow::bail!("the running relay answered something else");
    };
    if extent.known {
        print(&format!(
            "erased; {} raw webhooks were emptied",
            erased.webhooks
        ));
    }
    if !erased.clean {
        print(
            "the database is large or being read: old copies of rows may be left in unused room of \
             its file; run this again while the relay is stopped",
        );
    }
    left_in_copies(config, &addresses);
    print("Twilio keeps its own log of texts: delete them there, too");
    Ok(())
}

/// Names the copies that they are in, and when each goes.
fn left_in_copies(config: &Config, addresses: &[Address]) {
    for copy in copies(&config.care, &config.database, Clock::system().now()) {
        let path = copy.path.display();
        let how = match holds(&copy.path, addresses) {
            Ok(false) => continue,
            Ok(true) => "they are still in",
            Err(error) => {
                tracing::debug!(%error, "a copy cannot be read");
                "cannot be read, and they may be in"
            }
        };
        print(&match copy.goes {
            Goes::On(day) => format!("{how} {path}, which goes by itself on {day}"),
            Goes::After(day) => format!("{how} {path}, which goes by itself after {day}"),
            Goes::Never => {
                let quoted = copy.path.to_string_lossy().replace('\'', "'\\''");
                format!("{how} {path}, which stays until you remove it: rm -- '{quoted}'")
            }
        });
    }
}

fn tell(extent: &Extent) {
    if !extent.known {
        print("nothing is known of that number");
        return;
    }
    print(&format!(
        "{} numbers, {} conversations, {} texts, notes and changes",
        extent.addresses, extent.conversations, extent.entries
    ));
    if extent.opted_out {
        print("they asked for no more texts: that holds on, without their number being kept");
    }
}

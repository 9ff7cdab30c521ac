//! `erase`: everything about somebody is taken out.

use crate::admin::{Answer, Command, client};
use crate::care::{Goes, copies};
use crate::cli::{agrees, print};
use crate::config::Config;
use crate::desk::erase::Extent;
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
    let Answer::Known { extent } = client::ask(config, asked(true)).await? else {
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
    for (copy, goes) in copies(&config.care, &config.database) {
        let until = match goes {
            Goes::InTurn => "goes when newer ones stand for it",
            Goes::Never => "stays until you delete it",
        };
        print(&format!("may still hold it: {} ({until})", copy.display()));
    }
    print("Twilio keeps its own log of texts: delete them there, too");
    Ok(())
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

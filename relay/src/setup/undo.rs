//! `setup --undo`: what was replaced at Twilio comes back.

use super::replaced::{Entry, Undo, undo};
use super::terminal::Terminal;
use super::{Deeds, Order, load_replaced, print, save_replaced, survey};
use crate::config::Config;
use crate::twilio::client::TwilioClient;
use anyhow::{Context as _, bail};
use smsdesk_common::safe_text::SafeText;

/// Whether somebody is asked before anything is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Somebody at the terminal is asked.
    Asked,
    /// It was given with the command.
    Given,
}

/// Puts back, place by place, what is still ours.
///
/// # Errors
/// Twilio refuses it, or what is remembered cannot be read. What was put back until then is
/// forgotten; running it again goes on.
pub async fn run(order: &Order, config: &Config, consent: Consent) -> anyhow::Result<()> {
    let memory = order.memory();
    let mut replaced = load_replaced(&memory)?;
    if replaced.places.is_empty() {
        print("Nothing was replaced at Twilio, or it was put back already.");
        return Ok(());
    }
    for entry in &replaced.places {
        print(&format!("put back  {}", SafeText::line(&entry.name)));
    }
    if order.deeds == Deeds::Shown {
        print("Nothing was changed.");
        return Ok(());
    }
    if consent == Consent::Asked {
        let Some(terminal) = Terminal::here() else {
            bail!("run it at a terminal, or with --yes");
        };
        let answer = terminal.ask(
            "The relay gets no texts of these any more. Do it",
            Some("no"),
        )?;
        if !matches!(answer.as_str(), "y" | "yes") {
            bail!("nothing was changed");
        }
    }
    for entry in replaced.places.clone() {
        put_back(config, &entry).await?;
        replaced.forget(&entry.account, &entry.sid);
        save_replaced(&memory, &replaced)?;
    }
    Ok(())
}

async fn put_back(config: &Config, entry: &Entry) -> anyhow::Result<()> {
    let client = client(config, &entry.account)?;
    let name = SafeText::line(&entry.name);
    let told = |error| survey::told(name.as_str(), &error);
    let Some(place) = survey::place(&client, &entry.sid).await.map_err(told)? else {
        print(&format!("{name}: the account has it no more"));
        return Ok(());
    };
    match undo(entry, &place) {
        Undo::Set(hooks) => {
            survey::set(&client, &place.at, &hooks)
                .await
                .map_err(told)?;
            print(&format!("{name}: put back"));
        }
        Undo::Done => print(&format!("{name}: is as it was")),
        Undo::Theirs => print(&format!(
            "{name}: somebody has set other addresses since; they stay"
        )),
    }
    Ok(())
}

fn client(config: &Config, account: &str) -> anyhow::Result<TwilioClient> {
    let of = config.accounts.iter().find(|it| it.sid.as_str() == account);
    let of =
        of.with_context(|| format!("{account}: the configuration has no such account any more"))?;
    survey::client(&config.api_base_url, &of.sid, &of.auth_token)
}

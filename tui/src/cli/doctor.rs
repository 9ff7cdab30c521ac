//! `doctor`: what is wrong with this device, its terminal or the way to the relay.

use super::desk::relay_url;
use super::scripts::{Json, ScriptError};
use super::sealing;
use crate::cache::cipher::is_any_encrypted;
use crate::config::Config;
use crate::doctor;
use crate::identity::Identity;
use smsdesk_common::checkup::State;
use smsdesk_common::safe_text::harmless;
use std::io::{self, Write as _};
use std::path::Path;

/// Looks at everything; fails where a check fails.
pub(super) async fn run(config: &Config, folder: &Path, json: Json) -> anyhow::Result<()> {
    let sealing = sealing::of(config, folder).map_err(|error| error.to_string());
    let identity = Identity::load_with(folder, || sealing.clone().map_err(io::Error::other));
    let identity = match identity {
        // What is wrong with the key of the token is one of the findings.
        Err(_) if is_any_encrypted(folder) => None,
        identity => identity?,
    };
    let relay = match &identity {
        Some(identity) => Some((relay_url(config, identity)?, identity)),
        None => None,
    };
    let report = doctor::run(
        config,
        (folder, sealing.as_ref().map_err(String::as_str)),
        relay,
    )
    .await;
    let lines = match json {
        Json::Yes => vec![harmless(&serde_json::to_string(&report)?).into_owned()],
        Json::No => report.lines(),
    };
    let mut out = io::stdout().lock();
    for line in lines {
        // Nobody may be reading any more.
        let _ = writeln!(out, "{line}");
    }
    match report.count(State::Fail) {
        0 => Ok(()),
        1 => Err(ScriptError::Failed("1 check failed".to_owned()).into()),
        failed => Err(ScriptError::Failed(format!("{failed} checks failed")).into()),
    }
}

//! `doctor`: what is wrong with this device, its terminal or the way to the relay.

use super::desk::relay_url;
use super::scripts::{Json, ScriptError};
use crate::config::Config;
use crate::doctor;
use crate::identity::Identity;
use smsdesk_common::checkup::State;
use smsdesk_common::safe_text::harmless;
use std::io::Write as _;
use std::path::Path;

/// Looks at everything; fails where a check fails.
pub(super) async fn run(config: &Config, folder: &Path, json: Json) -> anyhow::Result<()> {
    let identity = Identity::load(folder)?;
    let relay = match &identity {
        Some(identity) => Some((relay_url(config, identity)?, identity)),
        None => None,
    };
    let report = doctor::run(config, folder, relay).await;
    let lines = match json {
        Json::Yes => vec![harmless(&serde_json::to_string(&report)?).into_owned()],
        Json::No => report.lines(),
    };
    let mut out = std::io::stdout().lock();
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

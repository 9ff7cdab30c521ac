//! `settings`: what is set at the relay, from scripts.

use super::{Desk, ScriptError};
use crate::clock;
use clap::{Args, Subcommand};
use serde_json::Value;
use smsdesk_common::api::settings::{PutSettings, SettingHistory};
use smsdesk_common::ids::RequestId;
use smsdesk_common::record::Record;
use smsdesk_common::settings::edit::{at, document, listed};
use smsdesk_common::settings::{Field, Setting, patch_of};

#[derive(Debug, Args)]
pub(in crate::cli) struct SettingsArguments {
    #[command(subcommand)]
    command: Option<SettingsCommand>,
}

#[derive(Debug, Subcommand)]
enum SettingsCommand {
    /// Print what holds: everything, what lies below a path, or one value.
    Get {
        /// A path such as quiet.start, or the beginning of some.
        key: Option<String>,
    },
    /// Set one value; admins only. `default` begins anew.
    Set {
        /// A path such as quiet.start.
        key: String,
        /// The value: on, off, a number, a time, words.
        value: String,
        /// The request's id, a UUID: the same id again sets nothing again.
        #[arg(long)]
        id: Option<uuid::Uuid>,
    },
    /// Print who set what, the newest last.
    History,
}

/// Does what a command says.
pub(super) async fn run(desk: &mut Desk, arguments: SettingsArguments) -> Result<(), ScriptError> {
    match arguments
        .command
        .unwrap_or(SettingsCommand::Get { key: None })
    {
        SettingsCommand::Get { key } => get(desk, key.as_deref()).await,
        SettingsCommand::Set { key, value, id } => set(desk, &key, &value, id).await,
        SettingsCommand::History => history(desk).await,
    }
}

async fn get(desk: &mut Desk, key: Option<&str>) -> Result<(), ScriptError> {
    let record: Record = desk.api.get("/v1/settings").await?;
    show(desk, record, key)
}

async fn set(
    desk: &mut Desk,
    key: &str,
    text: &str,
    id: Option<uuid::Uuid>,
) -> Result<(), ScriptError> {
    let Some(field) = Field::at(key) else {
        let says = format!("{key}: no such setting; `smsdesk settings` lists them");
        return Err(ScriptError::Usage(says));
    };
    let value = field.form.read(text);
    if !value.is_null() && !field.form.takes(&value) {
        let says = format!("{key}: expected {}", field.form.expected());
        return Err(ScriptError::Usage(says));
    }
    let put = PutSettings {
        id: Some(RequestId(id.unwrap_or_else(clock::new_id))),
        if_seq: None,
        patch: patch_of(key, value),
    };
    let record: Record = desk.api.put("/v1/settings", &put.body()).await?;
    show(desk, record, Some(key))
}

fn show(desk: &mut Desk, record: Record, key: Option<&str>) -> Result<(), ScriptError> {
    let Record::Setting(setting) = record else {
        let says = "the relay answered with something else than its settings";
        return Err(ScriptError::Failed(says.to_owned()));
    };
    let Some(key) = key else {
        return print(desk, &setting, "");
    };
    let whole = document(&setting.settings);
    if Field::at(key).is_none() && !Field::is_below(key) {
        let says = format!("{key}: no such setting; `smsdesk settings` lists them");
        return Err(ScriptError::Usage(says));
    }
    let value = at(&whole, key).cloned().unwrap_or_default();
    if value.is_object() {
        return print(desk, &setting, key);
    }
    if desk.output.is_json() {
        return desk.output.json(&value);
    }
    let shown = Field::at(key).map_or_else(String::new, |field| field.form.show(&value));
    desk.output.texts(&[&shown])
}

/// Everything at or below a path, one a line.
fn print(desk: &mut Desk, setting: &Setting, below: &str) -> Result<(), ScriptError> {
    let whole = document(&setting.settings);
    if desk.output.is_json() {
        return match below {
            "" => desk
                .output
                .json(&Record::Setting(Box::new(setting.clone()))),
            _ => desk.output.json(&at(&whole, below)),
        };
    }
    let below = format!("{below}.");
    for (path, field) in listed(&whole) {
        if below == "." || path.starts_with(&below) {
            let value = at(&whole, &path).unwrap_or(&Value::Null);
            desk.output.texts(&[&path, &field.form.show(value)])?;
        }
    }
    Ok(())
}

async fn history(desk: &mut Desk) -> Result<(), ScriptError> {
    let page: SettingHistory = desk.api.get("/v1/settings/history").await?;
    for change in page.changes.iter().rev() {
        let who = change.name.as_deref().unwrap_or("operator");
        let what = format!("{} → {}", change.from, change.to);
        let at = change.at.to_rfc3339();
        desk.output
            .columns(change, &[&at, who, &change.field, &what])?;
    }
    Ok(())
}

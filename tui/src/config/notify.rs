//! The table `[ui.notify]`: how to call for attention.

use crate::effect::Sequence;
use crate::model::attention::{Kind, Notify};
use serde::Deserialize;
use smsdesk_common::config::ConfigError;

/// The most words of the notification command; more are a mistake.
const COMMAND_WORDS_MAX: usize = 32;

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Table {
    kinds: Vec<String>,
    bell: bool,
    desktop: String,
    preview: bool,
    command: Vec<String>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            kinds: Kind::ALL.map(|kind| kind.name().to_owned()).to_vec(),
            bell: true,
            desktop: "auto".to_owned(),
            preview: true,
            command: Vec::new(),
        }
    }
}

/// What the table means. `wrong` makes an error of a key and what it expected.
pub(super) fn read(
    table: Table,
    variable: impl Fn(&str) -> Option<String>,
    wrong: impl Fn(&str, &str) -> ConfigError,
) -> Result<Notify, ConfigError> {
    let kind = |name: &String| Kind::ALL.into_iter().find(|kind| kind.name() == name);
    let kinds: Option<Vec<Kind>> = table.kinds.iter().map(kind).collect();
    let kinds = kinds.ok_or_else(|| {
        let expected = "a list of mine, unassigned, mention, assigned and failed";
        wrong("ui.notify.kinds", expected)
    })?;
    let desktop = match table.desktop.as_str() {
        "auto" => sequence(&variable),
        "osc9" => Some(Sequence::Osc9),
        "osc777" => Some(Sequence::Osc777),
        "osc99" => Some(Sequence::Osc99),
        "command" if table.command.is_empty() => {
            return Err(wrong("ui.notify.desktop", "ui.notify.command beside it"));
        }
        "command" | "off" => None,
        _ => {
            let expected = "auto, osc9, osc777, osc99, command or off";
            return Err(wrong("ui.notify.desktop", expected));
        }
    };
    if table.command.len() > COMMAND_WORDS_MAX {
        let expected = format!("a program with at most {} arguments", COMMAND_WORDS_MAX - 1);
        return Err(wrong("ui.notify.command", &expected));
    }
    Ok(Notify {
        bell: table.bell,
        desktop,
        kinds,
        preview: table.preview,
        command: table.command,
    })
}

/// The sequence that a terminal is known to show as a notification. Inside of a multiplexer nobody
/// knows which terminal is outside, and another one might print it.
fn sequence(variable: impl Fn(&str) -> Option<String>) -> Option<Sequence> {
    let set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let term = variable("TERM").unwrap_or_default();
    if set("TMUX") || term.starts_with("screen") {
        return None;
    }
    match variable("TERM_PROGRAM").as_deref() {
        Some("iTerm.app" | "ghostty") => return Some(Sequence::Osc9),
        Some("WezTerm") => return Some(Sequence::Osc777),
        _ => {}
    }
    match term.as_str() {
        "xterm-kitty" => Some(Sequence::Osc99),
        "xterm-ghostty" => Some(Sequence::Osc9),
        term if term.starts_with("foot") || term.starts_with("rxvt") => Some(Sequence::Osc777),
        _ if set("VTE_VERSION") => Some(Sequence::Osc777),
        _ => None,
    }
}

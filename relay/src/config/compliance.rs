//! What the file says about answers to STOP, START and HELP.

use crate::desk::consent::answer::Answers;
use serde::Deserialize;
use smsdesk_common::config::ConfigError;

/// The longest answer, in characters: two segments of GSM-7. Carriers want it in one text.
const TEXT_CHARACTERS_MAX: usize = 320;

/// The table of the file.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Table {
    reply_to_stop: String,
    stop_text: String,
    start_text: String,
    help_text: String,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            reply_to_stop: "twilio".to_owned(),
            stop_text: "You have been unsubscribed and get no more texts from us. Reply START to \
                        get them again."
                .to_owned(),
            start_text: "You get our texts again. Reply HELP for help, STOP to unsubscribe."
                .to_owned(),
            help_text: "Reply to this text to reach our team, STOP to get no more texts. Msg&Data \
                        rates may apply."
                .to_owned(),
        }
    }
}

/// The relay's own answers, where it is to give them.
pub(super) fn answers(table: Table) -> Result<Option<Answers>, ConfigError> {
    let answers = Answers {
        stop: text("relay.compliance.stop_text", table.stop_text)?,
        start: text("relay.compliance.start_text", table.start_text)?,
        help: text("relay.compliance.help_text", table.help_text)?,
    };
    match table.reply_to_stop.as_str() {
        "twilio" => Ok(None),
        "relay" => Ok(Some(answers)),
        other => {
            let problem = format!("{other:?}: expected `twilio` or `relay`");
            Err(ConfigError::new("relay.compliance.reply_to_stop", problem))
        }
    }
}

fn text(key: &str, text: String) -> Result<String, ConfigError> {
    let characters = text.chars().count();
    if text.trim().is_empty() || characters > TEXT_CHARACTERS_MAX {
        let problem = format!("expected 1 to {TEXT_CHARACTERS_MAX} characters, found {characters}");
        return Err(ConfigError::new(key, problem));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provider_answers_unless_the_relay_is_told_to() {
        assert_eq!(answers(Table::default()).unwrap(), None);
        let relay = Table {
            reply_to_stop: "relay".to_owned(),
            stop_text: "Bye".to_owned(),
            ..Table::default()
        };
        assert_eq!(answers(relay).unwrap().unwrap().stop, "Bye");
        for (table, expected) in [
            (
                Table {
                    reply_to_stop: "nobody".to_owned(),
                    ..Table::default()
                },
                "reply_to_stop",
            ),
            (
                Table {
                    help_text: " ".to_owned(),
                    ..Table::default()
                },
                "help_text",
            ),
            (
                Table {
                    stop_text: "x".repeat(321),
                    ..Table::default()
                },
                "found 321",
            ),
        ] {
            let error = answers(table).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}

//! What the file says about calls to our lines.

use crate::twilio::call::CallPlan;
use serde::Deserialize;
use smsdesk_common::config::ConfigError;
use smsdesk_common::phone::{Address, Region};

/// The longest greeting, in characters: about a minute of speech.
const GREETING_CHARACTERS_MAX: usize = 600;

/// The table of the file.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Table {
    forward_to: Option<String>,
    greeting: String,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            forward_to: None,
            greeting: "Nobody can take your call right now. Please send a text to this number."
                .to_owned(),
        }
    }
}

/// What happens to a call.
pub(super) fn plan(table: Table, home: Region) -> Result<CallPlan, ConfigError> {
    let forward_to = table.forward_to.map(|number| {
        Address::parse_dialable(&number, Some(home)).map_err(|error| {
            let problem = format!("{number:?}: {error}");
            ConfigError::new("relay.calls.forward_to", problem)
        })
    });
    let characters = table.greeting.chars().count();
    if table.greeting.trim().is_empty() || characters > GREETING_CHARACTERS_MAX {
        let problem =
            format!("expected 1 to {GREETING_CHARACTERS_MAX} characters, found {characters}");
        return Err(ConfigError::new("relay.calls.greeting", problem));
    }
    Ok(CallPlan {
        forward_to: forward_to.transpose()?,
        greeting: table.greeting,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_usually_written_and_what_is_none_is_refused() {
        let home: Region = "US".parse().unwrap();
        let of = |number: &str| Table {
            forward_to: Some(number.to_owned()),
            ..Table::default()
        };
        let there = plan(of("(239) 426-7058"), home).unwrap().forward_to;
        assert_eq!(there.unwrap().as_str(), "+12394267058");
        assert_eq!(plan(Table::default(), home).unwrap().forward_to, None);
        let error = plan(of("the office"), home).unwrap_err().to_string();
        assert!(error.contains("relay.calls.forward_to"), "{error}");
        let silent = Table {
            greeting: " ".to_owned(),
            ..Table::default()
        };
        let error = plan(silent, home).unwrap_err().to_string();
        assert!(error.contains("relay.calls.greeting"), "{error}");
    }
}

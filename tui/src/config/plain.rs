//! Plain values of `[ui]` and what they may be.

use crate::cache::cipher::{CAN_ENCRYPT, Wish};
use crate::input::escape::ESC_WAITS_MS;
use crate::model::Colours;
use crate::model::hold::HOLD_S_MAX;
use smsdesk_common::config::ConfigError;
use std::time::Duration;

pub(super) fn esc_wait(
    ms: u64,
    wrong: impl Fn(&str, &str) -> ConfigError,
) -> Result<Duration, ConfigError> {
    if !ESC_WAITS_MS.contains(&ms) {
        let (least, most) = (ESC_WAITS_MS.start(), ESC_WAITS_MS.end());
        let expected = format!("{least} to {most} milliseconds, found {ms}");
        return Err(wrong("ui.esc_wait_ms", &expected));
    }
    Ok(Duration::from_millis(ms))
}

pub(super) fn undo_send(
    seconds: u64,
    wrong: impl Fn(&str, &str) -> ConfigError,
) -> Result<Duration, ConfigError> {
    if seconds > u64::from(HOLD_S_MAX) {
        let expected = format!("0 to {HOLD_S_MAX} seconds, found {seconds}");
        return Err(wrong("ui.undo_send_s", &expected));
    }
    Ok(Duration::from_secs(seconds))
}

pub(super) fn theme(name: &str) -> Option<Colours> {
    Some(match name {
        "dark" => Colours::Dark,
        "light" => Colours::Light,
        "high-contrast" => Colours::HighContrast,
        "16" => Colours::Sixteen,
        _ => return None,
    })
}

/// Whether the files are encrypted: never silently not.
pub(super) fn encryption(
    wanted: bool,
    wrong: impl Fn(&str, &str) -> ConfigError,
) -> Result<Wish, ConfigError> {
    match (wanted, CAN_ENCRYPT) {
        (false, _) => Ok(Wish::Plain),
        (true, true) => Ok(Wish::Encrypted),
        (true, false) => {
            let expected = "false: this smsdesk was built without encryption, which is the cargo feature \
                            encrypted-cache";
            Err(wrong("ui.encrypt_cache", expected))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use std::path::Path;

    #[test]
    fn a_build_without_encryption_refuses_the_key_and_names_both() {
        let text = "[ui]\nencrypt_cache = true\n";
        let read = parse(Path::new("smsdesk.toml"), text, |_| None);
        if CAN_ENCRYPT {
            assert_eq!(read.unwrap().encryption, Wish::Encrypted);
            return;
        }
        let error = read.unwrap_err().to_string();
        assert!(
            error.starts_with("smsdesk.toml:2: ui.encrypt_cache: "),
            "{error}"
        );
        assert!(
            error.contains("the cargo feature encrypted-cache"),
            "{error}"
        );
    }
}

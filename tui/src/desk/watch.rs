//! Looks whether the configuration was changed, when somebody is at the keys: one look at the file's
//! time and size. Nothing happens at rest.

use crate::config::{self, Config};
use crate::model::listing::SavedView;
use crate::model::{Colours, Preferences};
use crate::terminal::kind::Palette;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What the file looked like: its time and its size.
type Stamp = (SystemTime, u64);

/// The configuration's file, and what it looked like when it was read last.
#[derive(Clone, Debug)]
pub struct Watch {
    file: PathBuf,
    palette: Palette,
    colourless: bool,
    seen: Option<Stamp>,
}

/// What of a configuration can be changed while the app runs.
pub fn preferences(config: &Config, palette: Palette) -> Preferences {
    let colours = match palette {
        _ if !config.colours => Colours::None,
        Palette::Sixteen => Colours::Sixteen,
        Palette::Indexed => config.theme,
    };
    Preferences {
        colours,
        home: config.region,
        notify: config.notify.clone(),
        mouse: config.mouse,
        tools: Some(config.tools()),
        aids: config.aids.clone(),
    }
}

/// What a changed configuration comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reread {
    /// What the app takes.
    pub(super) preferences: Preferences,
    /// The views of one's own, which the lists are read by.
    pub(super) saved: Arc<[SavedView]>,
    /// For how long a text can be taken back from now on.
    pub(super) hold: Duration,
}

impl Watch {
    /// Watches `file`, which `config` was read from just now or which is not there yet.
    pub fn new(file: PathBuf, config: &Config, palette: Palette) -> Self {
        let seen = stamp(&file);
        Self {
            file,
            palette,
            colourless: !config.colours,
            seen,
        }
    }

    /// The settings where the file was changed since the last look, or what is wrong with it and
    /// where. A file that is gone changes nothing: editors take it away before they put it back.
    pub(super) fn look(&mut self) -> Option<Result<Reread, String>> {
        let stamp = stamp(&self.file)?;
        if self.seen.replace(stamp) == Some(stamp) {
            return None;
        }
        let read = config::load(Some(&self.file));
        Some(match read {
            Ok(mut config) => {
                // What was switched off for this run stays off.
                config.colours &= !self.colourless;
                Ok(Reread {
                    preferences: preferences(&config, self.palette),
                    saved: Arc::clone(&config.views),
                    hold: config.undo_send,
                })
            }
            Err(error) => Err(error.to_string()),
        })
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(file).ok()?;
    Some((about.modified().ok()?, about.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::input::context::Context;

    #[test]
    fn a_change_is_read_once_and_a_mistake_is_named_by_file_line_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("smsdesk.toml");
        let config = config::parse(&file, "", |_| None).unwrap();
        let mut watch = Watch::new(file.clone(), &config, Palette::Indexed);
        assert_eq!(watch.look(), None, "there is no file yet");
        std::fs::write(&file, "[ui]\ntheme = \"light\"\n").unwrap();
        let read = watch.look().unwrap().unwrap();
        assert_eq!(read.preferences.colours, Colours::Light);
        assert_eq!(watch.look(), None);
        std::fs::write(&file, "[ui]\n\ntheme = \"lightest\"\n").unwrap();
        let error = watch.look().unwrap().unwrap_err();
        let place = format!("{}:3: ui.theme: expected dark, ", file.display());
        assert!(error.starts_with(&place), "{error}");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(watch.look(), None);
    }

    #[test]
    fn keys_macros_views_and_the_time_to_take_back_are_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("smsdesk.toml");
        let config = config::parse(&file, "", |_| None).unwrap();
        let mut watch = Watch::new(file.clone(), &config, Palette::Indexed);
        let text = "[ui]\nundo_send_s = 9\n[[ui.views]]\nname = \"Billing\"\n\
                    filter = \"label:billing\"\n[[ui.macros]]\nname = \"Close\"\nkey = \"c\"\n\
                    actions = [\"done\"]\n[keys]\nsnooze = [\"s\"]\nsnoze = [\"x\"]\n";
        std::fs::write(&file, text).unwrap();
        let read = watch.look().unwrap().unwrap();
        assert_eq!(read.hold, Duration::from_secs(9));
        assert_eq!(read.saved[0].name, "Billing");
        let tools = read.preferences.tools.unwrap();
        assert_eq!(tools.saved, read.saved.to_vec());
        assert_eq!(tools.keymap.macros()[0].name, "Close");
        let key = tools.keymap.key_for(Context::List, Action::Snooze);
        assert_eq!(key.as_deref(), Some("s"));
        let wrong = format!("Left out: {}:12: unknown action `snoze`", file.display());
        assert!(
            tools.left_out[0].starts_with(&wrong),
            "{:?}",
            tools.left_out
        );
    }
}

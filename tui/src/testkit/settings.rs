//! What is set at the relay, for tests.

use crate::effect::SettingsAsk as Ask;
use crate::event::CacheEvent;
use smsdesk_common::settings::edit::document;
use smsdesk_common::settings::{Setting, Settings, edit, patch_of};

/// What the cache and the relay know of settings.
#[derive(Clone, Debug)]
pub(crate) struct SettingsDisk {
    pub(crate) setting: Setting,
    /// Why the relay refuses every change.
    pub(crate) refuses: Option<String>,
}

impl Default for SettingsDisk {
    fn default() -> Self {
        Self {
            setting: Setting::untouched(),
            refuses: None,
        }
    }
}

impl SettingsDisk {
    /// Does what the cache and the relay would do.
    pub(super) fn perform(&mut self, ask: Ask) -> CacheEvent {
        match ask {
            Ask::Load => CacheEvent::Settings(Box::new(self.setting.clone())),
            Ask::Set(wanted) => {
                let mut set = document(&self.setting.settings);
                let patch = patch_of(&wanted.path, wanted.value.clone());
                let refused = match &self.refuses {
                    Some(why) => Some(why.clone()),
                    None => edit(&mut set, &patch).err(),
                };
                if refused.is_none() {
                    self.setting.settings = Settings::of(&set);
                }
                CacheEvent::SettingWritten { wanted, refused }
            }
        }
    }
}

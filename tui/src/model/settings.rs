//! What can be set at the relay, as the app knows it: the record as last read, and how it is shown.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::settings::edit::{at, document, listed};
use smsdesk_common::settings::{Field, Form, Setting, Settings};

/// Something about settings that the runtime must do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Read what holds; answered by [`crate::event::CacheEvent::Settings`].
    Load,
    /// Ask the relay to set a field, now or not at all; answered by
    /// [`crate::event::CacheEvent::SettingWritten`].
    Set(Wanted),
}

/// A field as it is to be; null for what holds where nothing is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Which.
    pub path: String,
    /// What it is to be.
    pub value: Value,
}

/// What is known of settings.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// As last read, and as a document.
    held: Option<(Setting, Map<String, Value>)>,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The field's path.
    pub path: String,
    /// What it is.
    pub field: &'static Field,
    /// What holds.
    pub value: Value,
}

impl Shown {
    /// The record was read.
    pub fn accept(&mut self, setting: Setting) {
        let whole = document(&setting.settings);
        self.held = Some((setting, whole));
    }

    /// What holds; none before the record was read.
    pub fn held(&self) -> Option<&Settings> {
        self.held.as_ref().map(|(setting, _)| &setting.settings)
    }

    /// Every field with what holds; none before the record was read.
    pub fn lines(&self) -> Vec<Line> {
        let Some((_, whole)) = &self.held else {
            return Vec::new();
        };
        let listed = listed(whole).into_iter();
        let lines = listed.map(|(path, field)| Line {
            value: at(whole, &path).cloned().unwrap_or_default(),
            path,
            field,
        });
        lines.collect()
    }

    /// The field of that path.
    pub fn line(&self, path: &str) -> Option<Line> {
        self.lines().into_iter().find(|line| line.path == path)
    }
}

impl Line {
    /// What holds, as people read it.
    pub fn shown(&self) -> String {
        match self.field.form.show(&self.value) {
            empty if empty.is_empty() => "–".to_owned(),
            shown => shown,
        }
    }

    /// What one key makes of it; none where words are needed.
    pub fn turned(&self) -> Option<Value> {
        match (self.field.form, &self.value) {
            (Form::Switch, value) => Some(Value::Bool(*value != Value::Bool(true))),
            (Form::MaybeSwitch, Value::Null) => Some(Value::Bool(true)),
            (Form::MaybeSwitch, Value::Bool(true)) => Some(Value::Bool(false)),
            (Form::MaybeSwitch, _) => Some(Value::Null),
            (Form::Choice(names), value) => {
                let held = names.iter().position(|name| value.as_str() == Some(*name));
                let next = held.map_or(0, |held| (held + 1) % names.len());
                Some(Value::from(*names.get(next)?))
            }
            _ => None,
        }
    }
}

/// Why somebody may only read settings, in words; none where they may change them.
pub fn reads_only(me: Option<&Agent>) -> Option<String> {
    match me.map(|me| me.role) {
        Some(Role::Admin) | None => None,
        Some(role) => Some(format!(
            "only an admin changes settings; your role is {}",
            role.as_str()
        )),
    }
}

//! How fields look that wait to be filled in.

use crate::model::composer::Composer;
use ratatui::style::{Modifier, Style};
use smsdesk_common::template::Field;

/// The fields of a text.
pub(super) struct FieldLooks {
    all: Vec<Field>,
    here: Option<Field>,
}

impl FieldLooks {
    /// Those of a text that is being written.
    pub(super) fn of(composer: &Composer) -> Self {
        Self {
            all: composer.fields(),
            here: composer.field_here(),
        }
    }

    /// What is added to the character at a byte: a field is underlined, the one that typing would
    /// replace is reversed.
    pub(super) fn looks(&self, at: usize) -> Style {
        let is_in = |field: &Field| field.range.contains(&at);
        if self.here.as_ref().is_some_and(is_in) {
            return Style::new().add_modifier(Modifier::REVERSED);
        }
        match self.all.iter().any(is_in) {
            true => Style::new().add_modifier(Modifier::UNDERLINED),
            false => Style::new(),
        }
    }
}

//! What helps with writing, as the configuration has it.

use crate::model::insight::Marks;
use crate::model::price::Prices;
use serde::{Deserialize, Serialize};

/// The editor where neither configuration nor environment names one.
pub const EDITOR: &str = "vi";

/// Segments beyond which a text wants a second Enter, where the configuration says nothing.
pub const WARN_SEGMENTS: u32 = 3;

/// What helps with writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aids {
    /// The agent's own editor, as a shell takes it.
    pub editor: String,
    /// What finds misspelt words, as a shell takes it; none where nothing does.
    pub spell: Option<String>,
    /// A text of more segments wants a second Enter; 0 for never.
    pub warn_segments: u32,
    /// What a segment costs.
    pub prices: Prices,
    /// How what texts seem to say is shown.
    #[serde(default)]
    pub insight: Marks,
}

impl Default for Aids {
    fn default() -> Self {
        Self {
            editor: EDITOR.to_owned(),
            spell: None,
            warn_segments: WARN_SEGMENTS,
            prices: Prices::default(),
            insight: Marks::default(),
        }
    }
}

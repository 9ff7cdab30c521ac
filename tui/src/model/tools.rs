//! What the agents made the app their own with: keys, macros and views. Nothing here says anything
//! about customers, and all of it can change while the app runs.

use crate::input::keymap::Keymap;
use crate::model::listing::SavedView;
use serde::{Deserialize, Serialize};

/// Keys, macros and views in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// Which key means what, macros included.
    pub keymap: Keymap,
    /// The views of one's own, by number.
    pub saved: Vec<SavedView>,
    /// What was asked for and is not there because it is wrong, in sentences.
    pub left_out: Vec<String>,
}

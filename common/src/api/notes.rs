//! `POST /v1/conversations/{id}/notes`: words among colleagues, which the customer never sees.

use crate::ids::EntryId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest note, in characters: more belongs into a document.
pub const NOTE_CHARACTERS_MAX: usize = 4_000;

/// Writes a note. Answered with its entry: 201, or 200 where the id was used for it before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WriteNote {
    /// The entry's id, chosen by the client; repeating the request is harmless.
    pub id: EntryId,
    /// The words; `@name` calls a colleague.
    pub body: String,
}

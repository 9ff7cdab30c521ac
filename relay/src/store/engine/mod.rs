//! What differs between database engines: opening, settings, schema, moving the log, and how a
//! transaction claims its positions.

pub(crate) mod checkpoint;
pub(crate) mod open;
pub(crate) mod sqlite;

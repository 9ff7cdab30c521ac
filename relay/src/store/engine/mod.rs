//! What differs between database engines: opening, settings, schema, and how a transaction claims
//! its positions.

pub(crate) mod sqlite;

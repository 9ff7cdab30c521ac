//! Twilio: its signatures, its forms, its REST API. The only place that knows Twilio's field names.
//!
//! What leaves this module has neutral names and checked types. It never writes to the store, never
//! decides what a message means for the desk, and never logs a number, a text or a secret.

pub mod call;
pub mod classify;
pub mod client;
pub mod form;
pub mod holdings;
pub mod listed;
pub mod overrides;
pub mod probe;
pub mod public_url;
mod report;
pub mod sid;
pub mod signature;
pub mod simulator;

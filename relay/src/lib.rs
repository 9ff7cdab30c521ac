//! The smsdesk relay.

pub mod clock;
pub mod hub;
pub mod store;
pub mod twilio;

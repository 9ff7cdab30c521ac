//! Bodies of the HTTP API under `/v1`, one resource a file, and the stable codes of its errors.

pub mod changes;
pub mod conversations;
pub mod error;
pub mod health;
pub mod join;
pub mod messages;
pub mod read;
pub mod update;

pub use error::{ErrorCode, Problem};

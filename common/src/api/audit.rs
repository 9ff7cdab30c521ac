//! `GET /v1/audit`: who did what, the newest first.

use crate::audit::AuditRow;
use crate::ids::Seq;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A page of the audit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditPage {
    /// The newest first.
    pub rows: Vec<AuditRow>,
    /// Where the next page goes on: rows before this number; none at the end.
    pub before: Option<Seq>,
}

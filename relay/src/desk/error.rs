//! Why the desk did not do what was asked.

use crate::store::StoreError;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::meanwhile::Meanwhile;
use smsdesk_common::record::Record;

/// Why the desk did not do what was asked. Nothing was stored.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DeskError {
    /// It must not, or makes no sense; the words are for whoever asked.
    #[error("{}: {detail}", code.as_str())]
    Refused {
        /// What scripts look at.
        code: ErrorCode,
        /// What, where, what was expected. Holds no body and no number but the asker's own.
        detail: String,
    },
    /// A record is not as whoever asked expected.
    #[error("{}: {detail}", code.as_str())]
    Conflict {
        /// What scripts look at.
        code: ErrorCode,
        /// As in [`Self::Refused`].
        detail: String,
        /// As it is.
        current: Box<Record>,
    },
    /// Others did something to the conversation that whoever asked had not seen.
    #[error("{}: {detail}", meanwhile.code().as_str())]
    Meanwhile {
        /// As in [`Self::Refused`].
        detail: String,
        /// What they did.
        meanwhile: Box<Meanwhile>,
    },
    /// A text asks for values that nobody gave.
    #[error("{}: {detail}", ErrorCode::VariablesMissing.as_str())]
    Lacks {
        /// As in [`Self::Refused`].
        detail: String,
        /// Their names, in the order of the text.
        missing: Vec<String>,
    },
    /// It could not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DeskError {
    /// A refusal with its words.
    pub fn refused(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Refused {
            code,
            detail: detail.into(),
        }
    }
}

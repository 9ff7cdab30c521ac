//! Answers to requests, and which were refusals.

use super::label_counter;
use axum::http::StatusCode;
use prometheus::IntCounterVec;
use smsdesk_common::api::ErrorCode;

/// What is counted by its name: what strangers and floods meet, and what the relay itself got wrong.
/// Other errors are about what was asked, and counted together.
const TOLD_APART: [ErrorCode; 12] = [
    ErrorCode::TokenMissing,
    ErrorCode::TokenUnknown,
    ErrorCode::Forbidden,
    ErrorCode::OriginRefused,
    ErrorCode::InviteInvalid,
    ErrorCode::RateLimited,
    ErrorCode::BodyTooLarge,
    ErrorCode::BodyMalformed,
    ErrorCode::RouteUnknown,
    ErrorCode::Internal,
    ErrorCode::StoreUnavailable,
    ErrorCode::Busy,
];
const OTHER: &str = "other";
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Counts answers.
#[derive(Debug)]
pub(crate) struct Answers {
    classes: IntCounterVec,
    refused: IntCounterVec,
}

impl Answers {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        let answers = Self {
            classes: label_counter("smsdesk_requests_total", &["class"])?,
            refused: label_counter("smsdesk_refused_total", &["code"])?,
        };
        for class in CLASSES {
            answers.classes.with_label_values(&[class]);
        }
        let codes = TOLD_APART.iter().map(|code| code.as_str());
        for code in codes.chain([OTHER]) {
            answers.refused.with_label_values(&[code]);
        }
        Ok(answers)
    }

    pub(super) fn parts(&self) -> [Box<dyn prometheus::core::Collector>; 2] {
        [
            Box::new(self.classes.clone()),
            Box::new(self.refused.clone()),
        ]
    }

    /// A request was answered with this status, and this error where it was one.
    pub(crate) fn answered(&self, status: StatusCode, code: Option<ErrorCode>) {
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len());
        self.classes.with_label_values(&[CLASSES[class - 1]]).inc();
        if let Some(code) = code {
            let named = TOLD_APART.contains(&code);
            let name = if named { code.as_str() } else { OTHER };
            self.refused.with_label_values(&[name]).inc();
        }
    }
}

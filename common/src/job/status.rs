//! How far a job has come: states, and which may follow which.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a job has come.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// It has its time.
    Assigned,
    /// The technician is on the way.
    Enroute,
    /// The technician is there.
    OnSite,
    /// It is done.
    Complete,
    /// It does not take place.
    Canceled,
}

impl JobStatus {
    /// Every state, in the order of a visit.
    pub const ALL: [Self; 5] = [
        Self::Assigned,
        Self::Enroute,
        Self::OnSite,
        Self::Complete,
        Self::Canceled,
    ];

    /// The name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Enroute => "enroute",
            Self::OnSite => "on_site",
            Self::Complete => "complete",
            Self::Canceled => "canceled",
        }
    }

    /// As people call it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::OnSite => "on site",
            other => other.as_str(),
        }
    }

    /// Reads [`Self::as_str`]'s names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether nothing follows any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Complete | Self::Canceled)
    }

    /// Whether `to` may follow. A visit goes forward and may skip a step; a technician who was on
    /// the way may have been called back.
    pub fn may_become(self, to: Self) -> bool {
        let turns_back = (self, to) == (Self::Enroute, Self::Assigned);
        self == to || turns_back || (!self.is_over() && to > self)
    }

    /// The states that may follow, apart from the one that it is in.
    pub fn next(self) -> Vec<Self> {
        let others = Self::ALL.into_iter().filter(|to| *to != self);
        others.filter(|to| self.may_become(*to)).collect()
    }
}

//! What was done to a job, as the timeline keeps it: typed for programs, and in words.

use super::{Job, JobStatus, Withheld, told};
use crate::cause::TriggerKind;
use crate::ids::JobId;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was done to a job, and which one it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobDeed {
    /// Which.
    pub job: JobId,
    /// When it begins, after what was done.
    pub starts_at: Timestamp,
    /// Where it is by the clock.
    pub zone: String,
    /// Who visits the customer, after what was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician: Option<String>,
    /// What.
    pub change: JobChange,
}

/// What was done to a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum JobChange {
    /// It was made.
    Made,
    /// It came further.
    Status {
        /// Before.
        from: JobStatus,
        /// After.
        to: JobStatus,
    },
    /// It has another time.
    Moved {
        /// Before.
        from: Timestamp,
    },
    /// Somebody else visits the customer.
    Technician {
        /// Before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// Something else of it was changed.
    Fields {
        /// The names of what was changed.
        fields: Vec<String>,
    },
    /// The customer was not told something.
    Withheld {
        /// What.
        notice: TriggerKind,
        /// Why.
        why: Withheld,
    },
    /// The customer was not told something yet, for want of values.
    Lacks {
        /// What.
        notice: TriggerKind,
        /// The names of the values.
        names: Vec<String>,
    },
    /// It is gone.
    Deleted,
    /// Something that only a later version understands.
    #[serde(other)]
    Unknown,
}

impl JobDeed {
    /// What was done to `job`, which is as it is afterwards.
    pub fn of(job: &Job, change: JobChange) -> Self {
        Self {
            job: job.id,
            starts_at: job.starts_at,
            zone: job.zone.clone(),
            technician: job.technician.clone(),
            change,
        }
    }

    /// In words that follow a name.
    pub fn words(&self) -> String {
        let job = told(self.starts_at, &self.zone, self.technician.as_deref());
        let bare = || told(self.starts_at, &self.zone, None);
        match &self.change {
            JobChange::Made => format!("assigned the job on {job}"),
            JobChange::Status { to, .. } => {
                format!("marked the job on {job} as {}", to.words())
            }
            JobChange::Moved { from } => {
                let from = told(*from, &self.zone, None);
                format!("moved the job on {from} to {job}")
            }
            JobChange::Technician { .. } => match &self.technician {
                Some(technician) => format!("gave the job on {} to {technician}", bare()),
                None => format!("left the job on {} without a technician", bare()),
            },
            JobChange::Fields { fields } => {
                format!("changed the {} of the job on {job}", fields.join(", "))
            }
            JobChange::Withheld { notice, why } => {
                format!(
                    "sent no {notice} text for the job on {job}: {}",
                    why.words()
                )
            }
            JobChange::Lacks { notice, names } => {
                let names = names.join(", ");
                format!("sent no {notice} text for the job on {job} yet: expected {names}")
            }
            JobChange::Deleted => format!("deleted the job on {job}"),
            JobChange::Unknown => format!("changed the job on {job}"),
        }
    }
}

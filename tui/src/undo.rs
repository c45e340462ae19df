//! What takes changes back: kept on disk, so that it is there after a restart, too.

use serde::{Deserialize, Serialize};
use vitae_contracts_core::Timestamp;
use vitae_sdk::{ResumeId, UserId};

use crate::draft::Texts;
use crate::work::Plan;

/// One change that can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// Names it on disk.
    pub(crate) key: String,
    pub(crate) at: Timestamp,
    /// What people call the object, or the objects; safe to show.
    pub(crate) name: String,
    pub(crate) how: How,
}

/// How a change is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// By the opposite act, on each object that has not moved on.
    Act(Plan),
    /// By the texts from before, if the person is still at this version.
    Person { id: UserId, version: u64, before: Texts },
    /// By what a revision was, if the resume is still at this version.
    Resume { id: ResumeId, version: u64, before: u64 },
}

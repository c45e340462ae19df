//! Statistics of all people and resumes.

use serde::{Deserialize, Serialize};
use vitae_contracts_core::{Role, Status, Untrusted};

use crate::ResumeSummary;

/// Body of the response of `GET /v1/stats`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stats {
    /// The version of the server.
    pub version: String,
    /// The statistics of people.
    pub users: UserStats,
    /// The statistics of resumes.
    pub resumes: ResumeStats,
}

/// Statistics of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserStats {
    /// The number of people who are not deleted.
    pub live: u64,
    /// The number of people in the trash.
    pub deleted: u64,
    /// The number of people who are not deleted, by role; including roles without people.
    pub by_role: Vec<RoleCount>,
    /// The number of people who are not deleted, by status; including statuses without people.
    pub by_status: Vec<StatusCount>,
    /// The size of the service's database in bytes, without its write-ahead log.
    pub storage_bytes: u64,
}

/// The number of people with a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleCount {
    /// The role.
    pub role: Role,
    /// The number of people.
    pub count: u64,
}

/// The number of people with a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusCount {
    /// The status.
    pub status: Status,
    /// The number of people.
    pub count: u64,
}

/// Statistics of resumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResumeStats {
    /// The number of resumes that are not deleted.
    pub live: u64,
    /// The number of resumes in the trash.
    pub deleted: u64,
    /// The 50 most used tags of resumes that are not deleted, most used first, then by name.
    pub by_tag: Vec<TagCount>,
    /// The number of other tags.
    pub other_tags: u64,
    /// The resumes that are not deleted, by month: the last 24 months in UTC, oldest first, including empty ones.
    pub by_month: Vec<MonthCount>,
    /// The number of resumes that were created before the first month.
    pub created_earlier: u64,
    /// The number of resumes that were last updated before the first month.
    pub updated_earlier: u64,
    /// The ten resumes whose last update is longest ago, longest first; none that is deleted.
    pub stalest: Vec<ResumeSummary>,
    /// The size of the service's database in bytes, without its write-ahead log.
    pub storage_bytes: u64,
}

/// The number of resumes with a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TagCount {
    /// The tag.
    pub tag: Untrusted,
    /// The number of resumes.
    pub count: u64,
}

/// The number of resumes of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MonthCount {
    /// The month in UTC, such as `2026-11`.
    pub month: String,
    /// The number of resumes that were created in it.
    pub created: u64,
    /// The number of resumes whose last update was in it.
    pub updated: u64,
}

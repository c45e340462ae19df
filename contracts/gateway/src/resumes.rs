//! Resumes.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vitae_contracts_core::{ResumeId, Timestamp, Untrusted, UserId};

/// The owner of a resume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Owner {
    /// The id of the person.
    pub id: UserId,
    /// The name of the person; null until the resumes service has received it.
    pub name: Option<Untrusted>,
}

/// A resume without its document, as returned in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResumeSummary {
    /// The id; never changes.
    pub id: ResumeId,
    /// The title: 1 to 200 characters, need not be unique.
    pub title: Untrusted,
    /// The owner; never changes.
    pub owner: Owner,
    /// The tags, folded and sorted.
    pub tags: Vec<Untrusted>,
    /// The revision: increases by one with each change, and is the `ETag`.
    pub revision: u64,
    /// The time of the last change.
    pub updated_at: Timestamp,
    /// The time of deletion; null unless deleted.
    pub deleted_at: Option<Timestamp>,
}

/// All fields of a resume except its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResumeHead {
    /// The fields that are returned in lists.
    #[serde(flatten)]
    pub summary: ResumeSummary,
    /// The time of creation.
    pub created_at: Timestamp,
}

/// A resume with its document.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resume {
    /// The id; never changes.
    pub id: ResumeId,
    /// The title: 1 to 200 characters, need not be unique.
    pub title: Untrusted,
    /// The owner; never changes.
    pub owner: Owner,
    /// The tags, folded and sorted.
    pub tags: Vec<Untrusted>,
    /// The revision: increases by one with each change, and is the `ETag`.
    pub revision: u64,
    /// The time of the last change.
    pub updated_at: Timestamp,
    /// The time of deletion; null unless deleted.
    pub deleted_at: Option<Timestamp>,
    /// The time of creation.
    pub created_at: Timestamp,
    /// The JSON Resume document, as the exact text that was sent.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub document: Box<RawValue>,
}

impl From<&Resume> for ResumeSummary {
    fn from(resume: &Resume) -> Self {
        Self {
            id: resume.id,
            title: resume.title.clone(),
            owner: resume.owner.clone(),
            tags: resume.tags.clone(),
            revision: resume.revision,
            updated_at: resume.updated_at,
            deleted_at: resume.deleted_at,
        }
    }
}

/// Body of `POST /v1/resumes`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct CreateResume {
    /// The title: 1 to 200 characters.
    pub title: String,
    /// The id of the owner; the caller when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<UserId>,
    /// At most 32 tags of 1 to 50 characters; stored folded and sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// A JSON Resume document, v1.0.0 to 1.3.1; stored as this exact text.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub document: Box<RawValue>,
}

impl CreateResume {
    /// Returns the body for a resume of the caller, without tags.
    pub fn new(title: impl Into<String>, document: Box<RawValue>) -> Self {
        Self { title: title.into(), owner_id: None, tags: Vec::new(), document }
    }

    /// Sets the owner; absent when `None`.
    #[must_use]
    pub fn owner_id(mut self, owner_id: impl Into<Option<UserId>>) -> Self {
        self.owner_id = owner_id.into();
        self
    }

    /// Sets the tags.
    #[must_use]
    pub fn tags(mut self, tags: impl IntoIterator<Item: Into<String>>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }
}

/// Body of `PUT /v1/resumes/{id}`, with all fields that can change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ReplaceResume {
    /// The title: 1 to 200 characters.
    pub title: String,
    /// At most 32 tags of 1 to 50 characters; none when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// A JSON Resume document, v1.0.0 to 1.3.1; stored as this exact text.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub document: Box<RawValue>,
}

impl ReplaceResume {
    /// Returns the body for a resume without tags.
    pub fn new(title: impl Into<String>, document: Box<RawValue>) -> Self {
        Self { title: title.into(), tags: Vec::new(), document }
    }

    /// Sets the tags.
    #[must_use]
    pub fn tags(mut self, tags: impl IntoIterator<Item: Into<String>>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }
}

/// The kind of change that created a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RevisionKind {
    /// The resume was created.
    Created,
    /// Title, tags or document changed.
    Updated,
    /// It was deleted.
    Deleted,
    /// It was restored.
    Restored,
    /// A kind from a newer server.
    #[serde(untagged)]
    Other(String),
}

/// The author of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevisionAuthor {
    /// The id of the person.
    pub id: UserId,
    /// The name of the person; null until the resumes service has received it.
    pub name: Option<Untrusted>,
}

/// One revision of a resume, without its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevisionHead {
    /// The revision number, counted from 1.
    pub revision: u64,
    /// The kind of change that created it.
    pub kind: RevisionKind,
    /// The author; null for the system itself.
    pub author: Option<RevisionAuthor>,
    /// The time of the change.
    pub at: Timestamp,
    /// The reason for the change, if the author gave one.
    pub reason: Option<Untrusted>,
    /// The title as of this revision.
    pub title: Untrusted,
    /// The tags as of this revision.
    pub tags: Vec<Untrusted>,
}

/// One revision of a resume, with its document.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revision {
    /// The revision number, counted from 1.
    pub revision: u64,
    /// The kind of change that created it.
    pub kind: RevisionKind,
    /// The author; null for the system itself.
    pub author: Option<RevisionAuthor>,
    /// The time of the change.
    pub at: Timestamp,
    /// The reason for the change, if the author gave one.
    pub reason: Option<Untrusted>,
    /// The title as of this revision.
    pub title: Untrusted,
    /// The tags as of this revision.
    pub tags: Vec<Untrusted>,
    /// The document as of this revision, as the exact text.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub document: Box<RawValue>,
}

/// A line of `GET /v1/resumes/export`; `POST /v1/resumes/import` accepts the same lines.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportLine {
    /// The id of the resume on the exporting server.
    pub id: ResumeId,
    /// The title.
    pub title: Untrusted,
    /// The id of the owner.
    pub owner_id: UserId,
    /// The tags.
    pub tags: Vec<Untrusted>,
    /// The revision that was exported.
    pub revision: u64,
    /// The document, as the exact text.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub document: Box<RawValue>,
}

/// A line of the response of `POST /v1/resumes/import`, for one line of the request body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportResult {
    /// The line of the request body, counted from 1.
    pub line: u64,
    /// The result of the line.
    pub status: ImportStatus,
    /// The id of the new resume; absent unless created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ResumeId>,
    /// The reason why the line was rejected; absent if it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<crate::Problem>,
}

/// The result of one line of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ImportStatus {
    /// A resume was created.
    Created,
    /// Nothing was created; `problem` gives the reason.
    Refused,
    /// A status from a newer server.
    #[serde(untagged)]
    Other(String),
}

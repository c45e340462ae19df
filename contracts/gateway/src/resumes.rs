//! Resumes.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use vitae_contracts_core::{ResumeId, Timestamp, Untrusted, UserId};

/// Whose resume it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Owner {
    /// The person.
    pub id: UserId,
    /// Their name; null until the resumes service has heard it.
    pub name: Option<Untrusted>,
}

/// A resume without its document, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResumeSummary {
    /// Never changes.
    pub id: ResumeId,
    /// 1 to 200 characters; need not be unique.
    pub title: Untrusted,
    /// Whose it is; never changes.
    pub owner: Owner,
    /// Folded and sorted.
    pub tags: Vec<Untrusted>,
    /// Rises by one with every change; the `ETag`.
    pub revision: u64,
    /// When the resume last changed.
    pub updated_at: Timestamp,
    /// When it was deleted; null while it is not.
    pub deleted_at: Option<Timestamp>,
}

/// All of a resume but its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResumeHead {
    /// What lists show.
    #[serde(flatten)]
    pub summary: ResumeSummary,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A resume with its document.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resume {
    /// Never changes.
    pub id: ResumeId,
    /// 1 to 200 characters; need not be unique.
    pub title: Untrusted,
    /// Whose it is; never changes.
    pub owner: Owner,
    /// Folded and sorted.
    pub tags: Vec<Untrusted>,
    /// Rises by one with every change; the `ETag`.
    pub revision: u64,
    /// When the resume last changed.
    pub updated_at: Timestamp,
    /// When it was deleted; null while it is not.
    pub deleted_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// JSON Resume, the exact text that was sent.
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
    /// 1 to 200 characters.
    pub title: String,
    /// The caller when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<UserId>,
    /// At most 32 of 1 to 50 characters; kept folded and sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// JSON Resume v1.0.0 to 1.3.1; kept as this exact text.
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

/// Body of `PUT /v1/resumes/{id}`: everything that can change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ReplaceResume {
    /// 1 to 200 characters.
    pub title: String,
    /// At most 32 of 1 to 50 characters; none when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// JSON Resume v1.0.0 to 1.3.1; kept as this exact text.
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

/// What made a revision.
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
    /// A kind of a newer server.
    #[serde(untagged)]
    Other(String),
}

/// Who made a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevisionAuthor {
    /// The person.
    pub id: UserId,
    /// Their name; null until the resumes service has heard it.
    pub name: Option<Untrusted>,
}

/// One revision of a resume, without its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevisionHead {
    /// Counts from 1.
    pub revision: u64,
    /// What made it.
    pub kind: RevisionKind,
    /// Who made it; null for the system itself.
    pub author: Option<RevisionAuthor>,
    /// When it was made.
    pub at: Timestamp,
    /// Why, if the author said so.
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
    /// Counts from 1.
    pub revision: u64,
    /// What made it.
    pub kind: RevisionKind,
    /// Who made it; null for the system itself.
    pub author: Option<RevisionAuthor>,
    /// When it was made.
    pub at: Timestamp,
    /// Why, if the author said so.
    pub reason: Option<Untrusted>,
    /// The title as of this revision.
    pub title: Untrusted,
    /// The tags as of this revision.
    pub tags: Vec<Untrusted>,
    /// The document as of this revision, the exact text.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub document: Box<RawValue>,
}

/// One line of `GET /v1/resumes/export`; `POST /v1/resumes/import` takes the same lines.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportLine {
    /// The resume's id where it came from.
    pub id: ResumeId,
    /// Its title.
    pub title: Untrusted,
    /// Whose it is.
    pub owner_id: UserId,
    /// Its tags.
    pub tags: Vec<Untrusted>,
    /// Its revision when it was read.
    pub revision: u64,
    /// The exact text.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub document: Box<RawValue>,
}

/// One line of the answer of `POST /v1/resumes/import`, for one line of its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportResult {
    /// The line of the body, counted from 1.
    pub line: u64,
    /// What became of it.
    pub status: ImportStatus,
    /// The new resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ResumeId>,
    /// Why the line was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<crate::Problem>,
}

/// What became of one line of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ImportStatus {
    /// A resume was created.
    Created,
    /// Nothing was created; `problem` says why.
    Refused,
    /// A status of a newer server.
    #[serde(untagged)]
    Other(String),
}

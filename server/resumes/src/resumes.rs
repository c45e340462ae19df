//! Rules and authorisation of resumes.

use std::sync::Arc;

use bytes::Bytes;
use vitae_contracts_core::{Code, ResumeId, Role, Timestamp, UserId, limits};
use vitae_contracts_document as document;
use vitae_contracts_services::events::v1::Change;
use vitae_contracts_services::resumes::v1::{Deleted, ListResumesRequest, Owner, ResumeSummary};
use vitae_contracts_services::users::v1::GetUserRequest;
use vitae_server_common::{Caller, FieldViolation, ServiceError, timestamp_to_proto};

use crate::Resumes as Service;

/// A resume without its document, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resume {
    pub(crate) id: ResumeId,
    pub(crate) owner: UserId,
    /// `None` until the event with the name has arrived.
    pub(crate) owner_name: Option<String>,
    pub(crate) title: String,
    /// Folded and sorted.
    pub(crate) tags: Vec<String>,
    pub(crate) revision: i64,
    /// The revision that introduced the current document.
    pub(crate) document_revision: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
}

/// The change of the document in an update.
#[derive(Debug, Clone)]
pub(crate) enum DocumentChange {
    Keep,
    Replace(Bytes),
    /// A JSON merge patch (RFC 7396).
    Patch(Bytes),
}

/// The fields of an update; absent ones stay unchanged.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    pub(crate) title: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) document: DocumentChange,
    pub(crate) reason: String,
}

impl Resume {
    /// Rejects a change of a deleted resume.
    pub(crate) fn require_live(&self) -> Result<(), ServiceError> {
        match self.deleted_at {
            None => Ok(()),
            Some(_) => Err(ServiceError::new(
                Code::Deleted,
                format!("resume {} is deleted; restore it first", self.id),
            )),
        }
    }

    /// Rejects a change that is based on another revision; 0 matches any revision.
    pub(crate) fn require_revision(&self, expected: i64) -> Result<(), ServiceError> {
        if expected == 0 || expected == self.revision {
            return Ok(());
        }
        let detail = format!(
            "resume {} is at revision {}, not {expected}; the current tag is \"{}\"",
            self.id, self.revision, self.revision
        );
        Err(ServiceError::new(Code::PreconditionFailed, detail))
    }

    /// Returns the changed fields for the event, with values before and after; the document without its text.
    pub(crate) fn changes_since(&self, before: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.title != before.title {
            changes.push(change("title", &before.title.as_str().into(), &self.title.as_str().into()));
        }
        if self.tags != before.tags {
            changes.push(change("tags", &before.tags.as_slice().into(), &self.tags.as_slice().into()));
        }
        if self.document_revision != before.document_revision {
            changes.push(Change { field: "document".to_owned(), ..Change::default() });
        }
        changes
    }

    /// Returns an upper bound of the encoded size of [`Resume::summary`] in bytes.
    pub(crate) fn summary_bytes(&self) -> usize {
        const FIXED: usize = 200;
        let owner = self.owner_name.as_ref().map_or(0, String::len);
        let tags: usize = self.tags.iter().map(|tag| tag.len() + 3).sum();
        FIXED + owner + self.title.len() + tags
    }

    /// Converts the resume to a message without its document.
    pub(crate) fn summary(&self) -> ResumeSummary {
        ResumeSummary {
            id: self.id.to_string(),
            owner: Some(Owner {
                id: self.owner.to_string(),
                name: self.owner_name.clone().unwrap_or_default(),
            }),
            title: self.title.clone(),
            tags: self.tags.clone(),
            revision: self.revision,
            created_at: Some(timestamp_to_proto(self.created_at)),
            updated_at: Some(timestamp_to_proto(self.updated_at)),
            deleted_at: self.deleted_at.map(timestamp_to_proto),
        }
    }
}

/// Returns the filters of a list under their public names, for the audit record of an export.
pub(crate) fn describe_filter(filter: &ListResumesRequest) -> Vec<Change> {
    let deleted = match filter.deleted() {
        Deleted::Unspecified | Deleted::Exclude => "",
        Deleted::Include => "include",
        Deleted::Only => "only",
    };
    let conditions = [
        ("q", filter.query.as_str()),
        ("owner_id", &filter.owner_id),
        ("tag", &filter.tag),
        ("title", &filter.title),
        ("deleted", deleted),
    ];
    let given = conditions.into_iter().filter(|(_, text)| !text.is_empty());
    let condition = |(field, text): (&str, &str)| Change {
        field: field.to_owned(),
        before: String::new(),
        after: serde_json::Value::from(text).to_string(),
    };
    given.map(condition).collect()
}

/// Returns the only person whose resumes the caller may read; `None`: all resumes.
pub(crate) fn confined_to(caller: &Caller) -> Result<Option<UserId>, ServiceError> {
    if caller.has_role(&[Role::Admin, Role::Editor, Role::Viewer]) {
        return Ok(None);
    }
    caller.require_role(&[Role::Member])?;
    Ok(caller.user())
}

/// Returns the only person whose resumes the caller may write; `None`: all resumes.
pub(crate) fn writing_confined_to(caller: &Caller) -> Result<Option<UserId>, ServiceError> {
    if caller.has_role(&[Role::Admin, Role::Editor]) {
        return Ok(None);
    }
    caller.require_role(&[Role::Member])?;
    Ok(caller.user())
}

/// Rejects a resume that the caller may not see, as if it did not exist.
pub(crate) fn require_visible(confined: Option<UserId>, resume: &Resume) -> Result<(), ServiceError> {
    match confined {
        Some(only) if only != resume.owner => Err(ServiceError::not_found("resume", resume.id)),
        _ => Ok(()),
    }
}

/// Checks a title, and adds a violation if it is invalid.
pub(crate) fn check_title(title: &str, violations: &mut Vec<FieldViolation>) {
    if let Err(message) = limits::check_single_line(title) {
        violations.push(FieldViolation::new("/title", message));
    }
}

/// Folds, sorts and checks tags, and adds every violation.
pub(crate) fn fold_tags(tags: &[String], violations: &mut Vec<FieldViolation>) -> Vec<String> {
    if tags.len() > limits::TAGS {
        violations.push(FieldViolation::new(
            "/tags",
            format!("expected at most {} tags, found {}", limits::TAGS, tags.len()),
        ));
        return Vec::new();
    }
    let mut folded = Vec::with_capacity(tags.len());
    for (index, tag) in tags.iter().enumerate() {
        match limits::check_tag(tag) {
            Ok(tag) => folded.push(tag),
            Err(message) => violations.push(FieldViolation::new(format!("/tags/{index}"), message)),
        }
    }
    folded.sort();
    folded.dedup();
    folded
}

/// Rejects text that is not a valid JSON Resume; the pointers of violations start with `/document`.
pub(crate) fn check_document(text: &[u8]) -> Result<(), ServiceError> {
    if text.len() > limits::BODY_BYTES {
        let detail =
            format!("expected at most {} bytes, the document has {}", limits::BODY_BYTES, text.len());
        return Err(ServiceError::new(Code::BodyTooLarge, detail));
    }
    let scanned = document::scan(text).map_err(|malformed| malformed_document(&malformed))?;
    let violations = document::check_first(&scanned, limits::VIOLATIONS);
    if violations.is_empty() {
        return Ok(());
    }
    let violations = violations
        .into_iter()
        .map(|violation| FieldViolation::new(format!("/document{}", violation.pointer), violation.message));
    Err(ServiceError::invalid(Code::DocumentInvalid, violations.collect()))
}

/// Applies a merge patch to the stored document.
pub(crate) fn patch_document(stored: &[u8], patch: &[u8]) -> Result<Bytes, ServiceError> {
    let stored = document::scan(stored).map_err(|malformed| {
        ServiceError::new(Code::Internal, format!("the stored document cannot be read: {malformed}"))
    })?;
    let patch = document::scan(patch).map_err(|malformed| malformed_document(&malformed))?;
    let patched = document::merge_patch(&stored, &patch);
    if patched.len() > limits::BODY_BYTES {
        let detail = format!(
            "expected at most {} bytes, the patched document has {}",
            limits::BODY_BYTES,
            patched.len()
        );
        return Err(ServiceError::new(Code::BodyTooLarge, detail));
    }
    Ok(patched.into())
}

fn malformed_document(malformed: &document::Malformed) -> ServiceError {
    let violation = FieldViolation::new(format!("/document{}", malformed.pointer()), malformed.to_string());
    let mut error = ServiceError::invalid(Code::MalformedJson, vec![violation]);
    error.detail = malformed.to_string();
    error
}

fn change(field: &str, before: &serde_json::Value, after: &serde_json::Value) -> Change {
    Change { field: field.to_owned(), before: before.to_string(), after: after.to_string() }
}

/// A person who can own resumes.
pub(crate) struct KnownOwner {
    pub(crate) id: UserId,
    pub(crate) name: String,
}

impl Service {
    /// Checks with the users service that a person exists and is not deleted.
    pub(crate) async fn require_owner(
        &self,
        caller: &Caller,
        id: UserId,
    ) -> Result<KnownOwner, ServiceError> {
        let request = Arc::new(caller.as_system()).attach(GetUserRequest { id: id.to_string() });
        match self.users.clone().get_user(request).await {
            Ok(user) => {
                let user = user.into_inner();
                if user.deleted_at.is_some() {
                    let detail = format!("the owner {id} is deleted; restore them first");
                    return Err(ServiceError::new(Code::OwnerDeleted, detail));
                }
                self.store.wait_for_owner_restored(id).await?;
                Ok(KnownOwner { id, name: user.name })
            }
            Err(status) if status.code() == tonic::Code::NotFound => {
                let violation = FieldViolation::new(
                    "/owner_id",
                    format!("expected the id of a person, found {id}, who does not exist"),
                );
                Err(ServiceError::invalid(Code::ValidationFailed, vec![violation]))
            }
            Err(status) => Err(ServiceError::from(&status)),
        }
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use vitae_contracts_services::resumes::v1::Revision;
    use vitae_server_common::PAGE_BYTES;

    use super::*;

    /// A character of four bytes, the most that UTF-8 has.
    const LARGEST_CHARACTER: &str = "\u{10384}";

    fn largest() -> Resume {
        let at = Timestamp::from_millis(i64::from(u32::MAX) * 1000);
        Resume {
            id: ResumeId::new(),
            owner: UserId::new(),
            owner_name: Some(LARGEST_CHARACTER.repeat(200)),
            title: LARGEST_CHARACTER.repeat(200),
            tags: vec![LARGEST_CHARACTER.repeat(50); limits::TAGS],
            revision: i64::MAX,
            document_revision: i64::MAX,
            created_at: at,
            updated_at: at,
            deleted_at: Some(at),
        }
    }

    #[test]
    fn guaranteed_page_of_the_largest_resumes_fits_the_size_limit() {
        let resume = largest();
        assert_eq!(limits::check_single_line(&resume.title), Ok(()));
        assert_eq!(limits::check_tag(&resume.tags[0]).as_deref(), Ok(resume.tags[0].as_str()));
        assert!(resume.summary().encoded_len() <= resume.summary_bytes());
        let smallest = Resume { owner_name: None, title: String::new(), tags: Vec::new(), ..largest() };
        assert!(smallest.summary().encoded_len() <= smallest.summary_bytes());
        assert!((resume.summary_bytes() + 5) * limits::GUARANTEED_PAGE as usize <= PAGE_BYTES);
    }

    #[test]
    fn guaranteed_page_of_the_largest_revisions_fits_the_size_limit() {
        let resume = largest();
        let reason = LARGEST_CHARACTER.repeat(200);
        assert_eq!(limits::check_reason(&reason), Ok(()));
        let revision = Revision {
            revision: i64::MAX,
            kind: 4,
            author_id: resume.owner.to_string(),
            author_name: LARGEST_CHARACTER.repeat(200),
            at: Some(timestamp_to_proto(resume.updated_at)),
            reason,
            title: resume.title,
            tags: resume.tags,
            document: Bytes::new(),
        };
        assert!((revision.encoded_len() + 5) * limits::GUARANTEED_PAGE as usize <= PAGE_BYTES);
    }
}

//! Rules and authorisation of people.

use serde_json::json;
use vitae_contracts_core::{Code, EventId, Role, Status, Timestamp, UserId, limits};
use vitae_contracts_services::events::v1::Change;
use vitae_contracts_services::users::v1;
use vitae_server_common::{
    Caller, EmailAddress, FieldViolation, Principal, ServiceError, timestamp_to_proto,
};

use crate::labels::{self, Labels, LabelsPatch};

/// A person, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) status: Status,
    pub(crate) version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
    /// The event of the deletion; the event of a restore refers to it.
    pub(crate) deletion_event: Option<EventId>,
    /// The id in another system, such as HR's.
    pub(crate) external_id: Option<String>,
    pub(crate) labels: Labels,
}

/// The fields of an update; absent ones stay unchanged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Update {
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) role: Option<Role>,
    /// An empty text removes the external id.
    pub(crate) external_id: Option<String>,
    pub(crate) labels: Option<LabelsPatch>,
}

impl Person {
    /// Returns whether this person can administer the organisation.
    pub(crate) fn is_active_admin(&self) -> bool {
        self.role == Role::Admin && self.status == Status::Active && self.deleted_at.is_none()
    }

    /// Rejects a change of a deleted person.
    pub(crate) fn require_live(&self) -> Result<(), ServiceError> {
        match self.deleted_at {
            None => Ok(()),
            Some(_) => Err(ServiceError::new(
                Code::Deleted,
                format!("user {} is deleted; restore them first", self.id),
            )),
        }
    }

    /// Rejects a change that is based on another version; 0 matches any version.
    pub(crate) fn require_version(&self, expected: i64) -> Result<(), ServiceError> {
        if expected == 0 || expected == self.version {
            return Ok(());
        }
        let detail = format!(
            "user {} is at version {}, not {expected}; the current tag is \"{}\"",
            self.id, self.version, self.version
        );
        Err(ServiceError::new(Code::PreconditionFailed, detail))
    }

    /// Returns the changed fields with their values before and after, for the event.
    pub(crate) fn changes_since(&self, before: &Self) -> Vec<Change> {
        let fields = [
            ("email", json!(before.email), json!(self.email)),
            ("name", json!(before.name), json!(self.name)),
            ("role", json!(before.role), json!(self.role)),
            ("status", json!(before.status), json!(self.status)),
            ("external_id", json!(before.external_id), json!(self.external_id)),
            ("labels", json!(before.labels), json!(self.labels)),
        ];
        let changed = fields.into_iter().filter(|(_, before, after)| before != after);
        changed
            .map(|(field, before, after)| Change {
                field: field.to_owned(),
                before: before.to_string(),
                after: after.to_string(),
            })
            .collect()
    }

    /// Returns an upper bound of the encoded size of [`Person::message`] in bytes.
    pub(crate) fn message_bytes(&self) -> usize {
        const FIXED: usize = 160;
        // Field tags and lengths of the map entry, its key and its value.
        const LABEL: usize = 10;
        let external_id = self.external_id.as_ref().map_or(0, String::len);
        let labels: usize = self.labels.iter().map(|(key, value)| LABEL + key.len() + value.len()).sum();
        FIXED + self.email.len() + self.name.len() + external_id + labels
    }

    /// Converts the person to a message.
    pub(crate) fn message(&self) -> v1::User {
        v1::User {
            id: self.id.to_string(),
            email: self.email.clone(),
            name: self.name.clone(),
            role: role_message(&self.role).into(),
            status: status_message(&self.status).into(),
            version: self.version,
            created_at: Some(timestamp_to_proto(self.created_at)),
            updated_at: Some(timestamp_to_proto(self.updated_at)),
            deleted_at: self.deleted_at.map(timestamp_to_proto),
            external_id: self.external_id.clone(),
            labels: self.labels.clone(),
        }
    }
}

/// Returns whether the caller may read a person: members can read only themselves.
pub(crate) fn may_see(caller: &Caller, id: UserId) -> bool {
    caller.has_role(&[Role::Admin, Role::Editor, Role::Viewer]) || caller.user() == Some(id)
}

/// Rejects an update that the caller may not make: administrators can change everything, other people their own name.
pub(crate) fn require_may_update(caller: &Caller, id: UserId, update: &Update) -> Result<(), ServiceError> {
    if caller.has_role(&[Role::Admin]) {
        return Ok(());
    }
    if caller.user() != Some(id) && !may_see(caller, id) {
        return Err(ServiceError::not_found("user", id));
    }
    let changes_more = update.email.is_some()
        || update.role.is_some()
        || update.external_id.is_some()
        || update.labels.is_some();
    if caller.user() == Some(id) && !changes_more && matches!(caller.principal, Principal::User { .. }) {
        return Ok(());
    }
    Err(ServiceError::new(Code::Forbidden, "only an administrator changes more than their own name"))
}

/// Checks a person to create, and reports every violation.
pub(crate) fn check_new(message: &v1::CreateUserRequest) -> Result<(), ServiceError> {
    let all = Update {
        email: Some(message.email.clone()),
        name: Some(message.name.clone()),
        role: None,
        external_id: message.external_id.clone(),
        labels: Some(LabelsPatch::of(message.labels.clone())),
    };
    let mut violations = violations(&all);
    if let Some(Err(message)) = message.external_id.as_deref().map(limits::check_external_id) {
        violations.push(FieldViolation::new("/external_id", message));
    }
    violations.extend(labels::check(&message.labels).err());
    require_none(violations)
}

/// Checks an update, and reports every violation.
pub(crate) fn check(update: &Update) -> Result<(), ServiceError> {
    let mut violations = violations(update);
    let external_id = update.external_id.as_deref().filter(|id| !id.is_empty());
    if let Some(Err(message)) = external_id.map(limits::check_external_id) {
        violations.push(FieldViolation::new("/external_id", message));
    }
    require_none(violations)
}

fn require_none(violations: Vec<FieldViolation>) -> Result<(), ServiceError> {
    if violations.is_empty() {
        return Ok(());
    }
    Err(ServiceError::invalid(Code::ValidationFailed, violations))
}

fn violations(update: &Update) -> Vec<FieldViolation> {
    let mut violations = Vec::new();
    if let Some(Err(message)) = update.email.as_deref().map(EmailAddress::parse) {
        violations.push(FieldViolation::new("/email", message));
    }
    if let Some(Err(message)) = update.name.as_deref().map(limits::check_single_line) {
        violations.push(FieldViolation::new("/name", message));
    }
    violations.extend(update.labels.iter().flat_map(LabelsPatch::violations));
    violations
}

pub(crate) fn role_message(role: &Role) -> v1::Role {
    match role {
        Role::Admin => v1::Role::Admin,
        Role::Editor => v1::Role::Editor,
        Role::Viewer => v1::Role::Viewer,
        Role::Member => v1::Role::Member,
        _ => v1::Role::Unspecified,
    }
}

pub(crate) fn status_message(status: &Status) -> v1::Status {
    match status {
        Status::Active => v1::Status::Active,
        Status::Disabled => v1::Status::Disabled,
        _ => v1::Status::Unspecified,
    }
}

pub(crate) fn role_of(message: v1::Role) -> Option<Role> {
    match message {
        v1::Role::Unspecified => None,
        v1::Role::Admin => Some(Role::Admin),
        v1::Role::Editor => Some(Role::Editor),
        v1::Role::Viewer => Some(Role::Viewer),
        v1::Role::Member => Some(Role::Member),
    }
}

pub(crate) fn status_of(message: v1::Status) -> Option<Status> {
    match message {
        v1::Status::Unspecified => None,
        v1::Status::Active => Some(Status::Active),
        v1::Status::Disabled => Some(Status::Disabled),
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use vitae_server_common::PAGE_BYTES;

    use super::*;

    #[test]
    fn guaranteed_page_of_the_largest_people_fits_the_size_limit() {
        let at = Timestamp::from_millis(i64::from(u32::MAX) * 1000);
        let person = Person {
            id: UserId::new(),
            email: format!("{}@example.com", "x".repeat(242)),
            name: "\u{10384}".repeat(200),
            role: Role::Member,
            status: Status::Disabled,
            version: i64::MAX,
            created_at: at,
            updated_at: at,
            deleted_at: Some(at),
            deletion_event: None,
            external_id: Some("\u{10384}".repeat(200)),
            labels: (0..64).map(|n| (format!("{n:02}"), "x".repeat(62))).collect(),
        };
        assert_eq!(
            (limits::check_email(&person.email), limits::check_single_line(&person.name)),
            (Ok(()), Ok(()))
        );
        assert!(person.message().encoded_len() <= person.message_bytes());
        assert!(labels::check(&person.labels).is_ok());
        let shortest = Person {
            email: String::new(),
            name: String::new(),
            external_id: Some(String::new()),
            labels: Labels::from([(String::new(), String::new())]),
            ..person.clone()
        };
        assert!(shortest.message().encoded_len() <= shortest.message_bytes());
        assert!((person.message_bytes() + 5) * limits::GUARANTEED_PAGE as usize <= PAGE_BYTES);
    }
}

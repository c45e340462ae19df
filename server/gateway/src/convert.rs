//! Conversions of service messages to public bodies, by hand: neither may change the other by accident.

use std::str::FromStr;

use vitae_contracts_core::{Code, Role, Status, Timestamp, Untrusted};
use vitae_contracts_gateway as public;
use vitae_contracts_services::{audit, auth, events, resumes, users};
use vitae_server_common::{role_from_proto, timestamp_from_proto};

use crate::error::ApiError;

pub(crate) fn user(message: users::v1::User) -> Result<public::User, ApiError> {
    let role = role_from_proto(message.role());
    let status = status(message.status());
    Ok(public::User {
        id: id(&message.id)?,
        email: message.email.into(),
        name: message.name.into(),
        role,
        status,
        version: message.version.unsigned_abs(),
        created_at: time(message.created_at),
        updated_at: time(message.updated_at),
        deleted_at: message.deleted_at.map(timestamp_from_proto),
        external_id: message.external_id.map(Untrusted::from),
        labels: message.labels.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
    })
}

pub(crate) fn session(message: auth::v1::Session, current: bool) -> Result<public::Session, ApiError> {
    Ok(public::Session {
        id: id(&message.id)?,
        created_at: time(message.created_at),
        last_used_at: time(message.last_used_at),
        expires_at: time(message.expires_at),
        client: message.client.into(),
        address: message.address.into(),
        current,
    })
}

pub(crate) fn head(message: resumes::v1::ResumeSummary) -> Result<public::ResumeHead, ApiError> {
    let created_at = time(message.created_at);
    Ok(public::ResumeHead { summary: summary(message)?, created_at })
}

pub(crate) fn summary(message: resumes::v1::ResumeSummary) -> Result<public::ResumeSummary, ApiError> {
    let owner = message.owner.unwrap_or_default();
    Ok(public::ResumeSummary {
        id: id(&message.id)?,
        title: message.title.into(),
        owner: public::Owner { id: id(&owner.id)?, name: non_empty(owner.name) },
        tags: message.tags.into_iter().map(Untrusted::from).collect(),
        revision: message.revision.unsigned_abs(),
        updated_at: time(message.updated_at),
        deleted_at: message.deleted_at.map(timestamp_from_proto),
    })
}

pub(crate) fn revision(message: resumes::v1::Revision) -> Result<public::RevisionHead, ApiError> {
    let kind = match message.kind() {
        resumes::v1::RevisionKind::Created => public::RevisionKind::Created,
        resumes::v1::RevisionKind::Updated => public::RevisionKind::Updated,
        resumes::v1::RevisionKind::Deleted => public::RevisionKind::Deleted,
        resumes::v1::RevisionKind::Restored => public::RevisionKind::Restored,
        resumes::v1::RevisionKind::Unspecified => public::RevisionKind::Other("unspecified".to_owned()),
    };
    let author = match message.author_id.as_str() {
        "" => None,
        text => Some(public::RevisionAuthor { id: id(text)?, name: non_empty(message.author_name) }),
    };
    Ok(public::RevisionHead {
        revision: message.revision.unsigned_abs(),
        kind,
        author,
        at: time(message.at),
        reason: Some(message.reason).filter(|reason| !reason.is_empty()).map(Untrusted::from),
        title: message.title.into(),
        tags: message.tags.into_iter().map(Untrusted::from).collect(),
    })
}

pub(crate) fn entry(message: audit::v1::Entry) -> Result<public::Entry, ApiError> {
    let context = message.context.unwrap_or_default();
    Ok(public::Entry {
        sequence: message.sequence.unsigned_abs(),
        event_id: id(&message.event_id)?,
        at: time(message.at),
        action: message.action,
        actor: public::Actor {
            kind: context.actor_kind,
            id: context.actor_id.parse().ok(),
            session_id: context.session_id.parse().ok(),
        },
        object: public::AuditedObject {
            kind: message.object_type,
            id: id(&message.object_id)?,
            version: message.object_version.unsigned_abs(),
        },
        request_id: non_empty(context.request_id),
        client_address: non_empty(context.client_address),
        user_agent: non_empty(context.user_agent),
        changes: message.changes.into_iter().map(change).collect(),
    })
}

fn change(message: events::v1::Change) -> public::FieldChange {
    let value = |json: String| public::RawValue::from_string(json).ok();
    public::FieldChange { field: message.field, before: value(message.before), after: value(message.after) }
}

pub(crate) fn stats(
    users: &users::v1::GetStatsResponse,
    resumes: resumes::v1::GetStatsResponse,
) -> Result<public::Stats, ApiError> {
    let by_role = users.roles.iter().map(|counted| public::RoleCount {
        role: role_from_proto(counted.role()),
        count: counted.count.unsigned_abs(),
    });
    let by_status = users.statuses.iter().map(|counted| public::StatusCount {
        status: status(counted.status()),
        count: counted.count.unsigned_abs(),
    });
    Ok(public::Stats {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        users: public::UserStats {
            live: users.live.unsigned_abs(),
            deleted: users.deleted.unsigned_abs(),
            by_role: by_role.collect(),
            by_status: by_status.collect(),
            storage_bytes: users.storage_bytes.unsigned_abs(),
        },
        resumes: resume_stats(resumes)?,
    })
}

fn resume_stats(message: resumes::v1::GetStatsResponse) -> Result<public::ResumeStats, ApiError> {
    let by_tag = message
        .tags
        .into_iter()
        .map(|counted| public::TagCount { tag: counted.tag.into(), count: counted.count.unsigned_abs() });
    let by_month = message.months.into_iter().map(|counted| public::MonthCount {
        month: counted.month,
        created: counted.created.unsigned_abs(),
        updated: counted.updated.unsigned_abs(),
    });
    Ok(public::ResumeStats {
        live: message.live.unsigned_abs(),
        deleted: message.deleted.unsigned_abs(),
        by_tag: by_tag.collect(),
        other_tags: message.other_tags.unsigned_abs(),
        by_month: by_month.collect(),
        created_earlier: message.created_earlier.unsigned_abs(),
        updated_earlier: message.updated_earlier.unsigned_abs(),
        stalest: message.stalest.into_iter().map(summary).collect::<Result<_, _>>()?,
        storage_bytes: message.storage_bytes.unsigned_abs(),
    })
}

pub(crate) fn page<M, T>(
    items: Vec<M>,
    convert: impl Fn(M) -> Result<T, ApiError>,
    cursors: (String, String),
    total: Option<i64>,
) -> Result<public::Page<T>, ApiError> {
    let (next, previous) = cursors;
    Ok(public::Page {
        items: items.into_iter().map(convert).collect::<Result<_, _>>()?,
        next_cursor: Some(next).filter(|cursor| !cursor.is_empty()),
        prev_cursor: Some(previous).filter(|cursor| !cursor.is_empty()),
        total: total.map(i64::unsigned_abs),
    })
}

pub(crate) fn role_message(role: &Role) -> users::v1::Role {
    match role {
        Role::Admin => users::v1::Role::Admin,
        Role::Editor => users::v1::Role::Editor,
        Role::Viewer => users::v1::Role::Viewer,
        Role::Member => users::v1::Role::Member,
        _ => users::v1::Role::Unspecified,
    }
}

pub(crate) fn status_message(status: &Status) -> users::v1::Status {
    match status {
        Status::Active => users::v1::Status::Active,
        Status::Disabled => users::v1::Status::Disabled,
        _ => users::v1::Status::Unspecified,
    }
}

fn status(message: users::v1::Status) -> Status {
    match message {
        users::v1::Status::Active => Status::Active,
        users::v1::Status::Disabled => Status::Disabled,
        users::v1::Status::Unspecified => Status::Other("unspecified".to_owned()),
    }
}

/// Returns the text, or `None` if it is empty.
fn non_empty(name: String) -> Option<Untrusted> {
    Some(name).filter(|name| !name.is_empty()).map(Untrusted::from)
}

fn id<T: FromStr>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::new(Code::Internal, "a service returned an invalid id"))
}

fn time(message: Option<prost_types::Timestamp>) -> Timestamp {
    message.map_or(Timestamp::from_millis(0), timestamp_from_proto)
}

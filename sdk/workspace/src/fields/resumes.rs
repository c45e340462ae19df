//! The fields of resumes, as lists contain them.

use std::borrow::Cow;

use vitae_contracts_core::limits::check_single_line;
use vitae_sdk::{CreateResume, RawValue, ReplaceResume, ResumeSummary};

use super::{Field, Input, InputKind, Value, column, tags};
use crate::document;

pub(super) const FIELDS: &[Field<ResumeSummary>] = &[
    Field {
        key: "title",
        label: "title",
        column: Some(column("title", Some("title"), 26, 4, 0)),
        value: |resume| Value::Text(&resume.title),
        input: Some(Input {
            kind: InputKind::Line,
            is_required: true,
            check: check_single_line,
            set: |new: &mut CreateResume, text| text.clone_into(&mut new.title),
            change: |change: &mut ReplaceResume, _, after| after.clone_into(&mut change.title),
        }),
    },
    Field {
        key: "owner.id",
        label: "owner id",
        column: None,
        value: |resume| Value::Plain(Cow::Owned(resume.owner.id.to_string())),
        input: None,
    },
    Field {
        key: "owner.name",
        label: "owner",
        column: Some(column("owner", None, 12, 2, 1)),
        value: |resume| match &resume.owner.name {
            Some(name) => Value::Text(name),
            None => Value::Plain(Cow::Owned(resume.owner.id.to_string())),
        },
        input: None,
    },
    Field {
        key: "tags",
        label: "tags",
        column: Some(column("tags", None, 10, 2, 3)),
        value: |resume| Value::List(&resume.tags),
        input: Some(Input {
            kind: InputKind::Tags,
            is_required: false,
            check: tags::check,
            set: |new, text| new.tags = tags::parse(text),
            change: |change, _, after| change.tags = tags::parse(after),
        }),
    },
    Field {
        key: "document",
        label: "document",
        column: None,
        // Lists do not contain documents.
        value: |_| Value::None,
        input: Some(Input {
            kind: InputKind::Document,
            is_required: false,
            check: document::check_text,
            set: |new, text| new.document = raw(text),
            change: |change, _, after| change.document = raw(after),
        }),
    },
    Field {
        key: "revision",
        label: "revision",
        column: Some(column("rev", None, 4, 0, 4)),
        value: |resume| Value::Number(resume.revision),
        input: None,
    },
    Field {
        key: "updated_at",
        label: "updated",
        column: Some(column("updated", Some("updated_at"), 16, 0, 2)),
        value: |resume| Value::Time(resume.updated_at),
        input: None,
    },
    Field {
        key: "id",
        label: "id",
        column: Some(column("id", None, 36, 0, 9)),
        value: |resume| Value::Plain(Cow::Owned(resume.id.to_string())),
        input: None,
    },
    Field {
        key: "deleted_at",
        label: "deleted",
        column: None,
        value: |resume| resume.deleted_at.map_or(Value::None, Value::Time),
        input: None,
    },
];

/// Returns a checked document. A text that is not JSON becomes null, which the server rejects.
fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.trim().to_owned()).unwrap_or_default()
}

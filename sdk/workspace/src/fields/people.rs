//! The fields of people.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use vitae_contracts_core::limits::{check_email, check_external_id, check_label_key, check_single_line};
use vitae_sdk::{Patch, Role, Status, User};

use super::{Column, Described as _, Field, Input, InputKind, Value, column, labels};
use crate::Values;

/// The roles that a person can be given.
const ROLES: &[&str] = &["admin", "editor", "viewer", "member"];

pub(super) const FIELDS: &[Field<User>] = &[
    Field {
        key: "name",
        label: "name",
        column: Some(column("name", Some("name"), 14, 3, 0)),
        value: |user| Value::Text(&user.name),
        input: Some(Input {
            kind: InputKind::Line,
            is_required: true,
            check: check_single_line,
            set: |new, text| text.clone_into(&mut new.name),
            change: |change, _, after| change.name = Some(after.to_owned()),
        }),
    },
    Field {
        key: "email",
        label: "e-mail",
        column: Some(column("e-mail", Some("email"), 16, 3, 2)),
        value: |user| Value::Text(&user.email),
        input: Some(Input {
            kind: InputKind::Line,
            is_required: true,
            check: check_email,
            set: |new, text| text.clone_into(&mut new.email),
            change: |change, _, after| change.email = Some(after.to_owned()),
        }),
    },
    Field {
        key: "role",
        label: "role",
        column: Some(column("role", None, 6, 0, 1)),
        value: |user| Value::Plain(Cow::Borrowed(user.role.as_str())),
        input: Some(Input {
            kind: InputKind::Choice(ROLES),
            is_required: false,
            check: check_role,
            set: |new, text| new.role = (!text.is_empty()).then(|| role(text)),
            change: |change, _, after| change.role = Some(role(after)),
        }),
    },
    Field {
        key: "status",
        label: "status",
        column: Some(column("status", None, 8, 0, 3)),
        value: |user| {
            Value::Plain(Cow::Borrowed(if user.deleted_at.is_some() {
                "deleted"
            } else {
                user.status.as_str()
            }))
        },
        input: None,
    },
    Field {
        key: "external_id",
        label: "external id",
        column: Some(column("external id", None, 12, 1, Column::ON_REQUEST)),
        value: |user| user.external_id.as_ref().map_or(Value::None, Value::Text),
        input: Some(Input {
            kind: InputKind::Line,
            is_required: false,
            check: |text| if text.is_empty() { Ok(()) } else { check_external_id(text) },
            set: |new, text| new.external_id = (!text.is_empty()).then(|| text.to_owned()),
            change: |change, _, after| {
                change.external_id =
                    if after.is_empty() { Patch::Remove } else { Patch::Set(after.to_owned()) };
            },
        }),
    },
    Field {
        key: "labels",
        label: "labels",
        column: Some(column("labels", None, 16, 2, Column::ON_REQUEST)),
        value: |user| Value::Labels(&user.labels),
        input: Some(Input {
            kind: InputKind::Labels,
            is_required: false,
            check: labels::check,
            set: |new, text| new.labels = labels::parse(text).unwrap_or_default(),
            change: |change, before, after| change.labels = Patch::Set(labels::changes(before, after)),
        }),
    },
    Field {
        key: "version",
        label: "version",
        column: Some(column("version", None, 7, 0, 9)),
        value: |user| Value::Number(user.version),
        input: None,
    },
    Field {
        key: "created_at",
        label: "created",
        column: Some(column("created", Some("created_at"), 16, 0, 9)),
        value: |user| Value::Time(user.created_at),
        input: None,
    },
    Field {
        key: "updated_at",
        label: "updated",
        column: Some(column("updated", Some("updated_at"), 16, 0, 4)),
        value: |user| Value::Time(user.updated_at),
        input: None,
    },
    Field {
        key: "deleted_at",
        label: "deleted",
        column: None,
        value: |user| user.deleted_at.map_or(Value::None, Value::Time),
        input: None,
    },
    Field {
        key: "id",
        label: "id",
        column: Some(column("id", None, 36, 0, 9)),
        value: |user| Value::Plain(Cow::Owned(user.id.to_string())),
        input: None,
    },
];

fn check_role(text: &str) -> Result<(), String> {
    if text.is_empty() || Role::parse_known(text).is_some() {
        return Ok(());
    }
    Err(format!("expected one of {}, found \"{text}\"", ROLES.join(", ")))
}

/// Returns the role with this name; a name that this version does not know is passed to the server.
fn role(name: &str) -> Role {
    Role::parse_known(name).unwrap_or_else(|| Role::Other(name.to_owned()))
}

/// A person as a row of a table or a line of JSON describes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// The fields that the row contains.
    pub values: Values,
    /// Whether the person is to be disabled.
    pub is_disabled: bool,
}

/// A column of a table of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonColumn<'a> {
    /// A field that the import reads.
    Field(&'static str),
    /// The label with this key; the column is `label:KEY`.
    Label(&'a str),
    /// A field that the server sets: ignored, so that an export can be imported.
    Ignored,
}

impl PersonRow {
    /// Returns the names of the columns that an import reads.
    pub fn columns() -> impl Iterator<Item = &'static str> {
        User::DESCRIPTORS
            .iter()
            .filter(|field| field.input.is_some() || field.key == "status")
            .map(|field| field.key)
    }

    /// Returns the names of the columns that an import needs.
    pub fn required_columns() -> impl Iterator<Item = &'static str> {
        User::inputs().filter(|(_, input)| input.is_required).map(|(field, _)| field.key)
    }

    /// Returns what a column contains; none for an unknown one.
    pub fn column(name: &str) -> Option<PersonColumn<'_>> {
        if let Some((prefix, key)) = name.split_at_checked(LABEL_PREFIX.len())
            && prefix.eq_ignore_ascii_case(LABEL_PREFIX)
        {
            return Some(PersonColumn::Label(key));
        }
        if let Some(known) = Self::columns().find(|known| *known == name) {
            return Some(PersonColumn::Field(known));
        }
        User::field(name).map(|_| PersonColumn::Ignored)
    }

    /// Reads a row from texts by column; an empty text counts as absent.
    ///
    /// # Errors
    ///
    /// For a required field that is absent, and for a role, status or label that cannot be read. Other limits are
    /// checked by the server.
    pub fn read<'a>(cells: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, InvalidField> {
        let mut texts: BTreeMap<&str, &str> = BTreeMap::new();
        let mut single_labels = labels::Labels::new();
        for (name, text) in cells.filter(|(_, text)| !text.is_empty()) {
            match Self::column(name) {
                Some(PersonColumn::Field(key)) => drop(texts.insert(key, text)),
                Some(PersonColumn::Label(key)) => {
                    check_label_key(key).map_err(|message| InvalidField { key: "labels", message })?;
                    single_labels.insert(key.to_owned(), text.to_owned());
                }
                Some(PersonColumn::Ignored) | None => {}
            }
        }
        let mut values = Values::default();
        for (field, input) in User::inputs() {
            let invalid = |message| InvalidField { key: field.key, message };
            let text = texts.get(field.key).copied().unwrap_or_default();
            let text = match input.kind {
                InputKind::Choice(_) => text.to_lowercase(),
                InputKind::Labels => {
                    let all = labels::parse(text).map_err(invalid)?;
                    let all = with_single_labels(all, std::mem::take(&mut single_labels)).map_err(invalid)?;
                    labels::print(all.iter().map(|(key, value)| (&**key, &**value)))
                }
                InputKind::Line | InputKind::Tags | InputKind::Document => text.to_owned(),
            };
            match text.is_empty() {
                true if input.is_required => return Err(invalid("is missing".to_owned())),
                true => continue,
                false => {}
            }
            if matches!(input.kind, InputKind::Choice(_)) {
                (input.check)(&text).map_err(invalid)?;
            }
            values.set(field.key, text);
        }
        let status = texts.get("status").map(|text| text.to_lowercase());
        let is_disabled = match status.as_deref() {
            None => false,
            Some(text) => match Status::parse_known(text) {
                Some(Status::Active) => false,
                Some(_) => true,
                None => {
                    let message = format!("expected active or disabled, found \"{text}\"");
                    return Err(InvalidField { key: "status", message });
                }
            },
        };
        Ok(Self { values, is_disabled })
    }
}

/// Begins the name of a column that holds one label.
pub(crate) const LABEL_PREFIX: &str = "label:";

/// Adds labels that have columns of their own. Cells are trimmed, so a value that is the same without white space at
/// its ends stays.
///
/// # Errors
///
/// For a label with two values.
fn with_single_labels(mut all: labels::Labels, single: labels::Labels) -> Result<labels::Labels, String> {
    for (key, value) in single {
        match all.get(&key) {
            Some(known) if known.trim() == value => {}
            Some(known) => {
                return Err(format!("expected one value of {key}, found \"{known}\" and \"{value}\""));
            }
            None => drop(all.insert(key, value)),
        }
    }
    Ok(all)
}

/// A field with a missing or invalid value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidField {
    /// The key of the field.
    pub key: &'static str,
    /// A fragment that says what is wrong.
    pub message: String,
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

impl std::error::Error for InvalidField {}

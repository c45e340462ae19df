//! People.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vitae_contracts_core::{Role, Status, Timestamp, Untrusted, UserId};

use crate::Patch;

/// A person of the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Never changes.
    pub id: UserId,
    /// As typed; unique among people who are not deleted, without regard to case.
    pub email: Untrusted,
    /// As typed.
    pub name: Untrusted,
    /// The role, which decides the permissions.
    pub role: Role,
    /// Whether the person may log in.
    pub status: Status,
    /// Rises by one with every change; the `ETag`.
    pub version: u64,
    /// When the person was created.
    pub created_at: Timestamp,
    /// When the person last changed.
    pub updated_at: Timestamp,
    /// When the person was deleted; null while they are not.
    pub deleted_at: Option<Timestamp>,
    /// The id in another system, such as HR's; unique among people who are not deleted. Null: none.
    #[serde(default)]
    pub external_id: Option<Untrusted>,
    /// At most 64 labels, by key.
    #[serde(default)]
    pub labels: BTreeMap<Untrusted, Untrusted>,
}

/// Body of `POST /v1/users`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct CreateUser {
    /// The e-mail address: at most 254 bytes with one `@`.
    pub email: String,
    /// The name: 1 to 200 characters.
    pub name: String,
    /// The role; `member` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The first password: 8 to 512 bytes, no common password, not the e-mail address or name.
    ///
    /// Without one, the person cannot log in until an administrator sets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The id in another system, such as HR's: 1 to 200 characters, unique among people who are not deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The labels, by key: at most 64, together at most 4 KiB of keys and values.
    ///
    /// A key has the syntax of Kubernetes labels, such as `team` or `example.com/team`; a value has at most
    /// 200 characters and may be empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl CreateUser {
    /// Returns the body for a member without a password.
    pub fn new(email: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            name: name.into(),
            role: None,
            password: None,
            external_id: None,
            labels: BTreeMap::new(),
        }
    }

    /// Sets the role; absent when `None`.
    #[must_use]
    pub fn role(mut self, role: impl Into<Option<Role>>) -> Self {
        self.role = role.into();
        self
    }

    /// Sets the first password; absent when `None`.
    #[must_use]
    pub fn password(mut self, password: impl Into<Option<String>>) -> Self {
        self.password = password.into();
        self
    }

    /// Sets the external id; absent when `None`.
    #[must_use]
    pub fn external_id(mut self, external_id: impl Into<Option<String>>) -> Self {
        self.external_id = external_id.into();
        self
    }

    /// Adds a label, or replaces the one with this key.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// Sets all labels, by key.
    #[must_use]
    pub fn labels(mut self, labels: BTreeMap<String, String>) -> Self {
        self.labels = labels;
        self
    }
}

/// Body of `PATCH /v1/users/{id}`; absent fields stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct UpdateUser {
    /// The new e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The new external id; null removes it.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub external_id: Patch<String>,
    /// A JSON merge patch of the labels (RFC 7396): null removes a label, or all of them; others stay.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<BTreeMap<String, Option<String>>>))]
    pub labels: Patch<BTreeMap<String, Option<String>>>,
}

impl UpdateUser {
    /// Returns a body that changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the new e-mail address; absent when `None`.
    #[must_use]
    pub fn email(mut self, email: impl Into<Option<String>>) -> Self {
        self.email = email.into();
        self
    }

    /// Sets the new name; absent when `None`.
    #[must_use]
    pub fn name(mut self, name: impl Into<Option<String>>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the new role; absent when `None`.
    #[must_use]
    pub fn role(mut self, role: impl Into<Option<Role>>) -> Self {
        self.role = role.into();
        self
    }

    /// Sets the new external id, or removes it with [`Patch::Remove`].
    #[must_use]
    pub fn external_id(mut self, external_id: impl Into<Patch<String>>) -> Self {
        self.external_id = external_id.into();
        self
    }

    /// Adds a label, or replaces the one with this key.
    #[must_use]
    pub fn label(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.patch_label(key.into(), Some(value.into()))
    }

    /// Removes a label; one that the person does not have is ignored.
    #[must_use]
    pub fn without_label(self, key: impl Into<String>) -> Self {
        self.patch_label(key.into(), None)
    }

    /// Sets the whole change of labels; [`Patch::Remove`] removes all labels.
    #[must_use]
    pub fn labels(mut self, labels: impl Into<Patch<BTreeMap<String, Option<String>>>>) -> Self {
        self.labels = labels.into();
        self
    }

    fn patch_label(mut self, key: String, value: Option<String>) -> Self {
        if let Patch::Set(labels) = &mut self.labels {
            labels.insert(key, value);
        } else {
            self.labels = Patch::Set(BTreeMap::from([(key, value)]));
        }
        self
    }
}

/// Body of `PUT /v1/users/{id}/password`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct SetPassword {
    /// The new password: 8 to 512 bytes, no common password, not the e-mail address or name.
    pub password: String,
}

impl SetPassword {
    /// Returns the body with this new password.
    pub fn new(password: impl Into<String>) -> Self {
        Self { password: password.into() }
    }
}

/// Body of `PUT /v1/me/password`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ChangePassword {
    /// The current password.
    pub current_password: String,
    /// The new password: 8 to 512 bytes, no common password, not the e-mail address or name.
    pub password: String,
}

impl ChangePassword {
    /// Returns the body that replaces `current_password` with `password`.
    pub fn new(current_password: impl Into<String>, password: impl Into<String>) -> Self {
        Self { current_password: current_password.into(), password: password.into() }
    }
}

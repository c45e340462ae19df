//! People.

use serde::{Deserialize, Serialize};
use vitae_contracts_core::{Role, Status, Timestamp, Untrusted, UserId};

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
    /// What the person may do.
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
}

impl CreateUser {
    /// Returns the body for a member without a password.
    pub fn new(email: impl Into<String>, name: impl Into<String>) -> Self {
        Self { email: email.into(), name: name.into(), role: None, password: None }
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

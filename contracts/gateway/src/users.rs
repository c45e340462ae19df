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
pub struct CreateUser {
    /// At most 254 bytes with one `@`.
    pub email: String,
    /// 1 to 200 characters.
    pub name: String,
    /// `member` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// 8 to 512 bytes; no common password, not the e-mail or name. Without one, nobody can log in as this person yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// Body of `PATCH /v1/users/{id}`; absent fields stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpdateUser {
    /// The new e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// Body of `PUT /v1/users/{id}/password`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetPassword {
    /// 8 to 512 bytes; no common password, not the e-mail or name.
    pub password: String,
}

/// Body of `PUT /v1/me/password`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePassword {
    /// The password as it is.
    pub current_password: String,
    /// 8 to 512 bytes; no common password, not the e-mail or name.
    pub password: String,
}

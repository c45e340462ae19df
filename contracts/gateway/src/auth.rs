//! Logins and sessions.

use serde::{Deserialize, Serialize};
use vitae_contracts_core::{SessionId, Timestamp, Untrusted};

use crate::User;

/// Body of `POST /v1/auth/login`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Login {
    /// The person's e-mail address; case-insensitive.
    pub email: String,
    /// The person's password.
    pub password: String,
    /// The `device_token` that an earlier login of this account returned; secret.
    ///
    /// Login attempts with it have their own rate limit, so failed attempts from other devices do not delay them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
}

impl Login {
    /// Returns the body without a device token.
    pub fn new(email: impl Into<String>, password: impl Into<String>) -> Self {
        Self { email: email.into(), password: password.into(), device_token: None }
    }

    /// Sets the device token; absent when `None`.
    #[must_use]
    pub fn device_token(mut self, device_token: impl Into<Option<String>>) -> Self {
        self.device_token = device_token.into();
        self
    }
}

/// Body of `POST /v1/auth/refresh`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Refresh {
    /// The newest refresh token of the session; it becomes invalid with this request.
    pub refresh_token: String,
    /// 256 random bits for this exchange, as 43 characters of base64url; secret.
    ///
    /// To be stored with the token until the response is stored. A client that sends both again within a day, and
    /// before the new token is used, gets the same new token. Without the key, a repeated request ends the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_key: Option<String>,
}

impl Refresh {
    /// Returns the body without an exchange key.
    pub fn new(refresh_token: impl Into<String>) -> Self {
        Self { refresh_token: refresh_token.into(), exchange_key: None }
    }

    /// Sets the exchange key; absent when `None`.
    #[must_use]
    pub fn exchange_key(mut self, exchange_key: impl Into<Option<String>>) -> Self {
        self.exchange_key = exchange_key.into();
        self
    }
}

/// Body of `POST /v1/auth/logout`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct RefreshToken {
    /// Any refresh token of the session.
    pub refresh_token: String,
}

impl RefreshToken {
    /// Returns the body with this token.
    pub fn new(refresh_token: impl Into<String>) -> Self {
        Self { refresh_token: refresh_token.into() }
    }
}

/// The tokens returned by a login or refresh. There is no `Debug`, because they are secret.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    /// A JWT (RFC 9068), to be sent as `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// The seconds until the access token expires.
    pub expires_in: u32,
    /// The token that gets the next pair of tokens; valid for one use.
    pub refresh_token: String,
    /// Whether the account has a generated first password, which must be changed before anything else.
    ///
    /// Until then only `GET /v1/me`, `PUT /v1/me/password` and logout are allowed; all other requests get 403
    /// `password_change_required`. After the change, a refresh gets a token without this restriction. Absent when false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub password_change_required: bool,
    /// The person who logged in.
    pub user: User,
    /// The token to send with later logins of this account; secret. It stays valid after logout and is only returned by login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
}

/// A session: one login of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The id; never changes.
    pub id: SessionId,
    /// The time of the login.
    pub created_at: Timestamp,
    /// The time of the last refresh.
    pub last_used_at: Timestamp,
    /// The time at which the session expires unless it is refreshed.
    pub expires_at: Timestamp,
    /// The client program, from its `User-Agent`.
    pub client: Untrusted,
    /// The client address.
    pub address: Untrusted,
    /// Whether this request belongs to the session.
    pub current: bool,
}

/// The active sessions of a person, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionPage {
    /// The sessions, at most 500.
    pub items: Vec<Session>,
}

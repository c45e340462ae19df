//! Logins.

use serde::{Deserialize, Serialize};
use vitae_contracts_core::{SessionId, Timestamp, Untrusted};

use crate::User;

/// Body of `POST /v1/auth/login`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Login {
    /// The person's e-mail; case does not matter.
    pub email: String,
    /// The person's password.
    pub password: String,
    /// The `device_token` that an earlier login of this account returned; secret.
    ///
    /// An attempt with it has limits of its own: failed attempts from elsewhere do not delay it.
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
    /// The newest refresh token of the session; spent by this.
    pub refresh_token: String,
    /// 256 random bits for this exchange, as 43 characters of base64url; secret.
    ///
    /// To be kept with the token until the answer is. Whoever sends both again within a day, and
    /// before the new token is spent, gets the same new token. Without it, a repeat ends the session.
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

/// A login, or its continuation. `Debug` is left out: it holds secrets.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    /// A JWT (RFC 9068), to be sent as `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds until the access token ends.
    pub expires_in: u32,
    /// Buys the next pair, once.
    pub refresh_token: String,
    /// Whether the account has a generated first password, which must be changed before anything else.
    ///
    /// Until then only `GET /v1/me`, `PUT /v1/me/password` and logout work; everything else is 403
    /// `password_change_required`. After the change a refresh gets a token for everything. Left out when false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub password_change_required: bool,
    /// Who logged in.
    pub user: User,
    /// To be sent with later logins of this account; secret. Valid after logout, and only returned by login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
}

/// One login of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Never changes.
    pub id: SessionId,
    /// When the login happened.
    pub created_at: Timestamp,
    /// When it was last continued.
    pub last_used_at: Timestamp,
    /// When it ends unless it is continued.
    pub expires_at: Timestamp,
    /// The program, as it named itself.
    pub client: Untrusted,
    /// Where it came from.
    pub address: Untrusted,
    /// Whether this request was made with it.
    pub current: bool,
}

/// The live sessions of a person, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionPage {
    /// At most 500.
    pub items: Vec<Session>,
}

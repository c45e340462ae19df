//! Access to routes by role. Which objects a caller sees is decided by the services.

use vitae_contracts_core::{Code, Role};
use vitae_server_common::{Claims, Principal};

use crate::error::ApiError;

/// The callers that may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everyone, without a token, even while services are unavailable.
    Always,
    /// Everyone, without a token.
    Open,
    /// Every logged-in user, even while they must change their password.
    Account,
    /// Logged-in users with one of these roles.
    Roles(&'static [Role]),
}

/// Every logged-in user.
pub(crate) const EVERYBODY: Access = Access::Roles(&[Role::Admin, Role::Editor, Role::Viewer, Role::Member]);
/// Administrators.
pub(crate) const ADMIN: Access = Access::Roles(&[Role::Admin]);
/// Roles that may read other people.
pub(crate) const READERS: Access = Access::Roles(&[Role::Admin, Role::Editor, Role::Viewer]);
/// Roles that may write resumes; members only their own.
pub(crate) const WRITERS: Access = Access::Roles(&[Role::Admin, Role::Editor, Role::Member]);

impl Access {
    /// Rejects a token whose person must change their password first, except on [`Access::Account`] and open routes.
    pub(crate) fn require_own_password(self, claims: &Claims) -> Result<(), ApiError> {
        match self {
            Self::Always | Self::Open | Self::Account => Ok(()),
            Self::Roles(_) => Ok(claims.require_own_password()?),
        }
    }

    /// Rejects a principal without one of the route's roles.
    pub(crate) fn require(self, principal: &Principal) -> Result<(), ApiError> {
        match (self, principal) {
            (Self::Always | Self::Open, _) | (Self::Account, Principal::User { .. }) => Ok(()),
            (Self::Roles(roles), Principal::User { role, .. }) if roles.contains(role) => Ok(()),
            (Self::Roles(roles), Principal::User { role, .. }) => {
                let needed: Vec<_> = roles.iter().map(Role::as_str).collect();
                let detail = format!("your role is {}; this requires {}", role.as_str(), needed.join(" or "));
                Err(ApiError::new(Code::Forbidden, detail))
            }
            (Self::Account | Self::Roles(_), Principal::Anonymous | Principal::System) => {
                Err(ApiError::new(Code::Unauthenticated, "send an access token as Authorization: Bearer"))
            }
        }
    }
}

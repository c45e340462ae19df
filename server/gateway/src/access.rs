//! Who may use a route, by role alone; what they see behind it is the services' rule.

use vitae_contracts_core::{Code, Role};
use vitae_server_common::{Claims, Principal};

use crate::error::ApiError;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody, without a token, also while services are missing.
    Always,
    /// Everybody, without a token.
    Open,
    /// Everybody who is logged in, also while they must change their password.
    Account,
    /// Whoever is logged in, as one of these roles.
    Roles(&'static [Role]),
}

/// Everybody who is logged in.
pub(crate) const EVERYBODY: Access = Access::Roles(&[Role::Admin, Role::Editor, Role::Viewer, Role::Member]);
/// Administrators.
pub(crate) const ADMIN: Access = Access::Roles(&[Role::Admin]);
/// Those who read people other than themselves.
pub(crate) const READERS: Access = Access::Roles(&[Role::Admin, Role::Editor, Role::Viewer]);
/// Those who write resumes; members their own.
pub(crate) const WRITERS: Access = Access::Roles(&[Role::Admin, Role::Editor, Role::Member]);

impl Access {
    /// Rejects a token whose person must change their password first, unless the route is for that.
    pub(crate) fn require_own_password(self, claims: &Claims) -> Result<(), ApiError> {
        match self {
            Self::Always | Self::Open | Self::Account => Ok(()),
            Self::Roles(_) => Ok(claims.require_own_password()?),
        }
    }

    /// Refuses a principal whose role is not among those of the route.
    pub(crate) fn require(self, principal: &Principal) -> Result<(), ApiError> {
        match (self, principal) {
            (Self::Always | Self::Open, _) | (Self::Account, Principal::User { .. }) => Ok(()),
            (Self::Roles(roles), Principal::User { role, .. }) if roles.contains(role) => Ok(()),
            (Self::Roles(roles), Principal::User { role, .. }) => {
                let needed: Vec<_> = roles.iter().map(Role::as_str).collect();
                let detail = format!("you are {}; this takes {}", role.as_str(), needed.join(" or "));
                Err(ApiError::new(Code::Forbidden, detail))
            }
            (Self::Account | Self::Roles(_), Principal::Anonymous | Principal::System) => {
                Err(ApiError::new(Code::Unauthenticated, "send an access token as Authorization: Bearer"))
            }
        }
    }
}

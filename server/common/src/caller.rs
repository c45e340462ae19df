//! The caller of an RPC.

use std::sync::Arc;

use http::HeaderValue;
use tonic::{Request, Status};
use vitae_contracts_core::{Code, Role, SessionId, UserId};
use vitae_contracts_services::events::v1::{Context, Event};

use crate::{InvalidToken, ServiceError};

/// The acting identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// No identity: login, refresh, logout.
    Anonymous,
    /// A person, identified by a verified access token.
    User {
        /// The person.
        id: UserId,
        /// The session that the token belongs to.
        session: SessionId,
        /// The role when the token was issued.
        role: Role,
        /// The person's version when the token was issued.
        version: i64,
    },
    /// The system itself: bootstrap, calls between services, handling of events.
    System,
}

/// An idempotency key and the request that it was sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key, as the client chose it.
    pub key: String,
    /// The SHA-256 of method, path and body without passwords.
    pub digest: [u8; 32],
}

/// The identity behind an RPC, with the public request that caused it.
///
/// Inside one process it is passed in the request's extensions, which a client cannot set.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The acting identity.
    pub principal: Principal,
    /// The id of the public request; empty if the system acts on its own.
    pub request_id: String,
    /// The client address of the public request.
    pub client_address: String,
    /// The `User-Agent` of the public request.
    pub user_agent: String,
    /// The idempotency key of this change.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The caller's own token, which services of other processes verify.
    pub token: Option<Token>,
}

/// An access token, as the value of the header `authorization`. Its `Debug` output hides it.
#[derive(Clone)]
pub struct Token(HeaderValue);

const BEARER: &str = "Bearer ";

impl Token {
    /// Returns a verified token.
    pub(crate) fn new(text: &str) -> Result<Self, InvalidToken> {
        let mut value = HeaderValue::try_from(format!("{BEARER}{text}")).map_err(|_| InvalidToken)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// Returns the token without the scheme.
    pub(crate) fn text(&self) -> &[u8] {
        &self.0.as_bytes()[BEARER.len()..]
    }

    /// Returns the value of the header `authorization`.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Caller {
    /// Returns the system as the caller.
    pub fn system() -> Self {
        Self {
            principal: Principal::System,
            request_id: String::new(),
            client_address: String::new(),
            user_agent: String::new(),
            idempotency_key: None,
            token: None,
        }
    }

    /// Returns the system as the caller, with the request that caused an event.
    pub fn for_event(event: &Event) -> Self {
        let context = event.context.clone().unwrap_or_default();
        Self {
            principal: Principal::System,
            request_id: context.request_id,
            client_address: context.client_address,
            user_agent: context.user_agent,
            idempotency_key: None,
            token: None,
        }
    }

    /// Returns the system as the caller, with the same request: for a call from one service to another.
    #[must_use]
    pub fn as_system(&self) -> Self {
        Self { principal: Principal::System, idempotency_key: None, token: None, ..self.clone() }
    }

    /// Wraps a message as a request with this caller in its extensions.
    pub fn attach<T>(self: &Arc<Self>, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.extensions_mut().insert(Arc::clone(self));
        request
    }

    /// Splits a request into its caller and message.
    pub fn take<T>(mut request: Request<T>) -> Result<(Arc<Self>, T), Status> {
        let caller = request.extensions_mut().remove::<Arc<Self>>().ok_or_else(|| {
            Status::from(ServiceError::new(Code::Unauthenticated, "the call carries no caller"))
        })?;
        Ok((caller, request.into_inner()))
    }

    /// Returns the acting person; `None` for the system and anonymous callers.
    pub fn user(&self) -> Option<UserId> {
        match self.principal {
            Principal::User { id, .. } => Some(id),
            Principal::Anonymous | Principal::System => None,
        }
    }

    /// Whether the caller is the system or has one of these roles.
    pub fn has_role(&self, roles: &[Role]) -> bool {
        match &self.principal {
            Principal::System => true,
            Principal::User { role, .. } => roles.contains(role),
            Principal::Anonymous => false,
        }
    }

    /// Returns an error unless the caller is the system or has one of these roles.
    pub fn require_role(&self, roles: &[Role]) -> Result<(), ServiceError> {
        if self.has_role(roles) {
            return Ok(());
        }
        Err(match self.principal {
            Principal::Anonymous => ServiceError::new(Code::Unauthenticated, "an access token is required"),
            Principal::User { .. } | Principal::System => {
                ServiceError::new(Code::Forbidden, "the role of this login does not allow it")
            }
        })
    }

    /// Returns an error for anonymous callers.
    pub fn require_login(&self) -> Result<(), ServiceError> {
        if self.principal == Principal::Anonymous { self.require_role(&[]) } else { Ok(()) }
    }

    /// Returns an error unless the caller is the system.
    pub fn require_system(&self) -> Result<(), ServiceError> {
        self.require_role(&[])
    }

    /// Returns the 16 bytes under which this caller's idempotency keys are stored.
    pub(crate) fn key_space(&self) -> [u8; 16] {
        self.user().map_or([0; 16], |id| *id.as_bytes())
    }

    /// Returns the context of an event that this caller causes.
    pub fn context(&self) -> Context {
        let (kind, actor_id, session_id) = match &self.principal {
            Principal::Anonymous => ("anonymous", String::new(), String::new()),
            Principal::User { id, session, .. } => ("user", id.to_string(), session.to_string()),
            Principal::System => ("system", String::new(), String::new()),
        };
        Context {
            actor_kind: kind.to_owned(),
            actor_id,
            session_id,
            request_id: self.request_id.clone(),
            client_address: self.client_address.clone(),
            user_agent: self.user_agent.clone(),
        }
    }
}

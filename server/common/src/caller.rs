//! On whose behalf an RPC runs.

use std::sync::Arc;

use http::HeaderValue;
use tonic::{Request, Status};
use vitae_contracts_core::{Code, Role, SessionId, UserId};
use vitae_contracts_services::events::v1::{Context, Event};

use crate::{InvalidToken, ServiceError};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Nobody yet: login, refresh, logout.
    Anonymous,
    /// A person, by an access token that was verified.
    User {
        /// The person.
        id: UserId,
        /// The session that the token belongs to.
        session: SessionId,
        /// The role when the token was made.
        role: Role,
        /// The person's version when the token was made.
        version: i64,
    },
    /// The system itself: bootstrap, services among themselves, effects of events.
    System,
}

/// What an idempotency key was sent for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key, as the client chose it.
    pub key: String,
    /// SHA-256 of method, path and body without any password.
    pub digest: [u8; 32],
}

/// Who acts, by which request, from where.
///
/// In one process it rides in the request's extensions, which no socket can fill.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who acts.
    pub principal: Principal,
    /// The public request; empty for the system's own doing.
    pub request_id: String,
    /// Where the public request came from.
    pub client_address: String,
    /// What made the public request.
    pub user_agent: String,
    /// The key that makes this mutation happen once.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The caller's own token, for services of other processes to check.
    pub token: Option<Token>,
}

/// An access token, as the header that carries it on. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct Token(HeaderValue);

const BEARER: &str = "Bearer ";

impl Token {
    /// This token, which was verified.
    pub(crate) fn new(text: &str) -> Result<Self, InvalidToken> {
        let mut value = HeaderValue::try_from(format!("{BEARER}{text}")).map_err(|_| InvalidToken)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// The token alone.
    pub(crate) fn text(&self) -> &[u8] {
        &self.0.as_bytes()[BEARER.len()..]
    }

    /// The value of the header `authorization`.
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
    /// The system itself.
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

    /// The system, acting because of an event; keeps the request that caused it.
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

    /// The same request, acting as the system: for a service's call to another.
    #[must_use]
    pub fn as_system(&self) -> Self {
        Self { principal: Principal::System, idempotency_key: None, token: None, ..self.clone() }
    }

    /// Puts the caller into a request to a service of this process.
    pub fn attach<T>(self: &Arc<Self>, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.extensions_mut().insert(Arc::clone(self));
        request
    }

    /// Takes caller and message out of a request.
    pub fn take<T>(mut request: Request<T>) -> Result<(Arc<Self>, T), Status> {
        let caller = request.extensions_mut().remove::<Arc<Self>>().ok_or_else(|| {
            Status::from(ServiceError::new(Code::Unauthenticated, "the call carries no caller"))
        })?;
        Ok((caller, request.into_inner()))
    }

    /// The person who acts, unless it is the system or nobody.
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

    /// Refuses callers who have none of these roles and are not the system.
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

    /// Refuses callers who do not say who they are.
    pub fn require_login(&self) -> Result<(), ServiceError> {
        if self.principal == Principal::Anonymous { self.require_role(&[]) } else { Ok(()) }
    }

    /// Refuses everybody but services.
    pub fn require_system(&self) -> Result<(), ServiceError> {
        self.require_role(&[])
    }

    /// The 16 bytes under which idempotency keys of this caller are kept.
    pub(crate) fn key_space(&self) -> [u8; 16] {
        self.user().map_or([0; 16], |id| *id.as_bytes())
    }

    /// The event's record of who did it.
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

//! Authentication of calls over a socket, before they reach the service.

use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};
use vitae_contracts_core::{Code, names};
use vitae_contracts_services::auth::v1::auth_client::AuthClient;

use super::metadata::{self, ServiceKey};
use super::outgoing::only_reads;
use crate::message_limits::RESPONSE_BYTES;
use crate::{Backend, Caller, Clock, Principal, RevocationCache, ServiceError, Verifier};

/// The maximum time that a call with a token waits for a revocation cache that has never caught up.
const FIRST_CATCH_UP: Duration = Duration::from_secs(3);

/// The keys that verify access tokens, fetched when they are first needed.
#[derive(Clone)]
pub struct TokenKeys {
    auth: AuthClient<Backend>,
    known: Arc<RwLock<Option<Arc<Verifier>>>>,
}

impl TokenKeys {
    /// Returns the keys that the auth service publishes.
    pub fn from_auth(auth: Backend) -> Self {
        let auth = AuthClient::new(auth).max_decoding_message_size(RESPONSE_BYTES);
        Self { auth, known: Arc::default() }
    }

    async fn get(&self) -> Result<Arc<Verifier>, ServiceError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let fetched = Arc::new(Verifier::fetch(self.auth.clone()).await?);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fetched));
        Ok(fetched)
    }
}

/// Authenticates calls and passes the [`Caller`] in the request's extensions, as inside one process.
#[derive(Clone)]
pub struct AuthenticationLayer {
    /// The keys that verify tokens.
    pub keys: TokenKeys,
    /// The service key, which authorises RPCs for services only; without one, these are rejected.
    pub key: Option<ServiceKey>,
    /// The cache of revocations; the caller must start its consumers.
    pub revocations: RevocationCache,
    /// The clock.
    pub clock: Clock,
}

impl AuthenticationLayer {
    async fn caller(&self, path: &str, headers: &HeaderMap) -> Result<Caller, ServiceError> {
        let from_service = self.key.as_ref().is_some_and(|key| key.is_in(headers));
        let principal = match metadata::bearer(headers)? {
            Some(token) => self.verify(token, path).await?,
            None if from_service && headers.contains_key(names::SYSTEM) => Principal::System,
            None => Principal::Anonymous,
        };
        Ok(metadata::read(headers, principal, from_service))
    }

    /// Returns the person of a token that is valid, not revoked, and may call this RPC.
    async fn verify(&self, token: &str, path: &str) -> Result<Principal, ServiceError> {
        let verified = self.keys.get().await?.verify(token, self.clock.now())?;
        if self.key.is_none() {
            let detail = "this role has no service key, so it cannot know which logins have been revoked; \
                          start it with --service-key-file";
            return Err(ServiceError::new(Code::Unavailable, detail));
        }
        if !self.revocations.has_caught_up() {
            // The role has just started: delay the response instead of rejecting the call.
            drop(tokio::time::timeout(FIRST_CATCH_UP, self.revocations.wait_until_caught_up()).await);
        }
        self.revocations.require(&verified.claims, only_reads(path)).await?;
        verified.claims.require_rpc(path)?;
        Ok(verified.claims.principal())
    }
}

impl<S> Layer<S> for AuthenticationLayer {
    type Service = AuthenticatedService<S>;

    fn layer(&self, inner: S) -> AuthenticatedService<S> {
        AuthenticatedService { authentication: Arc::new(self.clone()), inner }
    }
}

/// A service whose calls are authenticated.
#[derive(Clone)]
pub struct AuthenticatedService<S> {
    authentication: Arc<AuthenticationLayer>,
    inner: S,
}

impl<S> Service<Request<Body>> for AuthenticatedService<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let authentication = Arc::clone(&self.authentication);
        // The service that was polled ready must be the one that is called.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        let rpc = request.uri().path().to_owned();
        Box::pin(async move {
            match authentication.caller(&rpc, request.headers()).await {
                Ok(caller) => {
                    request.extensions_mut().insert(Arc::new(caller));
                    inner.call(request).await
                }
                Err(error) => {
                    if error.is_authentication_error() {
                        tracing::info!(code = error.code.as_str(), rpc, "call rejected");
                    }
                    Ok(Status::from(error).into_http())
                }
            }
        })
    }
}

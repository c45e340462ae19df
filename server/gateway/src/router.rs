//! The table of routes, one line each. The types require an access for every route.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;
use sync_wrapper::SyncWrapper;
use vitae_contracts_core::UserId;
use vitae_server_common::accept::PeerAddress;
use vitae_server_common::{Caller, Principal};

use crate::access::{ADMIN, Access, EVERYBODY, READERS, WRITERS};
use crate::call::{Body, Call, HandlerResult};
use crate::error::ApiError;
use crate::metrics::MatchedRoute;
use crate::middleware::RequestId;
use crate::{
    Gateway, audit, auth, events, import_export, me, meta, metrics, resumes, revisions, stats, tokens, users,
};

/// One route of the public API.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    endpoint: MethodRouter<Arc<Gateway>>,
}

/// The table of routes.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        post("/v1/auth/login", Access::Open, auth::login),
        post("/v1/auth/refresh", Access::Open, auth::refresh),
        post("/v1/auth/logout", Access::Open, auth::logout),
        get("/v1/me", Access::Account, me::get),
        put("/v1/me/password", Access::Account, me::change_password),
        get("/v1/me/sessions", EVERYBODY, me::sessions),
        delete("/v1/me/sessions/{id}", EVERYBODY, me::revoke_session),
        get("/v1/users", READERS, users::list),
        post("/v1/users", ADMIN, users::create),
        get("/v1/users/{id}", EVERYBODY, users::get),
        patch("/v1/users/{id}", EVERYBODY, users::update),
        delete("/v1/users/{id}", ADMIN, users::delete),
        post("/v1/users/{id}/disable", ADMIN, users::disable),
        post("/v1/users/{id}/enable", ADMIN, users::enable),
        post("/v1/users/{id}/restore", ADMIN, users::restore),
        put("/v1/users/{id}/password", ADMIN, users::set_password),
        get("/v1/users/{id}/sessions", EVERYBODY, users::sessions),
        delete("/v1/users/{id}/sessions", EVERYBODY, users::revoke_sessions),
        get("/v1/resumes", EVERYBODY, resumes::list),
        post("/v1/resumes", WRITERS, resumes::create),
        get("/v1/resumes/export", EVERYBODY, import_export::export),
        post("/v1/resumes/import", WRITERS, import_export::import),
        get("/v1/resumes/{id}", EVERYBODY, resumes::get),
        put("/v1/resumes/{id}", WRITERS, resumes::replace),
        patch("/v1/resumes/{id}", WRITERS, resumes::patch),
        delete("/v1/resumes/{id}", WRITERS, resumes::delete),
        post("/v1/resumes/{id}/restore", WRITERS, resumes::restore),
        post("/v1/resumes/{id}/purge", WRITERS, resumes::purge),
        get("/v1/resumes/{id}/revisions", EVERYBODY, revisions::list),
        get("/v1/resumes/{id}/revisions/{revision}", EVERYBODY, revisions::get),
        get("/v1/events", EVERYBODY, events::watch),
        get("/v1/audit", ADMIN, audit::list),
        get("/v1/stats", READERS, stats::get),
        get("/.well-known/jwks.json", Access::Open, meta::jwks),
        get("/openapi.json", Access::Always, meta::description),
        get("/livez", Access::Always, meta::livez),
        get("/readyz", Access::Always, meta::readyz),
        get("/metrics", Access::Always, metrics::scrape),
    ]
}

/// Builds the router.
pub(crate) fn router(gateway: Gateway) -> Router {
    let add = |router: Router<Arc<Gateway>>, route: Route| router.route(route.path, route.endpoint);
    routes().into_iter().fold(Router::new(), add).with_state(Arc::new(gateway))
}

fn get<H, F>(path: &'static str, access: Access, handler: H) -> Route
where
    H: Fn(Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = HandlerResult> + Send + 'static,
{
    route(Method::GET, MethodFilter::GET, path, access, handler)
}

fn post<H, F>(path: &'static str, access: Access, handler: H) -> Route
where
    H: Fn(Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = HandlerResult> + Send + 'static,
{
    route(Method::POST, MethodFilter::POST, path, access, handler)
}

fn put<H, F>(path: &'static str, access: Access, handler: H) -> Route
where
    H: Fn(Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = HandlerResult> + Send + 'static,
{
    route(Method::PUT, MethodFilter::PUT, path, access, handler)
}

fn patch<H, F>(path: &'static str, access: Access, handler: H) -> Route
where
    H: Fn(Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = HandlerResult> + Send + 'static,
{
    route(Method::PATCH, MethodFilter::PATCH, path, access, handler)
}

fn delete<H, F>(path: &'static str, access: Access, handler: H) -> Route
where
    H: Fn(Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = HandlerResult> + Send + 'static,
{
    route(Method::DELETE, MethodFilter::DELETE, path, access, handler)
}

fn route<H, F>(method: Method, filter: MethodFilter, path: &'static str, access: Access, handler: H) -> Route
where
    H: Fn(Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = HandlerResult> + Send + 'static,
{
    let matched = MatchedRoute { method: method.clone(), path };
    let endpoint =
        on(filter, move |State(gateway): State<Arc<Gateway>>, params: PathParams, request: Request| {
            let (handler, matched) = (handler.clone(), matched.clone());
            async move {
                let denials = Arc::clone(&gateway.denials);
                let (actor, mut response) = match admit(gateway, access, params.as_ref().ok(), request).await
                {
                    Err(Rejected { error, caller }) => {
                        if let Some(caller) = &caller {
                            denials.record(caller, &matched, error.code);
                        }
                        (caller.and_then(|caller| caller.user()), error.into_response())
                    }
                    Ok(call) => {
                        let caller = Arc::clone(&call.caller);
                        let response = handler(call).await.unwrap_or_else(|error| {
                            denials.record(&caller, &matched, error.code);
                            error.into_response()
                        });
                        (caller.user(), response)
                    }
                };
                if let Some(actor) = actor {
                    response.extensions_mut().insert(ActorId(actor));
                }
                response.extensions_mut().insert(matched);
                response
            }
        });
    Route { method, path, access, endpoint }
}

/// An error if a path parameter is not UTF-8; axum's own response would not be a problem document.
type PathParams = Result<RawPathParams, RawPathParamsRejection>;

/// The person of a request's token, stored in the response's extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActorId(pub(crate) UserId);

/// The error of a request that is rejected before its handler.
struct Rejected {
    error: ApiError,
    /// The rejected caller, if the token is valid.
    caller: Option<Caller>,
}

impl<E: Into<ApiError>> From<E> for Rejected {
    fn from(error: E) -> Self {
        Self { error: error.into(), caller: None }
    }
}

/// Checks token and role before anything else of the request.
///
/// Without path parameters the handler finds no id and responds with not found.
async fn admit(
    gateway: Arc<Gateway>,
    access: Access,
    params: Option<&RawPathParams>,
    request: Request,
) -> Result<Call, Rejected> {
    let (parts, body) = request.into_parts();
    let verified = match access {
        Access::Always => None,
        // An invalid token does not prevent a login.
        Access::Open => gateway.verifier().map(|_| None)?,
        Access::Account | Access::Roles(_) => {
            tokens::authenticate(gateway.verifier()?, &parts.headers, gateway.clock.now())?
        }
    };
    if let Some(verified) = &verified {
        gateway.revocations.require(&verified.claims, parts.method.is_safe()).await?;
        access.require_own_password(&verified.claims)?;
    }
    let principal = verified.as_ref().map_or(Principal::Anonymous, |verified| verified.claims.principal());
    let header = |name| parts.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let caller = Caller {
        principal,
        request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        client_address: parts
            .extensions
            .get::<PeerAddress>()
            .map(|peer| gateway.options.proxies.client_address(peer.0.ip(), &parts.headers).to_string())
            .unwrap_or_default(),
        user_agent: header(http::header::USER_AGENT).unwrap_or_default().chars().take(200).collect(),
        idempotency_key: None,
        token: verified.as_ref().map(|verified| verified.token.clone()),
    };
    if let Err(error) = access.require(&caller.principal) {
        return Err(Rejected { error, caller: Some(caller) });
    }
    let path = params.into_iter().flatten().map(|(_, value)| value.to_owned()).collect();
    Ok(Call {
        gateway,
        caller: Arc::new(caller),
        verified,
        peer: parts.extensions.get::<PeerAddress>().map(|peer| peer.0.ip()),
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        path,
        body: SyncWrapper::new(body),
    })
}

impl IntoResponse for ApiError {
    /// Stores the error in the extensions: the middleware writes the body, which needs the request id.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_routes_are_listed() {
        let open: Vec<_> = routes()
            .into_iter()
            .filter(|r| !matches!(r.access, Access::Roles(_) | Access::Account))
            .map(|r| r.path)
            .collect();
        let allowed = ["/v1/auth/", "/.well-known/", "/openapi.json", "/livez", "/readyz", "/metrics"];
        for path in open {
            assert!(allowed.iter().any(|prefix| path.starts_with(prefix)), "{path} is open");
        }
    }
}

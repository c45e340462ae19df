//! The steps of every request, independent of its route.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use vitae_contracts_core::{Code, limits, names};

use crate::call::Body;
use crate::error::ApiError;
use crate::hosts::Hosts;
use crate::metrics::{MatchedRoute, Metrics};
use crate::router::ActorId;

/// Deadline of a response's head.
const DEADLINE: Duration = Duration::from_secs(10);

/// The id of this request, for responses, logs and the audit log.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// The service of the public port: assigns request ids, enforces limits and the deadline, and converts every
/// failure to a problem response.
#[derive(Clone)]
pub(crate) struct PublicService {
    router: Router,
    metrics: Arc<Metrics>,
    hosts: Arc<Hosts>,
}

/// Creates the service of the public port.
pub(crate) fn service(router: Router, metrics: Arc<Metrics>, hosts: Arc<Hosts>) -> PublicService {
    PublicService { router, metrics, hosts }
}

impl<B> tower_service::Service<Request<B>> for PublicService
where
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let middleware = self.clone();
        Box::pin(async move { Ok(middleware.respond_and_count(request.map(Body::new)).await) })
    }
}

impl PublicService {
    /// Responds and records the response by its route.
    async fn respond_and_count(self, request: Request<Body>) -> Response<Body> {
        let (began, _in_flight) = (Instant::now(), self.metrics.start_request());
        let mut response = respond(self.router, &self.hosts, request).await;
        let matched = response.extensions_mut().remove::<MatchedRoute>();
        self.metrics.record_response(matched.as_ref(), response.status(), began.elapsed());
        log(matched.as_ref(), &response, began.elapsed());
        response
    }
}

/// Logs a request at the level `debug`, and at `info` if its credentials were rejected or throttled.
///
/// Omits path, query, headers and body, which may contain secrets or personal data.
fn log(matched: Option<&MatchedRoute>, response: &Response<Body>, took: Duration) {
    let is_rejected = matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS);
    let is_logged =
        tracing::enabled!(tracing::Level::DEBUG) || is_rejected && tracing::enabled!(tracing::Level::INFO);
    if !is_logged {
        return;
    }
    let (method, route) = matched.map_or(("-", "-"), |matched| (matched.method.as_str(), matched.path));
    let status = response.status().as_u16();
    let code = response.extensions().get::<Code>().map_or("-", |code| code.as_str());
    let milliseconds = took.as_millis();
    let request_id = response.headers().get(names::REQUEST_ID).and_then(|id| id.to_str().ok());
    let actor_id =
        response.extensions().get::<ActorId>().map_or_else(|| "-".to_owned(), |id| id.0.to_string());
    if is_rejected {
        tracing::info!(method, route, status, code, milliseconds, request_id, actor_id, "request rejected");
    } else {
        tracing::debug!(method, route, status, code, milliseconds, request_id, actor_id, "request");
    }
}

async fn respond(mut router: Router, hosts: &Hosts, mut request: Request<Body>) -> Response<Body> {
    let id = request_id(request.headers());
    let mut response = match check_head(&request).and_then(|()| hosts.check(&request)) {
        Err(error) => error.response(&id),
        Ok(()) => {
            request.extensions_mut().insert(RequestId(id.clone()));
            let handled = tower_service::Service::call(&mut router, request);
            match AssertUnwindSafe(tokio::time::timeout(DEADLINE, handled)).catch_unwind().await {
                Ok(Ok(Ok(response))) => with_problem_body(response, &id),
                Ok(Ok(Err(never))) => match never {},
                Ok(Err(_)) => {
                    ApiError::new(Code::Timeout, "the server did not respond within 10 s; try again")
                        .response(&id)
                }
                Err(_) => {
                    tracing::error!(request_id = id, "a handler panicked");
                    ApiError::new(Code::Internal, "internal error; the server's log contains the request id")
                        .response(&id)
                }
            }
        }
    };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(names::REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Almost every response contains personal data; the others set their own lifetime.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Returns the client's request id if it is valid, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    match headers.get(names::REQUEST_ID).and_then(|value| value.to_str().ok()) {
        Some(id) if limits::is_request_id(id) => id.to_owned(),
        _ => uuid::Uuid::now_v7().to_string(),
    }
}

fn check_head(request: &Request<Body>) -> Result<(), ApiError> {
    let uri = request.uri();
    let length = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if length > limits::URL_BYTES {
        let detail = format!("expected a URL of at most {} bytes, found {length}", limits::URL_BYTES);
        return Err(ApiError::new(Code::UriTooLong, detail));
    }
    let headers = request.headers();
    check_transfer_encoding(headers)?;
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > limits::HEADERS || bytes > limits::HEADER_BYTES {
        let detail = format!(
            "expected at most {} headers of {} bytes in all, found {} of {bytes}",
            limits::HEADERS,
            limits::HEADER_BYTES,
            headers.len()
        );
        return Err(ApiError::new(Code::HeadersTooLarge, detail));
    }
    Ok(())
}

/// Rejects every transfer coding except `chunked` (RFC 9112, section 6.1): no other is decoded.
fn check_transfer_encoding(headers: &HeaderMap) -> Result<(), ApiError> {
    let mut values = headers.get_all(header::TRANSFER_ENCODING).iter();
    let Some(value) = values.next() else { return Ok(()) };
    if value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked") && values.next().is_none() {
        return Ok(());
    }
    let name = header::TRANSFER_ENCODING;
    Err(ApiError::header(
        Code::InvalidParameter,
        name.as_str(),
        "expected only chunked, found another coding",
    ))
}

/// Adds the problem body to an error of a handler, or of the router for unknown routes.
fn with_problem_body(mut response: Response<Body>, id: &str) -> Response<Body> {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let mut response_with_body = error.response(id);
        let extensions = response.extensions_mut();
        if let Some(matched) = extensions.remove::<MatchedRoute>() {
            response_with_body.extensions_mut().insert(matched);
        }
        if let Some(actor) = extensions.remove::<ActorId>() {
            response_with_body.extensions_mut().insert(actor);
        }
        return response_with_body;
    }
    let has_body = response.headers().contains_key(header::CONTENT_TYPE);
    match response.status() {
        StatusCode::NOT_FOUND if !has_body => {
            ApiError::new(Code::NotFound, "there is no such route; /openapi.json lists the routes")
                .response(id)
        }
        StatusCode::METHOD_NOT_ALLOWED if !has_body => {
            let allow = response.headers_mut().remove(header::ALLOW);
            let detail = match allow.as_ref().and_then(|allow| allow.to_str().ok()) {
                Some(allow) => format!("this route accepts {allow}"),
                None => "this route does not accept the method".to_owned(),
            };
            let mut response_with_body = ApiError::new(Code::MethodNotAllowed, detail).response(id);
            if let Some(allow) = allow {
                response_with_body.headers_mut().insert(header::ALLOW, allow);
            }
            response_with_body
        }
        _ => response,
    }
}

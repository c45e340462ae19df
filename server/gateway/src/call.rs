//! One request with a checked head.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use http_body_util::BodyExt as _;
use serde::Serialize;
use sync_wrapper::SyncWrapper;
use vitae_contracts_core::{Code, UserId, limits, quoted};
use vitae_contracts_document::{Scanned, scan};
use vitae_server_common::{Caller, IdempotencyKey, Principal, Verified};

use crate::Gateway;
use crate::authorization::{self, Authorization};
use crate::error::ApiError;
use crate::headers;
use crate::query::Query;

/// The body of requests and responses.
pub(crate) type Body = axum::body::Body;
/// Bytes reserved for a body before any of it has arrived.
const INITIAL_CAPACITY: usize = 8 << 10;
/// The result of a handler.
pub(crate) type HandlerResult = Result<Response<Body>, ApiError>;

/// A body that takes longer is authorised again after it has arrived, by calls to the services if necessary.
const RECHECK_AFTER: Duration = Duration::from_secs(1);

/// A request with its caller.
pub(crate) struct Call {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) caller: Arc<Caller>,
    /// The verified token, for streams that end with it.
    pub(crate) verified: Option<Arc<Verified>>,
    /// The address at the other end of the connection, which may be a proxy's.
    pub(crate) peer: Option<IpAddr>,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    /// Values of the path's `{…}`, in their order.
    pub(crate) path: Vec<String>,
    pub(crate) body: SyncWrapper<Body>,
}

impl Call {
    /// Returns the first id in the path; a malformed id is reported as not found.
    pub(crate) fn id<T: FromStr>(&self, kind: &str) -> Result<T, ApiError> {
        self.id_at(0, kind)
    }

    /// Returns the id at an index among the path's parameters.
    pub(crate) fn id_at<T: FromStr>(&self, nth: usize, kind: &str) -> Result<T, ApiError> {
        let text = self.path.get(nth).map(String::as_str).unwrap_or_default();
        text.parse()
            .map_err(|_| ApiError::new(Code::NotFound, format!("there is no {kind} {}", quoted(text))))
    }

    /// Returns the calling person; the router rejects other callers on routes that need one.
    pub(crate) fn user(&self) -> Result<UserId, ApiError> {
        self.caller.user().ok_or_else(|| ApiError::new(Code::Unauthenticated, "an access token is required"))
    }

    /// Returns whether the caller is this person.
    pub(crate) fn is(&self, id: UserId) -> bool {
        self.caller.user() == Some(id)
    }

    /// Returns whether the caller has a role.
    pub(crate) fn has_role(&self, role: &vitae_contracts_core::Role) -> bool {
        matches!(&self.caller.principal, Principal::User { role: own, .. } if own == role)
    }

    /// Returns the authorisation of the request, to be checked while it runs; `None` on open routes.
    pub(crate) fn authorization(&self) -> Option<Authorization> {
        let verified = self.verified.as_ref()?;
        Some(Authorization::new(&self.gateway, verified, self.method.is_safe()))
    }

    /// Parses the query.
    pub(crate) fn query(&self) -> Query {
        Query::parse(self.uri.query())
    }

    /// Rejects any query parameter.
    pub(crate) fn reject_query(&self) -> Result<(), ApiError> {
        self.query().finish()
    }

    /// Builds an RPC request on behalf of the caller.
    pub(crate) fn rpc_request<T>(&self, message: T) -> tonic::Request<T> {
        self.caller.attach(message)
    }

    /// Reads a JSON body of at most [`limits::BODY_BYTES`].
    pub(crate) async fn json(&mut self, media_types: &[&str]) -> Result<Bytes, ApiError> {
        require_media_type(&self.headers, media_types)?;
        self.read().await
    }

    /// Reads the body of a route without one: it must be empty or an object without fields.
    pub(crate) async fn read_empty_body(&mut self) -> Result<(), ApiError> {
        let body = self.read().await?;
        if body.is_empty() {
            return self.set_idempotency_digest(&[]);
        }
        let scanned = scan(&body)?;
        crate::body::Fields::of(&scanned)?.finish()?;
        self.set_idempotency_digest(&[])
    }

    /// Sets the idempotency key with a digest of the request.
    ///
    /// The digest excludes passwords: a stored digest must not help to guess one.
    pub(crate) fn set_idempotency_key(&mut self, body: &Scanned<'_>) -> Result<(), ApiError> {
        let parts: Vec<_> = body.members().filter(|(name, _)| name != "password").collect();
        let texts: Vec<&str> = parts.iter().flat_map(|(name, value)| [&**name, value.text()]).collect();
        self.set_idempotency_digest(&texts)
    }

    fn set_idempotency_digest(&mut self, parts: &[&str]) -> Result<(), ApiError> {
        let Some(key) = headers::idempotency_key(&self.headers)? else { return Ok(()) };
        let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
        let target = [self.method.as_str(), self.uri.path(), self.uri.query().unwrap_or_default()];
        for part in target.iter().chain(parts) {
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let mut sum = [0; 32];
        sum.copy_from_slice(digest.finish().as_ref());
        Arc::make_mut(&mut self.caller).idempotency_key =
            Some(IdempotencyKey { key: key.to_owned(), digest: sum });
        Ok(())
    }

    async fn read(&mut self) -> Result<Bytes, ApiError> {
        let too_large = || {
            ApiError::new(
                Code::BodyTooLarge,
                format!("expected at most {} bytes in the body", limits::BODY_BYTES),
            )
        };
        let declared =
            self.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|length| length > limits::BODY_BYTES) {
            return Err(too_large());
        }
        let began = Instant::now();
        // The declared length is not reserved; the buffer grows with the data that arrives.
        let mut read = BytesMut::with_capacity(declared.unwrap_or_default().min(INITIAL_CAPACITY));
        while let Some(frame) = self.body.get_mut().frame().await {
            let frame = frame.map_err(|_| ApiError::new(Code::MalformedJson, "the body ended early"))?;
            let Ok(data) = frame.into_data() else { continue };
            if read.len() + data.len() > limits::BODY_BYTES {
                return Err(too_large());
            }
            read.extend_from_slice(&data);
        }
        self.require_still_authorized(began).await?;
        Ok(read.freeze())
    }

    /// Rejects a request whose login ended while its body arrived.
    async fn require_still_authorized(&self, began: Instant) -> Result<(), ApiError> {
        match self.authorization() {
            Some(authorization) if began.elapsed() > RECHECK_AFTER => authorization.require().await,
            Some(authorization) if authorization.has_ended() => Err(authorization::ended()),
            _ => Ok(()),
        }
    }
}

/// Rejects bodies with another media type or a content encoding.
pub(crate) fn require_media_type(headers: &HeaderMap, media_types: &[&str]) -> Result<(), ApiError> {
    let expected = || media_types.join(" or ");
    let unsupported = |name: &str, found: &str| {
        let message = format!("expected {}, found {}", expected(), quoted(found));
        Err(ApiError::header(Code::UnsupportedMediaType, name, message))
    };
    if headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity") {
        return unsupported("content-encoding", "a content encoding");
    }
    let found = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = found.split(';').next().unwrap_or_default().trim();
    if media_types.iter().any(|media_type| essence.eq_ignore_ascii_case(media_type)) {
        return Ok(());
    }
    unsupported("content-type", found)
}

/// Builds a response with a JSON body.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> HandlerResult {
    let body = serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "a response could not be serialized");
        ApiError::new(Code::Internal, "the response could not be written")
    })?;
    Ok(json_text(status, body))
}

/// Builds a response from JSON text.
pub(crate) fn json_text(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Builds a response without a body.
pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Adds the `ETag` of a version to a response.
pub(crate) fn with_etag(mut response: Response<Body>, version: i64) -> Response<Body> {
    let (name, value) = headers::etag_header(version);
    response.headers_mut().insert(name, value);
    response
}

/// Returns the response to a GET of a version that the client already has, or `None`.
pub(crate) fn not_modified(headers: &HeaderMap, version: i64) -> Option<Response<Body>> {
    headers::has_current_etag(headers, version).then(|| with_etag(empty(StatusCode::NOT_MODIFIED), version))
}

/// Completes the response to a creation (RFC 9110, section 15.3.2).
pub(crate) fn created(mut response: Response<Body>, location: &str, version: i64) -> Response<Body> {
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    with_etag(response, version)
}

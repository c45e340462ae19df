//! Errors of the public API: the one place that decides status codes.

use std::borrow::Cow;
use std::time::Duration;

use http::{HeaderValue, Response, StatusCode, header};
use vitae_contracts_core::{Code, limits, shortened};
use vitae_contracts_document::Malformed;
use vitae_contracts_gateway::{Problem, ProblemEntry, ProblemLocation};
use vitae_server_common::{FieldViolation, InvalidToken, ServiceError};

use crate::call::Body;

/// An error response without its request id.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub(crate) code: Code,
    pub(crate) detail: String,
    pub(crate) errors: Vec<ProblemEntry>,
    /// For the header `Retry-After`.
    pub(crate) retry_after: Option<Duration>,
}

impl ApiError {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// Rejects the input because of these violations.
    pub(crate) fn input(code: Code, violations: Violations) -> Self {
        let Violations { entries: mut errors, left_out } = violations;
        let count = errors.len() + left_out;
        let detail = if count == 1 { "1 error".to_owned() } else { format!("{count} errors") };
        if left_out > 0 {
            let message = if left_out == 1 { "1 more error" } else { &*format!("{left_out} more errors") };
            errors.push(ProblemEntry {
                location: ProblemLocation::Pointer(String::new()),
                message: message.into(),
            });
        }
        Self { code, detail, errors, retry_after: None }
    }

    /// Rejects one header.
    pub(crate) fn header(code: Code, name: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut violations = Violations::default();
        violations.push(ProblemLocation::Header(name.to_owned()), &message);
        Self { code, detail: format!("{name}: {message}"), errors: violations.entries, retry_after: None }
    }

    /// Returns the public body.
    pub(crate) fn problem(&self, request_id: &str) -> Problem {
        let detail = shortened(&self.detail, limits::VIOLATION_MESSAGE_BYTES).into_owned();
        let mut problem = Problem::new(self.code, detail, request_id.to_owned());
        problem.errors.clone_from(&self.errors);
        problem
    }

    /// Returns the response (RFC 9457, section 3; RFC 6750, section 3).
    pub(crate) fn response(&self, request_id: &str) -> Response<Body> {
        let body = serde_json::to_vec(&self.problem(request_id)).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // For the log.
        response.extensions_mut().insert(self.code);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let challenge = match self.code {
            Code::Unauthenticated => Some("Bearer"),
            Code::InvalidToken => Some("Bearer error=\"invalid_token\""),
            _ => None,
        };
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        let retry_after = self.retry_after.map(seconds).or((self.code == Code::Unavailable).then_some(1));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Violations of the input. The first [`limits::VIOLATIONS`] are kept and truncated; the rest is counted.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    entries: Vec<ProblemEntry>,
    left_out: usize,
}

impl Violations {
    pub(crate) fn push(&mut self, location: ProblemLocation, message: &str) {
        if self.entries.len() == limits::VIOLATIONS {
            self.left_out += 1;
            return;
        }
        let cut = |text: String| match shortened(&text, limits::VIOLATION_LOCATION_BYTES) {
            Cow::Owned(cut) => cut,
            Cow::Borrowed(_) => text,
        };
        let location = match location {
            ProblemLocation::Pointer(pointer) => ProblemLocation::Pointer(cut(pointer)),
            ProblemLocation::Parameter(name) => ProblemLocation::Parameter(cut(name)),
            ProblemLocation::Header(name) => ProblemLocation::Header(cut(name)),
        };
        let message = shortened(message, limits::VIOLATION_MESSAGE_BYTES);
        self.entries.push(ProblemEntry { location, message: (&*message).into() });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns whether there is a violation at a location.
    pub(crate) fn has(&self, location: &ProblemLocation) -> bool {
        self.entries.iter().any(|entry| entry.location == *location)
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        let error = error.truncated();
        let errors = error.violations.into_iter().map(entry).collect();
        Self { code: error.code, detail: error.detail, errors, retry_after: error.retry_after }
    }
}

impl From<tonic::Status> for ApiError {
    fn from(status: tonic::Status) -> Self {
        let error = ServiceError::from(&status);
        if error.code == Code::Internal {
            tracing::error!(%status, "a service failed");
        }
        error.into()
    }
}

impl From<InvalidToken> for ApiError {
    fn from(error: InvalidToken) -> Self {
        ServiceError::from(error).into()
    }
}

impl From<Malformed> for ApiError {
    fn from(malformed: Malformed) -> Self {
        let message = malformed.to_string();
        let mut violations = Violations::default();
        violations.push(ProblemLocation::Pointer(malformed.pointer().to_owned()), &message);
        Self { code: Code::MalformedJson, detail: message, errors: violations.entries, retry_after: None }
    }
}

/// Returns whole seconds, rounded up so that a client that waits for them is not too early.
fn seconds(delay: Duration) -> u64 {
    delay.as_secs() + u64::from(delay.subsec_nanos() > 0)
}

/// Converts a violation; services name a query parameter as `?name`.
fn entry(violation: FieldViolation) -> ProblemEntry {
    let location = match violation.pointer.strip_prefix('?') {
        Some(name) => ProblemLocation::Parameter(name.to_owned()),
        None => ProblemLocation::Pointer(violation.pointer),
    };
    ProblemEntry { location, message: violation.message.into() }
}

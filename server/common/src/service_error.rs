//! The error type of all services, and its conversion to and from a gRPC status.

use std::fmt;
use std::time::Duration;

use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt as _};
use vitae_contracts_core::{Code, limits, names, shortened};

use crate::InvalidToken;

/// One violation in the input of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// JSON pointer into the public body (RFC 6901), or `?name` for a query parameter.
    pub pointer: String,
    /// The expected and the actual value, as a lowercase fragment.
    pub message: String,
}

impl FieldViolation {
    /// Returns a violation at a pointer.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

/// The reason why a request failed, with a code of the public API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The stable code of the public API.
    pub code: Code,
    /// The cause, as a lowercase fragment for clients.
    pub detail: String,
    /// The violations in the input.
    pub violations: Vec<FieldViolation>,
    /// Whether the cause lies outside the operation itself, as with a failing disk.
    pub(crate) transient: bool,
    /// The time to wait before the request is repeated, if known.
    pub retry_after: Option<Duration>,
}

impl ServiceError {
    /// Returns an error without violations.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), violations: Vec::new(), transient: false, retry_after: None }
    }

    /// Returns an error for invalid input.
    pub fn invalid(code: Code, violations: Vec<FieldViolation>) -> Self {
        let detail =
            if violations.len() == 1 { "1 error".to_owned() } else { format!("{} errors", violations.len()) };
        Self { code, detail, violations, transient: false, retry_after: None }
    }

    /// Returns an error for a request that may be repeated after this time.
    pub fn throttled(detail: impl Into<String>, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(Code::RateLimited, detail) }
    }

    /// Returns an error for an invalid query parameter.
    pub fn parameter(name: &str, message: impl Into<String>) -> Self {
        Self::invalid(Code::InvalidParameter, vec![FieldViolation::new(format!("?{name}"), message)])
    }

    /// Shortens texts and drops violations beyond the limits of a response.
    ///
    /// A gRPC status is sent in headers, whose size client and server limit.
    #[must_use]
    pub fn truncated(mut self) -> Self {
        let mut bytes = 0;
        // With one more than the limit, the last may already be the count of the others, as for documents.
        let most = if self.violations.len() == limits::VIOLATIONS + 1 {
            self.violations.len()
        } else {
            limits::VIOLATIONS
        };
        let mut kept = 0;
        for violation in self.violations.iter_mut().take(most) {
            cut(&mut violation.pointer, limits::VIOLATION_LOCATION_BYTES);
            cut(&mut violation.message, limits::VIOLATION_MESSAGE_BYTES);
            bytes += violation.pointer.len() + violation.message.len();
            if bytes > limits::VIOLATIONS_BYTES {
                break;
            }
            kept += 1;
        }
        let left_out = self.violations.len() - kept;
        if left_out > 0 {
            self.violations.truncate(kept);
            self.violations.push(FieldViolation::new("", format!("{left_out} more errors")));
        }
        cut(&mut self.detail, limits::VIOLATION_MESSAGE_BYTES);
        self
    }

    /// Whether the caller's credentials or role are the cause, so that a retry fails as well.
    pub fn is_authentication_error(&self) -> bool {
        matches!(self.code, Code::Unauthenticated | Code::InvalidToken | Code::Forbidden)
    }

    /// Whether the same operation may succeed later with the same input.
    pub fn is_transient(&self) -> bool {
        let waits = matches!(self.code, Code::StorageFull | Code::Unavailable | Code::Timeout);
        waits || self.transient
    }

    /// Returns an error for an object that does not exist or that the caller may not see.
    pub fn not_found(kind: &str, id: impl fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("there is no {kind} {id} that you may see"))
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for ServiceError {}

fn cut(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        *text = shortened(text, bytes).into_owned();
    }
}

impl From<ServiceError> for Status {
    fn from(error: ServiceError) -> Self {
        let error = error.truncated();
        let mut details =
            ErrorDetails::with_error_info(error.code.as_str().to_uppercase(), names::ERROR_DOMAIN, []);
        if !error.violations.is_empty() {
            let violations =
                error.violations.into_iter().map(|f| tonic_types::FieldViolation::new(f.pointer, f.message));
            details.set_bad_request(violations.collect::<Vec<_>>());
        }
        if let Some(delay) = error.retry_after {
            details.set_retry_info(Some(delay));
        }
        Self::with_error_details(grpc_code(error.code), error.detail, details)
    }
}

impl From<InvalidToken> for ServiceError {
    fn from(_: InvalidToken) -> Self {
        Self::new(
            Code::InvalidToken,
            "the access token is damaged, expired or revoked; refresh it or log in again",
        )
    }
}

impl From<&Status> for ServiceError {
    /// Restores the error from a status of a Vitae service; of any other status, only the gRPC code is used.
    fn from(status: &Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info().filter(|info| info.domain == names::ERROR_DOMAIN);
        let code = info.and_then(|info| Code::parse(&info.reason)).unwrap_or(code_of_grpc(status.code()));
        let violations = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
        Self {
            code,
            detail: status.message().to_owned(),
            violations: violations
                .iter()
                .map(|v| FieldViolation::new(v.field.clone(), v.description.clone()))
                .collect(),
            transient: false,
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
        }
    }
}

/// Returns the gRPC code for a code of the public API.
fn grpc_code(code: Code) -> tonic::Code {
    match code {
        Code::Unauthenticated | Code::InvalidToken | Code::InvalidCredentials | Code::InvalidRefreshToken => {
            tonic::Code::Unauthenticated
        }
        Code::Forbidden | Code::PasswordChangeRequired => tonic::Code::PermissionDenied,
        Code::NotFound => tonic::Code::NotFound,
        Code::MethodNotAllowed => tonic::Code::Unimplemented,
        Code::EmailTaken | Code::ExternalIdTaken | Code::IdTaken => tonic::Code::AlreadyExists,
        Code::LastAdmin | Code::OwnerDeleted | Code::Deleted | Code::NotDeleted => {
            tonic::Code::FailedPrecondition
        }
        Code::PreconditionFailed => tonic::Code::Aborted,
        Code::RateLimited | Code::StorageFull | Code::QuotaExceeded => tonic::Code::ResourceExhausted,
        Code::Unavailable => tonic::Code::Unavailable,
        Code::Timeout => tonic::Code::DeadlineExceeded,
        Code::MalformedJson
        | Code::UnknownField
        | Code::UnknownParameter
        | Code::InvalidParameter
        | Code::InvalidCursor
        | Code::InvalidHost
        | Code::PreconditionRequired
        | Code::BodyTooLarge
        | Code::UriTooLong
        | Code::UnsupportedMediaType
        | Code::HeadersTooLarge
        | Code::ValidationFailed
        | Code::DocumentInvalid
        | Code::IdempotencyKeyReused => tonic::Code::InvalidArgument,
        // `Code` is non-exhaustive; a code without a mapping is an internal error.
        _ => tonic::Code::Internal,
    }
}

/// Returns the code for a status that no Vitae service made.
fn code_of_grpc(code: tonic::Code) -> Code {
    match code {
        tonic::Code::Unavailable | tonic::Code::Cancelled => Code::Unavailable,
        tonic::Code::DeadlineExceeded => Code::Timeout,
        tonic::Code::Ok
        | tonic::Code::Unknown
        | tonic::Code::InvalidArgument
        | tonic::Code::NotFound
        | tonic::Code::AlreadyExists
        | tonic::Code::PermissionDenied
        | tonic::Code::ResourceExhausted
        | tonic::Code::FailedPrecondition
        | tonic::Code::Aborted
        | tonic::Code::OutOfRange
        | tonic::Code::Unimplemented
        | tonic::Code::Internal
        | tonic::Code::DataLoss
        | tonic::Code::Unauthenticated => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_preserves_the_retry_delay() {
        let error = ServiceError::throttled("too many", Duration::from_millis(1500));
        let status = Status::from(error.clone());
        assert_eq!(status.code(), tonic::Code::ResourceExhausted);
        assert_eq!(ServiceError::from(&status), error);
        let other = ServiceError::new(Code::Unavailable, "later");
        assert_eq!(ServiceError::from(&Status::from(other.clone())), other);
    }
}

//! The error type of this crate.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use vitae_contracts_core::Code;
use vitae_contracts_gateway::{Problem, ProblemLocation};

use crate::cause::{Cause, escape_line};
use crate::next_steps;
use crate::store::StoreError;

/// The result of a call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a call.
///
/// The predicates tell the kind of failure, and [`next_step`](Self::next_step) what to do about it.
/// `Display` is one line with the request and what happened; the underlying errors (a refused connection,
/// for instance) are in [`source`](std::error::Error::source). No text of an error has a token or
/// password, and all of it is safe to print on a terminal.
///
/// ```
/// # vitae_server_testkit::example(async |client| {
/// # let resume = vitae_server_testkit::example_resume(&client).await;
/// match client.resumes().get(resume.id).await {
///     Ok(resume) => println!("revision {}", resume.revision),
///     Err(error) if error.is_not_found() => println!("gone"),
///     Err(error) => return Err(error),
/// }
/// # Ok(()) });
/// ```
///
/// A program that decides by the kind of error checks the specific cases first:
///
/// ```
/// use vitae_sdk::{Code, Error};
///
/// fn advise(error: &Error) -> String {
///     if error.is_unauthenticated() {
///         return "log in".to_owned();
///     }
///     if error.is_forbidden() || error.is_not_found() {
///         return "this login may not see it".to_owned();
///     }
///     if error.is_precondition_failed() || error.is_conflict() {
///         return "another change came first: read it again".to_owned();
///     }
///     if error.known_code() == Some(Code::LastAdmin) {
///         return format!("{:?}: the last administrator stays", error.code());
///     }
///     if let Some(store) = error.store_error() {
///         return format!("the keyring: {store}");
///     }
///     if error.is_rate_limited() || error.is_timeout() || error.is_unavailable() || error.is_retryable() {
///         return format!("come again in {:?}", error.retry_after());
///     }
///     for detail in error.problem().into_iter().flat_map(|problem| &problem.errors) {
///         println!("{:?}: {}", detail.location, detail.message.escaped());
///     }
///     format!("{:?} {:?}: {}", error.status(), error.request_id(), error.next_step().unwrap_or("report this"))
/// }
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    /// Method and path; empty before a request.
    context: String,
    /// The cause, as one escaped line.
    message: String,
    next_step: Option<Cow<'static, str>>,
    status: Option<u16>,
    problem: Option<Arc<Problem>>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    cause: Option<Arc<Cause>>,
    store: Option<Arc<StoreError>>,
}

/// The kind of failure, as far as the predicates distinguish it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The server rejected the request.
    Rejected,
    /// There is no login for the request.
    NotLoggedIn,
    /// The caller gave a value that cannot be sent.
    Input,
    /// No connection.
    Connect,
    /// The server's certificate is not trusted.
    Tls,
    /// No complete response before the deadline.
    Timeout,
    /// The connection ended too early.
    ConnectionLost,
    /// The response is not one of the API.
    InvalidResponse,
    /// The token store failed.
    Store,
    /// Another process held the lock of the login for too long.
    Lock,
    /// The client cannot be built, or failed internally.
    Client,
}

impl Error {
    /// Whether the object does not exist, or is not visible to the caller (404).
    pub fn is_not_found(&self) -> bool {
        self.0.status == Some(404)
    }

    /// Whether the state of the object forbids the change (409, 412).
    pub fn is_conflict(&self) -> bool {
        matches!(self.0.status, Some(409 | 412))
    }

    /// Whether the object has changed since it was read (412).
    pub fn is_precondition_failed(&self) -> bool {
        self.0.status == Some(412)
    }

    /// Whether a login is missing, has ended or was rejected (401).
    pub fn is_unauthenticated(&self) -> bool {
        self.0.status == Some(401) || self.0.kind == Kind::NotLoggedIn
    }

    /// Whether the caller's role does not allow the call (403).
    pub fn is_forbidden(&self) -> bool {
        self.0.status == Some(403)
    }

    /// Whether the request itself is invalid (400, 413, 414, 415, 422, 428, 431).
    ///
    /// Also true for a value that this crate did not send.
    pub fn is_invalid_input(&self) -> bool {
        matches!(self.0.status, Some(400 | 413 | 414 | 415 | 422 | 428 | 431)) || self.0.kind == Kind::Input
    }

    /// Whether the server limits the rate of requests (429).
    pub fn is_rate_limited(&self) -> bool {
        self.0.status == Some(429)
    }

    /// Whether the server or a part of it is unavailable.
    ///
    /// No connection, a lost connection, no response in time, 502, 503, 504.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.0.status, Some(502..=504))
            || matches!(self.0.kind, Kind::Connect | Kind::Tls | Kind::Timeout | Kind::ConnectionLost)
    }

    /// Whether the same call may succeed later.
    ///
    /// The SDK has already retried it where that is safe.
    pub fn is_retryable(&self) -> bool {
        let unavailable = self.is_unavailable() && self.0.kind != Kind::Tls;
        unavailable || self.is_rate_limited() || self.0.kind == Kind::Lock
    }

    /// Whether no complete response came before the deadline.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == Kind::Timeout || self.0.status == Some(504)
    }

    /// The error of the token store, if it failed.
    pub fn store_error(&self) -> Option<&StoreError> {
        self.0.store.as_deref()
    }

    /// The stable error code from the server, also one that this version does not know.
    ///
    /// Untrusted text: escape it for display.
    pub fn code(&self) -> Option<&str> {
        Some(&self.problem()?.code)
    }

    /// The stable error code from the server, if this version knows it.
    pub fn known_code(&self) -> Option<Code> {
        Code::parse(self.code()?)
    }

    /// The HTTP status of the response.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The request's id in the server's log and audit record.
    ///
    /// Present for every request that was attempted, answered or not.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The server's whole problem document, with every violation.
    pub fn problem(&self) -> Option<&Problem> {
        self.0.problem.as_deref()
    }

    /// How long the server asked to wait (RFC 9110, section 10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the next step for the user, as one line.
    pub fn next_step(&self) -> Option<&str> {
        self.0.next_step.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.context.is_empty() {
            write!(f, "{}: ", self.0.context)?;
        }
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("text", &self.to_string())
            .field("request_id", &self.0.request_id)
            .field("problem", &self.0.problem)
            .field("source", &std::error::Error::source(self))
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match (&self.0.cause, &self.0.store) {
            (Some(cause), _) => Some(cause.as_ref()),
            (None, Some(store)) => std::error::Error::source(store.as_ref()),
            (None, None) => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let mut new = Self::new(Kind::Store, error.to_string());
        new.0.next_step = Some(Cow::Owned(error.next_step().to_owned()));
        new.0.store = Some(Arc::new(error));
        new
    }
}

impl Error {
    /// Creates an error of this kind; `what` is one line, our own or escaped.
    pub(crate) fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            context: String::new(),
            message: what.into(),
            next_step: next_steps::for_kind(kind).map(Cow::Borrowed),
            status: None,
            problem: None,
            request_id: None,
            retry_after: None,
            cause: None,
            store: None,
        }))
    }

    /// Creates an error from a problem document.
    pub(crate) fn rejected(status: u16, problem: Problem) -> Self {
        let mut error = Self::new(Kind::Rejected, describe(status, &problem));
        error.0.next_step = Code::parse(&problem.code)
            .and_then(next_steps::for_code)
            .or_else(|| next_steps::for_status(status))
            .map(Cow::Borrowed);
        error.0.status = Some(status);
        if !problem.request_id.is_empty() {
            error.0.request_id = Some(escape_line(&problem.request_id));
        }
        error.0.problem = Some(Arc::new(problem));
        error
    }

    /// Creates an error from a response that is not of our API: of a proxy or another program.
    pub(crate) fn rejected_without_problem(status: u16, content_type: Option<&str>) -> Self {
        let content_type = match content_type {
            Some(content_type) => format!("with {} instead of a problem document", escape_line(content_type)),
            None => "without a problem document".to_owned(),
        };
        let mut error = Self::new(Kind::Rejected, format!("{status} {content_type}"));
        error.0.next_step = next_steps::for_status(status).map(Cow::Borrowed);
        error.0.status = Some(status);
        error
    }

    pub(crate) fn input(what: impl Into<String>) -> Self {
        Self::new(Kind::Input, what)
    }

    /// Creates an error for an unusable response.
    pub(crate) fn invalid_response(context: &str, what: &str) -> Self {
        Self::new(Kind::InvalidResponse, what).with_context(context)
    }

    pub(crate) fn not_logged_in() -> Self {
        Self::new(Kind::NotLoggedIn, "not logged in")
    }

    /// The message without the request.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Adds the request, unless an inner step has done so.
    #[must_use]
    pub(crate) fn with_context(mut self, context: &str) -> Self {
        if self.0.context.is_empty() {
            context.clone_into(&mut self.0.context);
        }
        self
    }

    /// Adds the request's id, unless the server sent another.
    #[must_use]
    pub(crate) fn with_request_id(mut self, id: &str) -> Self {
        self.0.request_id.get_or_insert_with(|| id.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.0.retry_after = after;
        self
    }

    #[must_use]
    pub(crate) fn with_next_step(mut self, step: impl Into<Cow<'static, str>>) -> Self {
        self.0.next_step = Some(step.into());
        self
    }

    #[must_use]
    pub(crate) fn because(mut self, cause: &(dyn std::error::Error + 'static)) -> Self {
        self.0.cause = Some(Arc::new(Cause::of(cause)));
        self
    }
}

/// Returns status, code and detail, with the first violation.
fn describe(status: u16, problem: &Problem) -> String {
    let text = match problem.detail.as_str() {
        "" => problem.title.as_str(),
        detail => detail,
    };
    let line = format!("{status} {}: {}", escape_line(&problem.code), escape_line(text));
    let Some(first) = problem.errors.first() else {
        return line;
    };
    let (ProblemLocation::Pointer(place)
    | ProblemLocation::Parameter(place)
    | ProblemLocation::Header(place)) = &first.location;
    let more = match problem.errors.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let message = escape_line(first.message.as_str());
    format!("{line} ({}: {message}{more})", escape_line(place))
}

//! Middleware: sees every attempt at a request, without secrets.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;
use vitae_contracts_core::names;

use crate::call::Call;
use crate::cause;
use crate::error::{Error, Result};
use crate::transport::{Response, SendError};

/// The replacement for a hidden value.
const REDACTED: &str = "[redacted]";
/// Request headers whose values are shown; none of them has a secret.
const VISIBLE_REQUEST_HEADERS: [&str; 8] = [
    "accept",
    "content-type",
    names::IDEMPOTENCY_KEY,
    "if-match",
    "if-none-match",
    "last-event-id",
    names::REQUEST_ID,
    "user-agent",
];
/// Response headers whose values are shown, unless the response has tokens.
const VISIBLE_RESPONSE_HEADERS: [&str; 11] = [
    "allow",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "date",
    "etag",
    "retry-after",
    "server",
    "transfer-encoding",
    names::REQUEST_ID,
];
/// Query parameters whose values say nothing about a person.
const VISIBLE_PARAMETERS: [&str; 8] =
    ["count", "deleted", "heartbeat", "limit", "role", "since", "sort", "status"];
/// Headers of the connection or the login, which callers cannot set.
const RESERVED_HEADERS: [&str; 10] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "host",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Sees every attempt at a request and may add headers to it.
///
/// For tracing, metrics and progress messages. A refresh of the login is an attempt, too. No secret is
/// visible: bodies are omitted, and headers and query parameters have their values only if those are known
/// to be harmless. Called on the task of the call (for a refresh, on a blocking thread), so it must return
/// quickly.
///
/// ```
/// use vitae_sdk::{Attempt, Client, Middleware, Outcome};
///
/// struct Trace;
///
/// impl Middleware for Trace {
///     fn after(&self, attempt: &Attempt, outcome: &Outcome<'_>) {
///         println!("{attempt}: {outcome}");
///         if let (Some(error), Some(wait)) = (outcome.error(), outcome.repeat_in()) {
///             println!("again in {wait:?}: {error}");
///         }
///     }
/// }
///
/// let client = Client::builder().base_url("http://127.0.0.1:7878").middleware(Trace).build()?;
/// # Ok::<(), vitae_sdk::Error>(())
/// ```
pub trait Middleware: Send + Sync + 'static {
    /// Called before an attempt is sent; headers added to `headers` are sent with it.
    fn before(&self, attempt: &Attempt, headers: &mut ExtraHeaders) {
        let _ = (attempt, headers);
    }

    /// Called after an attempt, also if the caller has dropped it.
    fn after(&self, attempt: &Attempt, outcome: &Outcome<'_>) {
        let _ = (attempt, outcome);
    }
}

/// One attempt at a request. `Display` is method, target and number.
///
/// ```
/// # use vitae_sdk::{Attempt, Outcome};
/// fn count(attempt: &Attempt, outcome: &Outcome<'_>) {
///     println!("{} {} #{}", attempt.method(), attempt.target(), attempt.number());
///     for (name, value) in attempt.headers() {
///         println!("  {name}: {value}");
///     }
///     println!("  named {}", attempt.request_id());
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Attempt {
    method: String,
    path: String,
    target: String,
    request_id: String,
    number: u32,
    headers: Vec<(String, String)>,
}

impl Attempt {
    /// The method, such as `GET`.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path below the server's address, without parameters.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path and parameters; the values of parameters that can identify a person are replaced by `…`.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The number of the attempt, starting at 1, and again at 1 after a refresh of the login.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The request's id in the server's log; the same for all attempts at a call.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The names and values of the headers, with `[redacted]` for values that may be secret.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        pairs(&self.headers)
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        if self.number > 1 { write!(f, " (attempt {})", self.number) } else { Ok(()) }
    }
}

/// The result of an attempt. `Display` is the status or the error, and the duration.
///
/// ```
/// # use vitae_sdk::Outcome;
/// fn explain(outcome: &Outcome<'_>) {
///     match (outcome.status(), outcome.error()) {
///         (Some(status), None) => println!("{status} after {:?}", outcome.duration()),
///         (_, Some(error)) => println!("{error}"),
///         (None, None) => println!("nobody waited for the response"),
///     }
///     for (name, value) in outcome.headers() {
///         println!("  {name}: {value}");
///     }
///     println!("repeated in {:?}", outcome.repeat_in());
/// }
/// ```
#[derive(Debug)]
pub struct Outcome<'a> {
    status: Option<u16>,
    error: Option<&'a Error>,
    headers: Vec<(String, String)>,
    duration: Duration,
    repeat_in: Option<Duration>,
}

impl Outcome<'_> {
    /// The status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The error; `None` for a success, and if the caller has dropped the call.
    pub fn error(&self) -> Option<&Error> {
        self.error
    }

    /// The names and values of the response's headers, with `[redacted]` for values that may be secret.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        pairs(&self.headers)
    }

    /// The duration until the end of the response; for a streamed one, until its head.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The wait before the next attempt; `None` after the last attempt.
    pub fn repeat_in(&self) -> Option<Duration> {
        self.repeat_in
    }
}

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.status, self.error) {
            (Some(status), _) => write!(f, "{status}")?,
            (None, Some(error)) => f.write_str(error.message())?,
            (None, None) => f.write_str("abandoned")?,
        }
        write!(f, " in {} ms", self.duration.as_millis())
    }
}

/// The headers that a middleware adds to an attempt.
///
/// ```
/// use vitae_sdk::{Attempt, ExtraHeaders, Middleware};
///
/// struct TraceParent(String);
///
/// impl Middleware for TraceParent {
///     fn before(&self, _: &Attempt, headers: &mut ExtraHeaders) {
///         // A trace is not worth a failed call.
///         let _ = headers.insert("traceparent", &self.0);
///     }
/// }
/// ```
#[derive(Default)]
pub struct ExtraHeaders(HeaderMap);

impl ExtraHeaders {
    /// Sets a header; not one of the login, of the connection, or of the call itself.
    pub fn insert(&mut self, name: &str, value: &str) -> Result<()> {
        let (name, value) = header(name, value.as_bytes())?;
        self.0.insert(name, value);
        Ok(())
    }
}

/// Shows the names only: a value may be secret.
impl fmt::Debug for ExtraHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Validates a header that the caller of this crate sets.
pub(crate) fn header(name: &str, value: &[u8]) -> Result<(HeaderName, HeaderValue)> {
    let shown = cause::escape_line(name);
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Error::input(format!("\"{shown}\" is not a valid header name")))?;
    if RESERVED_HEADERS.contains(&parsed.as_str()) {
        let what = format!("the header {shown} is set by the login or the connection");
        return Err(Error::input(what).with_next_step("leave it out"));
    }
    // The value may be secret, so the library's message is not shown.
    let value = HeaderValue::from_bytes(value)
        .map_err(|_| Error::input(format!("the value of {shown} is not valid in a header")))?;
    Ok((parsed, value))
}

/// The middlewares of a client, in the order of addition.
#[derive(Clone, Default)]
pub(crate) struct Middlewares(Vec<Arc<dyn Middleware>>);

/// An attempt in progress; reported as abandoned if it is dropped.
pub(crate) struct ObservedAttempt<'a> {
    middlewares: &'a Middlewares,
    /// `None` without middlewares, and after the end was reported.
    attempt: Option<Attempt>,
    is_response_hidden: bool,
    token: Option<&'a SecretString>,
    started: Instant,
}

impl Middlewares {
    pub(crate) fn add(&mut self, middleware: impl Middleware) {
        self.0.push(Arc::new(middleware));
    }

    /// Calls all middlewares and merges their headers into `headers`.
    pub(crate) fn start<'a>(
        &'a self,
        call: &Call,
        number: u32,
        token: Option<&'a SecretString>,
        headers: &mut HeaderMap,
    ) -> ObservedAttempt<'a> {
        let attempt = (!self.0.is_empty()).then(|| self.notify_before(call, number, token, headers));
        ObservedAttempt {
            middlewares: self,
            attempt,
            is_response_hidden: call.secret,
            token,
            started: Instant::now(),
        }
    }

    fn notify_before(
        &self,
        call: &Call,
        number: u32,
        token: Option<&SecretString>,
        headers: &mut HeaderMap,
    ) -> Attempt {
        let mut attempt = Attempt {
            method: call.method.to_string(),
            path: call.path.clone(),
            target: target(call),
            request_id: call.request_id.clone(),
            number,
            headers: shown(headers, &VISIBLE_REQUEST_HEADERS, token),
        };
        for middleware in &self.0 {
            let mut extra = ExtraHeaders::default();
            middleware.before(&attempt, &mut extra);
            for (name, value) in &extra.0 {
                // Headers of the call itself are not replaced.
                if !headers.contains_key(name) {
                    headers.insert(name.clone(), value.clone());
                }
            }
            attempt.headers = shown(headers, &VISIBLE_REQUEST_HEADERS, token);
        }
        attempt
    }
}

impl ObservedAttempt<'_> {
    pub(crate) fn succeeded(mut self, response: &Response) {
        self.notify_after(Some(response), None, None);
    }

    pub(crate) fn failed(mut self, failure: &SendError, repeat_in: Option<Duration>) {
        self.notify_after(failure.response.as_deref(), Some(&failure.error), repeat_in);
    }

    fn notify_after(
        &mut self,
        response: Option<&Response>,
        error: Option<&Error>,
        repeat_in: Option<Duration>,
    ) {
        let Some(attempt) = self.attempt.take() else {
            return;
        };
        let visible: &[&str] = if self.is_response_hidden { &[] } else { &VISIBLE_RESPONSE_HEADERS };
        let outcome = Outcome {
            status: response.map(|response| response.status),
            error,
            headers: response.map_or_else(Vec::new, |response| shown(&response.headers, visible, self.token)),
            duration: self.started.elapsed(),
            repeat_in,
        };
        for middleware in &self.middlewares.0 {
            middleware.after(&attempt, &outcome);
        }
    }
}

impl Drop for ObservedAttempt<'_> {
    fn drop(&mut self) {
        self.notify_after(None, None, None);
    }
}

impl fmt::Debug for Middlewares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.len())
    }
}

fn pairs(headers: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Returns headers as text: a value is shown if its name is in `visible` and it does not have the token.
fn shown(headers: &HeaderMap, visible: &[&str], token: Option<&SecretString>) -> Vec<(String, String)> {
    let quotes_token = |text: &str| token.is_some_and(|token| text.contains(token.expose_secret()));
    let show = |name: &HeaderName, value: &HeaderValue| match value.to_str() {
        Ok(text) if visible.contains(&name.as_str()) && !quotes_token(text) => cause::escape_line(text),
        _ => REDACTED.to_owned(),
    };
    headers.iter().map(|(name, value)| (name.to_string(), show(name, value))).collect()
}

fn target(call: &Call) -> String {
    let parameters = call.query.iter().enumerate().map(|(at, (name, value))| {
        let mark = if at == 0 { '?' } else { '&' };
        let value = if VISIBLE_PARAMETERS.contains(&name.as_ref()) { value.as_str() } else { "…" };
        format!("{mark}{}={}", cause::escape_line(name), cause::escape_line(value))
    });
    call.path.clone() + &parameters.collect::<String>()
}

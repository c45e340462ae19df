//! Sending requests: attempts, deadlines, retries, rejections.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use secrecy::SecretString;
use tokio::time::{Instant, sleep, timeout_at};
use vitae_contracts_core::{Code, names};
use vitae_contracts_gateway::Problem;

use crate::address::Address;
use crate::call::{BodyMode, Call};
use crate::cause::escape_line;
use crate::error::{Error, Kind, Result};
use crate::http_client::{BodyStream, HttpClient, HttpResponse};
use crate::middleware::Middlewares;
use crate::retry::{Retry, retry_after};
use crate::secrets::Secrets;

/// The maximum size of a response that is read whole.
pub(crate) const MAX_RESPONSE_BYTES: usize = 64 << 20;
/// The maximum size of a problem document; a larger body is not ours.
const MAX_PROBLEM_BYTES: usize = 256 << 10;

/// A response: `bytes` have been read, `rest` has not.
///
/// `rest` is empty if the response was read whole; `bytes` is empty if it is streamed.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) media_type: Option<String>,
    pub(crate) bytes: Bytes,
    pub(crate) rest: BodyStream,
}

/// The error of a call, and the response that caused it, if any.
pub(crate) struct SendError {
    pub(crate) error: Error,
    pub(crate) response: Option<Box<Response>>,
}

/// Sends calls to one server.
pub(crate) struct Transport {
    pub(crate) http: HttpClient,
    pub(crate) address: Address,
    pub(crate) retry: Retry,
    pub(crate) middlewares: Middlewares,
}

impl Transport {
    /// Sends a call until it succeeds, may not be retried, or the deadline passes.
    ///
    /// All requests of this crate are sent here.
    pub(crate) async fn send(
        &self,
        call: &Call,
        token: Option<&SecretString>,
        deadline: Instant,
    ) -> Result<Response, SendError> {
        let headers = call.headers(token).map_err(|error| call.add_context(error))?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut headers = headers.clone();
            let observed = self.middlewares.start(call, attempts, token, &mut headers);
            let failure = match timeout_at(deadline, self.attempt(call, token, headers)).await {
                Ok(Ok(response)) => {
                    observed.succeeded(&response);
                    return Ok(response);
                }
                Ok(Err(failure)) => failure.with_call_context(call),
                Err(_) => SendError::from(self.timeout_error()).with_call_context(call),
            };
            let wait = self.wait(call, attempts, &failure.error, deadline);
            observed.failed(&failure, wait);
            match wait {
                Some(wait) => sleep(wait).await,
                None => return Err(failure),
            }
        }
    }

    async fn attempt(
        &self,
        call: &Call,
        token: Option<&SecretString>,
        headers: HeaderMap,
    ) -> Result<Response, SendError> {
        let url = self.address.url_with(&call.path, &call.query);
        let mut request = self.http.request(call.method.clone(), url).headers(headers);
        if let Some(body) = call.take_body()? {
            request = request.body(body);
        }
        let response = self.http.send(request).await?;
        if !call.accepts(response.status) {
            return Err(read_rejection(response, &call.secrets.clone().and(token)).await);
        }
        match call.body_mode {
            BodyMode::Buffered => Ok(response.read(MAX_RESPONSE_BYTES).await?),
            BodyMode::Streamed(_) | BodyMode::Raw => Ok(response.into_unread()),
        }
    }

    /// Returns the wait before the next attempt; `None` for no further attempt.
    fn wait(&self, call: &Call, attempts: u32, error: &Error, deadline: Instant) -> Option<Duration> {
        let wait = self.retry.wait(attempts, error).filter(|_| call.repeatable)?;
        let end = Instant::now().checked_add(wait)?;
        (end < deadline).then_some(wait)
    }

    fn timeout_error(&self) -> Error {
        let what = format!("no complete response from {} in time", self.address.origin());
        Error::new(Kind::Timeout, what)
    }
}

impl SendError {
    /// Whether the server rejected the access token itself (RFC 6750, section 3.1).
    ///
    /// A response to `HEAD` has no body with a code, so the header is checked, too.
    pub(crate) fn rejects_token(&self) -> bool {
        let challenge = self.response.as_ref().and_then(|response| response.headers.get(WWW_AUTHENTICATE));
        let challenge = challenge.and_then(|challenge| challenge.to_str().ok());
        self.error.known_code() == Some(Code::InvalidToken)
            || self.error.status() == Some(401)
                && challenge.is_some_and(|challenge| challenge.contains("error=\"invalid_token\""))
    }

    /// Whether the token only allows a change of the password.
    pub(crate) fn requires_password_change(&self) -> bool {
        self.error.known_code() == Some(Code::PasswordChangeRequired)
    }

    fn with_call_context(mut self, call: &Call) -> Self {
        self.error = call.add_context(self.error);
        self
    }
}

impl From<Error> for SendError {
    fn from(error: Error) -> Self {
        Self { error, response: None }
    }
}

impl From<SendError> for Error {
    fn from(failure: SendError) -> Self {
        failure.error
    }
}

/// Reads the reason of a rejection; without one of our problem documents only the status remains.
///
/// A server, or a proxy that shows what it received, may repeat the token: it is redacted.
async fn read_rejection(response: HttpResponse, secrets: &Secrets) -> SendError {
    let after = retry_after(&response.headers);
    let id = response.headers.get(names::REQUEST_ID);
    let id = id.and_then(|id| id.to_str().ok()).map(|id| escape_line(&secrets.redact(id)));
    let response = match response.media_type() {
        Some("application/problem+json") => response.read_prefix(MAX_PROBLEM_BYTES).await,
        _ => response.into_unread(),
    };
    let problem = serde_json::from_slice(&response.bytes);
    let problem = problem.and_then(|value| serde_json::from_value::<Problem>(secrets.redact_json(value)));
    let error = match problem {
        Ok(problem) => Error::rejected(response.status, problem),
        Err(_) => {
            let form = response.media_type.as_ref().map(|form| secrets.redact(form));
            Error::rejected_without_problem(response.status, form.as_deref())
        }
    };
    let error = match id {
        Some(id) => error.with_request_id(&id),
        None => error,
    };
    SendError { error: error.with_retry_after(after), response: Some(Box::new(response)) }
}

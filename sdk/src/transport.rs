//! How every request leaves, and how every answer comes back.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use secrecy::SecretString;
use tokio::time::{Instant, sleep, timeout_at};
use vitae_contracts_core::{Code, names};
use vitae_contracts_gateway::Problem;

use crate::address::Address;
use crate::call::{Call, Reading};
use crate::cause::shown;
use crate::error::{Error, Kind, Result};
use crate::middleware::Watchers;
use crate::retry::{Retry, retry_after};
use crate::secrets::Secrets;
use crate::wire::{Answer, BodyStream, Wire};

/// Bytes of an answer that is read as a whole.
pub(crate) const ANSWER: usize = 64 << 20;
/// Bytes of a refusal; a larger one is not ours.
const REFUSAL: usize = 256 << 10;

/// An answer: `bytes` have been read, `rest` is still to come.
///
/// Of a whole answer nothing is left to come; of a streamed one nothing has been read.
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) media_type: Option<String>,
    pub(crate) bytes: Bytes,
    pub(crate) rest: BodyStream,
}

/// Why a call failed, and the answer that says so, if there was one.
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) answer: Option<Box<Received>>,
}

/// Sends calls to one server.
pub(crate) struct Transport {
    pub(crate) wire: Wire,
    pub(crate) address: Address,
    pub(crate) retry: Retry,
    pub(crate) watchers: Watchers,
}

impl Transport {
    /// Sends a call as often as is safe and sensible, until the deadline.
    ///
    /// The only way out of this crate.
    pub(crate) async fn send(
        &self,
        call: &Call,
        token: Option<&SecretString>,
        deadline: Instant,
    ) -> Result<Received, Failure> {
        let headers = call.headers(token).map_err(|error| call.name_in(error))?;
        let mut made = 0;
        loop {
            made += 1;
            let mut headers = headers.clone();
            let watched = self.watchers.begin(call, made, token, &mut headers);
            let failure = match timeout_at(deadline, self.attempt(call, token, headers)).await {
                Ok(Ok(received)) => {
                    watched.succeeded(&received);
                    return Ok(received);
                }
                Ok(Err(failure)) => failure.named_by(call),
                Err(_) => Failure::from(self.late()).named_by(call),
            };
            let wait = self.wait(call, made, &failure.error, deadline);
            watched.failed(&failure, wait);
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
    ) -> Result<Received, Failure> {
        let url = self.address.url_with(&call.path, &call.query);
        let mut request = self.wire.request(call.method.clone(), url).headers(headers);
        if let Some(body) = call.take_body()? {
            request = request.body(body);
        }
        let answer = self.wire.round_trip(request).await?;
        if !call.accepts(answer.status) {
            return Err(refusal(answer, &call.secrets.clone().with(token)).await);
        }
        match call.reading {
            Reading::Whole => Ok(answer.read(ANSWER).await?),
            Reading::Streamed(_) | Reading::Raw => Ok(answer.unread()),
        }
    }

    /// How long to wait before the call is sent again; `None` if it is not.
    fn wait(&self, call: &Call, made: u32, error: &Error, deadline: Instant) -> Option<Duration> {
        let wait = self.retry.wait(made, error).filter(|_| call.repeatable)?;
        let end = Instant::now().checked_add(wait)?;
        (end < deadline).then_some(wait)
    }

    fn late(&self) -> Error {
        let what = format!("no whole answer from {} in time", self.address.origin());
        Error::new(Kind::Timeout, what)
    }
}

impl Failure {
    /// Whether the server refused the access token itself (RFC 6750, section 3.1).
    ///
    /// An answer to `HEAD` has no body that could say so.
    pub(crate) fn refuses_token(&self) -> bool {
        let challenge = self.answer.as_ref().and_then(|answer| answer.headers.get(WWW_AUTHENTICATE));
        let challenge = challenge.and_then(|challenge| challenge.to_str().ok());
        self.error.known_code() == Some(Code::InvalidToken)
            || self.error.status() == Some(401)
                && challenge.is_some_and(|challenge| challenge.contains("error=\"invalid_token\""))
    }

    /// Whether the token is good for nothing but a change of the password.
    pub(crate) fn requires_password_change(&self) -> bool {
        self.error.known_code() == Some(Code::PasswordChangeRequired)
    }

    fn named_by(mut self, call: &Call) -> Self {
        self.error = call.name_in(self.error);
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, answer: None }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// Reads why the server refused; what is no problem document of ours keeps its status.
///
/// A server, or a proxy that shows what it got, may repeat the token: the error does not.
async fn refusal(answer: Answer, secrets: &Secrets) -> Failure {
    let after = retry_after(&answer.headers);
    let id = answer.headers.get(names::REQUEST_ID);
    let id = id.and_then(|id| id.to_str().ok()).map(|id| shown(&secrets.hide(id)));
    let answer = match answer.media_type() {
        Some("application/problem+json") => answer.read_some(REFUSAL).await,
        _ => answer.unread(),
    };
    let problem = serde_json::from_slice(&answer.bytes);
    let problem = problem.and_then(|value| serde_json::from_value::<Problem>(secrets.hide_in(value)));
    let error = match problem {
        Ok(problem) => Error::refused(answer.status, problem),
        Err(_) => {
            let form = answer.media_type.as_ref().map(|form| secrets.hide(form));
            Error::refused_bare(answer.status, form.as_deref())
        }
    };
    let error = match id {
        Some(id) => error.with_request_id(&id),
        None => error,
    };
    Failure { error: error.with_retry_after(after), answer: Some(Box::new(answer)) }
}

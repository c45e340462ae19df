//! How every request leaves, and how every answer comes back.

use std::sync::PoisonError;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MATCH};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::{Instant, sleep, timeout_at};
use vitae_contracts_core::{limits, names};
use vitae_contracts_gateway::Problem;

use crate::address::Address;
use crate::call::{Call, Content, JSON, NDJSON};
use crate::cause::shown;
use crate::error::{Error, Kind, Result};
use crate::retry::{Retry, retry_after};
use crate::wire::{Answer, BodyStream, Wire};

/// Bytes of an answer that is read as a whole.
const ANSWER: usize = 64 << 20;
/// Bytes of a refusal; a larger one is not ours.
const REFUSAL: usize = 256 << 10;

/// A success: either the whole body in `bytes`, or the body to come in `rest`.
pub(crate) struct Received {
    pub(crate) media_type: Option<String>,
    pub(crate) bytes: Bytes,
    pub(crate) rest: BodyStream,
}

/// Sends calls to one server.
pub(crate) struct Transport {
    pub(crate) wire: Wire,
    pub(crate) address: Address,
    pub(crate) retry: Retry,
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
    ) -> Result<Received> {
        let mut made = 0;
        loop {
            made += 1;
            let error = match timeout_at(deadline, self.attempt(call, token)).await {
                Ok(Ok(received)) => return Ok(received),
                Ok(Err(error)) => error,
                Err(_) => Error::new(
                    Kind::Timeout,
                    format!("no whole answer from {} in time", self.address.origin()),
                ),
            };
            let wait = self.retry.wait(made, &error);
            match wait.filter(|_| call.repeatable) {
                Some(wait) if fits(wait, deadline) => sleep(wait).await,
                _ => return Err(call.name_in(error)),
            }
        }
    }

    async fn attempt(&self, call: &Call, token: Option<&SecretString>) -> Result<Received> {
        let request = self.write(call, token)?;
        let answer = self.wire.round_trip(request).await?;
        if !(200..300).contains(&answer.status) {
            return Err(refusal(answer).await);
        }
        let media_type = answer.media_type().map(ToOwned::to_owned);
        let (bytes, rest) = if call.streamed.is_some() {
            (Bytes::new(), answer.body)
        } else {
            (answer.read(ANSWER).await?, stream::empty().boxed())
        };
        Ok(Received { media_type, bytes, rest })
    }

    fn write(&self, call: &Call, token: Option<&SecretString>) -> Result<reqwest::RequestBuilder> {
        let mut url = self.address.url(&call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self
            .wire
            .request(call.method.clone(), url)
            .header(names::REQUEST_ID, &call.request_id)
            .header(ACCEPT, call.streamed.unwrap_or(JSON));
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, bearer(token)?);
        }
        if let Some(version) = call.if_match {
            request = request.header(IF_MATCH, version.to_string());
        }
        if let Some(id) = &call.last_event_id {
            request = request.header("last-event-id", id);
        }
        if let Some(key) = &call.idempotency_key {
            if !limits::is_idempotency_key(key) {
                let what = "an idempotency key has 1 to 255 visible ASCII characters";
                return Err(Error::input(what));
            }
            request = request.header(names::IDEMPOTENCY_KEY, key);
        }
        Ok(match &call.content {
            Content::Nothing => request,
            Content::Text(form, text) => request.header(CONTENT_TYPE, *form).body(text.clone()),
            Content::Stream(body) => {
                let body = body.lock().unwrap_or_else(PoisonError::into_inner).take();
                let body = body.ok_or_else(|| Error::input("the lines have been sent already"))?;
                request.header(CONTENT_TYPE, NDJSON).body(body)
            }
        })
    }
}

fn fits(wait: std::time::Duration, deadline: Instant) -> bool {
    Instant::now().checked_add(wait).is_some_and(|end| end < deadline)
}

fn bearer(token: &SecretString) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
        // The library's error is dropped: nothing about a token goes into a message.
        .map_err(|_| {
            Error::new(Kind::NotLoggedIn, "the stored login holds no access token")
                .with_next_step("log in again")
        })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads why the server refused; what is no problem document of ours keeps its status.
async fn refusal(answer: Answer) -> Error {
    let status = answer.status;
    let after = retry_after(&answer.headers);
    let media_type = answer.media_type().map(ToOwned::to_owned);
    let id = answer.headers.get(names::REQUEST_ID);
    let id = id.and_then(|id| id.to_str().ok()).map(shown);
    let problem = match media_type.as_deref() {
        Some("application/problem+json") => answer.read(REFUSAL).await.ok(),
        _ => None,
    };
    let problem = problem.and_then(|text| serde_json::from_slice::<Problem>(&text).ok());
    let error = match problem {
        Some(problem) => Error::refused(status, problem),
        None => Error::refused_bare(status, media_type.as_deref()),
    };
    match id {
        Some(id) => error.with_request_id(&id),
        None => error,
    }
    .with_retry_after(after)
}

//! How every request leaves, and how every answer comes back.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MATCH};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;
use vitae_contracts_core::{limits, names};
use vitae_contracts_gateway::Problem;

use crate::address::Address;
use crate::cause::shown;
use crate::error::{Error, Kind, Result};
use crate::retry::{Retry, retry_after};
use crate::version::IfMatch;
use crate::wire::{Answer, BodyStream, Wire};

/// Bytes of an answer that is read as a whole.
const ANSWER: usize = 64 << 20;
/// Bytes of a refusal; a larger one is not ours.
const REFUSAL: usize = 256 << 10;

const JSON: &str = "application/json";
pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const EVENTS: &str = "text/event-stream";

/// One call: what is asked, the same for every attempt at it.
pub(crate) struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    content: Content,
    if_match: Option<IfMatch>,
    idempotency_key: Option<String>,
    /// Whether the request may arrive twice.
    repeatable: bool,
    /// The form of an answer that comes bit by bit and is read by the caller.
    streamed: Option<&'static str>,
    last_event_id: Option<String>,
    /// Whether the answer holds tokens, so that no message may quote it.
    secret: bool,
    request_id: String,
}

enum Content {
    Nothing,
    Text(&'static str, Bytes),
    /// Taken by the first attempt; there is no second.
    Stream(Mutex<Option<reqwest::Body>>),
}

/// A success: either the whole body in `bytes`, or the body to come in `rest`.
pub(crate) struct Received {
    media_type: Option<String>,
    bytes: Bytes,
    rest: BodyStream,
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

impl Call {
    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            repeatable: matches!(method, Method::GET | Method::DELETE),
            method,
            path: path.into(),
            query: Vec::new(),
            content: Content::Nothing,
            if_match: None,
            idempotency_key: None,
            streamed: None,
            last_event_id: None,
            secret: false,
            request_id: fresh_id(),
        }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    pub(crate) fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    pub(crate) fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub(crate) fn query(mut self, query: Vec<(&'static str, String)>) -> Self {
        self.query = query;
        self
    }

    pub(crate) fn json(self, body: &impl Serialize) -> Result<Self> {
        self.text(JSON, body)
    }

    /// A JSON Merge Patch (RFC 7396), which has to be an object here.
    pub(crate) fn merge_patch(self, patch: &impl Serialize) -> Result<Self> {
        let call = self.text("application/merge-patch+json", patch)?;
        match &call.content {
            Content::Text(_, text) if text.trim_ascii_start().starts_with(b"{") => Ok(call),
            _ => Err(call.name_in(Error::input("a merge patch has to be a JSON object"))),
        }
    }

    fn text(mut self, form: &'static str, body: &impl Serialize) -> Result<Self> {
        match serde_json::to_vec(body) {
            Ok(text) => {
                self.content = Content::Text(form, text.into());
                Ok(self)
            }
            Err(e) => {
                let error = Error::input("the body cannot be written as JSON").because(&e);
                Err(self.name_in(error))
            }
        }
    }

    /// A body of lines that is sent while it is made, once.
    pub(crate) fn lines(mut self, body: reqwest::Body) -> Self {
        self.content = Content::Stream(Mutex::new(Some(body)));
        self.repeatable = false;
        self
    }

    pub(crate) fn if_match(mut self, version: impl Into<Option<IfMatch>>) -> Self {
        self.if_match = version.into();
        self
    }

    /// Marks a change that the server makes once for this key, however often it arrives.
    pub(crate) fn keyed(mut self, key: Option<&str>) -> Self {
        self.idempotency_key = Some(key.map_or_else(fresh_id, ToOwned::to_owned));
        self.repeatable = true;
        self
    }

    /// Sends a key with a request that is sent once.
    pub(crate) fn keyed_once(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
        self
    }

    /// Marks a request that may arrive twice although its method does not say so.
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Leaves the body to the caller, who reads it as this media type.
    pub(crate) fn streamed(mut self, media_type: &'static str) -> Self {
        self.streamed = Some(media_type);
        self
    }

    /// A stream of events that goes on behind this one; its reader connects again, nobody else.
    pub(crate) fn events_after(mut self, id: Option<String>) -> Self {
        self.last_event_id = id;
        self.repeatable = false;
        self.streamed(EVENTS)
    }

    pub(crate) fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Whether another attempt has a body to send.
    pub(crate) fn can_be_sent_again(&self) -> bool {
        !matches!(self.content, Content::Stream(_))
    }

    /// Puts method, path and request id into an error. The query may hold an e-mail: not that.
    pub(crate) fn name_in(&self, error: Error) -> Error {
        error.during(&format!("{} {}", self.method, self.path)).with_request_id(&self.request_id)
    }

    /// Checks an answer that says nothing but "done".
    ///
    /// A page of a proxy's own is no such answer, although its status may be 200.
    pub(crate) fn done(&self, received: &Received) -> Result<()> {
        if received.bytes.is_empty() {
            return Ok(());
        }
        self.expect(JSON, received)
    }

    /// Reads the answer as JSON.
    pub(crate) fn decode<T: DeserializeOwned>(&self, received: &Received) -> Result<T> {
        self.expect(JSON, received)?;
        serde_json::from_slice(&received.bytes).map_err(|e| {
            let what = "the answer is not what this version of the SDK expects";
            let error = Error::new(Kind::Answer, what);
            self.name_in(if self.secret { error } else { error.because(&e) })
        })
    }

    /// The body that the caller reads, if it has the form that was asked for.
    pub(crate) fn body(&self, received: Received) -> Result<BodyStream> {
        self.expect(self.streamed.unwrap_or(JSON), &received)?;
        Ok(received.rest)
    }

    fn expect(&self, media_type: &str, received: &Received) -> Result<()> {
        if received.media_type.as_deref() == Some(media_type) {
            return Ok(());
        }
        let found = received.media_type.as_deref().unwrap_or("no media type");
        let what = format!("expected {media_type} as the answer, found {}", shown(found));
        Err(self.name_in(Error::new(Kind::Answer, what)))
    }
}

/// A new UUID version 7 as text, for request ids and idempotency keys.
fn fresh_id() -> String {
    Uuid::now_v7().to_string()
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

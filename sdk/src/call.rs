//! One API call: its request and the expected response.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use vitae_contracts_core::{limits, names};

use crate::cause::escape_line;
use crate::error::{Error, Kind, Result};
use crate::http_client::BodyStream;
use crate::if_match::IfMatch;
use crate::secrets::Secrets;
use crate::transport::Response;

pub(crate) const JSON: &str = "application/json";
pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const EVENTS: &str = "text/event-stream";

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// One API call; all attempts at it are the same.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(Cow<'static, str>, String)>,
    pub(crate) request_id: String,
    /// Whether the request may be sent more than once.
    pub(crate) repeatable: bool,
    /// Whether the response has tokens, so that no message may quote it.
    pub(crate) secret: bool,
    pub(crate) body_mode: BodyMode,
    pub(crate) secrets: Secrets,
    headers: HeaderMap,
    body: RequestBody,
    idempotency_key: Option<String>,
    last_event_id: Option<String>,
}

/// How the body of the response is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyMode {
    /// Read whole by the SDK.
    Buffered,
    /// Streamed to the caller, with this media type.
    Streamed(&'static str),
    /// Streamed to the caller, with any media type.
    Raw,
}

enum RequestBody {
    Empty,
    Bytes(Bytes),
    /// Taken by the first attempt, so there is no second.
    Stream(Mutex<Option<reqwest::Body>>),
}

impl Call {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            repeatable: matches!(method, Method::GET | Method::HEAD | Method::OPTIONS | Method::DELETE),
            method,
            path: path.into(),
            query: Vec::new(),
            request_id: fresh_id(),
            secret: false,
            body_mode: BodyMode::Buffered,
            secrets: Secrets::default(),
            headers: HeaderMap::new(),
            body: RequestBody::Empty,
            idempotency_key: None,
            last_event_id: None,
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

    pub(crate) fn query<N: Into<Cow<'static, str>>>(mut self, query: Vec<(N, String)>) -> Self {
        self.query = query.into_iter().map(|(name, value)| (name.into(), value)).collect();
        self
    }

    pub(crate) fn json(self, body: &(impl Serialize + ?Sized)) -> Result<Self> {
        self.text(JSON, body)
    }

    /// Sets a JSON Merge Patch (RFC 7396) as the body; it must be an object.
    pub(crate) fn merge_patch(self, patch: &impl Serialize) -> Result<Self> {
        let call = self.text("application/merge-patch+json", patch)?;
        match &call.body {
            RequestBody::Bytes(text) if text.trim_ascii_start().starts_with(b"{") => Ok(call),
            _ => Err(call.add_context(Error::input("a merge patch must be a JSON object"))),
        }
    }

    fn text(self, media_type: &'static str, body: &(impl Serialize + ?Sized)) -> Result<Self> {
        match serde_json::to_vec(body) {
            Ok(text) => Ok(self.bytes(media_type, text.into())),
            Err(e) => {
                let error = Error::input("the body cannot be written as JSON").because(&e);
                Err(self.add_context(error))
            }
        }
    }

    pub(crate) fn bytes(mut self, media_type: &'static str, body: Bytes) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        self.body = RequestBody::Bytes(body);
        self
    }

    /// Sets a stream of NDJSON as the body, so the call is sent once.
    pub(crate) fn ndjson_stream(mut self, body: reqwest::Body) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
        self.body = RequestBody::Stream(Mutex::new(Some(body)));
        self.repeatable = false;
        self
    }

    pub(crate) fn if_match(mut self, version: impl Into<Option<IfMatch>>) -> Self {
        if let Some(tag) = version.into().and_then(|version| HeaderValue::try_from(version.to_string()).ok())
        {
            self.headers.insert(IF_MATCH, tag);
        }
        self
    }

    /// Sets an idempotency key, by default a new one; the server makes the change once, so the call may be
    /// retried.
    pub(crate) fn idempotency_key(mut self, key: Option<&str>) -> Self {
        self.idempotency_key = Some(key.map_or_else(fresh_id, ToOwned::to_owned));
        self.repeatable = true;
        self
    }

    /// Sets an idempotency key without allowing retries.
    pub(crate) fn idempotency_key_once(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
        self
    }

    /// Allows retries although the method is not idempotent.
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Leaves the body to the caller, as this media type.
    pub(crate) fn streamed(mut self, media_type: &'static str) -> Self {
        self.body_mode = BodyMode::Streamed(media_type);
        self
    }

    /// Requests the events after this one; [`EventStream`](crate::EventStream) reconnects, so the call is
    /// not retried.
    pub(crate) fn events_after(mut self, id: Option<String>) -> Self {
        self.last_event_id = id;
        self.repeatable = false;
        self.streamed(EVENTS)
    }

    pub(crate) fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Sets a header of the caller, instead of this crate's header of that name.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.set_header(name, value);
        self
    }

    pub(crate) fn set_header(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    pub(crate) fn remove_header(&mut self, name: &HeaderName) {
        self.headers.remove(name);
    }

    /// The `Content-Type` of the request.
    pub(crate) fn content_type(&self) -> Option<HeaderValue> {
        self.headers.get(CONTENT_TYPE).cloned()
    }

    /// Whether a response of this status is a success.
    ///
    /// Status 304 is one if the request has `If-None-Match`.
    pub(crate) fn accepts(&self, status: u16) -> bool {
        (200..300).contains(&status) || status == 304 && self.headers.contains_key(IF_NONE_MATCH)
    }

    /// Returns the headers of every attempt.
    pub(crate) fn headers(&self, token: Option<&SecretString>) -> Result<HeaderMap> {
        let mut headers = self.headers.clone();
        headers.insert(names::REQUEST_ID, text(&self.request_id)?);
        if !headers.contains_key(ACCEPT) {
            let media_type = match self.body_mode {
                BodyMode::Buffered => JSON,
                BodyMode::Streamed(media_type) => media_type,
                BodyMode::Raw => "*/*",
            };
            headers.insert(ACCEPT, HeaderValue::from_static(media_type));
        }
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, bearer(token)?);
        }
        if let Some(id) = &self.last_event_id {
            headers.insert(LAST_EVENT_ID, text(id)?);
        }
        if let Some(key) = &self.idempotency_key {
            if !limits::is_idempotency_key(key) {
                let what = "an idempotency key must have 1 to 255 visible ASCII characters";
                return Err(Error::input(what));
            }
            headers.insert(names::IDEMPOTENCY_KEY, text(key)?);
        }
        Ok(headers)
    }

    /// Returns the body of one attempt; a stream can be taken once.
    pub(crate) fn take_body(&self) -> Result<Option<reqwest::Body>> {
        match &self.body {
            RequestBody::Empty => Ok(None),
            RequestBody::Bytes(text) => Ok(Some(text.clone().into())),
            RequestBody::Stream(body) => {
                let body = body.lock().unwrap_or_else(PoisonError::into_inner).take();
                body.map(Some).ok_or_else(|| Error::input("the lines have been sent already"))
            }
        }
    }

    /// Marks a secret in the body, which is redacted in all messages.
    pub(crate) fn redacting(mut self, secret: &SecretString) -> Self {
        self.secrets.add(secret);
        self
    }

    /// Whether the body can be sent again.
    pub(crate) fn has_repeatable_body(&self) -> bool {
        !matches!(self.body, RequestBody::Stream(_))
    }

    /// Adds method, path and request id to an error. Not the query: it may have an e-mail address.
    pub(crate) fn add_context(&self, error: Error) -> Error {
        error.with_context(&format!("{} {}", self.method, self.path)).with_request_id(&self.request_id)
    }

    /// Checks a response without a body.
    ///
    /// A proxy's own page may have status 200, so a body must be JSON.
    pub(crate) fn expect_no_content(&self, response: &Response) -> Result<()> {
        if response.bytes.is_empty() {
            return Ok(());
        }
        self.expect_media_type(JSON, response)
    }

    /// Decodes the response as JSON.
    pub(crate) fn decode<T: DeserializeOwned>(&self, response: &Response) -> Result<T> {
        self.expect_media_type(JSON, response)?;
        serde_json::from_slice(&response.bytes).map_err(|e| {
            let what = "the response has a form that this version of the SDK does not support";
            let error = Error::new(Kind::InvalidResponse, what);
            self.add_context(if self.secret { error } else { error.because(&e) })
        })
    }

    /// Returns the body as a stream if it has the expected media type.
    pub(crate) fn body_stream(&self, response: Response) -> Result<BodyStream> {
        if let BodyMode::Streamed(media_type) = self.body_mode {
            self.expect_media_type(media_type, &response)?;
        }
        Ok(response.rest)
    }

    fn expect_media_type(&self, media_type: &str, response: &Response) -> Result<()> {
        if response.media_type.as_deref() == Some(media_type) {
            return Ok(());
        }
        let found = response.media_type.as_deref().unwrap_or("no media type");
        let what = format!("expected a response of type {media_type}, found {}", escape_line(found));
        Err(self.add_context(Error::new(Kind::InvalidResponse, what)))
    }
}

/// A new UUID version 7 as text, for request ids and idempotency keys.
fn fresh_id() -> String {
    Uuid::now_v7().to_string()
}

fn text(value: &str) -> Result<HeaderValue> {
    HeaderValue::try_from(value).map_err(|e| Error::input("the request has an invalid header").because(&e))
}

fn bearer(token: &SecretString) -> Result<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
        // The library's error is dropped: a message must not contain anything of a token.
        .map_err(|_| {
            Error::new(Kind::NotLoggedIn, "the stored login has no valid access token")
                .with_next_step("log in again")
        })?;
    value.set_sensitive(true);
    Ok(value)
}

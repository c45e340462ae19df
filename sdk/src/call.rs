//! One call: what is asked, and what its answer has to be.

use std::sync::Mutex;

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::cause::shown;
use crate::error::{Error, Kind, Result};
use crate::transport::Received;
use crate::version::IfMatch;
use crate::wire::BodyStream;

pub(crate) const JSON: &str = "application/json";
pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const EVENTS: &str = "text/event-stream";

/// One call: what is asked, the same for every attempt at it.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) content: Content,
    pub(crate) if_match: Option<IfMatch>,
    pub(crate) idempotency_key: Option<String>,
    /// Whether the request may arrive twice.
    pub(crate) repeatable: bool,
    /// The form of an answer that comes bit by bit and is read by the caller.
    pub(crate) streamed: Option<&'static str>,
    pub(crate) last_event_id: Option<String>,
    /// Whether the answer holds tokens, so that no message may quote it.
    secret: bool,
    pub(crate) request_id: String,
}

pub(crate) enum Content {
    Nothing,
    Text(&'static str, Bytes),
    /// Taken by the first attempt; there is no second.
    Stream(Mutex<Option<reqwest::Body>>),
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

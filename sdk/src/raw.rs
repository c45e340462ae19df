//! Requests that this crate has no method for.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use vitae_contracts_core::names;

use crate::call::{BodyMode, Call, EVENTS, JSON};
use crate::cause::escape_line;
use crate::client::{Client, MAX_TIMEOUT};
use crate::error::{Error, Kind, Result};
use crate::http_client::BodyStream;
use crate::lines::IdleTimeout;
use crate::middleware::header;
use crate::transport::{MAX_RESPONSE_BYTES, Response};

/// A request of any method to any path of the server; from [`Client::raw`].
///
/// It has the login and its refresh, the time limit, the request id and the retries of other calls. A
/// change below `/v1/users` and `/v1/resumes` gets an idempotency key, so it can be retried; others are
/// sent once. [`send`](Self::send) returns the errors of the methods before it.
///
/// ```
/// # vitae_server_testkit::example(async |client| {
/// let response = client.raw("POST", "/v1/users")
///     .header("x-request-id", "import-17")
///     .json(&serde_json::json!({"email": "grace@example.com", "name": "Grace"}))
///     .send().await?;
/// println!("{} {}", response.status(), response.header("location").unwrap_or("nowhere"));
/// # Ok(()) });
/// ```
#[must_use = "a request is made by `send`"]
pub struct RawRequest {
    client: Client,
    call: Result<Call>,
    has_key: bool,
    is_anonymous: bool,
    timeout: Duration,
}

impl RawRequest {
    pub(crate) fn new(client: Client, method: &str, target: &str) -> Self {
        let call = new_call(&client, method, target);
        let timeout = client.timeout();
        Self { client, call, has_key: false, is_anonymous: false, timeout }
    }

    /// Adds a query parameter; parameters with the same name are sent in order.
    pub fn query(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.change(|mut call| {
            call.query.push((name.into(), value));
            Ok(call)
        })
    }

    /// Sets a header; not one of the login or the connection. A request id replaces that of the call.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.has_key |= name.eq_ignore_ascii_case(names::IDEMPOTENCY_KEY);
        self.change(|call| {
            let (name, value) = header(name, value.as_ref())?;
            with_header(call, name, value)
        })
    }

    /// Sets this value as the JSON body.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        self.change(|call| call.json(body))
    }

    /// Sets these bytes as the body; JSON unless a header `content-type` says otherwise.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), vitae_sdk::Error> {
    /// # use vitae_sdk::mock::{Reply, Server};
    /// # let server = Server::always(Reply::empty).await;
    /// # let client = server.logged_in();
    /// let request = client.raw("POST", "/v1/resumes/import").header("content-type", "application/x-ndjson");
    /// request.body("{\"basics\": {}}\n").send().await?;
    /// # Ok(()) }
    /// ```
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        self.change(|call| Ok(call.raw_body(body)))
    }

    /// Sends the request without the login.
    pub fn anonymous(mut self) -> Self {
        self.is_anonymous = true;
        self
    }

    /// Sets the time limit of the response's head, and then of each wait for more of its body.
    ///
    /// By default that of the client.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(MAX_TIMEOUT);
        self
    }

    /// Sends the request. A rejection is a response, too: see [`RawResponse::error`].
    ///
    /// If the future is dropped, a change may or may not have happened.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let response = client.raw("GET", "/v1/users?role=admin").send().await?.error_for_status()?;
    /// let page: vitae_sdk::Page<vitae_sdk::User> = response.json().await?;
    /// println!("{} administrators", page.items.len());
    /// # Ok(()) });
    /// ```
    pub async fn send(self) -> Result<RawResponse> {
        let call = self.call?;
        let call = if self.has_key || !is_keyed(&call) { call } else { call.idempotency_key(None) };
        let deadline = self.client.deadline_after(self.timeout);
        let sent = if self.is_anonymous {
            self.client.send_anonymous(&call, deadline).await
        } else {
            self.client.send(&call, deadline).await
        };
        let (error, response) = match sent {
            Ok(response) => (None, response),
            Err(failure) => match failure.response {
                Some(response) => (Some(failure.error), *response),
                None => return Err(failure.error),
            },
        };
        let idle_timeout = IdleTimeout::new(self.timeout, None).with_deadline(self.client.deadline());
        Ok(RawResponse::new(call, error, response, idle_timeout, self.timeout))
    }

    fn change(mut self, change: impl FnOnce(Call) -> Result<Call>) -> Self {
        self.call = self.call.and_then(change);
        self
    }
}

/// Shows method and path; the rest may be secret.
impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.call {
            Ok(call) => write!(f, "RawRequest({} {})", call.method, call.path),
            Err(error) => write!(f, "RawRequest({error:?})"),
        }
    }
}

/// The response to a [`RawRequest`]: its head, and its body as it arrives.
///
/// A `Stream` of bytes, with a [`chunk`](Self::chunk) for programs without a crate for streams. Dropping
/// it closes the connection.
pub struct RawResponse {
    call: Call,
    error: Option<Error>,
    status: u16,
    headers: HeaderMap,
    first: Bytes,
    rest: Option<BodyStream>,
    /// `None` for events, which may be silent without limit.
    idle_timeout: Option<IdleTimeout>,
    timeout: Duration,
}

impl RawResponse {
    fn new(
        call: Call,
        error: Option<Error>,
        response: Response,
        idle_timeout: IdleTimeout,
        timeout: Duration,
    ) -> Self {
        let has_timeout = response.media_type.as_deref() != Some(EVENTS);
        Self {
            call,
            error,
            status: response.status,
            headers: response.headers,
            first: response.bytes,
            rest: Some(response.rest),
            idle_timeout: has_timeout.then_some(idle_timeout),
            timeout,
        }
    }

    /// The status, also 304 and errors.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All headers in the order of the response; untrusted text, escape it for display.
    pub fn headers(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
    }

    /// The error of a rejection; `None` for a success.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Returns a successful response, or the error of a rejection.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let error = client.raw("GET", "/v1/nothing").send().await?.error_for_status().unwrap_err();
    /// assert!(error.is_not_found());
    /// # Ok(()) });
    /// ```
    pub fn error_for_status(mut self) -> Result<Self> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// Returns the next chunk of the body; `None` after the last. Dropping the future loses no data.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let mut response = client.raw("GET", "/v1/resumes/export").send().await?;
    /// let mut length = 0;
    /// while let Some(chunk) = response.chunk().await {
    ///     length += chunk?.len();
    /// }
    /// println!("{length} bytes");
    /// # Ok(()) });
    /// ```
    pub async fn chunk(&mut self) -> Option<Result<Bytes>> {
        StreamExt::next(self).await
    }

    /// Reads the whole body, at most 64 MiB, within the time limit.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let description = client.raw("GET", "/openapi.json").anonymous().send().await?.bytes().await?;
    /// # assert!(description.starts_with(b"{"));
    /// # Ok(()) });
    /// ```
    pub async fn bytes(mut self) -> Result<Bytes> {
        self.read().await
    }

    /// Reads the whole body as JSON.
    ///
    /// Dropping the future cancels the request.
    ///
    /// ```
    /// # vitae_server_testkit::example(async |client| {
    /// let me: serde_json::Value = client.raw("GET", "/v1/me").send().await?.json().await?;
    /// println!("{}", me["role"]);
    /// # Ok(()) });
    /// ```
    pub async fn json<T: DeserializeOwned>(mut self) -> Result<T> {
        let body = self.read().await?;
        serde_json::from_slice(&body).map_err(|e| {
            let error = Error::new(Kind::InvalidResponse, "the response has another JSON form than expected");
            self.call.add_context(error.because(&e))
        })
    }

    async fn read(&mut self) -> Result<Bytes> {
        let read = timeout(self.timeout, self.read_all()).await;
        let late = || Error::new(Kind::Timeout, "no complete response in time");
        read.unwrap_or_else(|_| Err(self.call.add_context(late())))
    }

    async fn read_all(&mut self) -> Result<Bytes> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.chunk().await {
            whole.extend_from_slice(&chunk?);
            if whole.len() > MAX_RESPONSE_BYTES {
                let what = format!("the response is larger than {MAX_RESPONSE_BYTES} bytes");
                return Err(self.call.add_context(Error::new(Kind::InvalidResponse, what)));
            }
        }
        Ok(whole.freeze())
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if !self.first.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.first))));
        }
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        if let Some(error) =
            self.idle_timeout.as_mut().and_then(|idle_timeout| idle_timeout.poll_deadline(context))
        {
            return Poll::Ready(Some(Err(error)));
        }
        if let Poll::Ready(chunk) = rest.poll_next_unpin(context) {
            if let Some(idle_timeout) = &mut self.idle_timeout {
                idle_timeout.reset();
            }
            return Poll::Ready(chunk);
        }
        match &mut self.idle_timeout {
            Some(idle_timeout) => idle_timeout.poll_timeout(context).map(|error| Some(Err(error))),
            None => Poll::Pending,
        }
    }
}

impl Stream for RawResponse {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let chunk = ready!(self.poll_chunk(context));
        if !matches!(chunk, Some(Ok(_))) {
            self.rest = None;
        }
        Poll::Ready(chunk.map(|chunk| chunk.map_err(|error| self.call.add_context(error))))
    }
}

/// No field is pinned.
impl Unpin for RawResponse {}

/// Shows method, path and status; the rest may be secret.
impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawResponse({} {}: {})", self.call.method, self.call.path, self.status)
    }
}

/// Creates the call of a method and a target, if both are valid.
fn new_call(client: &Client, method: &str, target: &str) -> Result<Call> {
    let upper = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).ok();
    let Some(method) = upper.filter(|method| *method != Method::CONNECT) else {
        return Err(Error::input(format!("\"{}\" is not a supported method", escape_line(method))));
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if !client.address().contains(path) || target.contains('#') {
        let what = format!("\"{}\" is not a path of the server", escape_line(path));
        return Err(Error::input(what).with_next_step("use a path such as /v1/me"));
    }
    let mut call = Call::new(method, client.address().normalize(path));
    call.body_mode = BodyMode::Raw;
    // Any origin works: the library parses query parameters only in whole URLs.
    if let Ok(url) = Url::parse(&format!("http://localhost/?{query}")) {
        call = call
            .query(url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect());
    }
    Ok(call)
}

fn with_header(mut call: Call, name: HeaderName, value: HeaderValue) -> Result<Call> {
    let text = |value: &HeaderValue| value.to_str().map(ToOwned::to_owned);
    let invalid = |_| Error::input(format!("the value of {name} must be ASCII"));
    match name.as_str() {
        names::REQUEST_ID => call.request_id = text(&value).map_err(invalid)?,
        names::IDEMPOTENCY_KEY => {
            let key = text(&value).map_err(invalid)?;
            call = if is_keyed(&call) {
                call.idempotency_key(Some(&key))
            } else {
                call.idempotency_key_once(&key)
            };
        }
        _ => call = call.header(name, value),
    }
    Ok(call)
}

/// Whether the server makes this change once per idempotency key.
///
/// All changes of people and resumes; not an import, whose lines have keys of their own.
fn is_keyed(call: &Call) -> bool {
    let reads = matches!(call.method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    let below = |root: &str| {
        call.path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    !reads && (below("/v1/users") || below("/v1/resumes")) && call.path != "/v1/resumes/import"
}

impl Call {
    /// Sets the body with the `content-type` that was set before, or as JSON.
    fn raw_body(self, body: Bytes) -> Self {
        let form = self.content_type();
        let call = self.bytes(JSON, body);
        match form {
            Some(form) => call.header(CONTENT_TYPE, form),
            None => call,
        }
    }
}

//! The HTTP library with our settings: TLS, proxies, connections; and the mapping of its errors.

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Proxy, Url, redirect, retry};
use rustls::ClientConfig;

use crate::address::Address;
use crate::cause::escape_line;
use crate::error::{Error, Kind, Result};
use crate::proxy::ProxySetting;
use crate::tls::TlsRoots;
use crate::transport::Response;

/// The body of a response, as it arrives.
pub(crate) type BodyStream = BoxStream<'static, Result<Bytes>>;

/// A response whose body has not been read.
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: BodyStream,
}

/// How long an idle connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// A pool of connections to one server.
pub(crate) struct HttpClient {
    http: Client,
    /// The origin of the server, for messages.
    origin: String,
}

/// The shared settings of the clients of one server; creating it reads the platform's certificates.
#[derive(Clone)]
pub(crate) struct HttpClientConfig {
    tls: ClientConfig,
    /// `None` for the proxy of the environment.
    proxy: Option<Proxy>,
    /// Whether no proxy is used at all.
    bypass_proxy: bool,
    user_agent: String,
    /// The origin of the server, for messages.
    origin: String,
}

impl HttpClientConfig {
    pub(crate) fn new(
        address: &Address,
        tls_roots: &TlsRoots,
        proxy_setting: &ProxySetting,
        user_agent: &str,
    ) -> Result<Self> {
        Ok(Self {
            tls: tls_roots.client_config(address)?,
            proxy: proxy_setting.to_proxy()?,
            // A proxy on another machine would reach its own loopback address, not this machine's.
            bypass_proxy: address.is_loopback() || matches!(proxy_setting, ProxySetting::Disabled),
            user_agent: user_agent.to_owned(),
            origin: address.origin().to_owned(),
        })
    }
}

impl HttpClient {
    /// Returns a client that keeps idle connections, without limit or for [`IDLE_TIMEOUT`].
    pub(crate) fn pooled(setup: HttpClientConfig, keep_idle: bool) -> Result<Self> {
        Self::build(setup, usize::MAX, (!keep_idle).then_some(IDLE_TIMEOUT))
    }

    /// Returns a client whose connections end with the request, and so with the runtime that drove them.
    pub(crate) fn unpooled(setup: HttpClientConfig) -> Result<Self> {
        Self::build(setup, 0, Some(IDLE_TIMEOUT))
    }

    fn build(setup: HttpClientConfig, idle: usize, idle_timeout: Option<Duration>) -> Result<Self> {
        let builder = Client::builder()
            .tls_backend_preconfigured(setup.tls)
            .http1_only()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .pool_max_idle_per_host(idle)
            .pool_idle_timeout(idle_timeout)
            .user_agent(setup.user_agent);
        let builder = match setup.proxy {
            _ if setup.bypass_proxy => builder.no_proxy(),
            Some(proxy) => builder.proxy(proxy),
            None => builder,
        };
        let http = builder.build().map_err(|e| Error::new(Kind::Client, "cannot set up HTTP").because(&e))?;
        Ok(Self { http, origin: setup.origin })
    }

    pub(crate) fn request(&self, method: reqwest::Method, url: Url) -> reqwest::RequestBuilder {
        self.http.request(method, url)
    }

    /// Sends a request and reads the head of the response.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Result<HttpResponse> {
        let response = request.send().await.map_err(|e| self.send_error(e))?;
        let origin = self.origin.clone();
        Ok(HttpResponse {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes_stream().map(move |chunk| chunk.map_err(|e| body_error(e, &origin))).boxed(),
        })
    }

    fn send_error(&self, error: reqwest::Error) -> Error {
        let origin = &self.origin;
        let (kind, what) = if error.is_builder() {
            (Kind::Input, "the request has an invalid header".to_owned())
        } else if is_tls(&error) {
            (Kind::Tls, format!("no trusted TLS connection to {origin}"))
        } else if error.is_connect() {
            (Kind::Connect, format!("cannot connect to {origin}"))
        } else if is_malformed(&error) {
            (Kind::InvalidResponse, format!("{origin} sent a malformed HTTP response"))
        } else {
            (Kind::ConnectionLost, format!("{origin} closed the connection without a response"))
        };
        Error::new(kind, what).because(&error.without_url())
    }
}

impl HttpResponse {
    /// The media type of the body, without its parameters.
    pub(crate) fn media_type(&self) -> Option<&str> {
        let text = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        Some(text.split(';').next().unwrap_or(text).trim())
    }

    /// Reads the whole body, of at most `limit` bytes.
    pub(crate) async fn read(self, limit: usize) -> Result<Response> {
        let mut response = self.into_unread();
        let Some(first) = response.rest.next().await.transpose()? else {
            return Ok(response);
        };
        response.bytes = match response.rest.next().await.transpose()? {
            // Most bodies arrive in one chunk, which is not copied.
            None => first,
            Some(second) => {
                let mut whole = BytesMut::from(first);
                whole.extend_from_slice(&second);
                while let Some(chunk) = response.rest.next().await.transpose()? {
                    whole.extend_from_slice(&chunk);
                    within(whole.len(), limit)?;
                }
                whole.freeze()
            }
        };
        within(response.bytes.len(), limit)?;
        Ok(response)
    }

    /// Reads `limit` bytes of the body or slightly more; an error in between is returned by the rest of
    /// the body.
    pub(crate) async fn read_prefix(self, limit: usize) -> Response {
        let mut response = self.into_unread();
        let mut prefix = BytesMut::new();
        while prefix.len() <= limit {
            match response.rest.next().await {
                Some(Ok(chunk)) => prefix.extend_from_slice(&chunk),
                Some(Err(error)) => {
                    response.rest = stream::iter([Err(error)]).boxed();
                    break;
                }
                None => break,
            }
        }
        response.bytes = prefix.freeze();
        response
    }

    /// Returns the response with its body still unread.
    pub(crate) fn into_unread(self) -> Response {
        let media_type = self.media_type().map(ToOwned::to_owned);
        Response {
            status: self.status,
            headers: self.headers,
            media_type,
            bytes: Bytes::new(),
            rest: self.body,
        }
    }
}

fn within(length: usize, limit: usize) -> Result<()> {
    if length <= limit {
        return Ok(());
    }
    let what = format!("the response is larger than {limit} bytes");
    Err(Error::new(Kind::InvalidResponse, what))
}

fn body_error(error: reqwest::Error, origin: &str) -> Error {
    let (kind, what) = if is_malformed(&error) {
        (Kind::InvalidResponse, "sent a malformed HTTP body")
    } else {
        (Kind::ConnectionLost, "closed the connection in the middle of a response")
    };
    Error::new(kind, format!("{} {what}", escape_line(origin))).because(&error.without_url())
}

/// Whether TLS failed; its error is inside an `io::Error`, which `source` skips.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<rustls::Error>()
        || inner.is_some_and(|inner| is_tls(inner))
        || error.source().is_some_and(is_tls)
}

/// Whether the server sent something that is not HTTP.
///
/// The HTTP library has no type for its parse errors, so this compares messages; a miss only causes a
/// retry of a request that may be retried.
fn is_malformed(error: &reqwest::Error) -> bool {
    links(error).any(|link| {
        if let Some(io) = link.downcast_ref::<io::Error>() {
            return matches!(io.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput);
        }
        let text = link.to_string();
        text.starts_with("invalid ") || text.contains("too large")
    })
}

fn links<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |link| link.source())
}

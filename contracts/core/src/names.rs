//! Names of HTTP headers, RPC metadata and token claims. Header names are lower case, as HTTP/2 sends them.

/// The id of a request, in requests, responses, logs and the audit record.
pub const REQUEST_ID: &str = "x-request-id";
/// The key with which a repeated mutation takes effect only once.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The SHA-256 of method, path and body without passwords; identifies the request of an idempotency key.
pub const REQUEST_DIGEST: &str = "vitae-request-digest";
/// The client address of the public request.
pub const CLIENT_ADDRESS: &str = "vitae-client-address";
/// The user agent of the public request.
pub const USER_AGENT: &str = "vitae-user-agent";
/// The secret for RPCs that only services may call.
pub const SERVICE_KEY: &str = "vitae-service-key";
/// The domain of `google.rpc.ErrorInfo` in every status of Vitae.
pub const ERROR_DOMAIN: &str = "vitae";
/// `iss` of access tokens (RFC 7519, section 4.1.1).
pub const ISSUER: &str = "vitae";
/// `aud` of access tokens (RFC 7519, section 4.1.3).
pub const AUDIENCE: &str = "vitae";
/// The prefix of refresh tokens, by which secret scanners find leaked ones.
pub const REFRESH_TOKEN_PREFIX: &str = "vr1_";
/// The prefix of device tokens, by which secret scanners find leaked ones.
pub const DEVICE_TOKEN_PREFIX: &str = "vd1_";
/// The position after which a stream of events begins, in the response metadata.
pub const FEED_START: &str = "vitae-feed-start";
/// The last position of a log when its stream was opened, in the response metadata.
pub const FEED_TAIL: &str = "vitae-feed-tail";
/// Marks a call by the system itself between processes; requires the service key.
pub const SYSTEM: &str = "vitae-system";

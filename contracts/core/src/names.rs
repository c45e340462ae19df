//! Names of headers and of RPC metadata, lower case as HTTP/2 sends them.

/// Names one request in answers, logs and audit; in and out.
pub const REQUEST_ID: &str = "x-request-id";
/// Makes a repeated mutation happen once.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// SHA-256 of method, path and body, without any password: what a key was used for.
pub const REQUEST_DIGEST: &str = "vitae-request-digest";
/// Where the public request came from.
pub const CLIENT_ADDRESS: &str = "vitae-client-address";
/// What made the public request.
pub const USER_AGENT: &str = "vitae-user-agent";
/// Opens the RPCs that are for services only.
pub const SERVICE_KEY: &str = "vitae-service-key";
/// The domain of `google.rpc.ErrorInfo` in every status of ours.
pub const ERROR_DOMAIN: &str = "vitae";
/// `iss` of access tokens (RFC 7519, section 4.1.1).
pub const ISSUER: &str = "vitae";
/// `aud` of access tokens (RFC 7519, section 4.1.3).
pub const AUDIENCE: &str = "vitae";
/// What every refresh token begins with, so that scanners find leaked ones.
pub const REFRESH_TOKEN_PREFIX: &str = "vr1_";
/// What every device token begins with, so that scanners find leaked ones.
pub const DEVICE_TOKEN_PREFIX: &str = "vd1_";
/// The position after which a stream of events begins, in the answer's metadata.
pub const FEED_START: &str = "vitae-feed-start";
/// The last position of a log when its stream was opened, in the answer's metadata.
pub const FEED_TAIL: &str = "vitae-feed-tail";
/// Marks a call of the system itself between processes; needs the service key.
pub const SYSTEM: &str = "vitae-system";

//! Access tokens at the middleware.

use std::sync::Arc;

use http::{HeaderMap, header};
use vitae_contracts_core::Timestamp;
use vitae_server_common::{InvalidToken, Verified, Verifier};

use crate::error::ApiError;

/// What the request's access token says; `None` if the request carries no token.
pub(crate) fn authenticate(
    verifier: &Verifier,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Option<Arc<Verified>>, ApiError> {
    match bearer(headers)? {
        None => Ok(None),
        Some(token) => Ok(Some(verifier.verify(token, now)?)),
    }
}

/// The bearer token of a request (RFC 6750, section 2.1), in the header alone.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, InvalidToken> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(InvalidToken);
    }
    let text = value.to_str().map_err(|_| InvalidToken)?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        // Some other way to say who one is, and none of ours.
        return if scheme.chars().all(|c| c.is_ascii_alphanumeric()) { Ok(None) } else { Err(InvalidToken) };
    }
    if token.is_empty() || token.contains(|c: char| c.is_whitespace()) {
        return Err(InvalidToken);
    }
    Ok(Some(token))
}

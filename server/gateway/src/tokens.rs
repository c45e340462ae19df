//! Access tokens of requests.

use std::sync::Arc;

use http::{HeaderMap, header};
use vitae_contracts_core::Timestamp;
use vitae_server_common::{InvalidToken, Verified, Verifier};

use crate::error::ApiError;

/// Verifies the request's access token; `None` if there is none.
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

/// Returns the bearer token of a request (RFC 6750, section 2.1); only the header is read.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, InvalidToken> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(InvalidToken);
    }
    let text = value.to_str().map_err(|_| InvalidToken)?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        // Another authentication scheme, which is ignored.
        return if scheme.chars().all(|c| c.is_ascii_alphanumeric()) { Ok(None) } else { Err(InvalidToken) };
    }
    if token.is_empty() || token.contains(|c: char| c.is_whitespace()) {
        return Err(InvalidToken);
    }
    Ok(Some(token))
}

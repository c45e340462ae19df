//! Conditional headers and the idempotency key.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use vitae_contracts_core::{Code, limits, names, quoted, shortened};

use crate::error::ApiError;

/// Parses `If-Match` (RFC 9110, section 13.1.1) to the expected version.
///
/// 0 is any version. A tag that no response ever contains is an invalid header and not a conflict.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, ApiError> {
    let Some(value) = single(headers, &header::IF_MATCH)? else { return Ok(None) };
    let text = value.trim();
    if text == "*" {
        return Ok(Some(0));
    }
    let quoted_tag = text.strip_prefix("W/").unwrap_or(text);
    let tag = quoted_tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let tag = tag.filter(|tag| !tag.contains('"'));
    if tag.is_some() && text.starts_with("W/") {
        let tag = shortened(quoted_tag, 40);
        let detail = format!(
            "the weak tag W/{tag} never matches (RFC 9110, section 13.1.1); send {tag}, as in the ETag of the response"
        );
        return Err(ApiError::new(Code::PreconditionFailed, detail));
    }
    match tag.and_then(version) {
        Some(version) => Ok(Some(version)),
        None => {
            let message = format!("expected the tag of a version as in \"7\", or *, found {}", quoted(text));
            Err(ApiError::header(Code::InvalidParameter, "if-match", message))
        }
    }
}

/// Parses the version of a tag: a number from 1 in canonical form.
fn version(tag: &str) -> Option<i64> {
    let is_number = tag.bytes().all(|b| b.is_ascii_digit()) && !tag.starts_with('0');
    tag.parse().ok().filter(|_| is_number)
}

/// As [`if_match`], for changes that require the header.
pub(crate) fn required_if_match(headers: &HeaderMap) -> Result<i64, ApiError> {
    if_match(headers)?.ok_or_else(|| {
        let message = "send the ETag of the version that you read, as in \"7\", or * for any version";
        ApiError::header(Code::PreconditionRequired, "if-match", message)
    })
}

/// Returns whether `If-None-Match` contains this version (RFC 9110, section 13.1.2).
pub(crate) fn has_current_etag(headers: &HeaderMap, version: i64) -> bool {
    let tag = etag(version);
    headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|text| {
        // Weak comparison: the prefix is ignored.
        text.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
    })
}

/// Returns the strong `ETag` of a version.
pub(crate) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Returns the `ETag` of a version as a header.
pub(crate) fn etag_header(version: i64) -> (HeaderName, HeaderValue) {
    // Quotes and digits always are a valid header value.
    let value = HeaderValue::from_str(&etag(version)).unwrap_or(HeaderValue::from_static("\"0\""));
    (header::ETAG, value)
}

/// Returns the idempotency key.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    match single(headers, &HeaderName::from_static(names::IDEMPOTENCY_KEY))? {
        Some(key) if !limits::is_idempotency_key(key) => {
            let message = "expected 1 to 255 visible ASCII characters";
            Err(ApiError::header(Code::InvalidParameter, names::IDEMPOTENCY_KEY, message))
        }
        key => Ok(key),
    }
}

/// Returns a header that must not be repeated, as text.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ApiError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match (value.to_str(), values.next()) {
        (Ok(text), None) => Ok(Some(text)),
        (Ok(_), Some(_)) => {
            Err(ApiError::header(Code::InvalidParameter, name.as_str(), "expected once, found twice"))
        }
        (Err(_), _) => Err(ApiError::header(Code::InvalidParameter, name.as_str(), "expected visible ASCII")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn if_match_is_parsed_or_rejected() {
        for (text, expected) in [("\"7\"", Some(7)), (" \"7\" ", Some(7)), ("*", Some(0))] {
            assert_eq!(if_match(&with(header::IF_MATCH, text)).unwrap(), expected, "{text}");
        }
        let unreadable = ["\"x\"", "\"07\"", "\"0\"", "\"\"", "\"-1\"", "\"+1\"", "\"99999999999999999999\""];
        for text in unreadable.into_iter().chain(["7", "\"7", "\"1\", \"2\"", "", "W/", "W/7", "w/\"7\""]) {
            let error = if_match(&with(header::IF_MATCH, text)).unwrap_err();
            assert_eq!(error.code, Code::InvalidParameter, "{text}");
        }
        for text in ["W/\"7\"", "W/\"x\"", "W/\"\""] {
            let error = if_match(&with(header::IF_MATCH, text)).unwrap_err();
            assert_eq!(error.code, Code::PreconditionFailed, "{text}");
        }
    }

    #[test]
    fn current_etag_is_recognised() {
        for text in ["\"7\"", "W/\"7\"", "\"1\", \"7\"", "*"] {
            assert!(has_current_etag(&with(header::IF_NONE_MATCH, text), 7), "{text}");
        }
        assert!(!has_current_etag(&with(header::IF_NONE_MATCH, "\"8\""), 7));
    }
}

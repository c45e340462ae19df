//! Conversion of a caller to metadata and back.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use vitae_contracts_core::{Code, limits, names};

use crate::{Caller, IdempotencyKey, Principal, ServiceError};

/// The maximum bytes that are read of a key file.
const MAX_BYTES: u64 = 4096;

/// The secret that all services share. Its `Debug` output hides it.
#[derive(Clone)]
pub struct ServiceKey(HeaderValue);

impl ServiceKey {
    /// Reads a key from a regular file that only its owner can access.
    ///
    /// The key has at least 16 visible ASCII characters.
    pub fn read(path: &Path) -> io::Result<Self> {
        let invalid = |why: String| Err(io::Error::new(io::ErrorKind::InvalidData, why));
        // Checked before it is opened: opening a pipe would wait for its writer.
        if !path.metadata()?.is_file() {
            return invalid("it is not a regular file".to_owned());
        }
        let file = File::open(path)?;
        #[cfg(unix)]
        if std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o077 != 0 {
            return invalid(format!("other users have access to it; run: chmod 600 {}", path.display()));
        }
        let mut text = String::new();
        file.take(MAX_BYTES).read_to_string(&mut text)?;
        let key = text.trim();
        if key.len() < 16 || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return invalid("a service key has at least 16 visible ASCII characters".to_owned());
        }
        let mut value = HeaderValue::from_str(key).map_err(io::Error::other)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// Whether a request has the key; compares hashes, so that the time does not reveal a prefix of the key.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let hash = |text: &[u8]| ring::digest::digest(&ring::digest::SHA256, text);
        let given = headers.get(names::SERVICE_KEY).map(HeaderValue::as_bytes);
        given.is_some_and(|given| hash(given).as_ref() == hash(self.0.as_bytes()).as_ref())
    }
}

impl std::fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServiceKey(…)")
    }
}

/// Writes a caller into the metadata of a call.
pub(super) fn write(headers: &mut HeaderMap, caller: &Caller, key: Option<&ServiceKey>) {
    let mut put = |name: HeaderName, value: HeaderValue| drop(headers.insert(name, value));
    if let Some(key) = key {
        put(HeaderName::from_static(names::SERVICE_KEY), key.0.clone());
    }
    match (&caller.principal, &caller.token) {
        (Principal::System, _) => put(HeaderName::from_static(names::SYSTEM), HeaderValue::from_static("1")),
        (Principal::User { .. }, Some(token)) => put(header::AUTHORIZATION, token.header()),
        (Principal::User { .. }, None) | (Principal::Anonymous, _) => {}
    }
    let mut tell = |name, text: &str| {
        // A text that is not a valid header value is omitted: these are for the audit record only.
        if let Ok(value) = HeaderValue::from_str(text)
            && !text.is_empty()
        {
            put(HeaderName::from_static(name), value);
        }
    };
    tell(names::REQUEST_ID, &caller.request_id);
    tell(names::CLIENT_ADDRESS, &caller.client_address);
    tell(names::USER_AGENT, &caller.user_agent);
    if let Some(repeat) = &caller.idempotency_key {
        tell(names::IDEMPOTENCY_KEY, &repeat.key);
        tell(names::REQUEST_DIGEST, &URL_SAFE_NO_PAD.encode(repeat.digest));
    }
}

/// Returns the bearer token of a call, if any.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ServiceError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token)),
        _ => Err(ServiceError::new(Code::InvalidToken, "expected authorization: Bearer and an access token")),
    }
}

/// Reads the caller of a call. The client's address and user agent are trusted only if a service sent them.
pub(super) fn read(headers: &HeaderMap, principal: Principal, from_service: bool) -> Caller {
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let trusted = |name: &str| if from_service { text(name) } else { String::new() };
    Caller {
        principal,
        request_id: Some(text(names::REQUEST_ID)).filter(|id| limits::is_request_id(id)).unwrap_or_default(),
        client_address: trusted(names::CLIENT_ADDRESS),
        user_agent: trusted(names::USER_AGENT),
        idempotency_key: idempotency_key(headers),
        token: None,
    }
}

/// Reads the idempotency key. Without its digest it is ignored: it could belong to another request.
fn idempotency_key(headers: &HeaderMap) -> Option<IdempotencyKey> {
    let key = headers.get(names::IDEMPOTENCY_KEY)?.to_str().ok()?.to_owned();
    let digest = URL_SAFE_NO_PAD.decode(headers.get(names::REQUEST_DIGEST)?.as_bytes()).ok()?;
    Some(IdempotencyKey { key, digest: digest.try_into().ok()? })
}

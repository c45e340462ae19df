//! A caller as metadata, and back.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue};
use vitae_contracts_core::{Code, names};

use crate::{Caller, Principal, Refusal, Repeat};

const AUTHORIZATION: &str = "authorization";

/// What services know and nobody else does. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct ServiceKey(Arc<str>);

impl ServiceKey {
    /// Reads a key from a file; at least 16 visible characters.
    pub fn read(file: &Path) -> std::io::Result<Self> {
        let text = std::fs::read_to_string(file)?;
        let key = text.trim();
        if key.len() < 16 || !key.bytes().all(|b| b.is_ascii_graphic()) {
            let why = "a service key has at least 16 visible ASCII characters";
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, why));
        }
        Ok(Self(key.into()))
    }

    /// Whether a request carries the key; compared as hashes, so that time tells nothing.
    pub(super) fn opens(&self, headers: &HeaderMap) -> bool {
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
    let mut set = |name: &'static str, text: &str, secret: bool| {
        // What cannot be a header value is only for the record, and left out.
        if let Ok(mut value) = HeaderValue::from_str(text) {
            value.set_sensitive(secret);
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    if let Some(key) = key {
        set(names::SERVICE_KEY, &key.0, true);
    }
    match (&caller.principal, &caller.token) {
        (Principal::System, _) => set(names::SYSTEM, "1", false),
        (Principal::User { .. }, Some(token)) => {
            set(AUTHORIZATION, &format!("Bearer {}", token.0), true);
        }
        (Principal::User { .. }, None) | (Principal::Anonymous, _) => {}
    }
    set(names::REQUEST_ID, &caller.request_id, false);
    set(names::CLIENT_ADDRESS, &caller.client_address, false);
    set(names::USER_AGENT, &caller.user_agent, false);
    if let Some(repeat) = &caller.repeat {
        set(names::IDEMPOTENCY_KEY, &repeat.key, false);
        set(names::REQUEST_DIGEST, &URL_SAFE_NO_PAD.encode(repeat.digest), false);
    }
}

/// The bearer token of a call, if it carries one.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token)),
        _ => Err(Refusal::new(Code::InvalidToken, "expected authorization: Bearer and an access token")),
    }
}

/// What a call says beside who makes it; where it came from only if a service says so.
pub(super) fn read(headers: &HeaderMap, principal: Principal, from_service: bool) -> Caller {
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let trusted = |name: &str| if from_service { text(name) } else { String::new() };
    Caller {
        principal,
        request_id: text(names::REQUEST_ID),
        client_address: trusted(names::CLIENT_ADDRESS),
        user_agent: trusted(names::USER_AGENT),
        repeat: repeat(headers),
        token: None,
    }
}

/// A key without its digest is not honoured: it could answer another request.
fn repeat(headers: &HeaderMap) -> Option<Repeat> {
    let key = headers.get(names::IDEMPOTENCY_KEY)?.to_str().ok()?.to_owned();
    let digest = URL_SAFE_NO_PAD.decode(headers.get(names::REQUEST_DIGEST)?.as_bytes()).ok()?;
    Some(Repeat { key, digest: digest.try_into().ok()? })
}

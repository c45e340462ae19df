//! Access tokens at the edge: each is verified once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use http::{HeaderMap, header};
use vitae_contracts_core::{Code, Timestamp};
use vitae_contracts_services::auth::v1::GetKeysRequest;
use vitae_contracts_services::auth::v1::auth_client::AuthClient;
use vitae_server_common::{Backend, Caller, Claims, InvalidToken, KeySet, Refusal, Token};

use crate::error::Refused;

/// Tokens remembered at once; a token has about 300 bytes here.
const REMEMBERED: usize = 10_000;

/// A token that was verified, with what it says.
pub(crate) struct Verified {
    pub(crate) claims: Claims,
    pub(crate) token: Token,
}

/// The keys that verify tokens, and the tokens that were verified.
#[derive(Clone)]
pub(crate) struct Tokens {
    shared: Arc<Shared>,
}

struct Shared {
    keys: KeySet,
    /// By SHA-256 of the whole token: an Ed25519 check costs forty times the look-up.
    verified: RwLock<HashMap<[u8; 32], Arc<Verified>>>,
}

impl Tokens {
    /// Asks the auth service for its public keys.
    pub(crate) async fn fetch(mut auth: AuthClient<Backend>) -> Result<Self, Refusal> {
        let request = Arc::new(Caller::system()).attach(GetKeysRequest {});
        let keys = auth.get_keys(request).await.map_err(|status| Refusal::from(&status))?.into_inner();
        let keys = KeySet::parse(&keys.jwks)
            .map_err(|_| Refusal::new(Code::Internal, "the auth service's keys cannot be read"))?;
        Ok(Self { shared: Arc::new(Shared { keys, verified: RwLock::default() }) })
    }

    /// What the request's access token says; `None` if the request carries no token.
    pub(crate) fn authenticate(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Option<Arc<Verified>>, Refused> {
        match bearer(headers)? {
            None => Ok(None),
            Some(token) => Ok(Some(self.verify(token, now)?)),
        }
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Verified>, InvalidToken> {
        let mut key = [0; 32];
        key.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, token.as_bytes()).as_ref());
        let known = self.shared.verified.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return if now.as_secs() < known.claims.exp { Ok(known) } else { Err(InvalidToken) };
        }
        let claims = self.shared.keys.verify(token, now)?;
        let fresh = Arc::new(Verified { claims, token: Token(token.into()) });
        let mut verified = self.shared.verified.write().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= REMEMBERED {
            verified.retain(|_, known| now.as_secs() < known.claims.exp);
        }
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(key, Arc::clone(&fresh));
        Ok(fresh)
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

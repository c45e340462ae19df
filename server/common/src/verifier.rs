//! Access tokens where they arrive: each signature is checked once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use vitae_contracts_core::{Code, Timestamp};
use vitae_contracts_services::auth::v1::GetKeysRequest;
use vitae_contracts_services::auth::v1::auth_client::AuthClient;

use crate::{Backend, Caller, Claims, InvalidToken, KeySet, Refusal, Token};

/// Tokens remembered at once; a token has about 300 bytes here.
const REMEMBERED: usize = 10_000;

/// A token that was verified, with what it says.
#[derive(Debug)]
pub struct Verified {
    /// What it says.
    pub claims: Claims,
    /// The token as it came.
    pub token: Token,
}

/// The keys that verify access tokens, and the tokens that were verified.
pub struct Verifier {
    keys: KeySet,
    /// By SHA-256 of the whole token: an Ed25519 check costs forty times the look-up.
    verified: RwLock<HashMap<[u8; 32], Arc<Verified>>>,
}

impl Verifier {
    /// Asks the auth service for its public keys.
    pub async fn fetch(auth: Backend) -> Result<Self, Refusal> {
        let request = Arc::new(Caller::system()).attach(GetKeysRequest {});
        let answer = AuthClient::new(auth).get_keys(request).await;
        let jwks = answer.map_err(|status| Refusal::from(&status))?.into_inner().jwks;
        let unreadable = |_| Refusal::new(Code::Internal, "the auth service's keys cannot be read");
        Ok(Self { keys: KeySet::parse(&jwks).map_err(unreadable)?, verified: RwLock::default() })
    }

    /// What a token says, if one of auth's keys signed it and it has not ended.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Verified>, InvalidToken> {
        let mut key = [0; 32];
        key.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, token.as_bytes()).as_ref());
        let known = self.verified.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return if now.as_secs() < known.claims.exp { Ok(known) } else { Err(InvalidToken) };
        }
        let claims = self.keys.verify(token, now)?;
        let fresh = Arc::new(Verified { claims, token: Token(token.into()) });
        let mut verified = self.verified.write().unwrap_or_else(PoisonError::into_inner);
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

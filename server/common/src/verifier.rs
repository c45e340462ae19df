//! Verification of access tokens, with a cache of verified tokens.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use vitae_contracts_core::{Code, Timestamp};
use vitae_contracts_services::auth::v1::GetKeysRequest;
use vitae_contracts_services::auth::v1::auth_client::AuthClient;

use crate::{Backend, Caller, Claims, InvalidToken, KeySet, ServiceError, Token};

/// The maximum number of cached tokens; one takes about 300 bytes.
const MAX_CACHED: usize = 10_000;

/// A verified token with its claims.
#[derive(Debug)]
pub struct Verified {
    /// The claims.
    pub claims: Claims,
    /// The token as received.
    pub token: Token,
}

/// The keys that verify access tokens, and a cache of verified tokens.
pub struct Verifier {
    keys: KeySet,
    /// The cache: an Ed25519 verification costs a hundred times the look-up.
    verified: RwLock<HashSet<ByText>>,
}

/// A verified token, hashed and compared by its text.
///
/// No digest is needed: the text is stored anyway, and the hash of the set is keyed.
struct ByText(Arc<Verified>);

impl Borrow<[u8]> for ByText {
    fn borrow(&self) -> &[u8] {
        self.0.token.text()
    }
}

impl Hash for ByText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.token.text().hash(state);
    }
}

impl PartialEq for ByText {
    fn eq(&self, other: &Self) -> bool {
        self.0.token.text() == other.0.token.text()
    }
}

impl Eq for ByText {}

impl Verifier {
    /// Fetches the public keys from the auth service.
    pub async fn fetch(mut auth: AuthClient<Backend>) -> Result<Self, ServiceError> {
        let request = Arc::new(Caller::system()).attach(GetKeysRequest {});
        let response = auth.get_keys(request).await;
        let jwks = response.map_err(|status| ServiceError::from(&status))?.into_inner().jwks;
        let unreadable =
            |_| ServiceError::new(Code::Internal, "the keys of the auth service cannot be parsed");
        Ok(Self { keys: KeySet::parse(&jwks).map_err(unreadable)?, verified: RwLock::default() })
    }

    /// Returns the claims of a token that the auth service has signed and that has not expired.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Verified>, InvalidToken> {
        let verified = self.verified.read().unwrap_or_else(PoisonError::into_inner);
        let known = verified.get(token.as_bytes()).map(|known| Arc::clone(&known.0));
        drop(verified);
        if let Some(known) = known {
            return if now.as_secs() < known.claims.exp { Ok(known) } else { Err(InvalidToken) };
        }
        let claims = self.keys.verify(token, now)?;
        let fresh = Arc::new(Verified { claims, token: Token::new(token)? });
        let mut verified = self.verified.write().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= MAX_CACHED {
            verified.retain(|known| now.as_secs() < known.0.claims.exp);
        }
        if verified.len() >= MAX_CACHED {
            verified.clear();
        }
        verified.insert(ByText(Arc::clone(&fresh)));
        Ok(fresh)
    }
}

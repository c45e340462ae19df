//! Access tokens where they arrive: each signature is checked once.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use vitae_contracts_core::{Code, Timestamp};
use vitae_contracts_services::auth::v1::GetKeysRequest;
use vitae_contracts_services::auth::v1::auth_client::AuthClient;

use crate::{Backend, Caller, Claims, InvalidToken, KeySet, ServiceError, Token};

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
    /// An Ed25519 check costs a hundred times the look-up.
    verified: RwLock<HashSet<ByText>>,
}

/// A verified token, found by its text.
///
/// Not by a digest of it: the text is here anyway, and the set's own hash is keyed.
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
    /// Asks the auth service for its public keys.
    pub async fn fetch(mut auth: AuthClient<Backend>) -> Result<Self, ServiceError> {
        let request = Arc::new(Caller::system()).attach(GetKeysRequest {});
        let answer = auth.get_keys(request).await;
        let jwks = answer.map_err(|status| ServiceError::from(&status))?.into_inner().jwks;
        let unreadable = |_| ServiceError::new(Code::Internal, "the auth service's keys cannot be read");
        Ok(Self { keys: KeySet::parse(&jwks).map_err(unreadable)?, verified: RwLock::default() })
    }

    /// What a token says, if one of auth's keys signed it and it has not ended.
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
        if verified.len() >= REMEMBERED {
            verified.retain(|known| now.as_secs() < known.0.claims.exp);
        }
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(ByText(Arc::clone(&fresh)));
        Ok(fresh)
    }
}

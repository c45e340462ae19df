//! Refresh tokens: opaque, random, stored as hashes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SecureRandom as _;
use vitae_contracts_core::{Code, names};
use vitae_server_common::ServiceError;

/// A refresh token with its hash. It has no `Debug`.
pub(crate) struct RefreshToken {
    /// `vr1_` and 43 characters; never stored.
    pub(crate) text: String,
    /// SHA-256 of the text.
    pub(crate) hash: [u8; 32],
    bits: [u8; 32],
}

impl RefreshToken {
    /// Generates a token of 256 random bits.
    pub(crate) fn generate() -> Result<Self, ServiceError> {
        let mut bits = [0; 32];
        ring::rand::SystemRandom::new().fill(&mut bits).map_err(|_| {
            ServiceError::new(Code::Internal, "the operating system returned no random numbers")
        })?;
        Ok(Self::of(bits))
    }

    fn of(bits: [u8; 32]) -> Self {
        let text = format!("{}{}", names::REFRESH_TOKEN_PREFIX, URL_SAFE_NO_PAD.encode(bits));
        let hash = hash(&text);
        Self { text, hash, bits }
    }
}

/// The client's secret for one exchange: 256 random bits. It has no `Debug`.
///
/// It makes an exchange whose response was lost (a cut connection, a client that was killed before
/// it could write) repeatable, without weakening token rotation (RFC 9700, section 4.14.2):
///
/// - Someone with only a used token, or with another key, ends its session, as without keys.
/// - Someone with token and key (a copy of the client's store made in the middle of an exchange, a
///   request that was overheard) gets, for a day at most and only until the new token is spent,
///   the same new token as its owner. Then two have one unspent token: the one who spends it second
///   has another key, and ends the session for both.
/// - Someone with this service's database has hashes, and new tokens encrypted with keys that are not in it.
pub(crate) struct ExchangeKey([u8; 32]);

impl ExchangeKey {
    /// Reads 43 characters of base64url.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Returns the hash under which the store stores the key.
    pub(crate) fn hash(&self) -> [u8; 32] {
        digest(&self.0)
    }

    /// Encrypts the new token that was issued for the token with this hash.
    pub(crate) fn seal(&self, spent: [u8; 32], sealed_token: &RefreshToken) -> [u8; 32] {
        self.mask(spent, sealed_token.bits)
    }

    /// Decrypts the new token.
    pub(crate) fn open(&self, spent: [u8; 32], sealed: [u8; 32]) -> RefreshToken {
        RefreshToken::of(self.mask(spent, sealed))
    }

    /// A one-time pad: a token is exchanged once, so no pad encrypts two tokens.
    fn mask(&self, spent: [u8; 32], bits: [u8; 32]) -> [u8; 32] {
        let pad = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), &spent);
        let mut masked = bits;
        masked.iter_mut().zip(pad.as_ref()).for_each(|(bit, pad)| *bit ^= pad);
        masked
    }
}

/// Returns whether a text is short enough to be a token; longer ones are not hashed.
pub(crate) fn is_plausible(text: &str) -> bool {
    text.len() <= 256
}

/// Returns the hash under which the store stores a token.
pub(crate) fn hash(text: &str) -> [u8; 32] {
    digest(text.as_bytes())
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    digest
}

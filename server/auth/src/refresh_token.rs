//! Refresh tokens: opaque, random, stored as their hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SecureRandom as _;
use vitae_contracts_core::{Code, names};
use vitae_server_common::Refusal;

/// A refresh token with what the store keeps of it. It has no `Debug`.
pub(crate) struct RefreshToken {
    /// `vr1_` and 43 characters, for the client alone.
    pub(crate) text: String,
    /// SHA-256 of the text.
    pub(crate) hash: [u8; 32],
}

impl RefreshToken {
    /// A new token of 256 random bits.
    pub(crate) fn generate() -> Result<Self, Refusal> {
        let mut bits = [0; 32];
        ring::rand::SystemRandom::new()
            .fill(&mut bits)
            .map_err(|_| Refusal::new(Code::Internal, "the system gives no random numbers"))?;
        let text = format!("{}{}", names::REFRESH_TOKEN_PREFIX, URL_SAFE_NO_PAD.encode(bits));
        let hash = hash(&text);
        Ok(Self { text, hash })
    }
}

/// What the store keeps of a token.
pub(crate) fn hash(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref());
    hash
}

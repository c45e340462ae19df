//! Device tokens: opaque, random, stored as hashes.
//!
//! A device token grants no access. It shows that its client has logged in to the account before, so that its
//! attempts have a budget of their own, which attempts from elsewhere cannot use up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SecureRandom as _;
use vitae_contracts_core::{Code, names};
use vitae_server_common::ServiceError;

use crate::refresh_token;

/// A new device token. It has no `Debug`.
pub(crate) struct DeviceToken {
    /// `vd1_` and 43 characters; never stored.
    pub(crate) text: String,
    /// SHA-256 of the text.
    pub(crate) hash: [u8; 32],
}

impl DeviceToken {
    pub(crate) fn generate() -> Result<Self, ServiceError> {
        let mut bits = [0; 32];
        ring::rand::SystemRandom::new().fill(&mut bits).map_err(|_| {
            ServiceError::new(Code::Internal, "the operating system returned no random numbers")
        })?;
        let text = format!("{}{}", names::DEVICE_TOKEN_PREFIX, URL_SAFE_NO_PAD.encode(bits));
        let hash = refresh_token::hash(&text);
        Ok(Self { text, hash })
    }
}

/// Returns the hash of the token sent with a login; `None` if it is malformed.
pub(crate) fn hash(text: &str) -> Option<[u8; 32]> {
    let is_token = text.len() == 47 && text.starts_with(names::DEVICE_TOKEN_PREFIX);
    is_token.then(|| refresh_token::hash(text))
}

//! The keys that sign access tokens.

use vitae_contracts_core::Code;
use vitae_server_common::{ServiceError, SigningKey};

use super::{AuthStore, rows};

impl AuthStore {
    /// Returns the newest signing key as PKCS#8; generates one on the first start.
    pub(crate) async fn signing_key(&self) -> Result<Vec<u8>, ServiceError> {
        let now = self.clock.now();
        self.store
            .write_essential(move |connection| {
                if let Some(key) = rows::signing_key(connection)? {
                    return Ok(key);
                }
                let failed =
                    |_| ServiceError::new(Code::Internal, "the operating system returned no random numbers");
                let private = SigningKey::generate().map_err(failed)?;
                let public = vitae_server_common::public_key(&private).map_err(failed)?;
                let kid = SigningKey::from_pkcs8(&private).map_err(failed)?.kid().to_owned();
                rows::insert_key(connection, &kid, &private, &public, now)?;
                Ok(private)
            })
            .await
    }

    pub(crate) fn public_keys(&self) -> Result<Vec<Vec<u8>>, ServiceError> {
        self.store.read(|connection| Ok(rows::public_keys(connection)?))
    }
}

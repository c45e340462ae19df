//! Removal of outdated rows.

use std::time::Duration;

use vitae_contracts_core::Timestamp;

use super::Store;
use crate::ServiceError;

/// How long a response is stored for repeated requests.
const RESPONSE_LIFETIME: Duration = Duration::from_hours(24);
/// Rows that one transaction removes.
const CHUNK: u32 = 256;

/// Removes stored responses of idempotent requests that are older than 24 h.
pub async fn prune_idempotency_keys(store: &Store, now: Timestamp) {
    let before = now.minus(RESPONSE_LIFETIME).as_millis();
    let pruned = in_steps(store, move |connection| {
        let sql = "DELETE FROM idempotency WHERE (principal, key) IN
                   (SELECT principal, key FROM idempotency WHERE at < ?1 ORDER BY at LIMIT ?2)";
        Ok(connection.prepare_cached(sql)?.execute((before, CHUNK))? == CHUNK as usize)
    });
    if let Err(error) = pruned.await {
        tracing::warn!(%error, "old idempotency keys could not be removed; trying again later");
    }
}

/// Runs a long change as a sequence of short transactions, so that other writes run between them.
///
/// Calls `step` until it returns `false`.
pub async fn in_steps(
    store: &Store,
    step: impl Fn(&rusqlite::Connection) -> Result<bool, ServiceError> + Clone + Send + 'static,
) -> Result<(), ServiceError> {
    while store.write_essential(step.clone()).await? {}
    Ok(())
}

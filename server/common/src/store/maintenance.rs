//! What is kept for a time only.

use std::time::Duration;

use vitae_contracts_core::Timestamp;

use super::Store;
use crate::ServiceError;

/// How long a repeat of a request is recognised.
const REPEATS: Duration = Duration::from_hours(24);
/// Answers that one transaction removes.
const CHUNK: u32 = 256;

/// Removes the answers that no repeat will ask for any more.
pub async fn prune_idempotency_keys(store: &Store, now: Timestamp) {
    let before = now.minus(REPEATS).as_millis();
    let forgotten = in_steps(store, move |connection| {
        let sql = "DELETE FROM idempotency WHERE (principal, key) IN
                   (SELECT principal, key FROM idempotency WHERE at < ?1 ORDER BY at LIMIT ?2)";
        Ok(connection.prepare_cached(sql)?.execute((before, CHUNK))? == CHUNK as usize)
    });
    if let Err(refusal) = forgotten.await {
        tracing::warn!(%refusal, "old idempotency keys could not be removed; trying again later");
    }
}

/// Runs a long change as many short transactions, until a step says that it was the last one.
///
/// Other writes run between the steps. Each step answers whether more is left.
pub async fn in_steps(
    store: &Store,
    step: impl Fn(&rusqlite::Connection) -> Result<bool, ServiceError> + Clone + Send + 'static,
) -> Result<(), ServiceError> {
    while store.write_essential(step.clone()).await? {}
    Ok(())
}

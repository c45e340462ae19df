//! What is kept for a time only.

use std::time::Duration;

use vitae_contracts_core::Timestamp;

use super::Store;

/// How long a repeat of a request is recognised.
const REPEATS: Duration = Duration::from_hours(24);

/// Removes the answers that no repeat will ask for any more.
pub async fn forget(store: &Store, now: Timestamp) {
    let before = now.minus(REPEATS).as_millis();
    let forgotten = store
        .write(move |connection| {
            let sql = "DELETE FROM idempotency WHERE at < ?1";
            Ok(connection.prepare_cached(sql)?.execute([before])?)
        })
        .await;
    if let Err(refusal) = forgotten {
        tracing::warn!(%refusal, "old idempotency keys could not be removed; trying again later");
    }
}

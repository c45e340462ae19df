//! Idempotency keys: a repeated request returns the stored response and changes nothing.

use prost::Message;
use rusqlite::{Connection, OptionalExtension as _};
use vitae_contracts_core::{Code, Timestamp};

use super::DailyLimit;
use crate::{Caller, ServiceError};

/// Returns the stored response if this request is a repetition.
pub fn replayed<A: Message + Default>(
    connection: &Connection,
    caller: &Caller,
) -> Result<Option<A>, ServiceError> {
    let Some(key) = &caller.idempotency_key else {
        return Ok(None);
    };
    let stored: Option<(Vec<u8>, Vec<u8>)> = connection
        .prepare_cached("SELECT digest, answer FROM idempotency WHERE principal = ?1 AND key = ?2")
        .and_then(|mut query| {
            query.query_row((caller.key_space(), &key.key), |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })?;
    match stored {
        None => Ok(None),
        Some((digest, _)) if digest != key.digest => Err(ServiceError::new(
            Code::IdempotencyKeyReused,
            "the idempotency key was used for another request; send a new key",
        )),
        Some((_, response)) => {
            let response = A::decode(response.as_slice()).map_err(|error| {
                ServiceError::new(Code::Internal, format!("a stored response cannot be decoded: {error}"))
            })?;
            Ok(Some(response))
        }
    }
}

/// Runs a change unless the request is a repetition, and stores its response.
///
/// Counts the change against the caller's daily limit.
pub fn idempotent<A: Message + Default>(
    connection: &Connection,
    caller: &Caller,
    at: Timestamp,
    daily: DailyLimit,
    change: impl FnOnce() -> Result<A, ServiceError>,
) -> Result<A, ServiceError> {
    if let Some(response) = replayed(connection, caller)? {
        return Ok(response);
    }
    daily.count(connection, caller, at)?;
    let response = change()?;
    if let Some(key) = &caller.idempotency_key {
        connection
            .prepare_cached(
                "INSERT INTO idempotency (principal, key, digest, answer, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut insert| {
                let row =
                    (caller.key_space(), &key.key, key.digest, response.encode_to_vec(), at.as_millis());
                insert.execute(row)
            })?;
    }
    Ok(response)
}

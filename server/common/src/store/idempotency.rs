//! Idempotency: a repeated request gets the first answer, and changes nothing.

use prost::Message;
use rusqlite::{Connection, OptionalExtension as _};
use vitae_contracts_core::{Code, Timestamp};

use super::DailyLimit;
use crate::{Caller, ServiceError};

/// The answer that this request got the first time, if it is a repeat.
pub fn replayed<A: Message + Default>(
    connection: &Connection,
    caller: &Caller,
) -> Result<Option<A>, ServiceError> {
    let Some(repeat) = &caller.idempotency_key else {
        return Ok(None);
    };
    let kept: Option<(Vec<u8>, Vec<u8>)> = connection
        .prepare_cached("SELECT digest, answer FROM idempotency WHERE principal = ?1 AND key = ?2")
        .and_then(|mut query| {
            query
                .query_row((caller.key_space(), &repeat.key), |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })?;
    match kept {
        None => Ok(None),
        Some((digest, _)) if digest != repeat.digest => Err(ServiceError::new(
            Code::IdempotencyKeyReused,
            "the idempotency key was used for another request; send a new key",
        )),
        Some((_, answer)) => {
            let answer = A::decode(answer.as_slice()).map_err(|error| {
                ServiceError::new(Code::Internal, format!("a kept answer cannot be read: {error}"))
            })?;
            Ok(Some(answer))
        }
    }
}

/// Runs a change unless this request already did, and keeps its answer for repeats.
///
/// Counts the change against what the caller may do in a day.
pub fn idempotent<A: Message + Default>(
    connection: &Connection,
    caller: &Caller,
    at: Timestamp,
    daily: DailyLimit,
    change: impl FnOnce() -> Result<A, ServiceError>,
) -> Result<A, ServiceError> {
    if let Some(answer) = replayed(connection, caller)? {
        return Ok(answer);
    }
    daily.count(connection, caller, at)?;
    let answer = change()?;
    if let Some(repeat) = &caller.idempotency_key {
        connection
            .prepare_cached(
                "INSERT INTO idempotency (principal, key, digest, answer, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut insert| {
                let row =
                    (caller.key_space(), &repeat.key, repeat.digest, answer.encode_to_vec(), at.as_millis());
                insert.execute(row)
            })?;
    }
    Ok(answer)
}

//! The event log: what happened, written in the transaction of the change.

use prost::Message as _;
use rusqlite::Connection;
use vitae_contracts_core::{Code, EventId, Timestamp};
use vitae_contracts_services::events::v1::Context;

use crate::message_limits::EVENT_BYTES;
use crate::{Caller, ServiceError};

/// An event to be.
#[derive(Debug)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// One of `vitae_contracts_core::subjects`.
    pub subject: &'static str,
    /// The object that changed.
    pub object_id: [u8; 16],
    /// The object's version after the change.
    pub object_version: i64,
    /// The encoded payload of the subject.
    pub payload: Vec<u8>,
}

/// Appends an event; to be called inside the change that it tells of.
///
/// Refuses one of more than [`EVENT_BYTES`]: no consumer may have to handle it.
pub fn append(
    connection: &Connection,
    caller: &Caller,
    at: Timestamp,
    event: &NewEvent,
) -> Result<(), ServiceError> {
    append_with_context(connection, &caller.context(), at, event)
}

/// As [`append`], for who does not act as the caller of the request says.
pub fn append_with_context(
    connection: &Connection,
    context: &Context,
    at: Timestamp,
    event: &NewEvent,
) -> Result<(), ServiceError> {
    let context = context.encode_to_vec();
    let bytes = event.payload.len() + context.len();
    if bytes > EVENT_BYTES {
        let detail = format!(
            "an event {} of {bytes} bytes exceeds the limit of {EVENT_BYTES}; nothing was changed",
            event.subject
        );
        tracing::error!(detail, "an event was refused");
        return Err(ServiceError::new(Code::Internal, detail));
    }
    connection
        .prepare_cached(
            "INSERT INTO event_log (event_id, subject, object_id, object_version, at, context, payload)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            event.id.as_bytes(),
            event.subject,
            &event.object_id,
            event.object_version,
            at.as_millis(),
            context,
            &event.payload,
        ))?;
    Ok(())
}

//! The event log, written in the transaction of each change.

use prost::Message as _;
use rusqlite::Connection;
use vitae_contracts_core::{Code, EventId, Timestamp};
use vitae_contracts_services::events::v1::Context;

use crate::message_limits::EVENT_BYTES;
use crate::{Caller, ServiceError};

/// An event to be appended.
#[derive(Debug)]
pub struct NewEvent {
    /// The id.
    pub id: EventId,
    /// The subject; one of `vitae_contracts_core::subjects`.
    pub subject: &'static str,
    /// The id of the changed object.
    pub object_id: [u8; 16],
    /// The object's version after the change.
    pub object_version: i64,
    /// The encoded payload of the subject.
    pub payload: Vec<u8>,
}

/// Appends an event inside the transaction of the change.
///
/// # Errors
///
/// Returns `internal` for an event of more than [`EVENT_BYTES`], which consumers do not accept.
pub fn append(
    connection: &Connection,
    caller: &Caller,
    at: Timestamp,
    event: &NewEvent,
) -> Result<(), ServiceError> {
    append_with_context(connection, &caller.context(), at, event)
}

/// Like [`append`], with a context other than that of the request's caller.
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
        tracing::error!(detail, "an event exceeds the size limit; the change was rolled back");
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

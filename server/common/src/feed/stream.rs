//! The stream of a source's events, for consumers and the gateway.

use std::sync::Arc;

use tonic::Streaming;
use tonic::metadata::MetadataMap;
use vitae_contracts_core::{Code, names};
use vitae_contracts_services::events::v1::feed_client::FeedClient;
use vitae_contracts_services::events::v1::read_events_request::Start;
use vitae_contracts_services::events::v1::{Event, ReadEventsRequest};

use crate::message_limits::RESPONSE_BYTES;
use crate::{Backend, Caller, ServiceError};

/// An open stream of a source's events, with its position in the log.
pub struct FeedStream {
    /// The events after `start`, then new ones as they are committed.
    pub events: Streaming<Event>,
    /// The position before the first event of the stream. It differs from the requested one if the log does
    /// not hold the next event: it was removed, or the log was restored from an older copy.
    pub start: i64,
    /// The last position of the log when the stream was opened.
    pub tail: i64,
}

impl FeedStream {
    /// Opens the stream of a source.
    pub async fn open(source: &str, feed: Backend, start: Start) -> Result<Self, ServiceError> {
        let request = ReadEventsRequest { source: source.to_owned(), start: Some(start) };
        let request = Arc::new(Caller::system()).attach(request);
        let mut client = FeedClient::new(feed).max_decoding_message_size(RESPONSE_BYTES);
        let response = client.read_events(request).await.map_err(|status| ServiceError::from(&status))?;
        let unknown =
            || ServiceError::new(Code::Internal, format!("the feed of {source} does not send its position"));
        let position = |name| position(response.metadata(), name).ok_or_else(unknown);
        Ok(Self {
            start: position(names::FEED_START)?,
            tail: position(names::FEED_TAIL)?,
            events: response.into_inner(),
        })
    }
}

fn position(metadata: &MetadataMap, name: &str) -> Option<i64> {
    metadata.get(name)?.to_str().ok()?.parse().ok()
}

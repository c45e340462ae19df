//! Opening a source's stream, whoever reads it.

use std::sync::Arc;

use tonic::Streaming;
use tonic::metadata::MetadataMap;
use vitae_contracts_core::{Code, names};
use vitae_contracts_services::events::v1::feed_client::FeedClient;
use vitae_contracts_services::events::v1::read_events_request::Start;
use vitae_contracts_services::events::v1::{Event, ReadEventsRequest};

use crate::message_limits::RESPONSE_BYTES;
use crate::{Backend, Caller, ServiceError};

/// An open stream of a source's events, and where it stands in the log.
pub struct FeedStream {
    /// The events behind `start`, then whatever comes.
    pub events: Streaming<Event>,
    /// The position before the first event of the stream. Another one than was asked for where
    /// the log misses what came next: it has forgotten it, or was restored from an older copy.
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
            || ServiceError::new(Code::Internal, format!("the feed of {source} does not say where it is"));
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

//! Sizes of gRPC messages and of events.
//!
//! Every client and server states its limit; `server/tests/it/edges.rs` checks that none is left out.

/// The maximum bytes of a request that a service decodes; above the largest document with its metadata.
pub const REQUEST_BYTES: usize = 2 << 20;
/// The maximum bytes of a response that a client decodes, and of each message of a stream.
pub const RESPONSE_BYTES: usize = 4 << 20;
/// The maximum bytes of a new event, payload and context together; far below the limit of consumers.
pub const EVENT_BYTES: usize = 256 << 10;
/// The maximum bytes of a payload that a feed sends. Logs of versions without [`EVENT_BYTES`] may hold larger
/// payloads; those events are sent without their payload.
pub const FEED_PAYLOAD_BYTES: usize = 3 << 20;
/// The maximum bytes of a context that a feed sends; a larger one is omitted.
pub const FEED_CONTEXT_BYTES: usize = 64 << 10;

//! Sizes of gRPC messages and of events.
//!
//! Every client and server states its limit; `server/tests/it/edges.rs` checks that none is left out.

/// Bytes of a request that a service decodes; above the largest document with its surroundings.
pub const REQUEST_BYTES: usize = 2 << 20;
/// Bytes of an answer that a client decodes, and of each message of a stream.
pub const RESPONSE_BYTES: usize = 4 << 20;
/// Bytes of a new event, payload and context together; far below what every consumer decodes.
pub const EVENT_BYTES: usize = 256 << 10;
/// Bytes of a payload that a feed sends. Logs of versions before [`EVENT_BYTES`] hold larger ones; their
/// events are sent without them.
pub const FEED_PAYLOAD_BYTES: usize = 3 << 20;
/// Bytes of a context that a feed sends; a larger one is left out.
pub const FEED_CONTEXT_BYTES: usize = 64 << 10;

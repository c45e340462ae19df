//! The health screen: requests, errors and latency of the server.

pub(crate) mod state;
pub(crate) mod view;

//! The client side of the server: requests as data, their execution, event subscription, and the data that lists hold.

pub(crate) mod collection;
pub(crate) mod columns;
pub(crate) mod command;
pub(crate) mod dispatch;
pub(crate) mod error;
pub(crate) mod executor;
pub(crate) mod exposition;
pub(crate) mod histogram;
pub(crate) mod load;
pub(crate) mod metrics;
pub(crate) mod names;
pub(crate) mod operation;
pub(crate) mod pages;
pub(crate) mod pending_events;
pub(crate) mod request;
pub(crate) mod row;
pub(crate) mod subscription;
pub(crate) mod ticket;
pub(crate) mod window;

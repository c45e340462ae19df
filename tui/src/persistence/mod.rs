//! State that outlives the console: drafts and undo steps.

pub(crate) mod store;
pub(crate) mod undo;

//! State that outlives the console: drafts and undo steps.

pub(crate) mod draft;
pub(crate) mod fields;
pub(crate) mod store;
pub(crate) mod undo;

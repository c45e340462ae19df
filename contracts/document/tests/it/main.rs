//! Tests of the document crate through its public interface.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod arbitrary;
mod check;
mod diff;
mod malformed;
mod merge;
mod rebase;
mod scan;
mod view;

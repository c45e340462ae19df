//! Tests of the document through its public door.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod arbitrary;
mod check;
mod diff;
mod malformed;
mod merge;
mod rebase;
mod scan;
mod view;

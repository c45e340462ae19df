//! The console driven by keys, without a terminal.

mod drive;

mod access;
mod lists;
mod looks;
mod server;

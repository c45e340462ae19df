//! The console driven by keys, without a terminal.

mod drive;

mod access;
mod changes;
mod fuzz;
mod lists;
mod looks;
mod manual;
mod server;
mod writing;

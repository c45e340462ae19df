//! The console driven by keys, without a terminal.

mod drive;

mod access;
mod changes;
mod every;
mod fuzz;
mod golden;
mod hostile;
mod lists;
mod looks;
mod manual;
mod properties;
mod pulses;
mod recordings;
mod sample;
mod server;
mod speech;
mod writing;

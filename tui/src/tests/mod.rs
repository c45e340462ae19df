//! Tests of the console, driven by keys and without a terminal.

mod drive;

mod access;
mod appearance;
mod bulk_operations;
mod documentation;
mod forms;
mod fuzz;
mod health;
mod hostile_text;
mod lists;
mod message_matrix;
mod organisation;
mod properties;
mod recordings;
mod sample;
mod screen_reader;
mod server;
mod snapshots;

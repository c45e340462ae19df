//! The command line, driven as people and scripts drive it: the binary against a whole server.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without has failed it")]

mod accounts;
mod api;
mod apply;
mod audit;
mod cli;
mod compare;
#[cfg(unix)]
mod completion;
mod config;
#[cfg(unix)]
mod console;
mod doctor;
#[cfg(unix)]
mod edit;
mod errors;
#[cfg(unix)]
mod events;
mod export;
mod forms;
mod hostile;
mod import;
mod journal;
#[cfg(target_os = "linux")]
mod keyring;
mod liars;
mod logins;
mod network;
mod people;
mod resumes;
mod script;
#[cfg(unix)]
mod signals;
mod surface;
#[cfg(unix)]
mod terminal;
mod users;

//! The command line, driven as people and scripts drive it: the binary against a whole server.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without has failed it")]

mod api;
mod apply;
mod audit;
mod cli;
mod command_tree;
#[cfg(unix)]
mod completion;
mod config;
mod configuration;
#[cfg(unix)]
mod console;
mod diff_and_lint;
mod doctor;
#[cfg(unix)]
mod edit;
mod errors;
#[cfg(unix)]
mod events;
mod faulty_servers;
mod formats;
mod import_journal;
#[cfg(target_os = "linux")]
mod keyring;
mod login;
mod module_graph;
mod network;
mod profiles;
mod resumes;
mod resumes_export;
mod resumes_import;
mod scripted_server;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod terminal;
mod terminal_escapes;
mod user_fields;
mod users;
mod users_import;

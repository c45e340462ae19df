//! The console of Vitae: people and resumes on a terminal, kept open all day.
//!
//! [`run`] takes the terminal over and gives it back. Inside, everything is The Elm Architecture:
//!
//! - `model`: all that is known and shown, as plain data without handles.
//! - `message`: what happens. `update`: what a message does to the model, as a pure function, which
//!   answers with `effect`s: what shall be done outside, as data again.
//! - `executor`: does effects at the server, over the SDK. Every request has a ticket; an response
//!   whose ticket nobody holds any more is dropped, so nothing stale is ever shown.
//! - `view`: the model as cells, and a map of what can be pointed at. `speech`: the model as sentences.
//! - `run`: the loop around it. No tick: while nothing happens, nothing runs and nothing is written.
//!
//! Lists hold a `window` over the server's list, never the whole. Every key, every line of the
//! palette and of the help stands in one table, `action`.

mod app;
mod client;
mod overlays;
mod persistence;
mod recording;
mod screen_reader;
mod screens;
mod terminal;
#[cfg(test)]
mod tests;
mod widgets;

pub use app::keymap::{InvalidKeymap, Keymap};
pub use app::options::{Ended, Failed, Options};
pub use app::run::run;
pub use app::session::Profile;
pub use client::executor::Connect;
pub use recording::player::{Unplayed, play};
pub use recording::replay::{Unplayable, print};
pub use terminal::colour::Colour;
pub use terminal::key::UnknownKey;
pub use terminal::setup::RenderMode;
pub use terminal::theme::{Depth, Theme};
pub use vitae_sdk_workspace::{Editor, EditorFailed};

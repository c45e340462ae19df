//! The console of Vitae: a library that `vitae console` and `vitaed demo` open.
//!
//! [`run`] takes over the terminal and restores it. Inside it is The Elm Architecture:
//!
//! - `app`: the model (plain data), the messages, the pure `update`, the actions, the view, and the event loop.
//! - `screens`: one folder for each screen, behind the trait `Screen`. `overlays`: dialogs above the screen.
//! - `widgets`: table, text viewer, text input, canvas. They know no screen.
//! - `client`: requests as data, the executor that sends them through the SDK, and event subscription.
//!   Each request has a ticket, which leads its response straight to the requester.
//! - `persistence`: undo steps, drafts and chosen columns on disk. `recording`: sessions that can be replayed.
//! - `screen_reader`: the console as sentences. `terminal`: setup, keys, colours, signals.
//!
//! There is no tick: without input or events the console neither runs nor writes. A list holds a window over the
//! server's list, never all of it. Keys, palette, help and manual come from one table, `app::action`.

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

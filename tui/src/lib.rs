//! The console of Vitae: people and resumes on a terminal, kept open all day.
//!
//! [`run`] takes the terminal over and gives it back. Inside, everything is The Elm Architecture:
//!
//! - `model`: all that is known and shown, as plain data without handles.
//! - `message`: what happens. `update`: what a message does to the model, as a pure function, which
//!   answers with `effect`s: what shall be done outside, as data again.
//! - `executor`: does effects at the server, over the SDK. Every request has a ticket; an answer
//!   whose ticket nobody holds any more is dropped, so nothing stale is ever shown.
//! - `view`: the model as cells, and a map of what can be pointed at. `speech`: the model as sentences.
//! - `run`: the loop around it. No tick: while nothing happens, nothing runs and nothing is written.
//!
//! Lists hold a `window` over the server's list, never the whole. Every key, every line of the
//! palette and of the help stands in one table, `action`.

mod access;
mod action;
mod aside;
mod background;
mod calls;
mod colour;
mod columns;
mod command;
mod draft;
mod editor;
mod effect;
mod executor;
mod exposition;
mod fields;
mod figures;
mod follow;
mod form;
mod histogram;
mod hit;
mod keep;
mod key;
mod keymap;
mod layout;
mod line;
mod load;
mod meanwhile;
mod message;
mod model;
mod names;
mod options;
mod overlay;
mod pages;
mod pane;
mod paper;
mod place;
mod player;
mod pulses;
mod record;
mod replay;
mod request;
mod row;
mod run;
mod screen;
mod sheet;
mod signals;
mod source;
mod speech;
mod table;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod trouble;
mod undo;
mod update;
mod view;
mod window;
mod work;

pub use colour::Colour;
pub use editor::{Editor, EditorFailed};
pub use executor::Connect;
pub use key::UnknownKey;
pub use keymap::{InvalidKeymap, Keymap};
pub use model::Profile;
pub use options::{Ended, Failed, Options};
pub use player::{Unplayed, play};
pub use replay::{Unplayable, print};
pub use run::run;
pub use terminal::Manner;
pub use theme::{Depth, Theme};

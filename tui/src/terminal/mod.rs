//! The terminal: setup, keys, background probe, colours, text width, signals, the external editor.

pub(crate) mod background_probe;
pub(crate) mod colour;
pub(crate) mod editor;
pub(crate) mod key;
pub(crate) mod setup;
pub(crate) mod signals;
pub(crate) mod stderr_capture;
pub(crate) mod text;
pub(crate) mod theme;

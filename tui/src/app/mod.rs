//! The application: the model, actions, the pure update, the view, and the event loop.

pub(crate) mod access;
pub(crate) mod action;
pub(crate) mod action_kind;
pub(crate) mod announce;
pub(crate) mod appearance;
pub(crate) mod bars;
pub(crate) mod bulk_operation;
pub(crate) mod command;
pub(crate) mod effect;
pub(crate) mod form_opening;
pub(crate) mod history;
pub(crate) mod keymap;
pub(crate) mod location;
pub(crate) mod message;
pub(crate) mod model;
pub(crate) mod navigation;
pub(crate) mod notices;
pub(crate) mod options;
pub(crate) mod run;
pub(crate) mod session;
pub(crate) mod update;
pub(crate) mod view;

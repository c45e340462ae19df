//! Work on people and resumes that the command line and the console share.
//!
//! [`fields`] describes each field of a person and a resume once. [`Values`] holds the editable fields of an
//! object as text; a [`Draft`] holds unsaved values and merges them with a version that was saved in the
//! meantime. [`manifest`] reads people and resumes from YAML and JSON. Nothing here sends a request.

pub mod document;
mod draft;
mod editor;
pub mod fields;
pub mod files;
pub mod manifest;
mod values;

pub use draft::{Base, Change, Conflict, Draft, Kind, ObjectId, user_values};
pub use editor::{Editor, EditorFailed, notes, without_notes};
pub use values::Values;

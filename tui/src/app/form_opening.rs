//! The forms that open as soon as their object is read.

use crate::persistence::undo::Origin;

/// The form to open with the object that is read.
#[derive(Debug, Clone)]
pub(crate) enum FormOpening {
    /// A form of the object.
    Form,
    /// The form of a resume, with its document in the external editor.
    Editor,
    /// The review of an edit that is undone or redone.
    Replay(Origin),
}

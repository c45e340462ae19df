//! Edits of documents in the user's own editor.

use std::path::Path;

use vitae_sdk_workspace::Editor;

use crate::app::message::Edited;
use crate::client::error::ConsoleError;
use crate::terminal::text::escaped;

/// Opens a file in the editor and returns its text, also when the editor failed.
pub(crate) fn edit(editor: &Editor, path: &Path, line: Option<usize>) -> Edited {
    let editor_error = |what: String, next: &str| ConsoleError::local(escaped(&what), next);
    let next = "set EDITOR to a command that edits a file; your text is kept as a draft";
    let broke = editor.open(path, line).err().map(|error| editor_error(error.to_string(), next));
    match std::fs::read_to_string(path) {
        Ok(text) => Edited { text: Some(text), error: broke },
        Err(error) => {
            let what = format!("cannot read the edited file: {error}");
            Edited {
                text: None,
                error: broke.or(Some(editor_error(what, "edit it again and save it as UTF-8"))),
            }
        }
    }
}

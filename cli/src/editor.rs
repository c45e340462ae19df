//! The external editor.

use std::env;
use std::path::Path;

use vitae_sdk_workspace::Editor;

use crate::errors::Failure;
use crate::{exit, prompt};

/// Returns the editor from the environment; without a terminal it must be set explicitly.
pub(crate) fn of_environment() -> Result<Editor, Failure> {
    let is_named = |name| env::var(name).is_ok_and(|command| !command.trim().is_empty());
    if is_named("VISUAL") || is_named("EDITOR") || prompt::is_possible() {
        return Ok(Editor::of(|name| env::var(name).ok()));
    }
    Err(Failure::usage("no terminal for an editor")
        .next("set EDITOR to a command that edits a file, or use `vitae resumes update --file`"))
}

/// Opens a file and blocks until the editor exits.
pub(crate) fn open(editor: &Editor, path: &Path) -> Result<(), Failure> {
    editor.open(path, None).map_err(|error| Failure::new(exit::FAILED, error.to_string()))
}

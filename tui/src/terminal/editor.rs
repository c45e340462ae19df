//! The person's own editor.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::{fmt, io};

use crate::app::message::Edited;
use crate::client::error::ConsoleError;
use crate::terminal::text::escaped;

/// What edits a file, as a shell understands it: arguments and quotes are welcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor(String);

/// Editors that begin at a line when they are told `+LINE`.
const BY_LINE: &[&str] = &[
    "vi",
    "vim",
    "nvim",
    "gvim",
    "view",
    "nano",
    "emacs",
    "emacsclient",
    "micro",
    "kak",
    "ne",
    "joe",
    "mg",
    "jed",
];

impl Editor {
    /// `VISUAL`, else `EDITOR`, else the editor that every system has.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut named = ["VISUAL", "EDITOR"].into_iter().filter_map(variable);
        let usual = if cfg!(windows) { "notepad" } else { "vi" };
        Self(named.find(|command| !command.trim().is_empty()).unwrap_or_else(|| usual.to_owned()))
    }

    /// Opens a file, at a line if the editor knows how, and waits for the end; blocks.
    pub fn open(&self, path: &Path, line: Option<usize>) -> Result<(), EditorFailed> {
        let status = self.command(path, line).status();
        let status = status.map_err(|error| EditorFailed { editor: self.clone(), how: How::Start(error) })?;
        if status.success() {
            return Ok(());
        }
        Err(EditorFailed { editor: self.clone(), how: How::End(status) })
    }

    fn command(&self, path: &Path, line: Option<usize>) -> Command {
        let program = self.0.split_whitespace().next().and_then(|program| Path::new(program).file_name());
        let knows_lines = program.and_then(|name| name.to_str()).is_some_and(|name| BY_LINE.contains(&name));
        let line = line.filter(|_| knows_lines).map(|line| format!("+{line}"));
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut command = Command::new(shell);
        if cfg!(windows) {
            command.arg(flag).arg(&self.0);
        } else {
            command.args([flag, &format!("{} \"$@\"", self.0), &self.0]);
        }
        command.args(line).arg(path);
        command
    }
}

/// Why nothing came out of an editor.
#[derive(Debug)]
pub struct EditorFailed {
    editor: Editor,
    how: How,
}

#[derive(Debug)]
enum How {
    Start(io::Error),
    End(ExitStatus),
}

impl fmt::Display for EditorFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Editor(editor) = &self.editor;
        match &self.how {
            How::Start(error) => write!(f, "the editor `{editor}` cannot be started: {error}"),
            How::End(status) => write!(f, "the editor `{editor}` {}", end_of(*status)),
        }
    }
}

impl std::error::Error for EditorFailed {}

fn end_of(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("was ended by signal {signal}");
    }
    match status.code() {
        // How a shell tells that a signal ended what it ran.
        Some(code @ 129..) => format!("was ended by signal {}", code - 128),
        Some(code) => format!("ended with exit code {code}"),
        None => "failed".to_owned(),
    }
}

/// Lets somebody edit a file; gives what is in it then, however the editor ended.
pub(crate) fn edit(editor: &Editor, path: &Path, line: Option<usize>) -> Edited {
    let editor_error = |what: String, next: &str| ConsoleError::local(escaped(&what), next);
    let next = "set EDITOR to a command that edits a file; what was written is kept";
    let broke = editor.open(path, line).err().map(|error| editor_error(error.to_string(), next));
    match std::fs::read_to_string(path) {
        Ok(text) => Edited { text: Some(text), error: broke },
        Err(error) => {
            let what = format!("what was edited cannot be read: {error}");
            Edited { text: None, error: broke.or(Some(editor_error(what, "edit it again, as UTF-8"))) }
        }
    }
}

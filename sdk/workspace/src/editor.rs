//! The user's own editor, and the notes above a document in it.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::{fmt, io};

use vitae_contracts_core::Untrusted;
use vitae_contracts_document::LineColumn;

/// The command of an editor, as a shell reads it: with arguments and quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor(String);

/// Editors that accept `+LINE`.
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
    /// Returns the editor that `VISUAL` or `EDITOR` names, or the usual one of the system.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut named = ["VISUAL", "EDITOR"].into_iter().filter_map(variable);
        let usual = if cfg!(windows) { "notepad" } else { "vi" };
        Self(named.find(|command| !command.trim().is_empty()).unwrap_or_else(|| usual.to_owned()))
    }

    /// Opens a file, at a line if the editor supports it, and waits until the editor ends; blocks.
    ///
    /// # Errors
    ///
    /// If the editor cannot be started or does not end with success. The file may be changed nevertheless.
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

/// An editor that could not be started or did not end with success.
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
        return format!("was terminated by signal {signal}");
    }
    match status.code() {
        // A shell adds 128 to the number of the signal that terminated its command.
        Some(code @ 129..) => format!("was terminated by signal {}", code - 128),
        Some(code) => format!("ended with exit code {code}"),
        None => "failed".to_owned(),
    }
}

/// Begins a note: a line above a document that is shown in the editor and not saved.
const NOTE: &str = "//";

/// Returns the notes above a document, or an empty text if there are none.
///
/// `problems` are positions in the document with what is wrong there; `conflicts` are JSON pointers with the values
/// that another user saved, each on one line.
pub fn notes<'a>(
    problems: impl ExactSizeIterator<Item = (LineColumn, &'a str)>,
    conflicts: impl ExactSizeIterator<Item = (&'a str, &'a str)>,
) -> String {
    let above = problems.len() + conflicts.len() + 1;
    if above == 1 {
        return String::new();
    }
    let problems = problems.map(|(position, message)| {
        format!("{NOTE} line {} column {}: {message}", position.line + above, position.column)
    });
    let conflicts = conflicts.map(|(pointer, theirs)| {
        let theirs = theirs.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{NOTE} their version of {pointer}: {}", Untrusted::from(theirs).escaped())
    });
    let last = format!("{NOTE} These lines are removed when you save.");
    let lines: Vec<String> = problems.chain(conflicts).chain([last]).collect();
    lines.join("\n") + "\n"
}

/// Returns the document without the notes above it.
pub fn without_notes(text: &str) -> &str {
    let mut text = text.strip_prefix('\u{feff}').unwrap_or(text);
    while text.trim_start().starts_with(NOTE) {
        text = text.split_once('\n').map_or("", |(_, rest)| rest);
    }
    text.trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_name_lines_of_the_file_and_are_removed_again() {
        let at = LineColumn { line: 2, column: 3 };
        let notes = notes([(at, "expected a date")].into_iter(), [("/basics", "a\n  b\u{1b}")].into_iter());
        assert_eq!(
            notes,
            "// line 5 column 3: expected a date\n// their version of /basics: a b\\u{1b}\n\
             // These lines are removed when you save.\n"
        );
        assert_eq!(without_notes(&format!("{notes}{{}}\n")), "{}");
        assert_eq!(super::notes([].into_iter(), [].into_iter()), "");
    }

    #[test]
    fn notes_are_removed_and_the_document_stays() {
        for (text, document) in [
            ("{}\n", "{}"),
            ("// one\n  // two\n{\n  \"a\": \"// b\"\n}\n", "{\n  \"a\": \"// b\"\n}"),
            ("\u{feff}// one\n\n{}", "\n{}"),
            ("// only", ""),
        ] {
            assert_eq!(without_notes(text), document, "{text:?}");
        }
    }
}

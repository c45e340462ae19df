//! The person's own editor.

use std::env;
use std::path::Path;
use std::process::{Command, ExitStatus};

use crate::errors::Failure;
use crate::{exit, prompt};

/// What edits a file, as a shell understands it: arguments and quotes are welcome.
#[derive(Debug, Clone)]
pub(crate) struct Editor(String);

impl Editor {
    /// `VISUAL`, else `EDITOR`, else on a terminal the editor that every system has.
    pub(crate) fn of_environment() -> Result<Self, Failure> {
        let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| env::var(name).ok());
        if let Some(command) = named.into_iter().find(|command| !command.trim().is_empty()) {
            return Ok(Self(command));
        }
        if prompt::is_possible() {
            return Ok(Self(if cfg!(windows) { "notepad" } else { "vi" }.to_owned()));
        }
        Err(Failure::usage("there is no terminal for an editor")
            .next("set EDITOR to a command that edits a file, or use `vitae resumes update --file`"))
    }

    /// Opens a file and waits for the end; blocks.
    pub(crate) fn open(&self, path: &Path) -> Result<(), Failure> {
        let ended = shell(&self.0, path).status();
        let status = ended.map_err(|e| Failure::io(format_args!("start the editor `{}`", self.0), &e))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(exit::FAILED, format!("the editor `{}` {}", self.0, end_of(status))))
    }
}

#[cfg(unix)]
fn shell(command: &str, path: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{command} \"$@\""), command]).arg(path);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str, path: &Path) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]).arg(path);
    shell
}

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

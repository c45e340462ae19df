//! The pager for output longer than the screen.

use std::env;
use std::io::{self, BufWriter, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use vitae_sdk::StaticToken;

use crate::errors::Failure;
use crate::exit;

/// Exit codes of a shell that could not run the program.
const NOT_RUN: [i32; 2] = [126, 127];

/// A running pager with its input.
pub(super) struct Pager {
    command: String,
    child: Child,
    input: BufWriter<ChildStdin>,
}

impl Pager {
    /// Starts the program in `VITAE_PAGER` or `PAGER`; `None` if unset or not startable.
    pub(super) fn start() -> Option<Self> {
        let command = ["VITAE_PAGER", "PAGER"].iter().find_map(env::var_os)?.into_string().ok()?;
        if command.trim().is_empty() || command.trim() == "cat" {
            return None;
        }
        let mut shell = shell(&command);
        // Like git: exit at once if the text fits the screen, and do not clear it.
        for (name, value) in [("LESS", "FRX"), ("LV", "-c")] {
            if env::var_os(name).is_none() {
                shell.env(name, value);
            }
        }
        let mut child = shell.env_remove(StaticToken::VARIABLE).stdin(Stdio::piped()).spawn().ok()?;
        let input = BufWriter::new(child.stdin.take()?);
        Some(Self { command, child, input })
    }

    /// Waits until the pager exits.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Self { command, mut child, input } = self;
        // The pager may exit before reading everything.
        let _ = input.into_inner();
        let status =
            child.wait().map_err(|e| Failure::io(format_args!("wait for the pager {command}"), &e))?;
        if status.code().is_some_and(|code| NOT_RUN.contains(&code)) {
            return Err(Failure::new(exit::FAILED, format!("the pager {command} cannot be run"))
                .next("set PAGER to another program, or VITAE_PAGER to an empty value"));
        }
        Ok(())
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.input.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.flush()
    }
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}

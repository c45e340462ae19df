//! The program that shows what is longer than the screen.

use std::env;
use std::io::{self, BufWriter, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use vitae_sdk::StaticToken;

use crate::errors::Failure;
use crate::exit;

/// Codes of a shell that found no program to run.
const NOT_RUN: [i32; 2] = [126, 127];

/// A running pager, and the way into it.
pub(super) struct Pager {
    command: String,
    child: Child,
    input: BufWriter<ChildStdin>,
}

impl Pager {
    /// Starts what `VITAE_PAGER` or `PAGER` names; nothing if that is nothing, or cannot be started.
    pub(super) fn start() -> Option<Self> {
        let command = ["VITAE_PAGER", "PAGER"].iter().find_map(env::var_os)?.into_string().ok()?;
        if command.trim().is_empty() || command.trim() == "cat" {
            return None;
        }
        let mut shell = shell(&command);
        // As git does: leave at once what fits the screen, and leave it on the screen.
        for (name, value) in [("LESS", "FRX"), ("LV", "-c")] {
            if env::var_os(name).is_none() {
                shell.env(name, value);
            }
        }
        let mut child = shell.env_remove(StaticToken::VARIABLE).stdin(Stdio::piped()).spawn().ok()?;
        let input = BufWriter::new(child.stdin.take()?);
        Some(Self { command, child, input })
    }

    /// Waits until the person has read enough.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Self { command, mut child, input } = self;
        // A person who has read enough leaves before all is written.
        let _ = input.into_inner();
        let status =
            child.wait().map_err(|e| Failure::io(format_args!("wait for the pager {command}"), &e))?;
        if status.code().is_some_and(|code| NOT_RUN.contains(&code)) {
            return Err(Failure::new(exit::FAILED, format!("the pager {command} cannot be run"))
                .next("set PAGER to another program, or VITAE_PAGER to nothing"));
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

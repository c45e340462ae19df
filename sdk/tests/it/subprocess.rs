//! Runs a test of this binary in a process with its own environment.

use std::env;
use std::ffi::OsString;
use std::process::{Command, Output};

/// Set in the subprocess, so that its tests do nothing when run by hand.
const INSIDE: &str = "VITAE_SDK_TEST_INSIDE";

/// Whether this is the subprocess.
pub(crate) fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Returns the command that runs the ignored test `name`, with the words of `before` in front.
pub(crate) fn command(before: &[&str], name: &str) -> Command {
    let test = env::current_exe().unwrap();
    let mut words: Vec<OsString> = before.iter().map(OsString::from).collect();
    words.push(test.into());
    words.extend(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"].map(OsString::from));
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env(INSIDE, "1");
    command
}

/// Runs the command to its end, and prints its output if it fails.
pub(crate) async fn run(mut command: Command) {
    let output: Output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{}\n{said}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

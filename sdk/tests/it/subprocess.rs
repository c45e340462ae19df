//! Runs one test of this binary again, in a process with an environment of its own.

use std::env;
use std::ffi::OsString;
use std::process::{Command, Output};

/// Set in the inner process, so that its tests do nothing when they are run by hand.
const INSIDE: &str = "VITAE_SDK_TEST_INSIDE";

/// Whether this is the inner process.
pub(crate) fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// The command that runs the ignored test `name`, to be put behind `before`.
pub(crate) fn command(before: &[&str], name: &str) -> Command {
    let test = env::current_exe().unwrap();
    let mut words: Vec<OsString> = before.iter().map(OsString::from).collect();
    words.push(test.into());
    words.extend(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"].map(OsString::from));
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env(INSIDE, "1");
    command
}

/// Runs it to its end, and passes on what it says if it fails.
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

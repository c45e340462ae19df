//! The console of `vitaed demo` on a terminal, below an interactive shell.
#![cfg(unix)]

use crate::shell::{PROMPT, Shell};

const ENTER_ALTERNATE_SCREEN: &str = "\u{1b}[?1049h";
const LEAVE_ALTERNATE_SCREEN: &str = "\u{1b}[?1049l";
/// The end of a synchronized update, in which each frame is drawn.
const END_OF_FRAME: &str = "\u{1b}[?2026l";

/// Runs `vitaed demo` in a new shell, and waits for the first frame of its console.
fn start_demo() -> Shell {
    let mut shell = Shell::start(&std::env::temp_dir(), &[("VITAED", env!("CARGO_BIN_EXE_vitaed"))]);
    shell.expect(PROMPT);
    shell.send("\"$VITAED\" demo\n");
    shell.expect(ENTER_ALTERNATE_SCREEN);
    shell.expect(END_OF_FRAME);
    shell
}

/// Brings the job of the shell back to the foreground, and waits for a frame of its console.
fn resume(shell: &mut Shell) {
    shell.send("fg\n");
    shell.expect(ENTER_ALTERNATE_SCREEN);
    shell.expect(END_OF_FRAME);
}

/// Quits the console. A terminal that is not in raw mode would hold the key back until the end of the line.
fn quit(shell: &mut Shell) {
    shell.send("q");
    shell.expect(LEAVE_ALTERNATE_SCREEN);
    shell.expect(PROMPT);
}

#[test]
fn console_takes_single_keys_after_ctrl_z_and_fg() {
    let mut shell = start_demo();
    for _ in 0..3 {
        shell.send("\u{1a}");
        shell.expect("Stopped");
        shell.expect(PROMPT);
        resume(&mut shell);
    }
    quit(&mut shell);
}

#[test]
fn console_takes_single_keys_after_a_stop_that_it_cannot_handle() {
    let mut shell = start_demo();
    shell.send("\u{1a}");
    shell.expect("Stopped");
    shell.expect(PROMPT);
    shell.send("echo pid=$(jobs -p).\n");
    shell.expect("\rpid=");
    let process = shell.until(".");
    resume(&mut shell);
    assert!(std::process::Command::new("kill").args(["-STOP", &process]).status().unwrap().success());
    shell.expect("Stopped");
    shell.expect(PROMPT);
    resume(&mut shell);
    quit(&mut shell);
}

//! The console of `vitaed demo` on a terminal, below an interactive shell.
#![cfg(unix)]

use std::io::{Read as _, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::vitaed::TIMEOUT;

const PROMPT: &str = "shell$ ";
const ENTER_ALTERNATE_SCREEN: &str = "\u{1b}[?1049h";
const LEAVE_ALTERNATE_SCREEN: &str = "\u{1b}[?1049l";
/// The end of a synchronized update, in which each frame is drawn.
const END_OF_FRAME: &str = "\u{1b}[?2026l";

/// An interactive bash on a pseudo-terminal; killed when it is dropped.
struct Shell {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    /// The output since the last match of [`Shell::expect`].
    seen: String,
    /// Open as long as the output is read.
    _master: Box<dyn MasterPty + Send>,
}

impl Shell {
    fn start() -> Self {
        let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new("bash");
        command.args(["--norc", "--noprofile", "-i"]);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm");
        command.env("PS1", PROMPT);
        command.env("VITAED", env!("CARGO_BIN_EXE_vitaed"));
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { child, keys, output, seen: String::new(), _master: pair.master }
    }

    /// Waits for a text in the output, and drops the output up to its end.
    #[track_caller]
    fn expect(&mut self, text: &str) {
        loop {
            if let Some(at) = self.seen.find(text) {
                self.seen.drain(..at + text.len());
                return;
            }
            let Ok(bytes) = self.output.recv_timeout(TIMEOUT) else {
                panic!("no {text:?} in the output: {:?}", self.seen);
            };
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    /// Waits for a text in the output; returns what came before it.
    fn until(&mut self, text: &str) -> String {
        while !self.seen.contains(text) {
            let bytes = self.output.recv_timeout(TIMEOUT).unwrap();
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        self.seen.split_once(text).unwrap().0.to_owned()
    }

    /// Runs `vitaed demo`, and waits for the first frame of its console.
    fn start_demo(&mut self) {
        self.expect(PROMPT);
        self.send("\"$VITAED\" demo\n");
        self.expect(ENTER_ALTERNATE_SCREEN);
        self.expect(END_OF_FRAME);
    }

    fn send(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.child.kill());
    }
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
    let mut shell = Shell::start();
    shell.start_demo();
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
    let mut shell = Shell::start();
    shell.start_demo();
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

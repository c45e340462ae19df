//! An interactive bash on a pseudo-terminal.
#![cfg(unix)]

use std::io::{Read as _, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::vitaed::TIMEOUT;

/// The end of the shell's prompt.
pub(crate) const PROMPT: &str = "shell$ ";

/// An interactive bash on a pseudo-terminal; killed when it is dropped.
pub(crate) struct Shell {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    /// The output since the last match of [`Shell::expect`].
    seen: String,
    /// Open as long as the output is read.
    _master: Box<dyn MasterPty + Send>,
}

impl Shell {
    /// Starts a shell in a directory, which is its home as well.
    pub(crate) fn start(home: &Path, variables: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 30, cols: 250, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new("bash");
        command.args(["--norc", "--noprofile", "-i"]);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm");
        command.env("HOME", home);
        command.env("PS1", format!("status=$? {PROMPT}"));
        for (name, value) in variables {
            command.env(name, value);
        }
        command.cwd(home);
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
    pub(crate) fn expect(&mut self, text: &str) {
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
    pub(crate) fn until(&mut self, text: &str) -> String {
        while !self.seen.contains(text) {
            let bytes = self.output.recv_timeout(TIMEOUT).unwrap();
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        self.seen.split_once(text).unwrap().0.to_owned()
    }

    /// Types keys.
    pub(crate) fn send(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.child.kill());
    }
}

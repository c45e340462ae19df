//! A terminal emulator: it renders output, replies to queries and tracks its modes.

use std::io::{Read as _, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system};

use crate::cli::{Cli, VITAE};

/// A limit that only a hanging test reaches.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Sequences that enter and leave the alternate screen and its modes.
pub(super) const TAKEN: &str = "\u{1b}[?1049h";
pub(super) const GIVEN_BACK: &str = "\u{1b}[?1049l";
/// Queries for the cursor position and the background colour.
pub(super) const PLACE: &str = "\u{1b}[6n";
pub(super) const BACKGROUND: &str = "\u{1b}]11;?\u{1b}\\";

/// An event from the pseudo-terminal.
enum Came {
    Bytes(Vec<u8>),
    Ended(ExitStatus),
}

/// A terminal with a running program.
pub(super) struct Emulator {
    id: u32,
    reader: JoinHandle<()>,
    is_closed: Arc<AtomicBool>,
    keys: Box<dyn Write + Send>,
    came: Receiver<Came>,
    screen: vt100::Parser,
    /// The whole output.
    written: Vec<u8>,
    /// The position from which output is searched for unanswered queries.
    unanswered: usize,
    /// Queries with their replies.
    answers: Vec<(&'static str, String)>,
    ended: Option<ExitStatus>,
    master: Box<dyn MasterPty + Send>,
    /// Kept open: the last close resets the terminal.
    slave: Box<dyn SlavePty + Send>,
    /// The initial terminal settings.
    before: String,
}

/// The state after the program ended.
pub(super) struct Left {
    pub(super) code: u32,
    pub(super) written: String,
    screen: vt100::Parser,
    /// The terminal settings before and after.
    settings: (String, String),
}

impl Emulator {
    /// Opens the console.
    pub(super) fn open(cli: &Cli, size: (u16, u16), arguments: &[&str]) -> Self {
        Self::with(cli, size, &[], &[], arguments)
    }

    /// Opens the console with additional environment variables and terminal replies.
    pub(super) fn with(
        cli: &Cli,
        size: (u16, u16),
        variables: &[(&str, &str)],
        answers: &[(&'static str, &str)],
        arguments: &[&str],
    ) -> Self {
        let mut command = CommandBuilder::new(VITAE);
        command.arg("console");
        command.args(arguments);
        Self::run(cli, size, variables, answers, command)
    }

    /// Runs a shell command line that calls the program as `$VITAE`.
    pub(super) fn shell(cli: &Cli, size: (u16, u16), answers: &[(&'static str, &str)], line: &str) -> Self {
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", line]);
        Self::run(cli, size, &[("VITAE", VITAE)], answers, command)
    }

    fn run(
        cli: &Cli,
        (columns, rows): (u16, u16),
        variables: &[(&str, &str)],
        answers: &[(&'static str, &str)],
        mut command: CommandBuilder,
    ) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        command.env_clear();
        let own = [("TERM", "xterm-256color"), ("VITAE_SERVER", cli.url.as_str()), ("PATH", "/usr/bin:/bin")];
        for (name, value) in own.iter().chain(variables) {
            command.env(name, value);
        }
        command.env("HOME", cli.home());
        command.env("VITAE_CONFIG_DIR", cli.config());
        command.cwd(cli.home());
        let before = format!("{:?}", pair.master.get_termios().unwrap());
        let (sender, came) = channel();
        let mut child = pair.slave.spawn_command(command).unwrap();
        let id = child.process_id().unwrap();
        let ended = sender.clone();
        thread::spawn(move || ended.send(Came::Ended(child.wait().unwrap())));
        let reader = pair.master.try_clone_reader().unwrap();
        let is_closed = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&is_closed);
        let reader = thread::spawn(move || copy(reader, &sender, &until));
        let usual = [(PLACE, "\u{1b}[1;1R")];
        let answers = answers.iter().chain(&usual).map(|(asked, answer)| (*asked, (*answer).to_owned()));
        Self {
            id,
            reader,
            is_closed,
            keys: pair.master.take_writer().unwrap(),
            came,
            screen: vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0),
            written: Vec::new(),
            unanswered: 0,
            answers: answers.collect(),
            ended: None,
            master: pair.master,
            slave: pair.slave,
            before,
        }
    }

    /// Waits until the screen satisfies a condition.
    #[track_caller]
    pub(super) fn until(&mut self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) -> &mut Self {
        while !is_so(self.screen.screen()) {
            assert!(self.go_on(), "never saw {what}:\n{}", self.screen.screen().contents());
        }
        self
    }

    #[track_caller]
    pub(super) fn sees(&mut self, text: &str) -> &mut Self {
        self.until(text, |screen| screen.contents().contains(text))
    }

    /// Waits until the output contains this text.
    #[track_caller]
    pub(super) fn is_sent(&mut self, text: &str) -> &mut Self {
        while !self.text().contains(text) {
            assert!(self.go_on(), "{text:?} was never written: {:?}", self.text());
        }
        self
    }

    pub(super) fn types(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self
    }

    pub(super) fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
        self.screen.screen_mut().set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
        self
    }

    pub(super) fn signal(&mut self, name: &str) -> &mut Self {
        let id = self.id.to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap();
        assert!(sent.success());
        self
    }

    /// Clears the rendered screen.
    pub(super) fn forgets_the_screen(&mut self) -> &mut Self {
        self.screen.process(b"\x1b[2J");
        self
    }

    /// The process id.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// The current and the initial terminal settings.
    pub(super) fn settings(&self) -> (String, String) {
        (format!("{:?}", self.master.get_termios().unwrap()), self.before.clone())
    }

    /// Waits until the process is stopped; an earlier SIGCONT would have no effect.
    #[cfg(target_os = "linux")]
    pub(super) fn is_stopped(&mut self) -> &mut Self {
        let stat = format!("/proc/{}/stat", self.id);
        while !std::fs::read_to_string(&stat).unwrap().contains(") T ") {
            thread::yield_now();
        }
        self
    }

    /// Waits for the end.
    pub(super) fn ends(mut self) -> Left {
        while self.ended.is_none() {
            assert!(self.go_on(), "it never ends:\n{}", self.screen.screen().contents());
        }
        let (after, before) = self.settings();
        let code = self.ended.take().unwrap().exit_code();
        // The output is complete when its last writer closes.
        drop(self.slave);
        while let Ok(Came::Bytes(bytes)) = self.came.recv_timeout(TIMEOUT) {
            self.screen.process(&bytes);
            self.written.extend(bytes);
        }
        let written = String::from_utf8_lossy(&self.written).into_owned();
        Left { code, written, screen: self.screen, settings: (before, after) }
    }

    /// Closes the window, and waits for the end.
    pub(super) fn hangs_up(mut self) -> ExitStatus {
        // The reader thread keeps the window open until the next output.
        self.is_closed.store(true, Ordering::SeqCst);
        self.types("?");
        self.reader.join().unwrap();
        drop((self.keys, self.master, self.slave));
        loop {
            match self.came.recv_timeout(TIMEOUT) {
                Ok(Came::Ended(status)) => return status,
                Ok(Came::Bytes(_)) => {}
                Err(error) => panic!("it never ends: {error}"),
            }
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.written).into_owned()
    }

    /// Processes the next event and replies to queries; returns whether an event came in time.
    fn go_on(&mut self) -> bool {
        match self.came.recv_timeout(TIMEOUT) {
            Ok(Came::Bytes(bytes)) => {
                self.screen.process(&bytes);
                self.written.extend(bytes);
                self.answer();
                true
            }
            Ok(Came::Ended(status)) => {
                let is_first = self.ended.is_none();
                self.ended = Some(status);
                is_first
            }
            Err(_) => false,
        }
    }

    fn answer(&mut self) {
        let new = String::from_utf8_lossy(&self.written[self.unanswered..]).into_owned();
        let asked = self.answers.iter().filter_map(|(asked, answer)| {
            let end = new.find(asked)? + asked.len();
            Some((end, answer.clone()))
        });
        if let Some((end, answer)) = asked.min_by_key(|(end, _)| *end) {
            self.unanswered += end;
            self.types(&answer);
            self.answer();
        }
    }
}

impl Left {
    /// Asserts that settings, modes and screen are restored.
    #[track_caller]
    pub(super) fn is_as_it_was(&self) -> &Self {
        assert_eq!(self.settings.0, self.settings.1, "the terminal's settings");
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the screen is not given back");
        assert!(!screen.hide_cursor(), "the cursor stays hidden");
        assert!(!screen.bracketed_paste(), "pastes stay bracketed");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert!(!screen.application_cursor() && !screen.application_keypad());
        let last = |text: &str| self.written.rfind(text);
        for mode in ["2004", "1000", "1002", "1003", "1006", "1015", "2026"] {
            assert!(last(&format!("\u{1b}[?{mode}l")) >= last(&format!("\u{1b}[?{mode}h")), "mode {mode}");
        }
        self
    }

    #[track_caller]
    pub(super) fn ended_with(&self, code: u32) -> &Self {
        assert_eq!(self.code, code, "{}", self.written);
        self
    }
}

fn copy(mut from: Box<dyn std::io::Read + Send>, to: &Sender<Came>, is_closed: &AtomicBool) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let sent = to.send(Came::Bytes(buffer[..read].to_vec()));
        if sent.is_err() || is_closed.load(Ordering::SeqCst) {
            return;
        }
    }
}

//! `vitae console` as a person sees it: the real program on a terminal, against a real server.

use std::io::{Read as _, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use vitae_server_testkit::{ADMIN, PASSWORD};

use crate::cli::{Cli, VITAE, admin, stack};

/// Longer than any of this takes; only a test that hangs waits for it.
const PATIENCE: Duration = Duration::from_mins(1);
/// What takes the terminal over, and what gives it back.
const TAKEN: &str = "\u{1b}[?1049h";
const GIVEN_BACK: &str = "\u{1b}[?1049l";

/// A terminal that shows what a terminal would show.
struct Console {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Everything that was written.
    written: Vec<u8>,
    pair: portable_pty::PtyPair,
}

impl Console {
    fn open(cli: &Cli, (columns, rows): (u16, u16), arguments: &[&str]) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(VITAE);
        command.arg("console");
        command.args(arguments);
        command.env_clear();
        command.env("HOME", cli.home());
        command.env("TERM", "xterm-256color");
        command.env("VITAE_CONFIG_DIR", cli.config());
        command.env("VITAE_SERVER", &cli.url);
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        Self { child, keys, bytes, screen, written: Vec::new(), pair }
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    fn until(&mut self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) -> &mut Self {
        while !is_so(self.screen.screen()) {
            let Ok(bytes) = self.bytes.recv_timeout(PATIENCE) else {
                panic!("never saw {what}:\n{}", self.screen.screen().contents());
            };
            self.screen.process(&bytes);
            self.written.extend(bytes);
        }
        self
    }

    #[track_caller]
    fn sees(&mut self, text: &str) -> &mut Self {
        self.until(text, |screen| screen.contents().contains(text))
    }

    fn types(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self
    }

    fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.pair.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
        self.screen.screen_mut().set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
        self
    }

    fn signal(&mut self, name: &str) -> &mut Self {
        let id = self.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap();
        assert!(sent.success());
        self
    }

    /// Waits until the process is stopped: whoever continues it before does so in vain.
    #[cfg(target_os = "linux")]
    fn is_stopped(&mut self) -> &mut Self {
        let stat = format!("/proc/{}/stat", self.child.process_id().unwrap());
        while !std::fs::read_to_string(&stat).unwrap().contains(") T ") {
            thread::yield_now();
        }
        self
    }

    /// Waits for the end; gives the exit code and all that was written.
    fn ends(mut self) -> (u32, String) {
        let status = self.child.wait().unwrap();
        drop(self.pair);
        while let Ok(bytes) = self.bytes.recv_timeout(PATIENCE) {
            self.written.extend(bytes);
        }
        (status.exit_code(), String::from_utf8_lossy(&self.written).into_owned())
    }
}

/// Whether every mode that the console switched on was switched off again, in the end.
#[track_caller]
fn is_given_back(written: &str) {
    let last = |text: &str| written.rfind(text);
    assert!(last(GIVEN_BACK) > last(TAKEN), "the screen is not given back");
    for mode in ["2004", "1000", "1002", "1003", "1006", "2026"] {
        assert!(last(&format!("\u{1b}[?{mode}l")) >= last(&format!("\u{1b}[?{mode}h")), "mode {mode}");
    }
    assert!(last("\u{1b}[?25h") > last("\u{1b}[?25l"), "the cursor stays hidden");
}

#[test]
fn a_person_looks_around_and_leaves_the_terminal_as_it_was() {
    let (_stack, cli) = admin();
    cli.resume("Analytical Engines", r#"{"basics":{"name":"Ada Lovelace"}}"#);
    let mut console = Console::open(&cli, (120, 40), &[]);
    console.sees("Administrator").sees("admin@localhost · admin");
    console.types("2").sees("Analytical Engines").sees("Ada Lovelace");
    console.types("/nothing like it").sees("No resumes match");
    console.types("\u{1b}").sees("1 of 1");
    // Half the size, and as small as it gets.
    console.resize(80, 24).sees("Analytical Engines").resize(40, 10).sees("Analytical");
    console.types("q");
    let (code, written) = console.ends();
    assert_eq!(code, 0);
    is_given_back(&written);
}

#[test]
fn signals_end_it_and_give_the_terminal_back() {
    let (_stack, cli) = admin();
    for (name, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let mut console = Console::open(&cli, (80, 24), &[]);
        console.sees("Administrator").signal(name);
        let (ended, written) = console.ends();
        assert_eq!(ended, code, "{name}");
        is_given_back(&written);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn control_z_gives_the_terminal_back_until_it_is_continued() {
    let (_stack, cli) = admin();
    let mut console = Console::open(&cli, (80, 24), &[]);
    console.sees("Administrator").types("\u{1a}");
    console.until("the screen before", |screen| !screen.alternate_screen());
    console
        .is_stopped()
        .signal("CONT")
        .until("the console again", vt100::Screen::alternate_screen)
        .sees("Administrator");
    console.types("q");
    let (code, written) = console.ends();
    assert_eq!(code, 0);
    is_given_back(&written);
}

#[test]
fn what_is_said_on_standard_error_waits_until_the_screen_is_given_back() {
    let (_stack, cli) = admin();
    let mut console = Console::open(&cli, (80, 24), &["--debug"]);
    console.sees("Administrator").types("2").sees("There are no resumes here").types("q");
    let (code, written) = console.ends();
    assert_eq!(code, 0);
    is_given_back(&written);
    assert!(written.find("> GET") > written.rfind(GIVEN_BACK), "{written}");
}

#[test]
fn without_a_login_it_asks_for_one_that_is_kept_nowhere() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    let mut console = Console::open(&cli, (100, 30), &[]);
    console.sees("Log in").sees("Password");
    console.types(&format!("{ADMIN}\r")).types(&format!("{PASSWORD}\r"));
    console.sees("logged in as Administrator").sees("admin@localhost");
    console.types("\u{3}");
    let (code, written) = console.ends();
    assert_eq!(code, 0);
    assert!(!written.contains(PASSWORD));
    cli.run(&["users", "list"]).ends(4).says("nobody is logged in");
}

#[test]
fn what_cannot_be_opened_says_why() {
    let (_stack, cli) = admin();
    cli.run(&["console"]).ends(2).says("needs a terminal");
    for (arguments, why) in
        [(&["nowhere"][..], "there is no \"nowhere\""), (&["--theme", "pink"], "no theme")]
    {
        let (code, written) = Console::open(&cli, (80, 24), arguments).ends();
        assert_eq!(code, 2, "{written}");
        assert!(written.contains(why) && !written.contains(TAKEN), "{written}");
    }
}

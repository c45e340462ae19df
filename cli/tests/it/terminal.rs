//! Prompts, tables and pagers on a pseudo-terminal.

use std::io::{Read as _, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

use crate::cli::{Cli, VITAE, admin, stack, wait};

/// A limit that only a hanging test reaches.
const TIMEOUT: Duration = Duration::from_mins(1);

pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Receiver<Vec<u8>>,
    seen: String,
    /// Kept open until the end.
    pair: portable_pty::PtyPair,
}

impl Terminal {
    fn run(cli: &Cli, columns: u16, arguments: &[&str]) -> Self {
        Self::with(cli, columns, &[], arguments)
    }

    /// Runs with additional environment variables.
    pub(crate) fn with(cli: &Cli, columns: u16, variables: &[(&str, &str)], arguments: &[&str]) -> Self {
        let size = PtySize { rows: 24, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(VITAE);
        command.args(arguments);
        command.env_clear();
        command.env("HOME", cli.home());
        command.env("TERM", "xterm");
        command.env("VITAE_CONFIG_DIR", cli.config());
        command.env("VITAE_SERVER", &cli.url);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, value) in variables {
            command.env(name, value);
        }
        command.cwd(cli.home());
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { child, keys, screen, seen: String::new(), pair }
    }

    /// Waits until the screen shows this text.
    #[track_caller]
    pub(crate) fn sees(&mut self, text: &str) -> &mut Self {
        while !self.seen.contains(text) {
            let Ok(bytes) = self.screen.recv_timeout(TIMEOUT) else {
                panic!("no {text:?} on the screen: {:?}", self.seen);
            };
            self.seen.push_str(&String::from_utf8(bytes).unwrap());
        }
        self
    }

    pub(crate) fn types(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Waits for the end, and returns the exit code and everything shown.
    pub(crate) fn ends(mut self) -> (u32, String) {
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), None, "{:?}", self.seen);
        let code = status.exit_code();
        // The output ends when its last writer closes. The input stays open until then: closing it
        // types a line break.
        drop(self.pair);
        while let Ok(bytes) = self.screen.recv_timeout(TIMEOUT) {
            self.seen.push_str(&String::from_utf8(bytes).unwrap());
        }
        (code, self.seen.replace("\r\n", "\n"))
    }
}

#[test]
fn login_prompts_and_hides_the_password() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    let mut terminal = Terminal::run(&cli, 100, &["login", "--insecure-storage"]);
    terminal.sees("E-mail: ").types(&format!("{ADMIN}\n"));
    terminal.sees("Password of admin@localhost at http://").types(&format!("{PASSWORD}\n"));
    terminal.sees("logged in at");
    let (code, seen) = terminal.ends();
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains(PASSWORD), "{seen}");
    // The next login suggests the same account.
    let mut terminal = Terminal::run(&cli, 100, &["login", "--insecure-storage"]);
    terminal.sees("E-mail [admin@localhost]: ").types("\n").sees("Password of admin").types("\u{3}");
    assert_eq!(terminal.ends().0, 130);
}

#[test]
fn login_with_generated_password_asks_for_a_new_one() {
    let stack = wait(Stack::start_with_generated_password());
    let cli = Cli::new(&stack.url());
    let new = "another horse battery staple";
    let mut terminal = Terminal::run(&cli, 100, &["login", "--email", ADMIN, "--insecure-storage"]);
    terminal.sees("Password of admin@localhost").types(&format!("{PASSWORD}\n"));
    terminal.sees("this password was generated; choose a new one now");
    let enter = |terminal: &mut Terminal, first: &str, second: &str| {
        terminal.sees("New password: ").types(&format!("{first}\n"));
        terminal.sees("New password again: ").types(&format!("{second}\n"));
        terminal.seen.clear();
    };
    enter(&mut terminal, new, "something else");
    terminal.sees("the two passwords differ; try again");
    enter(&mut terminal, "administrator", "administrator");
    terminal.sees("several unrelated words; try again");
    enter(&mut terminal, PASSWORD, PASSWORD);
    terminal.sees("another password than the generated one; try again");
    enter(&mut terminal, new, new);
    let (code, seen) = terminal.ends();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("password changed") && !seen.contains(new), "{seen}");
    cli.run(&["users", "list"]).ends(0);

    let mut terminal = Terminal::run(&cli, 100, &["auth", "password"]);
    terminal.sees("Current password: ").types(&format!("{new}\n"));
    enter(&mut terminal, PASSWORD, PASSWORD);
    assert_eq!(terminal.ends().0, 0);
    cli.run(&["users", "list"]).ends(0);
    cli.log_in(ADMIN);
}

#[test]
fn unusable_store_is_reported_before_the_password() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    let terminal = Terminal::run(&cli, 100, &["login", "--email", ADMIN]);
    let (code, seen) = terminal.ends();
    assert_eq!(code, 1, "{seen}");
    assert!(seen.contains("no keyring") && !seen.contains("Password"), "{seen}");
}

#[test]
fn deletion_is_confirmed_by_name() {
    let (_stack, cli) = admin();
    let id = cli.resume("Mine", "{}");
    for (answer, code) in [("\n", 1), ("n\n", 1), ("y\n", 0)] {
        assert_eq!(cli.run(&["resumes", "list"]).ids(), [&id]);
        let mut terminal = Terminal::run(&cli, 100, &["resumes", "delete", &id]);
        terminal.sees("Delete \"Mine\" of Administrator? [y/N] ").types(answer);
        assert_eq!(terminal.ends().0, code);
    }
    cli.run(&["resumes", "list"]).prints("");
    let mut terminal = Terminal::run(&cli, 100, &["users", "delete", ADMIN]);
    terminal.sees("[y/N]").types("\u{3}");
    assert_eq!(terminal.ends().0, 130);
}

#[test]
fn table_fits_the_terminal() {
    let (_stack, cli) = admin();
    let long = format!("Analyst {}", "of the Analytical Engine ".repeat(6).trim_end());
    let (short, long) = (cli.resume("Ada 名前", "{}"), cli.resume(&long, "{}"));
    for width in [80, 120] {
        let (code, seen) = Terminal::run(&cli, width, &["resumes", "list", "--sort", "title"]).ends();
        assert_eq!(code, 0);
        let lines: Vec<&str> = seen.lines().collect();
        let names: Vec<&str> = lines[0].split_whitespace().collect();
        assert_eq!(names, ["ID", "TITLE", "OWNER", "TAGS", "REV", "UPDATED"]);
        assert!(lines[1].starts_with(&short) && lines[2].starts_with(&long), "{seen}");
        assert!(lines[2].contains('…'), "{seen}");
        let columns = |line: &str| unicode_width::UnicodeWidthStr::width(line);
        assert!(lines.iter().all(|line| columns(line) <= usize::from(width)), "{seen}");
        let revision = columns(&lines[0][..lines[0].find("REV").unwrap()]);
        assert!(
            lines[1..].iter().all(|line| {
                let before = line.rfind("  1  ").unwrap_or_else(|| panic!("{seen}")) + 2;
                columns(&line[..before]) == revision
            }),
            "{seen}"
        );
    }
}

#[test]
fn audit_list_shows_names_and_addresses() {
    let (_stack, cli) = admin();
    let id = cli.resume("Analyst", "{}");
    let list = ["audit", "list", "--object", &id];
    let mut shown = String::new();
    // A change appears in the audit record with a delay.
    for _ in 0..200 {
        shown = Terminal::with(&cli, 160, &[], &list).ends().1;
        if shown.contains("created") {
            break;
        }
    }
    for part in ["ACTOR", "ADDRESS", "admin@localhost", "Analyst", "127.0.0.1"] {
        assert!(shown.contains(part), "no {part}: {shown}");
    }
    assert!(!shown.contains(&id), "{shown}");
}

#[test]
fn hostile_document_is_escaped_json() {
    let (_stack, cli) = admin();
    let document = "{\"a\u{9b}31m\": \"\u{202e}\\u001b[2J\u{7f}\"}";
    let id = cli.resume("X", document);
    for arguments in
        [&["resumes", "export", &id][..], &["resumes", "get", &id], &["resumes", "export", "--all"]]
    {
        let (code, seen) = Terminal::run(&cli, 100, arguments).ends();
        assert_eq!(code, 0);
        let acts = |c: char| c != '\n' && vitae_contracts_core::is_unsafe_for_terminal(c);
        assert!(!seen.contains(acts), "{seen:?}");
        if arguments == ["resumes", "export", &id] {
            let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(value(&seen), value(document));
        }
    }
}

#[test]
fn get_shows_all_fields_on_a_terminal() {
    let (_stack, cli) = admin();
    let id = cli.resume("Ada", r#"{"basics": {"name": "Ada L", "label": "Analyst"}, "work": [{}, {}]}"#);
    let (_, seen) = Terminal::run(&cli, 100, &["resumes", "get", &id]).ends();
    for part in ["title:     Ada\n", "person:    Ada L\n", "sections:  work 2\n", "revision:  1\n"] {
        assert!(seen.contains(part), "{part:?} in {seen}");
    }
}

#[test]
fn pager_shows_lists_and_may_quit_early() {
    let (_stack, cli) = admin();
    for title in ["A", "B", "C"] {
        cli.resume(title, "{}");
    }
    let list = ["resumes", "list", "--sort", "title", "--fields", "title", "--limit", "2"];
    let paged = |pager: &str| Terminal::with(&cli, 100, &[("PAGER", pager)], &list).ends();
    let (code, seen) = paged("sed 's/^/> /'");
    assert_eq!(code, 0);
    assert!(seen.starts_with("> TITLE\n> A\n> B\nmore items exist"), "notes come behind the pager: {seen}");
    assert_eq!(paged("head -1 && echo $LESS"), (0, seen.replacen("> ", "", 1).replace("> A\n> B", "FRX")));
    let (code, seen) = paged("nonsense-of-a-pager");
    assert_eq!(code, 1, "{seen}");
    assert!(
        seen.contains("the pager nonsense-of-a-pager cannot be run") && seen.contains("next: "),
        "{seen}"
    );
    for pager in ["", "cat"] {
        assert!(paged(pager).1.starts_with("TITLE\nA\nB\n"), "{pager}");
    }
    // Tokens are not passed to other programs.
    let token = [("VITAE_TOKEN", &*cli.token()), ("VITAE_PAGER", "env; cat")];
    let (code, seen) = Terminal::with(&cli, 100, &token, &list).ends();
    assert!(code == 0 && seen.contains("LV=-c") && !seen.contains("VITAE_TOKEN"), "{code}");
}

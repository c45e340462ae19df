//! `vitae console` as a person sees it: the real program on a terminal, against a real server.

mod accessible;
mod emulator;
mod recordings;
mod terminal_restore;
mod theme;

use vitae_server_testkit::{ADMIN, PASSWORD};

use self::emulator::{Emulator, GIVEN_BACK, TAKEN};
use crate::cli::{Cli, admin, stack};

#[test]
fn console_restores_the_terminal_on_quit() {
    let (_stack, cli) = admin();
    cli.resume("Analytical Engines", r#"{"basics":{"name":"Ada Lovelace"}}"#);
    let mut console = Emulator::open(&cli, (120, 40), &[]);
    console.sees("Administrator").sees("admin@localhost · admin");
    console.types("2").sees("Analytical Engines").sees("Ada Lovelace");
    console.types("/nothing like it").sees("No resumes match");
    console.types("\u{1b}").sees("1 of 1");
    // Half the size, and as small as it gets.
    console.resize(80, 24).sees("Analytical Engines").resize(40, 10).sees("Analytical");
    console.types("q");
    console.ends().ended_with(0).is_as_it_was();
}

#[test]
fn stderr_is_shown_after_the_console_exits() {
    let (_stack, cli) = admin();
    let mut console = Emulator::open(&cli, (80, 24), &["--debug"]);
    console.sees("Administrator").types("2").sees("There are no resumes here").types("q");
    let left = console.ends();
    left.ended_with(0).is_as_it_was();
    let written = &left.written;
    assert!(written.find("> GET") > written.rfind(GIVEN_BACK), "{written}");
}

#[test]
fn console_without_login_asks_and_stores_nothing() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    let mut console = Emulator::open(&cli, (100, 30), &[]);
    console.sees("Log in").sees("Password");
    console.types(&format!("{ADMIN}\r")).types(&format!("{PASSWORD}\r"));
    console.sees("logged in as Administrator").sees("admin@localhost");
    console.types("\u{3}");
    let left = console.ends();
    assert!(!left.ended_with(0).written.contains(PASSWORD));
    cli.run(&["users", "list"]).ends(4).says("not logged in");
}

#[test]
fn profile_without_keyring_asks_for_a_login() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    cli.run(&["profiles", "add", "prod", "--account", ADMIN]).ends(0);
    let no_keyring = [("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")];
    let mut console = Emulator::with(&cli, (100, 30), &no_keyring, &[], &["--profile", "prod"]);
    console.sees("Log in").sees(ADMIN).sees("Password");
    console.types(&format!("{PASSWORD}\r")).sees("logged in as Administrator").types("\u{3}");
    let left = console.ends();
    assert!(!left.ended_with(0).written.contains("keyring"));
}

#[test]
fn key_during_resize_is_not_lost() {
    let (_stack, cli) = admin();
    let mut console = Emulator::open(&cli, (120, 40), &[]);
    console.sees("Administrator");
    for columns in 90..120 {
        console.resize(columns, 30).types("?").sees("Keys and actions");
        // The help covers the last line; escape and the next key could be read as one sequence.
        console.resize(columns, 29).types("?").sees("enter open");
    }
    console.types("q");
    console.ends().ended_with(0).is_as_it_was();
}

#[test]
fn invalid_location_is_explained() {
    let (_stack, cli) = admin();
    cli.run(&["console"]).ends(2).says("needs a terminal");
    for (arguments, why) in
        [(&["nowhere"][..], "unknown destination \"nowhere\""), (&["--theme", "pink"], "unknown theme")]
    {
        let left = Emulator::open(&cli, (80, 24), arguments).ends();
        let written = &left.ended_with(2).is_as_it_was().written;
        assert!(written.contains(why) && !written.contains(TAKEN), "{written}");
    }
}

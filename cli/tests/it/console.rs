//! `vitae console` as a person sees it: the real program on a terminal, against a real server.

mod accessible;
mod emulator;
mod looks;
mod recordings;
mod trouble;

use vitae_server_testkit::{ADMIN, PASSWORD};

use self::emulator::{Emulator, GIVEN_BACK, TAKEN};
use crate::cli::{Cli, admin, stack};

#[test]
fn a_person_looks_around_and_leaves_the_terminal_as_it_was() {
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
fn what_is_said_on_standard_error_waits_until_the_screen_is_given_back() {
    let (_stack, cli) = admin();
    let mut console = Emulator::open(&cli, (80, 24), &["--debug"]);
    console.sees("Administrator").types("2").sees("There are no resumes here").types("q");
    let left = console.ends();
    left.ended_with(0).is_as_it_was();
    let written = &left.written;
    assert!(written.find("> GET") > written.rfind(GIVEN_BACK), "{written}");
}

#[test]
fn without_a_login_it_asks_for_one_that_is_kept_nowhere() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    let mut console = Emulator::open(&cli, (100, 30), &[]);
    console.sees("Log in").sees("Password");
    console.types(&format!("{ADMIN}\r")).types(&format!("{PASSWORD}\r"));
    console.sees("logged in as Administrator").sees("admin@localhost");
    console.types("\u{3}");
    let left = console.ends();
    assert!(!left.ended_with(0).written.contains(PASSWORD));
    cli.run(&["users", "list"]).ends(4).says("nobody is logged in");
}

#[test]
fn a_key_that_comes_with_a_resize_is_not_lost() {
    let (_stack, cli) = admin();
    let mut console = Emulator::open(&cli, (120, 40), &[]);
    console.sees("Administrator");
    for columns in 90..120 {
        console.resize(columns, 30).types("?").sees("What can be done here");
        // The help lies over the last line; an escape and the next key could be read as one.
        console.resize(columns, 29).types("?").sees("enter open");
    }
    console.types("q");
    console.ends().ended_with(0).is_as_it_was();
}

#[test]
fn what_cannot_be_opened_says_why() {
    let (_stack, cli) = admin();
    cli.run(&["console"]).ends(2).says("needs a terminal");
    for (arguments, why) in
        [(&["nowhere"][..], "there is no \"nowhere\""), (&["--theme", "pink"], "no theme")]
    {
        let left = Emulator::open(&cli, (80, 24), arguments).ends();
        let written = &left.ended_with(2).is_as_it_was().written;
        assert!(written.contains(why) && !written.contains(TAKEN), "{written}");
    }
}

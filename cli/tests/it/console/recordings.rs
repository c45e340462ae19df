//! Recording a session, and replaying it without a server.

use std::fs;

use vitae_server_testkit::{ADMIN, PASSWORD};

use super::emulator::{Emulator, TAKEN};
use crate::cli::{Cli, stack};

#[test]
fn recording_replays_without_server_and_holds_no_password() {
    let stack = stack();
    let cli = Cli::new(&stack.url());
    let file = cli.home().join("session.jsonl");
    let path = file.to_str().unwrap();
    let mut console = Emulator::open(&cli, (80, 24), &["--record", path]);
    console.sees("Log in").types(&format!("{ADMIN}\r")).types(&format!("{PASSWORD}\r"));
    console.sees("logged in as Administrator").types("2").sees("There are no resumes here").types("q");
    console.ends().ended_with(0).is_as_it_was();
    let recording = fs::read_to_string(&file).unwrap();
    assert!(recording.contains("•") && !recording.contains(PASSWORD), "{recording}");
    // An existing file is left unchanged, and the error comes before the terminal is set up.
    let left = Emulator::open(&cli, (80, 24), &["--record", path]).ends();
    let said = &left.ended_with(1).is_as_it_was().written;
    assert!(
        said.contains("session.jsonl") && said.contains("name a new file") && !said.contains(TAKEN),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), recording);

    drop(stack);
    let outcome = cli.run(&["console", "--replay", path]);
    let printed = &outcome.ends(0).stdout;
    for seen in ["── begin ──", "Log in", "logged in as Administrator", "There are no resumes here"] {
        assert!(printed.contains(seen), "{seen} in {printed}");
    }
    assert!(!printed.contains(PASSWORD) && !printed.contains('\u{1b}'));
    let mut player = Emulator::open(&cli, (100, 30), &["--replay", path]);
    player.sees("There are no resumes here").sees("the end").types("q");
    player.ends().ended_with(0).is_as_it_was();
    let mut player = Emulator::open(&cli, (100, 30), &["--replay", path]);
    player.sees("Log in").types(" ").sees("paused").resize(40, 10).types("n").sees("paused").types("\u{3}");
    player.ends().ended_with(0).is_as_it_was();
}

#[test]
fn unplayable_recording_is_explained() {
    let cli = Cli::new("http://127.0.0.1:1");
    for (text, why) in [
        ("notes\n", "line 1: not a recording"),
        ("{\"vitae_console\":99,\"version\":\"9.9.9\"}\n", "recorded by vitae 9.9.9 in format 99"),
        ("{\"vitae_console\":1}\n", "line 1: missing field"),
    ] {
        cli.file("bad.jsonl", text);
        let path = cli.home().join("bad.jsonl");
        cli.run(&["console", "--replay", path.to_str().unwrap()]).ends(1).says(why).says("next: ");
    }
    cli.run(&["console", "--replay", "nowhere.jsonl"]).ends(1).says("nowhere.jsonl");
    cli.run(&["console", "--replay", "a", "--record", "b"]).ends(2);
}

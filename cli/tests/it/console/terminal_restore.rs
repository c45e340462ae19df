//! The terminal is restored however the console ends.

use super::emulator::{Emulator, GIVEN_BACK};
use crate::cli::admin;

#[test]
fn signals_end_the_console_and_restore_the_terminal() {
    let (_stack, cli) = admin();
    for (name, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let mut console = Emulator::open(&cli, (80, 24), &[]);
        console.sees("Administrator").signal(name);
        console.ends().ended_with(code).is_as_it_was();
    }
}

#[test]
fn closed_window_ends_the_console() {
    let (_stack, cli) = admin();
    for _ in 0..5 {
        let mut console = Emulator::open(&cli, (80, 24), &[]);
        console.sees("Administrator");
        let id = console.id();
        let status = console.hangs_up();
        assert_eq!(status.exit_code(), 129, "{id}: {status:?}");
    }
    // A process that ignores SIGHUP notices that the terminal is gone.
    let mut shell = Emulator::shell(&cli, (80, 24), &[], r#"trap '' HUP; exec "$VITAE" console"#);
    shell.sees("Administrator");
    assert_eq!(shell.hangs_up().exit_code(), 129);
}

#[cfg(target_os = "linux")]
#[test]
fn stopped_console_returns_the_terminal_until_continued() {
    let (_stack, cli) = admin();
    let mut console = Emulator::open(&cli, (80, 24), &[]);
    console.sees("Administrator");
    for _ in 0..2 {
        console.types("\u{1a}").until("the screen before", |screen| !screen.alternate_screen()).is_stopped();
        let (now, before) = console.settings();
        assert_eq!(now, before, "the terminal's settings while it is stopped");
        console.signal("CONT").until("the console again", vt100::Screen::alternate_screen);
        console.sees("Administrator");
    }
    // SIGSTOP leaves no time to restore the terminal; on SIGCONT everything is redrawn.
    console.signal("STOP").is_stopped().forgets_the_screen().signal("CONT").sees("Administrator");
    console.types("q");
    console.ends().ended_with(0).is_as_it_was();
}

#[test]
fn panic_is_printed_after_restoring_the_screen() {
    let (_stack, cli) = admin();
    let mut console = Emulator::with(&cli, (80, 24), &[("VITAE_TEST_PANIC", "f12")], &[], &[]);
    console.sees("Administrator").types("\u{1b}[24~");
    let left = console.ends();
    left.ended_with(101).is_as_it_was();
    assert!(left.written.find("broken on purpose") > left.written.rfind(GIVEN_BACK), "{}", left.written);
}

#[test]
fn one_cell_terminal_works() {
    let (_stack, cli) = admin();
    let mut console = Emulator::open(&cli, (80, 24), &[]);
    console.sees("Administrator").resize(1, 1).types("j?k\u{1b}").types(":").resize(200, 60);
    console.types("\r").resize(80, 24).sees("Administrator").types("\u{3}");
    console.ends().ended_with(0).is_as_it_was();
}

#[test]
fn console_requires_a_terminal() {
    let (_stack, cli) = admin();
    for line in [r#""$VITAE" console <&-"#, r#""$VITAE" console </dev/null"#, r#""$VITAE" console | cat"#] {
        let shell = Emulator::shell(&cli, (80, 24), &[], line);
        let left = shell.ends();
        assert!(left.is_as_it_was().written.contains("needs a terminal"), "{line}: {}", left.written);
    }
}

#[test]
fn closed_window_during_bulk_change_keeps_the_undo_step() {
    let (_stack, cli) = admin();
    let documents = "{}\n".repeat(300);
    cli.input(&["resumes", "import", "-"], &documents).ends(0);
    let live = || cli.json(&["resumes", "list", "--all"]).as_array().unwrap().len();
    let mut console = Emulator::open(&cli, (120, 40), &["resumes"]);
    console.sees("Untitled resume").types("A").sees("300 marked").types("d").sees("delete 300 resumes?");
    let has_begun = |screen: &vt100::Screen| {
        let shown = screen.contents();
        shown.contains("of 300 · esc stops") && !shown.contains("delete: 0 of")
    };
    console.types("y").until("some that are deleted", has_begun).signal("HUP");
    console.ends().ended_with(129);
    let left = live();
    assert!((1..300).contains(&left), "{left}");
    let mut console = Emulator::open(&cli, (120, 40), &["resumes"]);
    console.sees("Untitled resume").types("u").sees("restore ").types("y").sees("restored ").types("q");
    console.ends().ended_with(0);
    assert_eq!(live(), 300);
}

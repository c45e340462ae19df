//! However the console ends, and whatever happens to the terminal, the terminal is as it was.

use super::emulator::{Emulator, GIVEN_BACK};
use crate::cli::admin;

#[test]
fn signals_end_it_and_give_the_terminal_back() {
    let (_stack, cli) = admin();
    for (name, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let mut console = Emulator::open(&cli, (80, 24), &[]);
        console.sees("Administrator").signal(name);
        console.ends().ended_with(code).is_as_it_was();
    }
}

#[test]
fn a_window_that_is_closed_ends_it() {
    let (_stack, cli) = admin();
    for _ in 0..5 {
        let mut console = Emulator::open(&cli, (80, 24), &[]);
        console.sees("Administrator");
        let id = console.id();
        let status = console.hangs_up();
        assert_eq!(status.exit_code(), 129, "{id}: {status:?}");
    }
    // Somebody who is never told of the hang-up notices that the terminal is gone.
    let mut shell = Emulator::shell(&cli, (80, 24), &[], r#"trap '' HUP; exec "$VITAE" console"#);
    shell.sees("Administrator");
    assert_eq!(shell.hangs_up().exit_code(), 129);
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_stops_it_has_the_terminal_until_it_is_continued() {
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
    // Stopped by force it has no time to give the terminal back; continued, it draws everything anew.
    console.signal("STOP").is_stopped().forgets_the_screen().signal("CONT").sees("Administrator");
    console.types("q");
    console.ends().ended_with(0).is_as_it_was();
}

#[test]
fn a_panic_is_told_on_the_screen_before() {
    let (_stack, cli) = admin();
    let mut console = Emulator::with(&cli, (80, 24), &[("VITAE_TEST_PANIC", "f12")], &[], &[]);
    console.sees("Administrator").types("\u{1b}[24~");
    let left = console.ends();
    left.ended_with(101).is_as_it_was();
    assert!(left.written.find("broken on purpose") > left.written.rfind(GIVEN_BACK), "{}", left.written);
}

#[test]
fn a_terminal_of_one_cell_is_a_terminal() {
    let (_stack, cli) = admin();
    let mut console = Emulator::open(&cli, (80, 24), &[]);
    console.sees("Administrator").resize(1, 1).types("j?k\u{1b}").types(":").resize(200, 60);
    console.types("\r").resize(80, 24).sees("Administrator").types("\u{3}");
    console.ends().ended_with(0).is_as_it_was();
}

#[test]
fn without_an_input_it_does_not_begin() {
    let (_stack, cli) = admin();
    for line in [r#""$VITAE" console <&-"#, r#""$VITAE" console </dev/null"#, r#""$VITAE" console | cat"#] {
        let shell = Emulator::shell(&cli, (80, 24), &[], line);
        let left = shell.ends();
        assert!(left.is_as_it_was().written.contains("needs a terminal"), "{line}: {}", left.written);
    }
}
